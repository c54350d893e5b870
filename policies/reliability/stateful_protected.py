"""GP-REL-008: what production can't make anew is not deleted by mistake."""

from collections.abc import Iterator

from policies.checks import all_of, at_least, must_equal, value
from policies.resource import Resource, Stack
from policies.rule import Absent, Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, is_known

HOLDERS = (
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketV2:BucketV2",
    "aws:kms/key:Key",
    "aws:ecr/repository:Repository",
    "aws:dynamodb/table:Table",
    "aws:sagemaker/featureGroup:FeatureGroup",
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
    "gcp:storage/bucket:Bucket",
    "gcp:kms/cryptoKey:CryptoKey",
    "gcp:bigquery/dataset:Dataset",
    "gcp:artifactregistry/repository:Repository",
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore",
    "azure-native:storage:StorageAccount",
    "azure-native:keyvault:Vault",
    "azure-native:containerregistry:Registry",
    "azure-native:machinelearningservices:Workspace",
)
"""Types that hold data, models, images, or the keys to them."""
_OWN = ("deletionProtectionEnabled", "deletionProtection", "enableDeletionProtection")
_WEEK = 7 * 24 * 3600
_URN = "urn:pulumi:prod::ml::{}::data"


def _production(_: Resource, settings: Settings) -> bool:
    return settings.production


def _open(stack: Stack, settings: Settings) -> Iterator[Breach]:
    for resource in stack.of(*HOLDERS) if settings.production else ():
        if not resource.protect and not any(_kept(resource, path) for path in _OWN):
            yield Breach("it is not protected: one wrong change deletes it", urn=resource.urn)


def _kept(resource: Resource, path: str) -> bool:
    found = resource.at(path)
    return found is True or (found is not ABSENT and not is_known(found))


def _long_enough(found: object, _settings: Settings) -> str | None:
    seconds = str(found).removesuffix("s")
    return None if not seconds.isdigit() or int(seconds) >= _WEEK else f"it must be {_WEEK}s, a week, or more"


RULE = Rule(
    id="GP-REL-008",
    demand="What holds data, models or keys in production is protected from deletion.",
    why="A rename, a merge or a wrong stack name deletes it, and with a key all that it ever encrypted.",
    fix="Leave protect: true in the environment, or set protect=True in the resource's options; no forceDestroy.",
    source="https://www.pulumi.com/docs/iac/concepts/options/protect/",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("CKV_GCP_82",),
    checks={
        "aws:s3/bucket:Bucket": must_equal(
            "forceDestroy", False, wrong=True, absent=Absent.PASSES, when=_production, remedy=False
        ),
        "aws:s3/bucketV2:BucketV2": must_equal(
            "forceDestroy", False, wrong=True, absent=Absent.PASSES, when=_production, remedy=False
        ),
        "gcp:kms/cryptoKey:CryptoKey": value(
            "destroyScheduledDuration",
            _long_enough,
            passes="2592000s",
            fails=["86400s"],
            absent=Absent.PASSES,
            when=_production,
        ),
        "gcp:workbench/instance:Instance": must_equal(
            "enableDeletionProtection",
            True,
            wrong=False,
            because="Workbench lets it be deleted",
            when=_production,
        ),
        "gcp:storage/bucket:Bucket": all_of(
            must_equal("forceDestroy", False, wrong=True, absent=Absent.PASSES, when=_production, remedy=False),
            at_least("softDeletePolicy.retentionDurationSeconds", _WEEK, absent=Absent.PASSES, when=_production),
        ),
    },
    across=(
        StackCheck(
            run=_open,
            types=HOLDERS,
            passes=tuple(Resource(_URN.format(kind), kind, {}, "data", protect=True) for kind in HOLDERS),
            fails=tuple(Resource(_URN.format(kind), kind, {}, "data") for kind in HOLDERS),
        ),
    ),
)
