"""GP-COST-009 on what development may have."""

import pytest

from policies.cost.large_gpu import RULE
from policies.judge import judge
from policies.resource import Resource
from policies.settings import Settings

COMPUTE = "azure-native:machinelearningservices:Compute"


def found(size, environment="dev", **settings):
    """Messages on a cluster of a size."""
    cluster = Resource("urn", COMPUTE, {"location": "eastus", "properties": {"properties": {"vmSize": size}}})
    given = Settings.model_validate({"environment": environment, **settings})
    return [f.message for f in judge([cluster], given, [RULE])]


def test_one_card_of_the_smallest_kind_there_is_will_do():
    """
    Azure ML trains on nothing smaller than an A100 where 24 GiB are needed.
    """
    assert [] == found("Standard_NC24ads_A100_v4")
    assert 1 == len(found("Standard_NC24ads_A100_v4", largeAccelerators=["A100-80GB"]))


@pytest.mark.parametrize("size", ["Standard_NC40ads_H100_v5", "Standard_ND96asr_v4"])
def test_newer_cards_and_many_of_them_are_not_for_development(size):
    """
    One H100, or eight A100, cost as much as a day of smaller cards.
    """
    assert 1 == len(found(size))


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_a_rehearsal_of_production_may_be_as_large(environment):
    """
    Staging trains what production will.
    """
    assert [] == found("Standard_ND96asr_v4", environment)
