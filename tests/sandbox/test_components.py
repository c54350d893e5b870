"""Inference components in the emulated SageMaker: what they need, what they hold up, and what they are called."""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundplan.sandbox.attach import Sandbox
from tests.sandbox.conftest import Engine, refused

CONTROL, MODEL = "aws:cloudcontrol/resource:Resource", "aws:sagemaker/model:Model"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"


def _control(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"typeName": f"AWS::SageMaker::{kind}", "desiredState": json.dumps(body)}


VARIANT = {"VariantName": "main", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
CONFIGURATION = _control("EndpointConfig", {"EndpointConfigName": "shop-1", "ProductionVariants": [VARIANT]})
COMPONENT = _control(
    "InferenceComponent",
    {
        "InferenceComponentName": "shop-home",
        "EndpointName": "shop",
        "VariantName": "main",
        "Specification": {"ModelName": "churn", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024}},
    },
)
POINTS = {"name": "shop", "endpointConfigName": "shop-1"}


@pytest.fixture(name="aws")
def _aws(engines: dict[str, Engine], sandbox: Sandbox) -> Engine:
    """An account with a model."""
    sandbox.world.assume(MODEL, "churn")
    return engines["aws"]


def test_a_component_is_made_after_its_endpoint(aws: Engine) -> None:
    """
    The endpoint takes a configuration that Cloud Control made; the component's id is its ARN, and it is in service.
    """
    assert "EndpointName" in refused(aws.create, CONTROL, "home", COMPONENT)
    assert "endpointConfigName" in refused(aws.create, ENDPOINT, "shop", POINTS)

    aws.create(CONTROL, "machines", CONFIGURATION)
    aws.create(ENDPOINT, "shop", POINTS)
    id_, outputs = aws.create(CONTROL, "home", COMPONENT)

    assert id_.endswith(":inference-component/shop-home")
    assert "InService" == json.loads(outputs["properties"])["InferenceComponentStatus"]


def test_a_component_of_no_model_is_refused(aws: Engine) -> None:
    """
    Its specification names a model that must be there.
    """
    aws.create(CONTROL, "machines", CONFIGURATION)
    aws.create(ENDPOINT, "shop", POINTS)
    other = _control("InferenceComponent", {"EndpointName": "shop", "Specification": {"ModelName": "gone"}})

    assert "ModelName names 'gone'" in refused(aws.create, CONTROL, "home", other)


def test_an_endpoint_goes_after_its_components(aws: Engine) -> None:
    """
    While it hosts one it can't be deleted.
    """
    aws.create(CONTROL, "machines", CONFIGURATION)
    endpoint, _ = aws.create(ENDPOINT, "shop", POINTS)
    id_, _ = aws.create(CONTROL, "home", COMPONENT)

    assert "in use" in refused(aws.delete, ENDPOINT, "shop", endpoint)
    aws.delete(CONTROL, "home", id_)
    aws.delete(ENDPOINT, "shop", endpoint)
