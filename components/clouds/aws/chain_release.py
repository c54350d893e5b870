"""The part of a pipeline that keeps the candidate's files, registers them, waits for a person, and releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.clouds.aws.chain import Chain, broke, nested, person
from components.clouds.aws.states import DESCRIBE_RETRY, State, expr, literal, sdk
from components.clouds.aws.step import S3_RETRY

__all__ = ["Registration", "release_states"]

LARGEST_COPY = 5 * 2**30
"""Bytes that one call copies. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
SHORTEST_POLL, MOST_POLLS = 300, 1000
"""
Seconds between two looks at the approval, at the least; and how many looks there are: an execution has 25,000 events.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""
BUSY_SECONDS, BUSY_TRIES = 900, 48


@dataclass(frozen=True)
class Registration:
    """
    Where a version goes.

    Attributes:
        group: Model package group.
        bucket, prefix: Where versions keep their files.
        image: What serves it; None where each release must say.
        automatic: Whether it is approved at once.
        approval_wait: Seconds.
        release: ARN of the endpoint's release; None where it ends in the registry.
        served: What callers name of the endpoint that is this model; empty where the endpoint has one model.
    """

    group: str
    bucket: pulumi.Output[str]
    prefix: str
    image: pulumi.Output[str] | None
    automatic: bool
    approval_wait: int
    release: pulumi.Output[str] | None
    served: tuple[str, ...] = ()


def release_states(chain: Chain, to: Registration) -> dict[str, State]:
    """From `Keep` to the ends `registered` and `deployed`."""
    released = _approved(to) | _deployed(chain, to.release, to.served) if to.release else {}
    return _kept(to) | _registered(chain, to) | released


def _task(resource: str, arguments: Any, following: str, **more: Any) -> State:
    return {
        "Type": "Task",
        "Resource": resource,
        "Arguments": arguments,
        "Catch": [broke("RegistrationFailed")],
        **more,
        "Next": following,
    }


def _kept(to: Registration) -> dict[str, State]:
    """A copy among the versions' files, in parts where it is too large for one call."""
    where = {"Bucket": to.bucket, "Key": expr("$key")}
    source = {"CopySource": expr("$bucket & '/' & $source")}
    last = f"$min([$from + {LARGEST_COPY}, $size]) - 1"
    part = "{'ETag': $states.result.CopyPartResult.ETag, 'PartNumber': $count($parts) + 1}"
    return {
        "Keep": {
            "Type": "Pass",
            "Assign": {
                "bucket": expr("$split($trained.model, '/')[2]"),
                "source": expr("$join($split($trained.model, '/')[[3..100]], '/')"),
                "key": expr(f"'{to.prefix}/' & $run & '/' & $split($trained.model, '/')[-1]"),
            },
            "Next": "Size",
        },
        "Size": _task(
            sdk("s3", "headObject"),
            {"Bucket": expr("$bucket"), "Key": expr("$source")},
            "IsLarge",
            Assign={"size": expr("$states.result.ContentLength")},
            Retry=S3_RETRY,
        ),
        "IsLarge": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(f"$size > {LARGEST_COPY}"), "Next": "BeginCopy"}],
            "Default": "Copy",
        },
        "Copy": _task(sdk("s3", "copyObject"), {**where, **source}, "Register", Retry=S3_RETRY),
        "BeginCopy": _task(
            sdk("s3", "createMultipartUpload"),
            where,
            "CopyPart",
            Assign={"upload": expr("$states.result.UploadId"), "parts": [], "from": 0},
        ),
        "CopyPart": _task(
            sdk("s3", "uploadPartCopy"),
            {
                **where,
                **source,
                "UploadId": expr("$upload"),
                "PartNumber": expr("$count($parts) + 1"),
                "CopySourceRange": expr(f"'bytes=' & $from & '-' & ({last})"),
            },
            "IsCopied",
            Assign={"parts": expr(f"[$append($parts, {part})]"), "from": expr(f"$from + {LARGEST_COPY}")},
            Retry=S3_RETRY,
        ),
        "IsCopied": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$from < $size"), "Next": "CopyPart"}],
            "Default": "EndCopy",
        },
        "EndCopy": _task(
            sdk("s3", "completeMultipartUpload"),
            {**where, "UploadId": expr("$upload"), "MultipartUpload": {"Parts": expr("$parts")}},
            "Register",
        ),
    }


