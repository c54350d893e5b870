"""What was done, and by whom: audit trail, flow logs, access logs, and the group that state machines log to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudtrail, cloudwatch, ec2, iam

from components.base import Component
from components.clouds.aws.ground import AwsPlace, Bucket, after, tags
from components.clouds.aws.network import Network
from components.clouds.aws.policies import Statement, allow, document, from_stack, trust
from components.clouds.aws.store import Store, expire, keep_versions

__all__ = ["Audit", "access_log_bucket", "audit", "flow_log", "log_days"]

# Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
OLD_LOG_VERSIONS_DAYS = 30
# Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
MODEL_CALLS, STORED_OBJECTS = "AWS::SageMaker::Endpoint", "AWS::S3::Object"


@dataclass(frozen=True)
class Audit:
    """Where the logs are."""

    bucket: Bucket
    group_arn: pulumi.Output[str]


def log_days(days: int) -> int:
    """The shortest retention that CloudWatch Logs has and that is not below what is asked."""
    return next((d for d in LOG_DAYS if d >= days), LOG_DAYS[-1])


def access_log_bucket(owner: Component, place: AwsPlace, days: int) -> Bucket:
    """
    Register the bucket for the other buckets' access logs.

    It is the one bucket without the stack's key: S3 delivers access logs to no bucket with a KMS key.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    context = owner.context
    name = context.name("access-logs", limit=63, unique=True)
    arn = f"arn:{place.partition}:s3:::{name}"
    sources = f"arn:{place.partition}:s3:::{context.start(63, unique=True)}*"
    deliver = allow(
        "AccessLogs",
        ["s3:PutObject"],
        f"{arn}/*",
        when=from_stack(place, sources),
        principal={"Service": "logging.s3.amazonaws.com"},
    )
    rules = [keep_versions(OLD_LOG_VERSIONS_DAYS), expire("logs", "", days)]
    return Store(owner, "access-logs", name, None, rules, [deliver]).build()


def audit(
    owner: Component, place: AwsPlace, key_arn: pulumi.Output[str], days: int, access_logs: Bucket, stores: list[Bucket]
) -> Audit:
    """
    Register the trail with its bucket and log group.

    Args:
        owner: The foundation.
        place: Account and region.
        key_arn: What the logs are encrypted with.
        days: How long they are kept.
        access_logs: Where access to the logs is logged.
        stores: Buckets whose every written or deleted object is recorded.
    """
    context = owner.context
    name = context.name("audit", limit=63)
    trail_arn = place.arn("cloudtrail", f"trail/{name}")
    bucket_name = context.name("audit", limit=63, unique=True)
    rules = [keep_versions(OLD_LOG_VERSIONS_DAYS), expire("logs", "", days)]
    statements = _delivery(place, f"arn:{place.partition}:s3:::{bucket_name}", trail_arn)
    store = Store(owner, "audit", bucket_name, key_arn, rules, statements, access_logs)
    bucket = store.build()
    group = _group(owner, "audit-log", f"/aws/cloudtrail/{name}", key_arn, days)
    machines = _group(owner, "log", f"/aws/vendedlogs/{context.name('log')}", key_arn, days)
    _trail(owner, place, name, store, group, stores)
    return Audit(bucket, machines.arn)


def _group(owner: Component, logical: str, name: str, key_arn: pulumi.Output[str], days: int) -> cloudwatch.LogGroup:
    return cloudwatch.LogGroup(
        logical,
        name=name,
        retention_in_days=log_days(days),
        kms_key_id=key_arn,
        tags=tags(owner.context),
        opts=owner.keeps_data(),
    )


