"""GP-SEC-017: feature stores are under a key of one's own."""

from policies.checks import all_of, known
from policies.keys import aws_key, google_key
from policies.resource import Resource
from policies.rule import Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT

_ON, _PLACE = "onlineStoreConfig.enableOnlineStore", "offlineStoreConfig.s3StorageConfig.s3Uri"


def _offline(resource: Resource, _: Settings) -> bool:
    return resource.at("offlineStoreConfig") is not ABSENT


RULE = Rule(
    id="GP-SEC-017",
    demand="Feature stores are encrypted with a customer's key, online and offline.",
    why="Features are data on people: only a key of your own can be taken away, and shows who opened them.",
    fix="Name the stack's key for the online and for the offline store.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html",
    severity=Severity.MEDIUM,
    external=("SageMaker.17", "SageMaker.18", "CKV2_GCP_25"),
    checks={
        "aws:sagemaker/featureGroup:FeatureGroup": all_of(
            aws_key(
                "onlineStoreConfig.securityConfig.kmsKeyId",
                "SageMaker encrypts the online store with a key of its own",
                given={_ON: True},
                when=known(_ON, True),
            ),
            aws_key(
                "offlineStoreConfig.s3StorageConfig.kmsKeyId",
                "SageMaker encrypts the offline store with AWS's key for S3",
                given={_PLACE: "s3://features/"},
                when=_offline,
            ),
        ),
        "gcp:vertex/aiFeatureStore:AiFeatureStore": google_key(),
        "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": google_key(),
    },
)
