"""Stores keep versions, where they can and where it helps."""

from __future__ import annotations

from typing import Any

from policies.pack import rule
from policies.resource import Resource, Stack
from policies.settings import Settings

BUCKET, VERSIONS = "aws:s3/bucket:Bucket", "aws:s3/bucketVersioning:BucketVersioning"
ACCOUNT, SERVICE = "azure-native:storage:StorageAccount", "azure-native:storage:BlobServiceProperties"
RULE = rule("GP-REL-007")


def found(*resources: Resource) -> list[str]:
    return [b.urn for b in RULE.breaches_across(Stack(resources), Settings())]


def at(type_: str, urn: str, **inputs: Any) -> Resource:
    return Resource(urn, type_, inputs)


def test_buckets_are_told_apart():
    """
    Versions of one bucket are none of another; versioning of its own counts as well.
    """
    assert ["b"] == found(
        at(BUCKET, "a", bucket="a"),
        at(VERSIONS, "v", bucket="a", versioningConfiguration={"status": "Enabled"}),
        at(BUCKET, "b", bucket="b"),
        at(BUCKET, "c", bucket="c", versioning={"enabled": True}),
    )


def test_logs_need_no_versions():
    """
    A bucket that only logs are written to is left alone.
    """
    assert [] == found(
        at(BUCKET, "a", bucket="logs"),
        at("aws:s3/bucketLogging:BucketLogging", "l", bucket="data", targetBucket="logs"),
        at(BUCKET, "b", bucket="flow"),
        at("aws:ec2/flowLog:FlowLog", "f", logDestination="arn:aws:s3:::flow/vpc/"),
    )


def test_accounts_that_can_have_no_versions():
    """
    Hierarchical namespaces and file shares have none; a blob service turns them on for its own account.
    """
    assert ["c"] == found(
        at(ACCOUNT, "a", accountName="a", kind="StorageV2", isHnsEnabled=True),
        at(ACCOUNT, "b", accountName="b", kind="FileStorage"),
        at(ACCOUNT, "c", accountName="c", kind="StorageV2"),
        at(ACCOUNT, "d", accountName="d", kind="StorageV2"),
        at(SERVICE, "s", accountName="d", isVersioningEnabled=True),
    )


def test_a_gcs_bucket_with_a_retention_policy_keeps_its_objects():
    """
    What can't be overwritten needs no versions.
    """
    held = Resource("r", "gcp:storage/bucket:Bucket", {"retentionPolicy": {"retentionPeriod": 86400}})

    assert not RULE.breaches(held, Settings())
