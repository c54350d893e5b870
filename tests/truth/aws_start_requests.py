"""Requests that make what starts a batch job, and what a notebook of Studio is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.truth.aws_request_parts import Inputs, Request, pascal, tags, without

__all__ = ["STARTS_AND_STUDIO"]


def _notification(inputs: Inputs) -> Iterator[Request]:
    assert inputs["eventbridge"] is True
    told = {"EventBridgeConfiguration": {}}
    body = {"Bucket": inputs["bucket"], "NotificationConfiguration": told}
    yield "s3", "PutBucketNotificationConfiguration", body


def _rule(inputs: Inputs) -> Iterator[Request]:
    yield "events", "PutRule", {**pascal(without(inputs, "tags")), "Tags": tags(inputs)}


def _target(inputs: Inputs) -> Iterator[Request]:
    target = pascal(without(inputs, "rule"), {"targetId": "Id"})
    yield "events", "PutTargets", {"Rule": inputs["rule"], "Targets": [target]}


def _domain(inputs: Inputs) -> Iterator[Request]:
    body = pascal(without(inputs, "retentionPolicy", "tags"))
    yield "sagemaker", "CreateDomain", {**body, "Tags": tags(inputs)}
    kept = pascal(inputs["retentionPolicy"])
    yield "sagemaker", "DeleteDomain", {"DomainId": "d-abcdefghijkl", "RetentionPolicy": kept}


def _in_domain(operation: str) -> Callable[[Inputs], Iterator[Request]]:
    def requests(inputs: Inputs) -> Iterator[Request]:
        body = pascal(without(inputs, "tags"), {"autoMountHomeEfs": "AutoMountHomeEFS"})
        yield "sagemaker", operation, {**body, "Tags": tags(inputs)}

    return requests


STARTS_AND_STUDIO: Mapping[str, Callable[[Inputs], Iterator[Request]]] = {
    "aws:cloudwatch/eventRule:EventRule": _rule,
    "aws:cloudwatch/eventTarget:EventTarget": _target,
    "aws:s3/bucketNotification:BucketNotification": _notification,
    "aws:sagemaker/domain:Domain": _domain,
    "aws:sagemaker/space:Space": _in_domain("CreateSpace"),
    "aws:sagemaker/userProfile:UserProfile": _in_domain("CreateUserProfile"),
}
