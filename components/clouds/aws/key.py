"""The stack's customer-managed KMS key: who administers it, and which services may use it for whom."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import kms

from components.base import Component
from components.clouds.aws.ground import AwsPlace, root, tags
from components.clouds.aws.policies import Statement, allow, document, from_stack

__all__ = ["USE", "key"]

# what encrypting and decrypting takes: of a role, an AWS service, or both
USE = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"]
USE_AND_REWRAP = [*USE, "kms:ReEncryptFrom", "kms:ReEncryptTo"]
LOG_GROUPS = ("/aws/cloudtrail/", "/aws/sagemaker/Endpoints/", "/aws/vendedlogs/")
THIS_KEY = "*"  # in a key's own policy, this is the key


def _service(sid: str, service: str, actions: Sequence[str], place: AwsPlace, source: str | None = None) -> Statement:
    who = {"Service": f"{service}.amazonaws.com"}
    return allow(sid, actions, THIS_KEY, when=from_stack(place, source), principal=who)


def _cloudwatch_logs(place: AwsPlace, stack: str) -> Statement:
    """
    CloudWatch Logs names the log group in the encryption context, not in `aws:SourceArn`.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    groups = [place.arn("logs", f"log-group:{start}{stack}*") for start in LOG_GROUPS]
    return allow(
        "CloudWatchLogs",
        USE_AND_REWRAP,
        THIS_KEY,
        when={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        principal={"Service": f"logs.{place.region}.{place.domain}"},
    )


def _state_machine_logs(place: AwsPlace) -> Statement:
    """
    A state machine hands its log records over encrypted, with this context.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    """
    return allow(
        "StateMachineLogs",
        ["kms:Decrypt"],
        THIS_KEY,
        when={"StringEquals": {"kms:EncryptionContext:SourceArn": place.arn("logs", "*")}},
        principal={"Service": "delivery.logs.amazonaws.com"},
    )


def _statements(place: AwsPlace, stack: str) -> list[Statement]:
    account = {"AWS": root(place)}
    trail = place.arn("cloudtrail", f"trail/{stack}*")
    budgets = place.arn("budgets", "*", regional=False)
    return [
        # without it nobody could ever change the key again; IAM still decides who of the account may
        allow("Account", ["kms:*"], THIS_KEY, principal=account),
        _cloudwatch_logs(place, stack),
        _state_machine_logs(place),
        _service("CloudTrail", "cloudtrail", ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], place, trail),
        _service("FlowLogs", "delivery.logs", USE_AND_REWRAP, place, place.arn("logs", "*")),
        # those that tell the alert topic something
        _service("Alarms", "cloudwatch", ["kms:Decrypt", "kms:GenerateDataKey"], place),
        _service("Events", "events", ["kms:Decrypt", "kms:GenerateDataKey"], place),
        _service("Budgets", "budgets", ["kms:Decrypt", "kms:GenerateDataKey"], place, budgets),
    ]


def key(owner: Component, place: AwsPlace) -> pulumi.Output[str]:
    """Register the key, rotated every year, and return its ARN."""
    context = owner.context
    made = kms.Key(
        "key",
        description=f"Data, models and logs of {context.blueprint} {context.environment}",
        enable_key_rotation=True,
        rotation_period_in_days=365,
        deletion_window_in_days=30 if context.protect else 7,
        policy=document(*_statements(place, context.start(63))),
        tags=tags(context),
        opts=owner.keeps_data(),
    )
    kms.Alias(
        "key-alias",
        name="alias/" + context.name(limit=200),
        target_key_id=made.key_id,
        opts=owner.child(),
    )
    return made.arn