def _registered(chain: Chain, to: Registration) -> dict[str, State]:
    pending, approved = "PendingManualApproval", "Approved"
    container: dict[str, Any] = {
        "ModelDataUrl": pulumi.Output.concat("{% 's3://", to.bucket, "/' & $key %}"),
    }
    if to.image is not None:
        container["Image"] = to.image
    status = expr(f"$review ? '{pending}' : '{approved}'") if to.automatic else pending
    waits = (
        "'Version ' & $version & ' of the model waits for its approval. Its run ' & $run & ' was started by ' & $reason"
    )
    best = {"trial": expr("$trained.trial")} if chain.objective else {}
    following = "Await" if to.release else "Registered"
    states: dict[str, State] = {
        "Register": _task(
            sdk("sagemaker", "createModelPackage"),
            {
                "ModelPackageGroupName": to.group,
                "ModelPackageDescription": expr(f"'Run ' & $run & ' of {chain.label}'"),
                "ModelApprovalStatus": status,
                "InferenceSpecification": {"Containers": [container]},
                "CustomerMetadataProperties": {"pipeline": chain.name, "run": expr("$run"), **best},
            },
            "IsPending",
            Assign={
                "package": expr("$states.result.ModelPackageArn"),
                "version": expr("$split($states.result.ModelPackageArn, '/')[-1]"),
                "pending": expr("$review") if to.automatic else True,
                "polls": 0,
                "busy": 0,
                **({"number": 0} if len(to.served) > 1 else {}),
            },
        ),
        "IsPending": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$pending"), "Next": "TellPending"}],
            "Default": "Deploy" if to.release else "Registered",
        },
        "TellPending": person(chain, f"'{chain.label}: a version waits for approval'", waits, following),
    }
    if not to.release:
        states["Registered"] = {"Type": "Succeed", "Output": {"outcome": "registered", **chain.told}}
    return states


def _approved(to: Registration) -> dict[str, State]:
    """A person approves the version in the registry; looks are further apart where there is much time."""
    poll = max(SHORTEST_POLL, -(-to.approval_wait // MOST_POLLS))
    most = -(-to.approval_wait // poll)
    nobody = f"nobody approved it within {to.approval_wait // 60} minutes"
    late = f"$approval = 'Rejected' ? 'a person rejected it' : '{nobody}'"
    return {
        "Await": {"Type": "Wait", "Seconds": poll, "Assign": {"polls": expr("$polls + 1")}, "Next": "Approval"},
        "Approval": _task(
            sdk("sagemaker", "describeModelPackage"),
            {"ModelPackageName": expr("$package")},
            "IsApproved",
            Assign={"approval": expr("$states.result.ModelApprovalStatus")},
            Retry=DESCRIBE_RETRY,
            Catch=[broke()],
        ),
        "IsApproved": {
            "Type": "Choice",
            "Choices": [
                {"Condition": expr("$approval = 'Approved'"), "Next": "Deploy"},
                {"Condition": expr(f"$approval != 'Rejected' and $polls < {most}"), "Next": "Await"},
            ],
            "Default": "NotApproved",
        },
        "NotApproved": {
            "Type": "Pass",
            "Assign": {"error": "NotApproved", "failure": expr(f"'Version ' & $version & ': ' & ({late})")},
            "Next": "Tell",
        },
    }


def _deployed(chain: Chain, release: pulumi.Output[str], served: tuple[str, ...]) -> dict[str, State]:
    """The endpoint's own release, of each name of the model; another one that is under way is waited for."""
    given: dict[str, Any] = {"version": expr("$version")}
    after: dict[str, State] = {}
    if len(served) == 1:
        given["model"] = served[0]
    elif served:
        given["model"] = expr(f"{literal(served)}[$number]")
        last = {"Condition": expr(f"$number + 1 >= {len(served)}"), "Next": "Deployed"}
        after = {
            "IsDeployed": {"Type": "Choice", "Choices": [last], "Default": "Further"},
            "Further": {"Type": "Pass", "Assign": {"number": expr("$number + 1")}, "Next": "Deploy"},
        }
    return {
        "Deploy": nested(release, given, "released", "IsDeployed" if after else "Deployed", "IsBusy", "$own"),
        **after,
        "IsBusy": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(f"$error = 'Busy' and $busy < {BUSY_TRIES}"), "Next": "Queue"}],
            "Default": "Tell",
        },
        "Queue": {"Type": "Wait", "Seconds": BUSY_SECONDS, "Assign": {"busy": expr("$busy + 1")}, "Next": "Deploy"},
        "Deployed": {"Type": "Succeed", "Output": {"outcome": "deployed", **chain.told}},
    }
