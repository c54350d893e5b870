"""GP-SEC-008: disks of endpoints are under a key of one's own."""

from collections.abc import Mapping

from policies.calls import called
from policies.keys import aws_key, google_key, refuses_key
from policies.resource import Resource
from policies.rule import Rule, Severity
from policies.settings import Settings
from policies.values import is_known

_GIVEN = {"productionVariants.*.instanceType": "ml.m5.xlarge"}
_BECAUSE = "SageMaker encrypts the volumes with a key of its own"


def _takes_key(resource: Resource, _settings: Settings) -> bool:
    """
    Whether some variant has a volume, and none has a disk that refuses the key for all.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html (KmsKeyId)
    """
    lists = ("productionVariants.*", "shadowProductionVariants.*")
    variants = [found for path in lists for _, found in resource.all(path) if isinstance(found, Mapping)]
    machines = [variant.get("instanceType") for variant in variants if "serverlessConfig" not in variant]
    return bool(machines) and all(is_known(name) and name and not refuses_key(name) for name in machines)


RULE = Rule(
    id="GP-SEC-008",
    demand="Disks of endpoints and of what they deploy are encrypted with a customer's key.",
    why="They hold models and requests: only a key of your own can be taken away, and shows who used it.",
    fix="Name the stack's key; machines with local disks take none, and encrypt them by themselves.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html",
    severity=Severity.MEDIUM,
    external=(
        "CKV_AWS_98",
        "SAGEMAKER_ENDPOINT_CONFIGURATION_KMS_KEY_CONFIGURED",
        "CKV2_GCP_24",
        "prowler:sagemaker_endpoint_config_kms_encryption_enabled",
    ),
    checks={
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration": aws_key(
            "kmsKeyArn", _BECAUSE, given=_GIVEN, when=_takes_key
        ),
        "gcp:vertex/aiEndpoint:AiEndpoint": google_key(),
        "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint": google_key(),
        **called({"CreateEndpointConfig": aws_key("kmsKeyId", _BECAUSE, given=_GIVEN, when=_takes_key)}),
    },
)
