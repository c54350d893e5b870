"""GP-COST-008: endpoints of development are as small as can be."""

from policies.checks import all_of, at_most, known, must_not_have
from policies.fleet_checks import of_calls
from policies.machines import Fleet
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import word


def _development(_resource: Resource, settings: Settings) -> bool:
    return settings.development


def _one(path: str, because: str = "") -> Check:
    return at_most(path, 1, absent=Absent.PASSES, because=because, when=_development)


def _several(fleet: Fleet, _settings: Settings) -> Breach | None:
    if fleet.use != "hosting" or fleet.least <= 1:
        return None
    return Breach(f"it serves with {fleet.least} of {word(fleet.name)} at least; one will do", fleet.path)


_SAGEMAKER = known("serviceNamespace", "sagemaker")
_INSTANCES = "productionVariants.*.initialInstanceCount"
_SCALED = "productionVariants.*.managedInstanceScaling.minInstanceCount"
_RESERVED = "productionVariants.*.serverlessConfig.provisionedConcurrency"

RULE = Rule(
    id="GP-COST-008",
    demand="An endpoint of development starts with one replica, and reserves nothing.",
    why="Replicas are for load and for failures, and development has neither; each costs as much as the first.",
    fix="Write scale: {min: 1} for the environment, or take the endpoint out of it.",
    fields=("scale.min", "scale"),
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/inference-cost-optimization.html",
    severity=Severity.MEDIUM,
    checks={
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration": all_of(
            _one(_INSTANCES),
            _one(_SCALED),
            must_not_have(_RESERVED, fails=1, wrong="development needs no reserved concurrency", when=_development),
        ),
        "aws:appautoscaling/target:Target": at_most(
            "minCapacity",
            1,
            absent=Absent.PASSES,
            given={"serviceNamespace": "sagemaker"},
            when=lambda resource, settings: settings.development and _SAGEMAKER(resource, settings),
        ),
        "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool": _one("dedicatedResources.minReplicaCount"),
        "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment": _one(
            "deployConfig.dedicatedResources.minReplicaCount"
        ),
        "gcp:vertex/aiReasoningEngine:AiReasoningEngine": _one("spec.deploymentSpec.minInstances"),
        "azure-native:machinelearningservices:OnlineDeployment": _one("sku.capacity"),
        **of_calls(_several, counts=(1, 2), when=_development),
    },
)
