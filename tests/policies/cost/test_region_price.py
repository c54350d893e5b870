"""GP-COST-016 compares regions under one law only."""

from policies.cost.region_price import RULE
from policies.judge import judge
from policies.resource import Resource
from policies.settings import Settings

COMPUTE = "azure-native:machinelearningservices:Compute"


def found(location, ratio):
    """Messages on a cluster in a region."""
    inputs = {"location": location, "properties": {"properties": {"vmSize": "Standard_NC4as_T4_v3"}}}
    settings = Settings.model_validate({"maxRegionRatio": ratio})
    return [f.message for f in judge([Resource("urn", COMPUTE, inputs)], settings, [RULE])]


def test_a_dear_region_is_told_with_the_cheapest_under_its_law():
    """
    Europe's data are compared with Europe's regions.
    """
    (message,) = found("westeurope", 1.05)

    assert "in westeurope, and" in message
    assert "swedencentral" in message


def test_a_region_within_the_ratio_is_good_enough():
    """
    Moving costs too.
    """
    assert [] == found("westeurope", 1.5)
