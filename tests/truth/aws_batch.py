"""Plays SageMaker's batch transform and Step Functions' own executions to the state machines of a batch job."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.truth.aws_states import StateError

__all__ = ["FakeBatch"]

ARN = "arn:aws:sagemaker:us-east-1:111122223333"


@dataclass
class FakeBatch:
    """
    A registry, transform jobs, and executions.

    Attributes:
        versions: Number of a version to its approval, in the order they were made.
        container: Of every version.
        ends: How each job ends: empty for well, `late` for not in time, else the reason of its failure.
        refused: Error and cause with which `CreateTransformJob` answers.
        busy: How many reads fail first.
    """

    versions: dict[str, str] = field(default_factory=lambda: {"11": "Approved", "12": "Approved"})
    container: dict[str, Any] = field(
        default_factory=lambda: {"Image": "i", "ModelDataUrl": "s3://b/m.tar.gz", "Environment": {"A": "1"}}
    )
    ends: str = ""
    refused: tuple[str, str] | None = None
    busy: int = 0
    models: set[str] = field(default_factory=set)
    jobs: dict[str, str] = field(default_factory=dict)
    executions: dict[str, str] = field(default_factory=dict)

    def __call__(self, _service: str, operation: str, arguments: dict[str, Any]) -> Any:
        if operation.startswith(("Describe", "List")) and self.busy:
            self.busy -= 1
            raise StateError("SageMaker.SageMakerException", "Rate exceeded")
        name = operation.replace(".sync", "")
        return getattr(self, f"_{name[0].lower()}{name[1:]}")(arguments)

    def _listModelPackages(self, arguments: dict[str, Any]) -> dict[str, Any]:
        group, wanted = arguments["ModelPackageGroupName"], arguments["ModelApprovalStatus"]
        newest = [n for n, approval in reversed(self.versions.items()) if approval == wanted]
        found = [{"ModelPackageArn": f"{ARN}:model-package/{group}/{n}"} for n in newest[: arguments["MaxResults"]]]
        return {"ModelPackageSummaryList": found}

    def _describeModelPackage(self, arguments: dict[str, Any]) -> dict[str, Any]:
        arn = arguments["ModelPackageName"]
        number = arn.rpartition("/")[2]
        if number not in self.versions:
            raise StateError("SageMaker.SageMakerException", f"ModelPackage {arn} does not exist.")
        return {
            "ModelPackageArn": arn,
            "ModelPackageVersion": int(number),
            "ModelApprovalStatus": self.versions[number],
            "InferenceSpecification": {"Containers": [self.container]},
        }

    def _createModel(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments["ModelName"]
        if name in self.models:
            raise StateError("SageMaker.SageMakerException", f"Cannot create already existing model {name}")
        self.models.add(name)
        return {"ModelArn": f"{ARN}:model/{name}"}

    def _deleteModel(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["ModelName"] not in self.models:
            raise StateError("SageMaker.SageMakerException", "Could not find model")
        self.models.remove(arguments["ModelName"])
        return {}

    def _createTransformJob(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments["TransformJobName"]
        assert arguments["ModelName"] in self.models
        if self.refused:
            raise StateError(*self.refused)
        if name in self.jobs:
            raise StateError("SageMaker.ResourceInUseException", "Job name must be unique")
        if self.ends == "late":
            self.jobs[name] = "InProgress"
            raise StateError("States.Timeout", "")
        self.jobs[name] = "Failed" if self.ends else "Completed"
        found = {"TransformJobName": name, "TransformJobArn": f"{ARN}:transform-job/{name}"}
        if self.ends:
            raise StateError("States.TaskFailed", json.dumps({**found, "FailureReason": self.ends}))
        return found

    def _stopTransformJob(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if self.jobs[arguments["TransformJobName"]] != "InProgress":
            raise StateError("SageMaker.SageMakerException", "The request was rejected: the job is in status Stopped")
        self.jobs[arguments["TransformJobName"]] = "Stopping"
        return {}

    def _describeTransformJob(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments["TransformJobName"]
        reason = {"FailureReason": self.ends} if self.ends else {}
        return {"TransformJobName": name, "TransformJobStatus": self.jobs[name], **reason}

    def _startExecution(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments["Name"]
        if name in self.executions:
            raise StateError("Sfn.ExecutionAlreadyExistsException", f"Execution Already Exists: {name}")
        self.executions[name] = arguments["Input"]
        return {"ExecutionArn": f"arn:aws:states:us-east-1:111122223333:execution:m:{name}"}
