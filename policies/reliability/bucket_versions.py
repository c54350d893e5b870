"""GP-REL-007: what is overwritten or deleted can be brought back."""

from collections.abc import Iterator
from typing import Any

from policies.checks import must_equal
from policies.resource import Resource, Stack
from policies.rule import Absent, Breach, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, is_known

BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
VERSIONS = ("aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2")
ACCOUNT, SERVICE = "azure-native:storage:StorageAccount", "azure-native:storage:BlobServiceProperties"
LOGS = {  # what writes logs: the input that names the bucket; logs are only added to
    "aws:s3/bucketLogging:BucketLogging": "targetBucket",
    "aws:s3/bucketLoggingV2:BucketLoggingV2": "targetBucket",
    "aws:cloudtrail/trail:Trail": "s3BucketName",
    "aws:ec2/flowLog:FlowLog": "logDestination",
}


def _unversioned(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    for bucket in stack.of(*BUCKETS):
        versioned = any(stack.joined(bucket, v, {"bucket": "bucket"}) for v in stack.of(*VERSIONS))
        if not versioned and not _inline(bucket) and not _holds_logs(stack, bucket):
            yield Breach("versioning is not turned on for this bucket", "versioning", bucket.urn)
    for account in stack.of(ACCOUNT):
        services = [s for s in stack.of(SERVICE) if stack.joined(account, s, {"accountName": "accountName"})]
        if _keeps_none(account) and not any(_on(s, "isVersioningEnabled") for s in services):
            yield Breach("blob versioning is not turned on for this account", "isVersioningEnabled", account.urn)


def _on(resource: Resource, path: str) -> bool:
    found = resource.at(path)
    return found is True or (found is not ABSENT and not is_known(found))


def _inline(bucket: Resource) -> bool:
    return _on(bucket, "versioning.enabled") or _on(bucket, "versionings.0.enabled")


def _holds_logs(stack: Stack, bucket: Resource) -> bool:
    for kind, path in LOGS.items():
        for writer in stack.of(kind):
            if bucket.urn in writer.property_dependencies.get(path, ()):
                return True
            named, name = writer.at(path), bucket.at("bucket")
            if isinstance(named, str) and isinstance(name, str) and name in named.replace(":", "/").split("/"):
                return True
    return False


def _keeps_none(account: Resource) -> bool:
    """Whether blobs of the account could have versions, and have none by the account's own inputs."""
    kind = account.at("kind")
    if kind in ("FileStorage", "Storage") or _on(account, "isHnsEnabled"):  # no versions there
        return False
    return not _on(account, "immutableStorageWithVersioning.enabled")


def _at(kind: str, name: str, inputs: dict[str, Any], **on: tuple[str, ...]) -> Resource:
    return Resource(f"urn:pulumi:prod::ml::{kind}::{name}", kind, inputs, name, property_dependencies=on)


_STORES = (
    *(_at(kind, "data", {"bucket": "data"}) for kind in BUCKETS),
    _at(ACCOUNT, "data", {"accountName": "data", "kind": "StorageV2"}),
)

RULE = Rule(
    id="GP-REL-007",
    demand="Stores of models and data keep versions.",
    why="One wrong job overwrites a model or a training set, or poisons it, and nobody can go back.",
    fix="Turn versioning on, with a lifecycle rule that ends old versions; the blueprint's stores have both.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
    severity=Severity.MEDIUM,
    external=("CKV_AWS_21", "CKV_GCP_78", "OWASP:ML02"),
    checks={
        **{
            kind: must_equal(
                "versioningConfiguration.status", "Enabled", wrong="Suspended", because="S3 keeps no versions"
            )
            for kind in VERSIONS
        },
        "gcp:storage/bucket:Bucket": must_equal(
            "versioning.enabled",
            True,
            wrong=False,
            absent=Absent.FAILS,
            because="Cloud Storage keeps no versions",
            # neither can be overwritten, or have versions
            when=lambda r, _: not (r.has("retentionPolicy") or _on(r, "hierarchicalNamespace.enabled")),
            remedy=True,
        ),
    },
    across=(
        StackCheck(
            run=_unversioned,
            types=(*BUCKETS, *VERSIONS, ACCOUNT, SERVICE),
            passes=(
                *_STORES,
                *(
                    _at(kind, "data", {"bucket": "data"}, bucket=(f"urn:pulumi:prod::ml::{bucket}::data",))
                    for kind, bucket in zip(VERSIONS, BUCKETS, strict=True)
                ),
                _at(
                    SERVICE,
                    "data",
                    {"accountName": "data", "isVersioningEnabled": True},
                    accountName=(f"urn:pulumi:prod::ml::{ACCOUNT}::data",),
                ),
            ),
            fails=_STORES,
        ),
    ),
)
