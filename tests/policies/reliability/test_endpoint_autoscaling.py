"""Production endpoints scale: each by what is its own."""

from __future__ import annotations

from typing import Any

from policies.pack import rule
from policies.resource import Resource, Stack
from policies.settings import Settings
from policies.values import UNKNOWN

ENDPOINT, TARGET = "aws:sagemaker/endpoint:Endpoint", "aws:appautoscaling/target:Target"
CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
AZURE = "azure-native:machinelearningservices:OnlineDeployment"


def found(*resources: Resource, environment: str = "prod") -> list[str]:
    return [b.urn for b in rule("GP-REL-002").breaches_across(Stack(resources), Settings(environment=environment))]


def at(kind: str, urn: str, **inputs: Any) -> Resource:
    return Resource(urn, kind, inputs)


def test_a_target_is_for_the_endpoint_it_names():
    """
    `endpoint/scorer/variant/main` is for scorer, and neither for scorer-b nor for my-scorer.
    """
    target = at(TARGET, "t", serviceNamespace="sagemaker", resourceId="endpoint/scorer/variant/main")
    endpoints = [at(ENDPOINT, name, name=name) for name in ("scorer", "scorer-b", "my-scorer")]

    assert ["scorer-b", "my-scorer"] == found(*endpoints, target)
    assert [] == found(*endpoints, target, environment="dev")


def test_a_target_of_another_service_scales_no_endpoint():
    """
    A DynamoDB table may be called as the endpoint is.
    """
    table = at(TARGET, "t", serviceNamespace="dynamodb", resourceId="table/scorer")

    assert ["e"] == found(at(ENDPOINT, "e", name="scorer"), table)


def test_a_target_that_is_not_known_yet_may_be_the_endpoints():
    """
    Nothing is said of an endpoint while a target's resource is unknown.
    """
    assert [] == found(at(ENDPOINT, "e", name="scorer"), at(TARGET, "t", resourceId=UNKNOWN))


def test_sagemaker_scales_some_by_itself():
    """
    Serverless variants and managed instance scaling need no target.
    """
    endpoint = at(ENDPOINT, "e", name="scorer", endpointConfigName="c")

    assert [] == found(endpoint, at(CONFIG, "c", name="c", productionVariants=[{"serverlessConfig": {}}]))
    managed = {"managedInstanceScaling": {"status": "ENABLED"}}
    assert [] == found(endpoint, at(CONFIG, "c", name="c", productionVariants=[managed]))
    assert ["e"] == found(endpoint, at(CONFIG, "c", name="c", productionVariants=[{"instanceType": "ml.m5.large"}]))


def test_azure_deployments_scale_by_use_or_by_a_setting():
    """
    A Kubernetes deployment scales by utilisation; a managed one by an autoscale setting on it.
    """
    use = at(AZURE, "k", properties={"scaleSettings": {"scaleType": "TargetUtilization"}})
    managed = at(AZURE, "m", deploymentName="blue", properties={"scaleSettings": {"scaleType": "Default"}})
    setting = at("azure-native:monitor:AutoscaleSetting", "s", targetResourceUri="/onlineEndpoints/e/deployments/blue")

    assert ["m"] == found(use, managed)
    assert [] == found(use, managed, setting)
