"""GP-GOV-013: access to stores of data is logged."""

from collections.abc import Iterator
from typing import Any

from policies.endpoints import about
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, is_known

S3, S3_LOGGING, TRAIL = "aws:s3/bucket:Bucket", "aws:s3/bucketLogging:BucketLogging", "aws:cloudtrail/trail:Trail"
GCS, AUDIT = "gcp:storage/bucket:Bucket", "gcp:projects/iAMAuditConfig:IAMAuditConfig"
ACCOUNT, DIAGNOSTICS = "azure-native:storage:StorageAccount", "azure-native:monitor:DiagnosticSetting"
_FIELDS = "advancedEventSelectors.*.fieldSelectors.*"


def _unlogged(stack: Stack, settings: Settings) -> Iterator[Breach]:
    for bucket in stack.of(S3):
        logged = any(stack.joined(bucket, rule, {"bucket": "bucket"}) for rule in stack.of(S3_LOGGING))
        if not (logged or bucket.has("logging") or _takes_logs(stack, bucket) or _in_trail(stack, bucket)):
            yield Breach("no access log is kept for this bucket", "logging", bucket.urn)
    audited = any(map(_audits, stack.of(AUDIT)))
    for bucket in stack.of(GCS):
        if bucket.label(settings.classification_label) in ("public", "internal"):
            continue  # each read would be a line in the log, and a price
        if not audited and not bucket.has("logging.logBucket") and not _sink(stack, bucket):
            yield Breach("neither a log bucket nor the project's audit config records access", "logging", bucket.urn)
    for account in stack.of(ACCOUNT):
        called = [name for name in [account.at("accountName")] if isinstance(name, str)]
        if not any(about(stack, account, s, ["resourceUri"], *called) for s in stack.of(DIAGNOSTICS)):
            yield Breach("no diagnostic setting records access to this account", urn=account.urn)


def _takes_logs(stack: Stack, bucket: Resource) -> bool:
    """Whether it is the one that access logs go to: logging its own would never end."""
    rules = stack.of(S3_LOGGING)
    targets = [rule.at("targetBucket") for rule in rules]
    named = is_known(bucket.at("bucket")) and bucket.at("bucket") in targets
    return named or any(bucket.urn in rule.property_dependencies.get("targetBucket", ()) for rule in rules)


def _in_trail(stack: Stack, bucket: Resource) -> bool:
    """Whether a trail records what is read and written: all of S3, or this bucket."""
    for trail in stack.of(TRAIL):
        found = [names for _, names in trail.all(f"{_FIELDS}.equals") if isinstance(names, list)]
        if any("AWS::S3::Object" in names for names in found) and about(
            stack, bucket, trail, [f"{_FIELDS}.startsWiths.*", f"{_FIELDS}.equals.*"], str(bucket.at("bucket"))
        ):
            return True
    return False


def _sink(stack: Stack, bucket: Resource) -> bool:
    """Whether logs are sent there, or access logs of others go there."""
    sinks = stack.of("gcp:logging/projectSink:ProjectSink")
    name = str(bucket.at("name"))
    others = [other.at("logging.logBucket") for other in stack.of(GCS)]
    return name in others or any(about(stack, bucket, sink, ["destination"], name) for sink in sinks)


def _audits(audit: Resource) -> bool:
    service = audit.at("service")
    if is_known(service) and service not in ("storage.googleapis.com", "allServices"):
        return False
    kinds = [found for _, found in audit.all("auditLogConfigs.*.logType") if found is not ABSENT]
    return any(not is_known(kind) or kind in ("DATA_READ", "DATA_WRITE") for kind in kinds)


def _at(kind: str, inputs: dict[str, Any], **on: str) -> Resource:
    urn = f"urn:pulumi:prod::ml::{kind}::data"
    return Resource(urn, kind, inputs, "data", property_dependencies={key: (of,) for key, of in on.items()})


_STORES = tuple(_at(kind, {"bucket": "data", "accountName": "data"}) for kind in (S3, GCS, ACCOUNT))

RULE = Rule(
    id="GP-GOV-013",
    demand="Access to stores of data is logged.",
    why="After a leak the first question is who read what: without a log there is no answer.",
    fix="Add a BucketLogging, an audit config of storage.googleapis.com, or a diagnostic setting of the blob service.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    external=("CKV_GCP_62", "CKV_AWS_18", "S3.9"),
    across=(
        StackCheck(
            run=_unlogged,
            types=(S3, S3_LOGGING, TRAIL, GCS, AUDIT, ACCOUNT, DIAGNOSTICS),
            passes=(
                *_STORES,
                _at(S3_LOGGING, {"bucket": "data", "targetBucket": "logs"}, bucket=_STORES[0].urn),
                _at(AUDIT, {"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}),
                _at(DIAGNOSTICS, {"resourceUri": "…"}, resourceUri=_STORES[2].urn),
            ),
            fails=(*_STORES, _at(TRAIL, {}), _at(AUDIT, {"service": "pubsub.googleapis.com"})),
        ),
    ),
)
