"""GP-COST-003 on what counts and what does not."""

import json

from policies.cost.stack_price import RULE
from policies.judge import judge
from policies.resource import Resource
from policies.rule import Level
from policies.settings import Settings

CONFIGURATION = Resource(
    "urn:configuration",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    {"name": "one", "productionVariants": [{"instanceType": "ml.m5.large", "initialInstanceCount": 10}]},
    provider={"region": "us-east-1"},
)
ENDPOINT = Resource(
    "urn:endpoint",
    "aws:sagemaker/endpoint:Endpoint",
    {"name": "scorer"},
    property_dependencies={"endpointConfigName": ("urn:configuration",)},
)
TARGET = Resource(
    "urn:target",
    "aws:appautoscaling/target:Target",
    {"resourceId": "endpoint/scorer/variant/main", "minCapacity": 10, "maxCapacity": 100},
)


def found(*resources, limit):
    """Findings of the rule on a stack."""
    return judge(resources, Settings.model_validate({"maxStackUsdPerHour": limit}), [RULE])


def test_the_least_size_is_held_against_the_limit_and_the_most_is_told():
    """
    Ten of a machine cost 1.15; autoscaling may make a hundred of them.
    """
    (finding,) = found(CONFIGURATION, ENDPOINT, TARGET, limit=1)

    assert "costs 1.15 US$" in finding.message
    assert "11.52 at its most" in finding.message
    assert finding.fails
    assert [] == found(CONFIGURATION, ENDPOINT, TARGET, limit=2)


def test_a_release_takes_the_place_of_what_serves():
    """
    The machines that a state machine releases to are those the endpoint has, not more of them; a training's come
    and go.
    """
    variant = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 10, "VariantName": "main"}
    training = {"ResourceConfig": {"InstanceType": "ml.p4d.24xlarge", "InstanceCount": 1}}
    text = json.dumps({"States": {"Serve": {"Arguments": [variant]}, "Train": {"Arguments": training}}})
    release = Resource("urn:release", "aws:sfn/stateMachine:StateMachine", {"region": "us-east-1", "definition": text})

    assert [] == found(CONFIGURATION, release, limit=2)


def test_an_unknown_price_is_told_beside_the_sum():
    """
    What has no price is not 0: it is said to be missing.
    """
    odd = Resource(
        "urn:odd",
        "aws:sagemaker/notebookInstance:NotebookInstance",
        {"region": "us-east-1", "instanceType": "ml.odd.large"},
    )

    (finding,) = found(CONFIGURATION, odd, limit=2)

    assert (Level.ADVISORY, "urn:odd") == (finding.level, finding.urn)
    assert "price unknown" in finding.message
