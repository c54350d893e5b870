"""GP-COST-017: what is stored for nobody is deleted."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from policies.checks import known, must_equal
from policies.resource import Resource, Stack
from policies.rule import Absent, Breach, Check, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, is_known, look

BUCKET, LIFECYCLE = "aws:s3/bucket:Bucket", "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
IMAGES, EXPIRY = "aws:ecr/repository:Repository", "aws:ecr/lifecyclePolicy:LifecyclePolicy"
ACCOUNT, MANAGEMENT = "azure-native:storage:StorageAccount", "azure-native:storage:ManagementPolicy"


def _kept(
    kind: str, by: str, paths: Mapping[str, str], what: str, works: Callable[[Resource], bool] = lambda _: True
) -> Callable[[Stack, Settings], Iterator[Breach]]:
    """Each resource of a kind has one of another that says what goes."""

    def run(stack: Stack, _settings: Settings) -> Iterator[Breach]:
        for store in stack.of(kind):
            if store.has("lifecycleRules"):
                continue
            if not any(works(rules) and stack.joined(store, rules, paths) for rules in stack.of(by)):
                yield Breach(what, urn=store.urn)

    return run


def _aborts(lifecycle: Resource) -> bool:
    """A rule that is on gives up uploads that were never finished, which are stored unseen."""
    return any(not is_known(rule) or _gives_up(rule) for _, rule in lifecycle.all("rules.*"))


def _gives_up(rule: Any) -> bool:
    return look(rule, "status") != "Disabled" and look(rule, "abortIncompleteMultipartUpload") is not ABSENT


def _gcs(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    auto = resource.at("autoclass.enabled")
    if not resource.has("lifecycleRules") and (auto is False or not resource.has("autoclass")):
        yield Breach("neither lifecycle rules nor Autoclass are set", "lifecycleRules")


def _cleanup(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    """Virtual repositories hold nothing; a dry run deletes nothing."""
    if resource.at("mode") == "VIRTUAL_REPOSITORY":
        return
    if not resource.has("cleanupPolicies"):
        yield Breach("cleanupPolicies are not set: old images stay", "cleanupPolicies")
    elif resource.at("cleanupPolicyDryRun") is True:
        yield Breach("cleanupPolicyDryRun is true: old images stay", "cleanupPolicyDryRun")


def _pair(kind: str, ours: dict[str, Any], by: str, theirs: dict[str, Any]) -> tuple[Resource, Resource]:
    return (
        Resource(f"urn:pulumi:dev::ml::{kind}::store", kind, ours),
        Resource(f"urn:pulumi:dev::ml::{by}::rules", by, theirs, property_dependencies={}),
    )


def _check(
    kind: str, by: str, paths: dict[str, str], what: str, theirs: dict[str, Any], works: Any = None
) -> StackCheck:
    ((their, our),) = paths.items()
    store, rules = _pair(kind, {our: "ml"}, by, {their: "ml", **theirs})
    told = Resource(rules.urn, by, rules.inputs, property_dependencies={their: (store.urn,)})
    other = Resource(rules.urn, by, {**rules.inputs, their: "other"})
    return StackCheck(
        run=_kept(kind, by, paths, what, works or (lambda _: True)),
        types=(kind, by),
        passes=(store, told),
        fails=(store, other),
    )


_DELETE = {"action": {"type": "Delete"}, "condition": {"age": 30}}
_ABORT = {"id": "uploads", "status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}
_OLD = {"id": "untagged", "action": "DELETE", "condition": {"tagState": "UNTAGGED"}}

RULE = Rule(
    id="GP-COST-017",
    demand="Stores of data, artifacts and images delete what nobody needs any more.",
    why="Old versions, unfinished uploads and untagged images are never looked at and paid for every month.",
    fix="Keep keep_versions and scratch in the blueprint's storage; elsewhere, add lifecycle rules.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    external=("CKV2_AWS_61", "CKV_AWS_300", "CKV_AZURE_167", "infracost:finops"),
    checks={
        "gcp:storage/bucket:Bucket": Check(
            run=_gcs,
            reads=("lifecycleRules",),
            passes={"lifecycleRules": [_DELETE]},
            fails=({"lifecycleRules": []}, {"autoclass": {"enabled": False}}),
            absent=Absent.FAILS,
            because="Cloud Storage keeps all",
        ),
        "gcp:artifactregistry/repository:Repository": Check(
            run=_cleanup,
            reads=("cleanupPolicies",),
            passes={"cleanupPolicies": [_OLD]},
            fails=({"cleanupPolicies": []}, {"cleanupPolicies": [_OLD], "cleanupPolicyDryRun": True}),
            absent=Absent.FAILS,
            because="Artifact Registry keeps all",
        ),
        "azure-native:containerregistry:Registry": must_equal(
            "policies.retentionPolicy.status",
            "enabled",
            wrong="disabled",
            because="the registry keeps untagged images",
            given={"sku.name": "Premium"},
            when=known("sku.name", "Premium"),
        ),
    },
    across=(
        _check(
            BUCKET,
            LIFECYCLE,
            {"bucket": "bucket"},
            "no lifecycle gives up unfinished uploads to this bucket",
            {"rules": [_ABORT]},
            _aborts,
        ),
        _check(
            IMAGES,
            EXPIRY,
            {"repository": "name"},
            "no lifecycle policy deletes old images of this repository",
            {"policy": json.dumps({"rules": []})},
        ),
        _check(
            ACCOUNT,
            MANAGEMENT,
            {"accountName": "accountName"},
            "no management policy deletes old blobs of this account",
            {"policy": {"rules": []}},
        ),
    ),
)
