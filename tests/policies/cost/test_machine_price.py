"""GP-COST-002 on machines with and without a price."""

from policies.cost.machine_price import RULE
from policies.judge import judge
from policies.resource import Resource
from policies.rule import Level
from policies.settings import Settings

NOTEBOOK = "aws:sagemaker/notebookInstance:NotebookInstance"
VARIANTS = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"


def found(kind, inputs, **settings):
    """Findings of the rule on one resource in us-east-1."""
    resource = Resource("urn", kind, {"region": "us-east-1", **inputs})
    return judge([resource], Settings.model_validate(settings), [RULE])


def test_an_unknown_price_is_told_and_stops_nothing():
    """
    A machine the catalogue has no price of is an advisory finding of a mandatory rule, never a silent pass.
    """
    (finding,) = found(NOTEBOOK, {"instanceType": "ml.odd.large"}, maxUsdPerHour=5)

    assert finding.level is Level.ADVISORY
    assert not finding.fails
    assert "price unknown" in finding.message


def test_a_known_price_above_the_limit_stops():
    """
    The level of the rule is that of a breach which says nothing else.
    """
    (finding,) = found(NOTEBOOK, {"instanceType": "ml.p4d.24xlarge"}, maxUsdPerHour=5)

    assert finding.fails
    assert "25.25 US$" in finding.message


def test_variants_are_paid_for_together():
    """
    Two fleets that each keep the limit may break it together.
    """
    variant = {"instanceType": "ml.g5.xlarge", "initialInstanceCount": 2}

    assert [] == found(VARIANTS, {"productionVariants": [variant]}, maxUsdPerHour=3)
    (finding,) = found(VARIANTS, {"productionVariants": [variant, variant]}, maxUsdPerHour=3)
    assert finding.fails


def test_without_a_limit_nothing_is_asked():
    """
    Price and its being unknown matter where a team has set a limit.
    """
    assert [] == found(NOTEBOOK, {"instanceType": "ml.p4d.24xlarge"})
    assert [] == found(NOTEBOOK, {"instanceType": "ml.odd.large"})
