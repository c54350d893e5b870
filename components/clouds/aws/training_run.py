"""
One training run as a state machine: on spot where that is asked, then on demand where spot had nothing.

It is started with `{"image": …, "inputs": {…}, "hyperparameters": {…}, "run": …}`, all of them optional where the
blueprint says what to take.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pulumi

from components.clouds.aws.job import CHECKPOINT_DIR, algorithm, channels, environment, hyperparameters_text
from components.clouds.aws.launch import Launch
from components.clouds.aws.states import DESCRIBE_RETRY, State, expr, fail, literal, machine, sdk
from components.outputs import as_json
from components.training.contract import LONGEST_HYPERPARAMETERS

__all__ = ["ON_DEMAND", "TrainingRun"]

ON_DEMAND = "-on-demand"
LONGEST_JOB_NAME = 63  # Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
# 20261121T101112-1a2b3c: sorts by time, and differs between two starts of the same second
NEW_RUN = (
    "$replace($substring($states.context.Execution.StartTime, 0, 19), /[-:]/, '') & '-' & $substring($uuid(), 0, 6)"
)


@dataclass(frozen=True)
class TrainingRun:
    """
    What the definition is made of.

    Attributes:
        stem: How the name of each job starts.
        image: What runs where a start names no other; None where each start must.
        repository: Where the stack's own images are.
        data_uri: Where a path that is no URI lies.
        inputs: Channel to URI.
        hyperparameters: The blueprint's.
        environment: The blueprint's variables.
        code: URI of the code archive that the image runs, unless a start names another image; or None.
        request: The rest of `CreateTrainingJob`, as every job of the definition has it.
        checkpoints: URI under which each run has its own checkpoints, or None.
        max_run_seconds: Longest run.
        max_wait_seconds: Longest time on spot from start to end, waiting included; None without spot.
        fallback: Whether a run that got no spot capacity goes on, on demand.
        launch: How the processes of a distributed run start; None where each machine runs one.
    """

    stem: str
    image: pulumi.Output[str] | None
    repository: pulumi.Output[str]
    data_uri: pulumi.Output[str]
    inputs: dict[str, pulumi.Output[str]]
    hyperparameters: dict[str, str | float | bool]
    environment: dict[str, str]
    code: pulumi.Output[str] | None
    request: dict[str, Any]
    checkpoints: pulumi.Output[str] | None
    max_run_seconds: int
    max_wait_seconds: int | None
    fallback: bool
    launch: Launch | None = None

    def definition(self) -> dict[str, Any]:
        """The state machine; Outputs in it are still to be waited for."""
        first = "OnSpot" if self.max_wait_seconds else "OnDemand"
        states: dict[str, State] = {
            "Read": self._read(),
            "Check": self._check(),
            **self._refused_starts(),
            "Prepare": self._prepare(first),
        }
        if self.max_wait_seconds:
            states |= self._attempt("OnSpot", "", self._spot_stop(), self._after_spot())
        if not self.max_wait_seconds or self.fallback:
            name = ON_DEMAND if self.max_wait_seconds else ""
            stop = {"StoppingCondition": {"MaxRuntimeInSeconds": self.max_run_seconds}}
            states |= self._attempt("OnDemand", name, stop, None)
        return machine("Trains one model", "Read", states | self._ends())

    def _refused_starts(self) -> dict[str, State]:
        return {
            "NoImage": fail("NoImage", 'The start names no image, and neither does the blueprint. Add "image".'),
            "BadRun": fail("BadRun", self._bad_run()),
            "TooMuch": fail(
                "TooMuch",
                f"All hyper-parameters together have {LONGEST_HYPERPARAMETERS} characters as JSON at most."
                " Put some into a file, and name its path.",
            ),
        }

    @property
    def longest_run_name(self) -> int:
        """Characters that a start may give the name of its run."""
        return LONGEST_JOB_NAME - len(self.stem) - 1 - len(ON_DEMAND)

    def _bad_run(self) -> str:
        return (
            f'"run" is letters, digits and single hyphens, at most {self.longest_run_name} characters,'
            " and no run had it before."
        )

    def _read(self) -> State:
        """Take the start's wishes, and the blueprint's where it has none."""
        given = "$given := $states.input"
        asked = "($given.hyperparameters ? $given.hyperparameters : {})"
        texts = f"$each({asked}, function($v, $k) {{{{$k: $string($v)}}}})"
        own = literal({key: _text(value) for key, value in sorted(self.hyperparameters.items())})
        return {
            "Type": "Pass",
            "Assign": {
                "run": expr(f"({given}; $given.run ? $string($given.run) : {NEW_RUN})"),
                "image": self._image(given),
                "own": expr(f"({given}; $given.image ? true : false)"),
                "parameters": expr(f"({given}; $merge([{own}, {texts}]))"),
                "told": expr(f"({given}; {hyperparameters_text(self.hyperparameters, asked)})"),
                "paths": pulumi.Output.concat(
                    "{% (", given, "; $merge([", as_json(self.inputs), ", $given.inputs ? $given.inputs : {}])) %}"
                ),
            },
            "Next": "Check",
        }

    def _image(self, given: str) -> pulumi.Output[str]:
        """An image whose first part is no host is one of the stack's own, as in the blueprint."""
        return pulumi.Output.concat(
            "{% (",
            given,
            "; $image := $given.image; $host := $split($image, '/')[0]; ",
            "$image ? ($contains($image, '/') and $contains($host, /[.:]/) ? $image : '",
            self.repository,
            "/' & $image) : '",
            self.image if self.image is not None else "",
            "') %}",
        )

    def _check(self) -> State:
        return {"Type": "Choice", "Choices": self._refused_when(), "Default": "Prepare"}

    def _refused_when(self) -> list[dict[str, Any]]:
        form = f"$contains($run, /^[a-zA-Z0-9](-?[a-zA-Z0-9])*$/) and $length($run) <= {self.longest_run_name}"
        return [
            {"Condition": expr("$image = ''"), "Next": "NoImage"},
            {"Condition": expr(f"$not({form})"), "Next": "BadRun"},
            {"Condition": expr(f"$length($told) > {LONGEST_HYPERPARAMETERS}"), "Next": "TooMuch"},
        ]

    def _prepare(self, first: str) -> State:
        job: dict[str, Any] = {
            **self.request,
            "AlgorithmSpecification": algorithm(
                self.request["AlgorithmSpecification"], runs_archive=self.code is not None, launch=self.launch
            ),
            "Environment": environment(self.environment),
            "HyperParameters": expr("$parameters"),
        }
        if self.checkpoints is not None:
            where = pulumi.Output.concat("{% '", self.checkpoints, "/' & $run %}")
            job["CheckpointConfig"] = {"S3Uri": where, "LocalPath": CHECKPOINT_DIR}
        assigned = {"job": job, "channels": channels(self.data_uri, self.code)}
        return {"Type": "Pass", "Assign": assigned, "Next": first}

    def _spot_stop(self) -> dict[str, Any]:
        seconds = {"MaxRuntimeInSeconds": self.max_run_seconds, "MaxWaitTimeInSeconds": self.max_wait_seconds}
        return {"EnableManagedSpotTraining": True, "StoppingCondition": seconds}

    def _after_spot(self) -> str | None:
        return "OnDemand" if self.fallback else None

    def _attempt(self, name: str, suffix: str, stop: dict[str, Any], fallback: str | None) -> dict[str, State]:
        """
        A job, what became of it, and where that leads.

        A job that was stopped, for the wait was over or by hand, is neither success nor error of the task: what
        counts is how the job describes itself.
        """
        job = f"'{self.stem}-' & $run & '{suffix}'"
        inputs = "$count($channels) > 0 ? {'InputDataConfig': $channels} : {}"  # an empty list is refused
        arguments = f"$merge([$job, {inputs}, {literal(stop)}, {{'TrainingJobName': {job}}}])"
        no_capacity = (
            "$result.SecondaryStatus = 'MaxWaitTimeExceeded' or "
            "($result.TrainingJobStatus = 'Failed' and $contains($result.FailureReason, 'CapacityError'))"
        )
        outcomes = [{"Condition": expr("$result.TrainingJobStatus = 'Completed'"), "Next": "Done"}]
        if fallback:
            outcomes.append({"Condition": expr(no_capacity), "Next": fallback})
        return {
            **self._made(name, "TrainingJob", job, expr(arguments), fallback),
            f"{name}Outcome": {"Type": "Choice", "Choices": outcomes, "Default": "Failed"},
        }

    def _made(self, name: str, kind: str, job: str, arguments: Any, fallback: str | None) -> dict[str, State]:
        """
        A job of SageMaker that is made and waited for, and how it describes itself, up to `<name>Outcome`.

        Args:
            name: Of the state that makes it.
            kind: `TrainingJob` or `HyperParameterTuningJob`.
            job: Expression of its name.
            arguments: What it is made of.
            fallback: State that follows where there is no quota for it.
        """
        # a job that ran and failed is described in the cause; one that was refused is not
        ran = f"$error.Error = 'States.TaskFailed' or $contains($error.Cause, '{kind}Arn')"
        errors = [{"Condition": expr(ran), "Next": f"{name}Result"}]
        if fallback:  # a quota of no spot machines shows when the job is made
            no_quota = "$contains($error.Error & ' ' & $error.Cause, 'ResourceLimitExceeded')"
            errors.append({"Condition": expr(no_quota), "Next": fallback})
        caught = {"ErrorEquals": ["States.ALL"], "Assign": {"error": expr("$states.errorOutput")}}
        return {
            name: {
                "Type": "Task",
                "Resource": f"arn:aws:states:::sagemaker:create{kind}.sync",
                "Arguments": arguments,
                "Catch": [{**caught, "Next": f"{name}Error"}],
                "Next": f"{name}Result",
            },
            f"{name}Error": {"Type": "Choice", "Choices": errors, "Default": "Refused"},
            f"{name}Result": {
                "Type": "Task",
                "Resource": sdk("sagemaker", f"describe{kind}"),
                "Arguments": {f"{kind}Name": expr(job)},
                "Assign": {"result": expr("$states.result")},
                "Retry": DESCRIBE_RETRY,
                "Next": f"{name}Outcome",
            },
        }

    def _ends(self) -> dict[str, State]:
        why = "$result.FailureReason ? $result.FailureReason : $result.SecondaryStatus"
        return {
            "Done": {
                "Type": "Succeed",
                "Output": {
                    "run": expr("$run"),
                    "job": expr("$result.TrainingJobName"),
                    "model": expr("$result.ModelArtifacts.S3ModelArtifacts"),
                    "image": expr("$image"),
                },
            },
            "Failed": fail("TrainingFailed", expr(f"$result.TrainingJobName & ': ' & ({why})")),
            "Refused": fail("TrainingRefused", expr("$error.Error & ': ' & $error.Cause")),
        }


def _text(value: str | float | bool) -> str:
    """A hyper-parameter as SageMaker's own file has it: text, or JSON of what is none."""
    return value if isinstance(value, str) else json.dumps(value)
