"""
A batch run as a state machine: the newest approved version of a model, or the one asked for, answers for a data set.

It is started with `{}`, or with `{"version": "12", "input": "data/new/", "output": "data/scores/", "run": "june"}`, of
which each is optional. It ends well only when SageMaker has answered every record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.clouds.aws.states import DESCRIBE_RETRY, State, expr, fail, machine, sdk

__all__ = ["LONGEST_RUN_NAME", "BatchRun"]

LONGEST_JOB_NAME = 63
# of a run's name; what is left of a job's is the stack's and the component's
LONGEST_RUN_NAME = 26
NEW_RUN = "$substring($replace($string($states.context.Execution.StartTime), /[^0-9]/, ''), 0, 14) & '-' & "
WORDS = ["version", "input", "output", "run", "not_before"]  # the last is said by what gathers new data
FORM = "/^[a-z0-9](-?[a-z0-9])*$/"
PATH = r"/^([A-Za-z0-9_=][A-Za-z0-9_.=-]*(\/[A-Za-z0-9_.=-]+)*\/?|s3:\/\/[^'{}]+)$/"


@dataclass(frozen=True)
class BatchRun:
    """
    What the definition is made of.

    Attributes:
        name: Of the component.
        stem: How the names of its models and jobs start.
        group: Model package group.
        packages: ARN up to the version's number: `arn:…:model-package/<group>`.
        repository: Where the stack's own images are.
        image: What serves a version; empty where it is the version's own.
        model: What `CreateModel` is sent besides name and container.
        job: What `CreateTransformJob` is sent besides name, model, input and output.
        data_uri: Where a path that is no URI lies.
        source, target: Input and output where the start names none, as URIs.
        content: Content type and split of the records.
        key_arn: Of the answers.
        max_run_seconds: From start to end.
        tags: Of models and jobs.
    """

    name: str
    stem: str
    group: str
    packages: str
    repository: pulumi.Output[str]
    image: pulumi.Output[str]
    model: dict[str, Any]
    job: dict[str, Any]
    data_uri: pulumi.Output[str]
    source: pulumi.Output[str]
    target: pulumi.Output[str]
    content: str
    key_arn: pulumi.Output[str]
    max_run_seconds: int
    tags: list[dict[str, str]]

    def definition(self) -> dict[str, Any]:
        """The state machine; Outputs in it are still to be waited for."""
        states = self._read() | self._version() | self._model() | self._score() | self._ends()
        return machine(f"Scores a data set for {self.name}", "Read", states)

    def _read(self) -> dict[str, State]:
        start = "$states.input"
        new = f"{NEW_RUN}$substring($uuid(), 0, 8)"
        return {
            "Read": {
                "Type": "Pass",
                "Assign": {
                    "odd": expr(f"$count([$keys({start})[$not($ in {WORDS})]])"),
                    "run": expr(f"{start}.run ? $string({start}.run) : {new}"),
                    "version": expr(f"{start}.version ? $string({start}.version) : ''"),
                    "source": self._uri("input", self.source),
                    "target": self._uri("output", self.target),
                    "paths": expr(
                        f"$count([[{start}.input, {start}.output][$not($contains($string($), {PATH}))]]) = 0"
                    ),
                    "not_before": expr(f"{start}.not_before ? {start}.not_before : ''"),
                    "failure": "",
                    "reason": "",
                },
                "Next": "Check",
            },
            "Check": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": expr("$odd > 0 or $not($paths)"), "Next": "BadStart"},
                    {
                        "Condition": expr(f"$not($contains($run, {FORM})) or $length($run) > {LONGEST_RUN_NAME}"),
                        "Next": "BadRun",
                    },
                    {"Condition": expr("$not_before != ''"), "Next": "Gather"},
                ],
                "Default": "Which",
            },
            "Gather": {"Type": "Wait", "Timestamp": expr("$not_before"), "Next": "Which"},
            "Which": {
                "Type": "Choice",
                "Choices": [{"Condition": expr("$version = ''"), "Next": "Newest"}],
                "Default": "Version",
            },
        }

    def _uri(self, word: str, default: pulumi.Output[str]) -> pulumi.Output[str]:
        given = f"$states.input.{word}"
        return pulumi.Output.concat(
            f"{{% ($path := {given} ? $string({given}) : '",
            default,
            "'; $contains($path, '://') ? $path : '",
            self.data_uri,
            "/' & $path) %}",
        )

    def _version(self) -> dict[str, State]:
        return {
            "Newest": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "listModelPackages"),
                "Arguments": {
                    "ModelPackageGroupName": self.group,
                    "ModelApprovalStatus": "Approved",
                    "SortBy": "CreationTime",
                    "SortOrder": "Descending",
                    "MaxResults": 1,
                },
                "Assign": {"approved": expr("[$states.result.ModelPackageSummaryList]")},
                "Retry": DESCRIBE_RETRY,
                "Next": "IsThereOne",
            },
            "IsThereOne": {
                "Type": "Choice",
                "Choices": [{"Condition": expr("$count($approved) = 0"), "Next": "NoneApproved"}],
                "Default": "TakeNewest",
            },
            "TakeNewest": {
                "Type": "Pass",
                "Assign": {"version": expr("$approved[0].ModelPackageArn")},
                "Next": "Version",
            },
            "Version": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "describeModelPackage"),
                "Arguments": {
                    "ModelPackageName": expr(f"$contains($version, /^arn:/) ? $version : '{self.packages}/' & $version")
                },
                "Assign": {"package": expr("$states.result")},
                "Retry": DESCRIBE_RETRY,
                "Catch": [_caught("NoVersion")],
                "Next": "IsApproved",
            },
            "IsApproved": {
                "Type": "Choice",
                "Choices": [{"Condition": expr("$package.ModelApprovalStatus = 'Approved'"), "Next": "Model"}],
                "Default": "NotApproved",
            },
        }

    def _model(self) -> dict[str, State]:
        return {
            "Model": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "createModel"),
                "Arguments": {
                    **self.model,
                    "ModelName": self._name(),
                    "PrimaryContainer": self._container(),
                    "Tags": self.tags,
                },
                "Catch": [_caught("Refused")],
                "Next": "Score",
            },
        }

    def _name(self) -> str:
        return expr(f"'{self.stem}-' & $run")

    def _container(self) -> pulumi.Output[str]:
        """The version as it was registered; with an image of the blueprint it is put together anew."""
        kept = "['ModelDataUrl', 'ModelDataSource', 'Environment']"
        return pulumi.Output.concat(
            "{% ($held := $package.InferenceSpecification.Containers[0]; $other := '",
            self.image,
            "'; $other = '' ? {'ModelPackageName': $package.ModelPackageArn} : ",
            f"$merge([{{'Image': $other}}, $sift($held, function($v, $k) {{$k in {kept}}})])) %}}",
        )

    def _score(self) -> dict[str, State]:
        """The job, and what became of it; one that lasts too long is stopped, and its model goes whatever it did."""
        failed = "$contains($states.errorOutput.Cause, 'TransformJobArn')"
        return {
            "Score": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sagemaker:createTransformJob.sync",
                "Arguments": {
                    **self.job,
                    "TransformJobName": self._name(),
                    "ModelName": self._name(),
                    "TransformInput": {
                        "DataSource": {
                            "S3DataSource": {
                                "S3DataType": "S3Prefix",
                                "S3Uri": expr("$replace($source, /\\/+$/, '') & '/'"),
                            }
                        },
                        "ContentType": self.content,
                        "SplitType": "Line",
                    },
                    "TransformOutput": {
                        "S3OutputPath": expr("$replace($target, /\\/+$/, '') & '/' & $run"),
                        "Accept": self.content,
                        "AssembleWith": "Line",
                        "KmsKeyId": self.key_arn,
                    },
                    "Tags": self.tags,
                },
                "TimeoutSeconds": self.max_run_seconds,
                "Catch": [
                    {"ErrorEquals": ["States.Timeout"], "Next": "Stop"},
                    {
                        "ErrorEquals": ["States.ALL"],
                        "Assign": {
                            "reason": expr(f"{failed} ? 'job' : 'request'"),
                            "failure": expr("$states.errorOutput.Error & ': ' & $states.errorOutput.Cause"),
                        },
                        "Next": "TidyUp",
                    },
                ],
                "Next": "TidyUp",
            },
            "Stop": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "stopTransformJob"),
                "Arguments": {"TransformJobName": self._name()},
                "Assign": {"reason": "late"},
                # it may have ended, or Step Functions may have stopped it already
                "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"reason": "late"}, "Next": "TidyUp"}],
                "Next": "TidyUp",
            },
            "TidyUp": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "deleteModel"),
                "Arguments": {"ModelName": self._name()},
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Outcome"}],
                "Next": "Outcome",
            },
            "Outcome": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": expr("$reason = ''"), "Next": "Done"},
                    {"Condition": expr("$reason = 'late'"), "Next": "TooLong"},
                    {"Condition": expr("$reason = 'request'"), "Next": "Refused"},
                ],
                "Default": "Why",
            },
            "Why": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "describeTransformJob"),
                "Arguments": {"TransformJobName": self._name()},
                "Assign": {
                    "failure": expr(
                        "($job := $states.result; $job.FailureReason ? $job.FailureReason : $job.TransformJobStatus)"
                    )
                },
                "Retry": DESCRIBE_RETRY,
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
                "Next": "Failed",
            },
        }

    def _ends(self) -> dict[str, State]:
        job = f"'{self.stem}-' & $run"
        longest = f"{self.max_run_seconds // 60} minutes"
        return {
            "Done": {
                "Type": "Succeed",
                "Output": {
                    "run": expr("$run"),
                    "job": expr(job),
                    "version": expr("$string($package.ModelPackageVersion)"),
                    "output": expr("$replace($target, /\\/+$/, '') & '/' & $run"),
                },
            },
            "BadStart": fail(
                "BadStart",
                'A start takes "version", "input", "output" and "run"; input and output are paths of the data store,'
                " or s3:// URIs.",
            ),
            "BadRun": fail(
                "BadRun", f'"run" is lower-case letters, digits and single hyphens, at most {LONGEST_RUN_NAME}.'
            ),
            "NoneApproved": fail(
                "NoApprovedVersion",
                f'{self.group} has no approved version. Approve one, or start with {{"version": "1"}}.',
            ),
            "NoVersion": fail("NoVersion", expr("'There is no version ' & $version & '. ' & $failure")),
            "NotApproved": fail(
                "NotApproved",
                expr("'Version ' & $version & ' is ' & $package.ModelApprovalStatus & ', not Approved.'"),
            ),
            "Refused": fail("BatchRefused", expr("$failure")),
            "Failed": fail("BatchFailed", expr(f"{job} & ': ' & $failure")),
            "TooLong": fail("MaxRunOver", expr(f"{job} & ' was stopped: it took more than {longest}'")),
        }


def _caught(following: str) -> dict[str, Any]:
    why = "$states.errorOutput.Error & ': ' & $states.errorOutput.Cause"
    return {"ErrorEquals": ["States.ALL"], "Assign": {"failure": expr(why)}, "Next": following}
