"""GP-REL-002: production endpoints grow with their load."""

from collections.abc import Iterable, Iterator
from typing import Any

from policies.endpoints import AWS_CONFIG, AWS_ENDPOINT, AZURE_DEPLOYMENT, about, configurations, names
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.serving import DEPLOYMENT, SCALERS, scalers, serves
from policies.settings import Settings
from policies.values import ABSENT, is_known

TARGET = "aws:appautoscaling/target:Target"
POOL = "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool"
AUTOSCALE = "azure-native:monitor:AutoscaleSetting"


def _fixed(stack: Stack, settings: Settings) -> Iterator[Breach]:
    if not settings.production:
        return
    for endpoint in stack.of(AWS_ENDPOINT):
        if not _scales(stack, endpoint):
            yield Breach("no scaling target is registered for this endpoint's variants", urn=endpoint.urn)
    for pool in stack.of(POOL):
        most = "dedicatedResources.maxReplicaCount"
        if pool.at(most) is ABSENT:
            yield Breach(f"{most} is not set: Vertex AI keeps as many as minReplicaCount says", most, pool.urn)
    for deployment in stack.of(AZURE_DEPLOYMENT):
        if not _adjusts(stack, deployment):
            path = "properties.scaleSettings.scaleType"
            yield Breach("no autoscale setting is made for this deployment", path, deployment.urn)
    for server in filter(serves, stack.of(DEPLOYMENT)):
        if not any(scalers(stack, server)):
            yield Breach("no HorizontalPodAutoscaler or ScaledObject scales it", urn=server.urn)


def _scales(stack: Stack, endpoint: Resource) -> bool:
    targets = (t for t in stack.of(TARGET) if t.at("serviceNamespace") in ("sagemaker", ABSENT) or not _told(t))
    if any(about(stack, endpoint, target, ["resourceId"]) for target in targets):
        return True
    variants = [v for config in configurations(stack, endpoint) for _, v in config.all("productionVariants.*")]
    return any(not isinstance(v, dict) or "serverlessConfig" in v or _managed(v) for v in variants)


def _told(target: Resource) -> bool:
    return is_known(target.at("serviceNamespace"))


def _managed(variant: dict[str, Any]) -> bool:
    """Whether SageMaker scales the machines for the inference components on them."""
    found = variant.get("managedInstanceScaling", {})
    return not isinstance(found, dict) or found.get("status", "DISABLED") != "DISABLED"


def _adjusts(stack: Stack, deployment: Resource) -> bool:
    kind = deployment.at("properties.scaleSettings.scaleType")
    if kind == "TargetUtilization" or (kind is not ABSENT and not is_known(kind)) or not _is_open(deployment):
        return True
    called = names(deployment, "deploymentName")
    return any(about(stack, deployment, setting, ["targetResourceUri"], *called) for setting in stack.of(AUTOSCALE))


def _is_open(deployment: Resource) -> bool:
    return is_known(deployment.at("properties")) or deployment.at("properties") is ABSENT


def _at(kind: str, name: str, inputs: dict[str, Any], *on: str, by: str = "of") -> Resource:
    return Resource(_urn(kind, name), kind, inputs, name, property_dependencies={by: on} if on else {})


def _urn(kind: str, name: str) -> str:
    return f"urn:pulumi:prod::ml::{kind}::{name}"


def _served(name: str) -> dict[str, Any]:
    containers = [{"name": "m", "ports": [{"containerPort": 80}]}]
    return {"metadata": {"name": name}, "spec": {"template": {"spec": {"containers": containers}}}}


def _alone(name: str) -> Iterable[Resource]:
    yield _at(AWS_ENDPOINT, name, {"name": name, "endpointConfigName": f"{name}-1"}, _urn(AWS_CONFIG, name))
    yield _at(AWS_CONFIG, name, {"name": f"{name}-1", "productionVariants": [{"instanceType": "ml.m5.large"}]})
    yield _at(AZURE_DEPLOYMENT, name, {"deploymentName": name, "properties": {"endpointComputeType": "Managed"}})
    yield _at(DEPLOYMENT, name, _served(name))


RULE = Rule(
    id="GP-REL-002",
    demand="A production endpoint scales with its load.",
    why="A fixed number of machines is too few at noon, when requests fail, and too many at night, when they cost.",
    fix="Write scale: {min: 2, max: 6, target: {requests_per_replica: 300/min}} at the endpoint.",
    fields=("scale.max", "scale"),
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    levels={"dev": Level.DISABLED},
    across=(
        StackCheck(
            run=_fixed,
            types=(AWS_ENDPOINT, AWS_CONFIG, TARGET, POOL, AZURE_DEPLOYMENT, AUTOSCALE, DEPLOYMENT, *SCALERS),
            passes=(
                *_alone("scorer"),
                _at(
                    TARGET,
                    "scorer",
                    {"serviceNamespace": "sagemaker", "resourceId": "endpoint/scorer/variant/main"},
                    _urn(AWS_ENDPOINT, "scorer"),
                ),
                _at(POOL, "pool", {"dedicatedResources": {"minReplicaCount": 2, "maxReplicaCount": 4}}),
                _at(AUTOSCALE, "scorer", {"targetResourceUri": "…"}, _urn(AZURE_DEPLOYMENT, "scorer")),
                *(_at(kind, "scorer", {"spec": {}}, _urn(DEPLOYMENT, "scorer")) for kind in SCALERS),
            ),
            fails=(
                *_alone("scorer"),
                _at(TARGET, "other", {"serviceNamespace": "sagemaker", "resourceId": "endpoint/scorer-b/variant/main"}),
                _at(POOL, "pool", {"dedicatedResources": {"minReplicaCount": 2}}),
                _at(AUTOSCALE, "other", {"targetResourceUri": "/deployments/other"}),
                *(_at(kind, "other", {"spec": {"scaleTargetRef": {"name": "other"}}}) for kind in SCALERS),
            ),
        ),
    ),
)
