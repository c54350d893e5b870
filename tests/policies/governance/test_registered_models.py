"""Models come from a registry: at once, or by a release."""

from __future__ import annotations

from typing import Any

import pytest

from policies.pack import rule
from policies.resource import Resource, Stack
from policies.settings import Settings

MODEL, MACHINE = "aws:sagemaker/model:Model", "aws:sfn/stateMachine:StateMachine"
CONFIG, ENDPOINT = "aws:sagemaker/endpointConfiguration:EndpointConfiguration", "aws:sagemaker/endpoint:Endpoint"
AZURE = "azure-native:machinelearningservices:OnlineDeployment"


def found(*resources: Resource) -> list[str]:
    return [b.urn for b in rule("GP-GOV-005").breaches_across(Stack(resources), Settings())]


def test_a_stand_in_waits_for_the_first_release():
    """
    A model of no registry may serve until a state machine releases registered versions to that same endpoint.
    """
    model = Resource("m", MODEL, {"name": "first", "primaryContainer": {"image": "serve:1"}})
    config = Resource("c", CONFIG, {"name": "c", "productionVariants": [{"modelName": "first"}]})
    endpoint = Resource("e", ENDPOINT, {"name": "scorer", "endpointConfigName": "c"})
    text = '{"EndpointName": "%s", "ModelPackageName": "…"}'

    assert ["m"] == found(model, config, endpoint)
    assert ["m"] == found(model, config, endpoint, Resource("r", MACHINE, {"definition": text % "another"}))
    assert [] == found(model, config, endpoint, Resource("r", MACHINE, {"definition": text % "scorer"}))


def test_containers_and_multi_model_endpoints():
    """
    Each container may name its package; a folder of models can't.
    """
    assert [] == found(Resource("m", MODEL, {"containers": [{"modelPackageName": "arn:…"}]}))
    assert [] == found(Resource("m", MODEL, {"primaryContainer": {"mode": "MultiModel"}}))
    assert ["m"] == found(Resource("m", MODEL, {"containers": [{"image": "serve:1"}]}))


@pytest.mark.parametrize(
    ("model", "broken"),
    [
        ("azureml:fraud:3", False),
        ("azureml://registries/acme/models/fraud/versions/3", False),
        (
            "/subscriptions/0/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/w/models/f/versions/3",
            False,
        ),
        ("azureml://datastores/data/paths/fraud.pkl", True),
    ],
)
def test_azure_names_of_registered_models(model: str, broken: bool):
    """
    A registered model has an id with its version; a file in a datastore has none.
    """
    inputs: dict[str, Any] = {"properties": {"model": model}}

    assert broken == bool(rule("GP-GOV-005").breaches(Resource("d", AZURE, inputs), Settings()))
