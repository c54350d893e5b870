"""The budget on Google Cloud."""

import pytest

from components.budget import BudgetSpec
from components.foundation import FoundationSpec
from groundplan.testing.component import plan_component

BUDGET = "gcp:billing/budget:Budget"


def _planned(emails: list[str], **fields):
    spec = BudgetSpec.model_validate({"monthly_usd": 4000, "emails": emails, **fields})
    return plan_component("budget", "gcp", spec, foundation=FoundationSpec(alert_emails=emails))


def test_it_limits_this_stack_alone():
    """
    The limit is on what carries the stack's label, which the stack's resources carry.
    """
    planned = _planned([])

    labels = planned.one(BUDGET).at("budgetFilter.labels")
    assert {"stack": "example-prod"} == labels
    buckets = [r for r in planned if r.type == "gcp:storage/bucket:Bucket"]
    assert buckets
    assert all(labels.items() <= bucket.inputs["labels"].items() for bucket in buckets)


def test_cents_are_kept():
    """
    A limit of 99.50 dollars is 99 units and half a billion nanos.
    """
    amount = _planned([], monthly_usd=99.5).one(BUDGET).at("amount.specifiedAmount")

    assert {"currencyCode": "USD", "units": "99", "nanos": 500_000_000} == amount


def test_each_step_alerts_and_the_last_also_when_it_is_forecast():
    """
    Steps are shares of what is spent; the last one is also one of what will be.
    """
    rules = _planned([], alert_at=["50%", "100%"]).one(BUDGET).inputs["thresholdRules"]

    assert [(0.5, "CURRENT_SPEND"), (1, "CURRENT_SPEND"), (1, "FORECASTED_SPEND")] == [
        (rule["thresholdPercent"], rule["spendBasis"]) for rule in rules
    ]


def test_people_hear_of_it_by_mail_and_programs_by_the_topic():
    """
    Addresses get mail, the stack's topic gets a message; without addresses the billing account's people get the mail.
    """
    told, quiet = _planned(["a@example.com", "b@example.com"]).one(BUDGET), _planned([]).one(BUDGET)

    assert 2 == len(told.at("allUpdatesRule.monitoringNotificationChannels"))
    assert told.at("allUpdatesRule.disableDefaultIamRecipients")
    assert not quiet.at("allUpdatesRule.disableDefaultIamRecipients")
    assert "/topics/example-prod-alerts-" in quiet.at("allUpdatesRule.pubsubTopic")


def test_more_addresses_than_a_budget_takes_are_refused():
    """
    Google Cloud writes to five addresses a budget; a sixth is refused with what to write instead.
    """
    with pytest.raises(ValueError, match="group's address"):
        _planned([f"p{n}@example.com" for n in range(6)])