def _delivery(place: AwsPlace, bucket_arn: str, trail_arn: str) -> list[Statement]:
    """
    What CloudTrail and VPC flow logs need of the bucket.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html,
        https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
    """
    full_control = {"s3:x-amz-acl": "bucket-owner-full-control"}
    found = []
    for sid, service, prefix, source in (
        ("CloudTrail", "cloudtrail", "AWSLogs", trail_arn),
        ("FlowLogs", "delivery.logs", "flow/AWSLogs", place.arn("logs", "*")),
    ):
        who = {"Service": f"{service}.amazonaws.com"}
        when = from_stack(place, source)
        written = {**when, "StringEquals": {**when["StringEquals"], **full_control}}
        objects = f"{bucket_arn}/{prefix}/{place.account}/*"
        found += [
            allow(f"{sid}Check", ["s3:GetBucketAcl"], bucket_arn, when=when, principal=who),
            allow(f"{sid}Write", ["s3:PutObject"], objects, when=written, principal=who),
        ]
    return found


def _trail(
    owner: Component,
    place: AwsPlace,
    name: str,
    store: Store,
    group: cloudwatch.LogGroup,
    stores: list[Bucket],
) -> None:
    context = owner.context
    role = iam.Role(
        "audit-log-writer",
        name=context.name("audit-log", limit=64, unique=True),
        assume_role_policy=trust(place, {"cloudtrail": place.arn("cloudtrail", f"trail/{name}")}),
        tags=tags(context),
        opts=owner.child(),
    )
    stream = pulumi.Output.concat(group.arn, f":log-stream:{place.account}_CloudTrail_{place.region}*")
    may_write = iam.RolePolicy(
        "audit-log-writer-policy",
        name="audit-log",
        role=role.name,
        policy=document(allow("Write", ["logs:CreateLogStream", "logs:PutLogEvents"], stream)),
        opts=owner.child(),
    )
    cloudtrail.Trail(
        "audit-trail",
        name=name,
        s3_bucket_name=store.made.name,
        kms_key_id=store.key_arn,
        enable_log_file_validation=True,
        include_global_service_events=True,
        is_multi_region_trail=False,
        cloud_watch_logs_group_arn=pulumi.Output.concat(group.arn, ":*"),
        cloud_watch_logs_role_arn=after(role.arn, may_write),
        advanced_event_selectors=_selectors(owner, place, stores),
        tags=tags(context),
        opts=owner.child(),
    )


def _selectors(
    owner: Component, place: AwsPlace, stores: list[Bucket]
) -> list[cloudtrail.TrailAdvancedEventSelectorArgs]:
    endpoints = place.arn("sagemaker", f"endpoint/{owner.context.start(63)}")
    objects: list[Any] = [pulumi.Output.concat(store.arn, "/") for store in stores]
    return [
        _selector("changes", _field("eventCategory", ["Management"]), _field("readOnly", ["false"])),
        _selector(
            "model-calls",
            _field("eventCategory", ["Data"]),
            _field("resources.type", [MODEL_CALLS]),
            _field("resources.ARN", starts_withs=[endpoints]),
        ),
        _selector(
            "stored-objects",
            _field("eventCategory", ["Data"]),
            _field("resources.type", [STORED_OBJECTS]),
            _field("readOnly", ["false"]),
            _field("resources.ARN", starts_withs=objects),
        ),
    ]


def _selector(
    name: str, *fields: cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs
) -> cloudtrail.TrailAdvancedEventSelectorArgs:
    return cloudtrail.TrailAdvancedEventSelectorArgs(name=name, field_selectors=list(fields))


def _field(
    field: str, equals: list[str] | None = None, starts_withs: list[Any] | None = None
) -> cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs:
    return cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs(field=field, equals=equals, starts_withs=starts_withs)


def flow_log(owner: Component, net: Network, bucket: Bucket) -> None:
    """Record every connection that is made, or refused, in a network of ours."""
    ec2.FlowLog(
        "flow-log",
        vpc_id=net.vpc_id,
        traffic_type="ALL",
        log_destination_type="s3",
        log_destination=pulumi.Output.concat(bucket.arn, "/flow/"),
        max_aggregation_interval=600,
        tags=tags(owner.context),
        opts=owner.child(),
    )
