"""An AWS account in which the closed loop runs: steps as processes, S3 as folders, metrics, messages, executions."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.base import Cloud
from components.steps import archive
from tests.truth.aws_sagemaker import FakeSageMaker
from tests.truth.aws_states import Ended, StateError, run
from tests.truth.containers import machine_of

__all__ = ["Loop"]

STATES = "arn:aws:states:us-east-1:111122223333:"
LARGEST_COPY = 5 * 2**30


@dataclass(kw_only=True)
class Loop(FakeSageMaker):
    """
    Everything that monitors and pipelines call.

    Attributes:
        root: Where buckets are folders, and machines.
        steps: How often a step's job can't be made, and why, the next ones first.
        machines: ARN of a state machine to its definition, or to how it ends: error and cause.
        approvals: What a version's approval is at each look; the last one stays.
        published: Metric to its last value.
        told: Subject and text of each message.
    """

    root: Path
    steps: list[tuple[str, str]] = field(default_factory=list)
    machines: dict[str, Any] = field(default_factory=dict)
    approvals: list[str] = field(default_factory=list)
    published: dict[str, float] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    executions: dict[str, str] = field(default_factory=dict)
    packages: list[dict[str, Any]] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    nested: list[tuple[str, Any]] = field(default_factory=list)
    clock: str = "2026-11-21T10:20:05.000Z"
    starts: int = 0

    def start(self, definition: dict[str, Any], given: dict[str, Any], at: str = "", machine: str = "m") -> Ended:
        """One execution, to its end."""
        self.clock = at or self.clock
        self.starts += 1
        arn = f"{STATES}execution:{machine}:e-{self.starts}"
        self.executions[arn] = "RUNNING"
        ended = run(definition, given, self, execution=arn, start=self.clock)
        self.executions[arn] = "FAILED" if ended.error else "SUCCEEDED"
        return ended

    def __call__(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:
        if service in ("s3", "sns", "stepfunctions"):
            self._died()
            name = operation.replace(".sync", "")
            return getattr(self, f"_{service}_{name[0].lower()}{name[1:]}")(arguments)
        return super().__call__(service, operation, arguments)

    # S3

    def path(self, bucket: str, key: str) -> Path:
        """Where an object is."""
        return self.root / "store" / bucket / key

    def put(self, bucket: str, key: str, content: str | bytes) -> None:
        """Write an object."""
        where = self.path(bucket, key)
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_bytes(content.encode() if isinstance(content, str) else content)

    def _s3_getObject(self, arguments: dict[str, Any]) -> dict[str, Any]:
        where = self.path(arguments["Bucket"], arguments["Key"])
        if not where.is_file():
            raise StateError("S3.NoSuchKeyException", "The specified key does not exist.")
        return {"Body": where.read_text()}

    def _s3_putObject(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.put(arguments["Bucket"], arguments["Key"], arguments["Body"])
        return {"ETag": '"1"'}

    def _s3_headObject(self, arguments: dict[str, Any]) -> dict[str, Any]:
        where = self.path(arguments["Bucket"], arguments["Key"])
        if not where.is_file():
            raise StateError("S3.NoSuchKeyException", "Not Found")
        return {"ContentLength": self.sizes.get(where.name, where.stat().st_size)}

    def _s3_listObjectsV2(self, arguments: dict[str, Any]) -> dict[str, Any]:
        bucket = self.root / "store" / arguments["Bucket"]
        keys = [str(p.relative_to(bucket)) for p in sorted(bucket.rglob("*")) if p.is_file()]
        return {"KeyCount": min(arguments["MaxKeys"], len([k for k in keys if k.startswith(arguments["Prefix"])]))}

    def _s3_copyObject(self, arguments: dict[str, Any]) -> dict[str, Any]:
        bucket, _slash, key = arguments["CopySource"].partition("/")
        source = self.path(bucket, key)
        assert self.sizes.get(source.name, 0) <= LARGEST_COPY, "larger than one copy takes"
        self.put(arguments["Bucket"], arguments["Key"], source.read_bytes())
        return {"CopyObjectResult": {"ETag": '"1"'}}

    def _s3_createMultipartUpload(self, _arguments: dict[str, Any]) -> dict[str, Any]:
        return {"UploadId": "u-1"}

    def _s3_uploadPartCopy(self, arguments: dict[str, Any]) -> dict[str, Any]:
        first, _dash, last = arguments["CopySourceRange"].removeprefix("bytes=").partition("-")
        assert int(last) - int(first) < LARGEST_COPY
        return {"CopyPartResult": {"ETag": f'"{arguments["PartNumber"]}"'}}

    def _s3_completeMultipartUpload(self, arguments: dict[str, Any]) -> dict[str, Any]:
        parts = [part["PartNumber"] for part in arguments["MultipartUpload"]["Parts"]]
        assert parts == list(range(1, len(parts) + 1))
        self.put(arguments["Bucket"], arguments["Key"], f"{len(parts)} parts")
        return {}

    # CloudWatch and SNS

    def _putMetricData(self, arguments: dict[str, Any]) -> dict[str, Any]:
        assert arguments["MetricData"], "no datum"
        self.published = {one["MetricName"]: one["Value"] for one in arguments["MetricData"]} | {
            k: v for k, v in self.published.items() if k not in {d["MetricName"] for d in arguments["MetricData"]}
        }
        return {}

    def _sns_publish(self, arguments: dict[str, Any]) -> dict[str, Any]:
        assert len(arguments["Subject"]) <= 100, arguments["Subject"]
        assert arguments["Subject"].isascii(), arguments["Subject"]
        self.told.append((arguments["Subject"], arguments["Message"]))
        return {"MessageId": "1"}

    # Step Functions

    def _stepfunctions_describeExecution(self, arguments: dict[str, Any]) -> dict[str, Any]:
        arn = arguments["ExecutionArn"]
        if arn not in self.executions:
            raise StateError("Sfn.ExecutionDoesNotExistException", f"Execution Does Not Exist: {arn}")
        return {"ExecutionArn": arn, "Status": self.executions[arn]}

    def _stepfunctions_startExecution(self, arguments: dict[str, Any]) -> dict[str, Any]:
        machine = arguments["StateMachineArn"]
        self.nested.append((machine.rpartition(":")[2], arguments["Input"]))
        held = self.machines[machine.rpartition(":")[2]]
        ends = held.pop(0) if isinstance(held, list) else held
        if isinstance(ends, tuple):
            error, cause = ends
        elif "States" in ends:
            ended = run(ends, arguments["Input"], self)
            error, cause, ends = ended.error, ended.cause, ended.output
        else:
            error, cause = "", ""
        if error:
            found = {"Error": error, "Cause": cause, "Status": "FAILED", "StateMachineArn": machine}
            raise StateError("States.TaskFailed", json.dumps(found))
        return {"Status": "SUCCEEDED", "Output": ends}

    # SageMaker

    def _createTrainingJob(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if "trainer.task" not in str(arguments["AlgorithmSpecification"]) or self.jobs:
            return super()._createTrainingJob(arguments)
        if self.steps:
            raise StateError(*self.steps.pop(0))
        name = arguments["TrainingJobName"]
        if name in self.made:
            raise StateError("SageMaker.ResourceInUseException", "Training job names must be unique")
        for channel in arguments["InputDataConfig"]:
            if channel["ChannelName"] == "trainer_package":
                uri = channel["DataSource"]["S3DataSource"]["S3Uri"].removeprefix("s3://").partition("/")
                self.put(uri[0], uri[2], base64.b64decode(archive()))
        arn = f"arn:aws:sagemaker:us-east-1:111122223333:training-job/{name}"
        found: dict[str, Any] = {"TrainingJobName": name, "TrainingJobArn": arn}
        self.made[name] = found
        home = self.root / "machines" / name
        try:
            ran = machine_of(Cloud.AWS, arguments, self.root / "store", home)
        except AssertionError as missing:
            reason = f"ClientError: Data download failed: {missing}"
            found |= {"TrainingJobStatus": "Failed", "SecondaryStatus": "Failed", "FailureReason": reason}
            raise StateError("States.TaskFailed", json.dumps(found)) from missing
        if ran.code:
            why = (home / "opt" / "ml" / "output" / "failure").read_text()
            reason = f"AlgorithmError: {why}, exit code: {ran.code}"
            found |= {"TrainingJobStatus": "Failed", "SecondaryStatus": "Failed", "FailureReason": reason}
            raise StateError("States.TaskFailed", json.dumps(found))
        out = f"{arguments['OutputDataConfig']['S3OutputPath']}/{name}/output/model/"
        bucket, _slash, key = out.removeprefix("s3://").partition("/")
        for file in ran.model.rglob("*"):
            self.put(bucket, f"{key}{file.relative_to(ran.model)}", file.read_bytes())
        artifacts = {"S3ModelArtifacts": out}
        found |= {"TrainingJobStatus": "Completed", "SecondaryStatus": "Completed", "ModelArtifacts": artifacts}
        return found

    def _createModelPackage(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.packages.append(arguments)
        number = 11 + len(self.packages)
        group = arguments["ModelPackageGroupName"]
        return {"ModelPackageArn": f"arn:aws:sagemaker:us-east-1:111122223333:model-package/{group}/{number}"}

    def _describeModelPackage(self, arguments: dict[str, Any]) -> dict[str, Any]:
        found = super()._describeModelPackage(arguments)
        if self.approvals:
            found["ModelApprovalStatus"] = self.approvals[0]
            self.approvals = self.approvals[1:] or self.approvals
        return found
