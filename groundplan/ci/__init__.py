"""The pull-request side: what a change of blueprints does to its stacks, their cost and their findings."""
