"""Plays SageMaker and Application Auto Scaling to a state machine: jobs end, and endpoints move, as a test says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.truth.aws_states import StateError

__all__ = ["FakeSageMaker", "Job"]


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
class FakeSageMaker:
    """
    An account with one endpoint.

    Attributes:
        jobs: How each job made ends, in turn.
        raises_when_stopped: Whether `createTrainingJob.sync` treats a stopped job as an error; both are borne.
        instance_type: Machine of the running configuration.
        approval: Of every version.
        container: Of every version.
        status: Of the endpoint before a release.
        rolls_back: Whether an update fails and the old configuration serves again.
        update_refused: Error and cause of `UpdateEndpoint`.
        busy: How many reads fail first.
    """

    jobs: list[Job] = field(default_factory=list)
    raises_when_stopped: bool = False
    instance_type: str = "ml.c5.xlarge"
    approval: str = "Approved"
    container: dict[str, Any] = field(
        default_factory=lambda: {"Image": "i", "ModelDataUrl": "s3://b/m.tar.gz", "Environment": {"A": "1"}}
    )
    versions: frozenset[str] = frozenset({"12"})
    status: str = "InService"
    rolls_back: bool = False
    update_refused: tuple[str, str] | None = None
    busy: int = 0
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    configuration: str = "at-first"
    polls: int = 0

    def __call__(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:
        if operation.startswith("Describe") and self.busy:
            self.busy -= 1
            raise StateError("SageMaker.SageMakerException", "Rate exceeded")
        if service == "application-autoscaling":
            return {}
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
        return self.made[arguments["TrainingJobName"]]

    def _describeEndpoint(self, arguments: dict[str, Any]) -> dict[str, Any]:
        found = {
            "EndpointName": arguments["EndpointName"],
            "EndpointStatus": self.status,
            "EndpointConfigName": self.configuration,
        }
        if self.status == "Updating":
            self.polls += 1
            if self.polls >= 3:
                self.status = "InService"
        if self.rolls_back:
            found["FailureReason"] = "The container did not pass the ping health check."
        return found

    def _describeEndpointConfig(self, arguments: dict[str, Any]) -> dict[str, Any]:
        variant = {"VariantName": "main", "ModelName": "the-old-model", "InstanceType": self.instance_type}
        return {"EndpointConfigName": arguments["EndpointConfigName"], "ProductionVariants": [variant]}

    def _describeModelPackage(self, arguments: dict[str, Any]) -> dict[str, Any]:
        arn = arguments["ModelPackageName"]
        if arn.rpartition("/")[2] not in self.versions:
            raise StateError("SageMaker.SageMakerException", f"ModelPackage {arn} does not exist.")
        return {
            "ModelPackageArn": arn,
            "ModelApprovalStatus": self.approval,
            "InferenceSpecification": {"Containers": [self.container]},
        }

    def _createModel(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.made[arguments["ModelName"]] = arguments
        return {"ModelArn": f"arn:aws:sagemaker:us-east-1:111122223333:model/{arguments['ModelName']}"}

    def _createEndpointConfig(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.made[arguments["EndpointConfigName"]] = arguments
        return {"EndpointConfigArn": "arn"}

    def _updateEndpoint(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if self.update_refused:
            raise StateError(*self.update_refused)
        self.status = "Updating"
        if not self.rolls_back:
            self.configuration = arguments["EndpointConfigName"]
        return {"EndpointArn": "arn"}
