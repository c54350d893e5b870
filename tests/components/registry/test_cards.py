"""Model cards: what a blueprint says of a model is found beside its versions, on every cloud."""

import json
import re
from functools import cache

import jsonschema
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from components.registry import RegistrySpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.gcp_project import Project

CARD = {
    "purpose": "Stops stolen cards: ${each} payment waits for it.",
    "risk": "high",
    "risk_reason": "A wrong refusal leaves a customer at the till.",
    "uses": "Card payments of private customers.",
    "limits": "It knows no shop that opened this week.",
    "ethics": "Age and origin are no columns of it.",
    "reviewed_by": "risk-committee",
}
SAGEMAKER = "aws:sagemaker/modelCard:ModelCard"
LONG = dict.fromkeys(("purpose", "risk_reason", "uses", "limits", "ethics"), "x" * 2048)


@cache
def _planned(cloud: str, text: str = json.dumps(CARD)) -> Planned:
    spec = RegistrySpec.model_validate({"models": ["fraud", "churn"], "cards": {"fraud": json.loads(text)}})
    return plan_component("registry", cloud, spec)


def test_a_card_stands_beside_its_group_on_sagemaker():
    """
    The one model that has a card gets one, under the stack's key, with who answers for it and how risky it is.
    """
    planned = _planned("aws")
    (card,) = planned.all(SAGEMAKER)
    said = json.loads(card.inputs["content"])

    assert ("fraud-card", "Approved") == (card.name, card.inputs["modelCardStatus"])
    assert "kmsKeyId" in card.inputs["securityConfig"]
    assert "High" == said["intended_uses"]["risk_rating"]
    assert "example-prod-fraud" == said["additional_information"]["custom_details"]["model_package_group"]
    assert [] == planned.refusals


def test_a_card_that_nobody_stands_for_is_a_draft():
    """
    Without `reviewed_by` it is not approved.
    """
    unread = {key: text for key, text in CARD.items() if key != "reviewed_by"}

    assert "Draft" == _planned("aws", json.dumps(unread)).one(SAGEMAKER).inputs["modelCardStatus"]


def test_what_is_said_fits_the_schema_of_a_card():
    """
    Fields, lengths and words are those of SageMaker's own schema, with the longest texts too.
    """
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", "AWS::SageMaker::ModelCard").schema
    definitions = {name: about for name, about in schema["definitions"].items() if name != "Tag"}
    content = {"$ref": "#/definitions/Content", "definitions": definitions}
    for given in (CARD, {**LONG, "risk": "low"}):
        said = json.loads(_planned("aws", json.dumps(given)).one(SAGEMAKER).inputs["content"])
        jsonschema.validate(_pascal(said), content)
        assert len(json.dumps(said)) <= 100_000


def _pascal(value: object, own: bool = False) -> object:
    """CloudFormation spells the fields so; the keys of `custom_details` are one's own."""
    if not isinstance(value, dict):
        return value
    spelt = {k if own else re.sub(r"(?:^|_)(\w)", lambda m: m[1].upper(), k): (k, v) for k, v in value.items()}
    return {key: _pascal(inner, own=name == "custom_details") for key, (name, inner) in spelt.items()}


def test_versions_on_vertex_ai_carry_it():
    """
    A version that is registered says it, word for word; one of another model says nothing.
    """
    source = _planned("gcp").one("gcp:workflows/workflow:Workflow").inputs["sourceContents"]
    project = Project()
    for model in ("fraud", "churn"):
        project.run(source, {"model": model, "run": "r-1", "runtime": "xgboost"})

    fraud, churn = (body["model"] for body in project.bodies("models:upload"))
    assert "Stops stolen cards: ${each} payment waits for it." in fraud["description"]
    assert fraud["description"].endswith("Reviewed by risk-committee.")
    assert ("high", "pending") == (fraud["labels"]["risk"], fraud["labels"]["approval"])
    assert "description" not in churn
    assert "risk" not in churn["labels"]


def test_the_model_on_azure_carries_it():
    """
    Its description is the card, and its tag the risk.
    """
    containers = _planned("azure").all("azure-native:machinelearningservices:ModelContainer")
    fraud, churn = (next(c for c in containers if c.name == name).inputs["properties"] for name in ("fraud", "churn"))

    assert "Limits: It knows no shop that opened this week." in fraud["description"]
    assert "high" == fraud["tags"]["risk"]
    assert "risk" not in churn["tags"]
