"""Production endpoints have two instances."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.pack import rule
from policies.resource import Resource, Stack
from policies.settings import Settings
from policies.values import UNKNOWN

RULE = rule("GP-REL-001")
CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
DEPLOYMENT, SCALER = "kubernetes:apps/v1:Deployment", "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
PROD = Settings(environment="prod")


def alone(kind: str, inputs: dict[str, Any], settings: Settings = PROD) -> bool:
    return bool(RULE.breaches(Resource("urn:r", kind, inputs), settings))


@pytest.mark.parametrize(
    "variant",
    [
        {"serverlessConfig": {"maxConcurrency": 5, "memorySizeInMb": 2048}},
        {"initialInstanceCount": 2},
        {"initialInstanceCount": UNKNOWN},
        {"initialInstanceCount": 1, "managedInstanceScaling": {"minInstanceCount": 2, "status": "ENABLED"}},
        UNKNOWN,
    ],
)
def test_a_variant_that_survives_a_machine(variant: Any):
    """
    Serverless variants have no machines; SageMaker's own scaling counts with its least.
    """
    assert not alone(CONFIG, {"productionVariants": [variant]})


def test_only_production_needs_two():
    """
    One instance is enough outside production, and for an endpoint that has a queue.
    """
    one = {"productionVariants": [{"initialInstanceCount": 1}]}

    assert alone(CONFIG, one)
    assert not alone(CONFIG, one, Settings(environment="dev"))
    assert not alone(CONFIG, {**one, "asyncInferenceConfig": {"outputConfig": {"s3OutputPath": "s3://ml/out"}}})


def server(name: str, **spec: Any) -> Resource:
    port = spec.pop("port", {"containerPort": 8080})
    containers = [{"name": "m", "ports": [port]}]
    inputs = {"metadata": {"name": name}, "spec": {**spec, "template": {"spec": {"containers": containers}}}}
    return Resource(f"urn:{name}", DEPLOYMENT, inputs)


def scaler(name: str, least: int) -> Resource:
    inputs = {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": name}, "minReplicas": least}}
    return Resource(f"urn:{name}-hpa", SCALER, inputs)


def test_a_scaler_decides_in_place_of_the_deployment():
    """
    A HorizontalPodAutoscaler's least number counts, whatever `replicas` says; another's does not.
    """
    stack = Stack(
        (server("a"), scaler("a", 2), server("b", replicas=2), scaler("b", 1), server("c"), server("d", replicas=3))
    )

    assert ["urn:b", "urn:c"] == [b.urn for b in RULE.breaches_across(stack, PROD)]


def test_an_operator_is_no_endpoint():
    """
    A deployment that has a port for metrics alone may run once.
    """
    stack = Stack((server("operator", replicas=1, port={"containerPort": 9090, "name": "metrics"}),))

    assert not RULE.breaches_across(stack, PROD)


def test_what_a_release_starts_counts():
    """
    A release with one instance is found in its definition; a number that only a run knows is not.
    """
    kind = "gcp:workflows/workflow:Workflow"
    call = {"machineSpec": {"machineType": "n2-standard-4"}, "minReplicaCount": 1}

    assert alone(kind, {"sourceContents": json.dumps({"body": call})})
    assert not alone(kind, {"sourceContents": json.dumps({"body": {**call, "minReplicaCount": "${least}"}})})
    assert not alone(kind, {"sourceContents": json.dumps({"body": {"minReplicaCount": 1}})})
