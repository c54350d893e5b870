"""What a person has to mend before a step can run."""


class Problem(Exception):
    """Inputs that the step can't work on; the message says what is wrong and what to put right."""
