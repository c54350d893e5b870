"""GP-COST-025 holds an estimate against the stack's own budget."""

from __future__ import annotations

from datetime import date

import pytest

from policies.cost.estimate_in_budget import RULE
from policies.estimate import Estimate, Share, of_cost
from policies.judge import UNUSED, judge
from policies.resource import Resource
from policies.rule import Level
from policies.settings import Settings
from policies.waivers import Waived

KIND = "aws:budgets/budget:Budget"
LIMITS = {
    KIND: lambda usd: {"limitAmount": f"{usd:.2f}", "limitUnit": "USD", "timeUnit": "MONTHLY"},
    "gcp:billing/budget:Budget": lambda usd: {
        "amount": {"specifiedAmount": {"currencyCode": "USD", "units": str(int(usd)), "nanos": round(usd % 1 * 10**9)}}
    },
    "azure-native:consumption:Budget": lambda usd: {"amount": usd, "timeGrain": "Monthly"},
}
SHARES = (Share("endpoints/scorer", "ml.m5.xlarge", 504.58), Share("foundation", "NAT gateway, hours", 98.55))


def found(estimate, limit, kind=KIND, **settings):
    """Findings on a stack with one budget."""
    budget = Resource("urn:pulumi:s::p::groundplan:aws:Budget$x::budget", kind, LIMITS[kind](limit))
    return judge([budget], Settings.model_validate(settings), [RULE], (), estimate)


@pytest.mark.parametrize("kind", LIMITS)
def test_a_month_above_the_budget_says_by_how_much_and_why(kind):
    """
    On every cloud: the sums, the dearest things, and what to write.
    """
    (above,) = found(Estimate(650.5, partial=True, shares=SHARES), 600.25, kind)

    assert Level.ADVISORY is above.level
    assert "at least 650.50 US$, 50.25 above the budget of 600.25" in above.message
    assert "504.58 for ml.m5.xlarge (endpoints/scorer), 98.55 for NAT gateway, hours (foundation)" in above.message
    assert "budget: {monthly_usd: 651} would hold it" in above.message
    assert [] == found(Estimate(600.25), 600.25, kind)


@pytest.mark.parametrize(
    ("enforced", "settings", "level"),
    [
        (False, {}, Level.ADVISORY),
        (True, {}, Level.MANDATORY),
        (True, {"levels": {"GP-COST-025": "advisory"}}, Level.ADVISORY),
        (False, {"levels": {"GP-COST-025": "mandatory"}}, Level.MANDATORY),
    ],
)
def test_a_blueprint_or_a_team_may_make_it_stop_the_plan(enforced, settings, level):
    """
    `budget: {enforce: plan}` makes it mandatory; what the team configures goes before that.
    """
    (above,) = found(Estimate(700, enforced=enforced), 600, **settings)

    assert level is above.level


def test_what_nobody_estimated_or_limits_breaks_nothing():
    """
    A state has no estimate; a budget of a year, or in another currency, is no limit of a month in dollars.
    """
    assert [] == found(None, 1)
    for other in ({"timeUnit": "ANNUALLY"}, {"limitUnit": "EUR"}, {"limitAmount": "much"}):
        inputs = {"limitAmount": "1", "limitUnit": "USD", "timeUnit": "MONTHLY", **other}
        budget = Resource("urn:pulumi:s::p::aws:budgets/budget:Budget::b", "aws:budgets/budget:Budget", inputs)
        assert [] == judge([budget], Settings(), [RULE], (), Estimate(700))


def test_the_dearest_things_are_those_of_the_rows():
    """
    Rows of one thing count together, three at the most; what has no price is not among them, and makes it partial.
    """

    def row(item, amount):
        return {"item": item, "amount": amount}

    parts = [
        {"name": "training/net", "rows": [row("m", 30.0), row("m", 40.0), row("disk", None)]},
        {"name": "foundation", "rows": [row("nat", 60.0), row("key", 1.0), row("logs", 5.0)]},
    ]
    estimate = of_cost({"monthly": {"expected": 136.0}, "unknown": [{}], "budget": None, "components": parts})

    assert estimate.partial
    assert not estimate.enforced
    assert [("training/net", "m", 70.0), ("foundation", "nat", 60.0), ("foundation", "logs", 5.0)] == [
        (share.component, share.item, share.usd) for share in estimate.shares
    ]


def test_a_waiver_is_not_called_idle_where_no_month_was_estimated():
    """
    The engine and a state have no estimate: there a waiver of the rule may be needed, and with a plan it is seen.
    """
    budget = Resource("urn:pulumi:s::p::groundplan:aws:Budget$x::budget", KIND, LIMITS[KIND](600))
    waiver = Waived(RULE.id, "budget", "load test until launch", "risk-ml", date(2999, 1, 31))
    told = {
        name: [finding.rule for finding in judge([budget], Settings(), [RULE], [waiver], estimate)]
        for name, estimate in {"none": None, "below": Estimate(500), "above": Estimate(700)}.items()
    }

    assert {"none": [], "below": [UNUSED], "above": [RULE.id]} == told
