"""The budget on Azure."""

from components.budget import BudgetSpec
from groundplan.testing.component import plan_component

BUDGET = "azure-native:consumption:Budget"


def plan(**spec):
    return plan_component("budget", "azure", BudgetSpec.model_validate({"monthly_usd": 4000, **spec}))


def test_the_limit_is_on_the_stacks_own_resource_group():
    """
    The budget counts what the stack's resource group costs in a month, from the first of the month.
    """
    planned = plan()
    budget = planned.one(BUDGET)

    assert planned.one("azure-native:resources:ResourceGroup").id == budget.inputs["scope"]
    assert 4000 == budget.inputs["amount"]
    assert "2026-11-01T00:00:00Z" == budget.at("timePeriod.startDate")


def test_people_hear_of_each_step_and_of_the_forecast():
    """
    Each step alerts when it is reached, and the last one also when the month is forecast to reach it.
    """
    alerts = plan(emails=["a@example.com"]).one(BUDGET).inputs["notifications"]

    assert {(50, "Actual"), (80, "Actual"), (100, "Actual"), (100, "Forecasted")} == {
        (a["threshold"], a["thresholdType"]) for a in alerts.values()
    }
    assert {("a@example.com",)} == {tuple(a["contactEmails"]) for a in alerts.values()}


def test_without_emails_the_action_group_hears():
    """
    Azure wants somebody to tell: without e-mails it is the stack's action group.
    """
    planned = plan()
    group = planned.one("azure-native:monitor:ActionGroup").id

    for alert in planned.one(BUDGET).inputs["notifications"].values():
        assert ([], [group]) == (alert["contactEmails"], alert["contactGroups"])


def test_five_steps_and_the_forecast_need_two_budgets():
    """
    A budget of Azure has five alerts at most, so the sixth goes to a second budget of the same amount.
    """
    made = plan(alert_at=["10%", "25%", "50%", "80%", "100%"]).all(BUDGET)

    assert {5, 1} == {len(b.inputs["notifications"]) for b in made}
    assert {4000} == {b.inputs["amount"] for b in made}
