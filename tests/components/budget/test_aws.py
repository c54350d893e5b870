"""The budget on AWS: whose cost it counts, and who hears of it when."""

from functools import cache

import pytest

from components.budget import BudgetSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component

BUDGET = "aws:budgets/budget:Budget"


@cache
def _planned(*emails: str, usd: float = 4000, steps: tuple[str, ...] = ("50%", "80%", "100%")) -> Planned:
    spec = BudgetSpec.model_validate({"monthly_usd": usd, "alert_at": list(steps), "emails": list(emails)})
    return plan_component("budget", "aws", spec)


def test_the_budget_counts_this_stack_alone():
    """
    It is filtered by a tag that the stack has to itself, and that every resource of it carries.
    """
    planned = _planned()
    (value,) = planned.one(BUDGET).at("costFilters.0.values")

    assert "user:stack$example-prod" == value
    assert {"example-prod"} == {r.inputs["tags"]["stack"] for r in planned if "tags" in r.inputs}


def test_each_step_alerts_and_the_last_one_by_forecast_too():
    """
    People hear at each share of the limit, and beforehand when the last one is forecast.
    """
    alerts = _planned().one(BUDGET).inputs["notifications"]

    assert [("ACTUAL", 50), ("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)] == [
        (a["notificationType"], a["threshold"]) for a in alerts
    ]


def test_a_budget_never_has_more_alerts_than_aws_takes():
    """
    With five steps the forecast has a budget of its own, as one budget holds five alerts.
    """
    planned = _planned(steps=("10%", "20%", "40%", "80%", "100%"))
    alerts = {b.name: [a["notificationType"] for a in b.inputs["notifications"]] for b in planned.all(BUDGET)}

    assert {"budget": ["ACTUAL"] * 5, "budget-forecast": ["FORECASTED"]} == alerts


def test_emails_hear_directly():
    """
    Addresses of the blueprint are told by mail, without a confirmation to wait for.
    """
    alert = _planned("a@example.com").one(BUDGET).at("notifications.0")

    assert ["a@example.com"] == alert["subscriberEmailAddresses"]
    assert "subscriberSnsTopicArns" not in alert


@pytest.mark.parametrize("emails", [(), tuple(f"p{n}@example.com" for n in range(11))], ids=["none", "eleven"])
def test_otherwise_the_alert_topic_hears(emails):
    """
    Without addresses, or with more than an alert can hold, the stack's alert topic is told.
    """
    alert = _planned(*emails).one(BUDGET).at("notifications.0")

    assert alert["subscriberSnsTopicArns"][0].endswith(":example-prod-alerts")
    assert "subscriberEmailAddresses" not in alert


@pytest.mark.parametrize(("usd", "amount"), [(4000, "4000"), (1e8, "100000000"), (99.5, "99.50")])
def test_the_limit_is_written_as_aws_reads_it(usd, amount):
    """
    A plain decimal number, never an exponent, from the first day of the first month on.
    """
    budget = _planned(usd=usd).one(BUDGET)

    assert amount == budget.inputs["limitAmount"]
    assert "2026-11-01_00:00" == budget.inputs["timePeriodStart"]
