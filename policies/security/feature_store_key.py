"""GP-SEC-017: feature stores are under a key of one's own."""

import json
from collections.abc import Iterator
from typing import Any

from policies.checks import all_of, known
from policies.keys import AWS_KEY, aws_key, google_key
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, is_known

_GROUP = "AWS::SageMaker::FeatureGroup"
_ON, _PLACE = "onlineStoreConfig.enableOnlineStore", "offlineStoreConfig.s3StorageConfig.s3Uri"


def _offline(resource: Resource, _: Settings) -> bool:
    return resource.at("offlineStoreConfig") is not ABSENT


def _by_cloud_control(resource: Resource, _: Settings) -> Iterator[Breach]:
    """A feature group that is made through Cloud Control: its settings are one JSON text."""
    if resource.at("typeName") != _GROUP or not is_known(text := resource.at("desiredState")) or text is ABSENT:
        return
    try:
        group = json.loads(text)
    except ValueError:
        return  # Cloud Control refuses it
    online, offline = group.get("OnlineStoreConfig", {}), group.get("OfflineStoreConfig")
    places = {"OnlineStoreConfig.SecurityConfig": online.get("SecurityConfig", {})} if online else {}
    places |= {"OfflineStoreConfig.S3StorageConfig": offline.get("S3StorageConfig", {})} if offline else {}
    for where, found in places.items():
        key = found.get("KmsKeyId", "")
        if not key or "alias/aws/" in str(key):
            yield Breach(f"{where}.KmsKeyId names no key of your own: SageMaker uses one of AWS's", "desiredState")


def _desired(**stores: Any) -> dict[str, Any]:
    return {"typeName": _GROUP, "desiredState": json.dumps({"FeatureGroupName": "f", **stores})}


def _stored(key: dict[str, str]) -> dict[str, Any]:
    return {"S3StorageConfig": {"S3Uri": "s3://features/", **key}}


_OWN = {"KmsKeyId": AWS_KEY}
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
        "aws:cloudcontrol/resource:Resource": Check(
            run=_by_cloud_control,
            reads=("desiredState",),
            passes=_desired(OfflineStoreConfig=_stored(_OWN), OnlineStoreConfig={"SecurityConfig": _OWN}),
            fails=(
                _desired(OfflineStoreConfig=_stored({})),
                _desired(OnlineStoreConfig={"EnableOnlineStore": True}),
                _desired(OnlineStoreConfig={"SecurityConfig": {"KmsKeyId": "alias/aws/sagemaker"}}),
            ),
            absent=Absent.PASSES,
        ),
        "gcp:vertex/aiFeatureStore:AiFeatureStore": google_key(),
        "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": google_key(),
    },
)
