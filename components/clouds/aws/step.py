"""Runs one of our own steps as a SageMaker job, within a state machine: its job, what became of it, its report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.base import Component
from components.catalog import image
from components.clouds.aws.disks import volume_gib
from components.clouds.aws.ground import AwsGround, Bucket, here, tag_list
from components.clouds.aws.job import INPUTS, channels, environment
from components.clouds.aws.rights import JOB_STEM
from components.clouds.aws.states import DESCRIBE_RETRY, State, caught, expr, literal, read_again, sdk
from components.fields import Machine
from components.machine import pick
from components.training.contract import ARCHIVE, CODE_CHANNEL, LONGEST_VARIABLE, MOST_VARIABLES, SHELL
from components.units import Duration, Size

__all__ = ["CHANNELS", "LONGEST_SETTINGS", "NEW_RUN", "S3_RETRY", "Step", "bucket_and_key", "step"]

MACHINE = Machine(cpu=4, memory=Size.parse("16GiB"))
DISK = Size.parse("50GiB")
CHANNELS = 19  # of a job's twenty, the code takes one
OWN_VARIABLES = 2 + CHANNELS
LONGEST_SETTINGS = (MOST_VARIABLES - OWN_VARIABLES) * LONGEST_VARIABLE
"""
Characters of a step's settings as JSON: a job has 100 variables, of 512 characters.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
"""
SUMMARY = "summary.json"
# 20261121T101112-1a2b3c: sorts by time, and differs between two starts of the same second
NEW_RUN = (
    "$replace($substring($states.context.Execution.StartTime, 0, 19), /[-:]/, '') & '-' & $substring($uuid(), 0, 6)"
)
S3_RETRY = read_again("S3")
# SageMaker tells the first kilobyte of the file `failure` as the reason of a job that failed. Source:
# https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-envvariables.html
COMMAND = (
    'cd "$(mktemp -d)"; { tar -xzf %s && python3 -m trainer.task; } 2>said; code=$?; cat said >&2;'
    " [ $code = 0 ] || tail -c 900 said >/opt/ml/output/failure; exit $code"
)


@dataclass(frozen=True)
class Step:
    """
    What a state machine needs to run steps of one component.

    Attributes:
        stem: How the names of its jobs start.
        request: What `CreateTrainingJob` is sent for each, besides name, settings and inputs.
        code: URI of the steps' archive.
        data_uri: Where a path that is no URI lies.
        bucket: Where reports lie.
        output: URI under which each job has a folder.
    """

    stem: str
    request: dict[str, Any]
    code: pulumi.Output[str]
    data_uri: pulumi.Output[str]
    bucket: Bucket
    output: pulumi.Output[str]

    def states(self, name: str, following: str, failed: str, *, suffix: str = "") -> dict[str, State]:
        """
        From the variables `$run`, `$told` (settings as JSON) and `$paths` (channel to path) to `$report`.

        Args:
            name: Of the first state, and how the others begin.
            following: What comes next.
            failed: What comes next when the job fails; `$failure` says why.
            suffix: Of the job's name, where a run has several: text, or an expression in brackets.
        """
        job = f"'{self.stem}-' & $run & {literal(suffix) if not suffix.startswith('(') else suffix}"
        why = "$ended.FailureReason ? $ended.FailureReason : $ended.SecondaryStatus"
        model = "$substringAfter($ended.ModelArtifacts.S3ModelArtifacts, $bucket & '/')"
        key = f"$replace({model}, /\\/+$/, '') & '/{SUMMARY}'"
        return {
            name: {
                "Type": "Pass",
                "Assign": {
                    "own": False,
                    "failure": "",
                    "job": expr(job),
                    "bucket": self.bucket.name,
                    "variables": environment({}),
                    "channels": channels(self.data_uri, self.code),
                },
                "Next": f"{name}Job",
            },
            f"{name}Job": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
                "Arguments": {
                    **self.request,
                    "TrainingJobName": expr("$job"),
                    "Environment": expr("$variables"),
                    "InputDataConfig": expr("$channels"),
                },
                "Catch": [caught(f"{name}End")],
                "Next": f"{name}End",
            },
            # what counts is how the job describes itself: one that was stopped is no error of the task
            f"{name}End": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "describeTrainingJob"),
                "Arguments": {"TrainingJobName": expr("$job")},
                "Assign": {"ended": expr("$states.result")},
                "Retry": DESCRIBE_RETRY,
                # it was not even made, for which there is a reason already
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": failed}],
                "Next": f"{name}Outcome",
            },
            f"{name}Outcome": {
                "Type": "Choice",
                "Choices": [{"Condition": expr("$ended.TrainingJobStatus = 'Completed'"), "Next": f"{name}Report"}],
                "Default": f"{name}Why",
            },
            f"{name}Why": {"Type": "Pass", "Assign": {"failure": expr(why)}, "Next": failed},
            f"{name}Report": {
                "Type": "Task",
                "Resource": sdk("s3", "getObject"),
                "Arguments": {"Bucket": self.bucket.name, "Key": expr(key)},
                "Assign": {"report": expr("$parse($states.result.Body)")},
                "Retry": S3_RETRY,
                "Catch": [caught(failed)],
                "Next": following,
            },
        }


def bucket_and_key(uri: pulumi.Output[str]) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Bucket and key of an `s3://` URI."""
    return (
        uri.apply(lambda known: known.removeprefix("s3://").partition("/")[0]),
        uri.apply(lambda known: known.removeprefix("s3://").partition("/")[2]),
    )


def step(component: Component, ground: AwsGround, folder: str, longest: Duration) -> Step:
    """
    How a component runs steps.

    Args:
        component: A monitor, or a pipeline.
        ground: What it stands on.
        folder: Of the artifact store, in which it has a folder of its own.
        longest: How long a job may run.

    Raises:
        ValueError: The foundation was told of no such component.
    """
    if ground.steps is None:
        raise ValueError(
            f"{component.label} needs the steps' code and role, of which the foundation was not told."
            " Give it FoundationSpec(monitors=True, pipelines=True)."
        )
    place, context = here(component), component.context
    machine = pick(component, MACHINE, "training")
    output = ground.artifacts.uri(folder, component.name)
    resources: dict[str, Any] = {"InstanceType": machine.name, "InstanceCount": 1}
    if (volume := volume_gib(machine.name, DISK)) is not None:
        resources |= {"VolumeSizeInGB": volume, "VolumeKmsKeyId": ground.key_arn}
    request = {
        "AlgorithmSpecification": {
            "TrainingImage": image("aws", place.region, "sklearn", "training").uri,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": [*SHELL, COMMAND % f"{INPUTS}/{CODE_CHANNEL}/{ARCHIVE}"],
        },
        "RoleArn": ground.steps.role.arn,
        # as files, one of which the state machine reads
        "OutputDataConfig": {"S3OutputPath": output, "KmsKeyId": ground.key_arn, "CompressionType": "NONE"},
        "ResourceConfig": resources,
        "StoppingCondition": {"MaxRuntimeInSeconds": longest.seconds},
        "VpcConfig": {"SecurityGroupIds": ground.security_group_ids, "Subnets": ground.subnet_ids},
        "EnableNetworkIsolation": True,
        "Tags": tag_list(context),
    }
    return Step(
        stem=context.name(component.name, folder, limit=JOB_STEM),
        request=request,
        code=ground.steps.code,
        data_uri=ground.data.uri(),
        bucket=ground.artifacts,
        output=output,
    )
