"""Plays SageMaker and Application Auto Scaling to a state machine: jobs end, and endpoints move, as a test says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.truth.aws_endpoint import FakeEndpoint
from tests.truth.aws_states import StateError

__all__ = ["FakeSageMaker", "Job"]

# how Step Functions begins the names of a service's errors
PREFIXES = {"cloudwatch": "CloudWatch", "sagemaker": "SageMaker"}


@dataclass
class Job:
    """
    How a training job ends.

    Attributes:
        status: `Completed`, `Failed` or `Stopped`.
        secondary: Second word of it; that of the status where it is not given.
        reason: Of a failure.
        refused: Error and cause with which it is not even made.
    """

    status: str = "Completed"
    secondary: str = ""
    reason: str = ""
    refused: tuple[str, str] | None = None


@dataclass
class FakeSageMaker(FakeEndpoint):
    """
    An account with one endpoint, where jobs run.

    Attributes:
        jobs: How each job made ends, in turn.
        raises_when_stopped: Whether `createTrainingJob.sync` treats a stopped job as an error; both are borne.
        busy: How many reads fail first.
    """

    jobs: list[Job] = field(default_factory=list)
    raises_when_stopped: bool = False
    busy: int = 0
    made: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __call__(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:
        self._died()
        if operation.startswith("Describe") and self.busy:
            self.busy -= 1
            raise StateError(f"{PREFIXES[service]}.{PREFIXES[service]}Exception", "Rate exceeded")
        name = operation.replace(".sync", "")
        return getattr(self, f"_{name[0].lower()}{name[1:]}")(arguments)

    def _createTrainingJob(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments["TrainingJobName"]
        job = self.jobs.pop(0)
        if name in self.made:
            raise StateError("SageMaker.ResourceInUseException", "Training job names must be unique")
        if job.refused:
            raise StateError(*job.refused)
        found = {
            "TrainingJobName": name,
            "TrainingJobArn": f"arn:aws:sagemaker:us-east-1:111122223333:training-job/{name}",
            "TrainingJobStatus": job.status,
            "SecondaryStatus": job.secondary or job.status,
            "ModelArtifacts": {"S3ModelArtifacts": f"{arguments['OutputDataConfig']['S3OutputPath']}/{name}/output"},
        }
        if job.reason:
            found["FailureReason"] = job.reason
        self.made[name] = found
        if job.status == "Failed" or (job.status == "Stopped" and self.raises_when_stopped):
            raise StateError("States.TaskFailed", json.dumps(found))
        return found

    def _describeTrainingJob(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["TrainingJobName"] not in self.made:
            raise StateError("SageMaker.SageMakerException", "Requested resource not found.")
        return self.made[arguments["TrainingJobName"]]
