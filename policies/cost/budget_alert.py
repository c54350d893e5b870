"""GP-COST-012: a budget tells somebody before the money is spent."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, is_known, look


def _alerts(path: str, readers: tuple[str, ...], passes: Any, fails: tuple[Any, ...]) -> Check:
    """At least one alert that is on and has a reader."""

    def run(resource: Resource, _settings: Settings) -> Iterator[Breach]:
        if not resource.has(path):
            yield Breach(f"{path} is not set: the budget tells nobody", path)
            return
        alerts = [alert for _, alert in resource.all(f"{path}.*")]
        if all(is_known(alert) and not _heard(alert, readers) for alert in alerts):
            yield Breach("no alert of the budget is on and has somebody who reads it", path)

    return Check(
        run=run,
        reads=(path,),
        passes={path: passes},
        fails=tuple({path: bad} for bad in fails),
        absent=Absent.FAILS,
        because="the budget tells nobody",
    )


def _google(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    """Billing administrators are told of each threshold, unless that is turned off."""
    if not resource.has("thresholdRules"):
        yield Breach("thresholdRules is not set: the budget tells nobody", "thresholdRules")
    elif resource.at("allUpdatesRule.disableDefaultIamRecipients") is True and not any(
        resource.has(f"allUpdatesRule.{reader}") for reader in ("monitoringNotificationChannels", "pubsubTopic")
    ):
        yield Breach("its thresholds are told to nobody", "allUpdatesRule")


def _heard(alert: Any, readers: tuple[str, ...]) -> bool:
    on = not isinstance(alert, Mapping) or alert.get("enabled") is not False
    found = [look(alert, reader) for reader in readers]
    return on and any(reader is not ABSENT and reader != [] for reader in found)


_AWS = {"comparisonOperator": "GREATER_THAN", "notificationType": "ACTUAL", "threshold": 80}
_AZURE = {"operator": "GreaterThanOrEqualTo", "threshold": 80, "enabled": True}
_READ = {"contactEmails": ["ml@example.com"]}

RULE = Rule(
    id="GP-COST-012",
    demand="A budget tells somebody before the money is spent.",
    why="A budget stops nothing by itself: one that tells nobody is a number in a list.",
    fix="Write alerts: {email: […]} and budget: {alert_at: [80%]} in the blueprint.",
    fields=("alert_at",),
    source="https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create.html",
    severity=Severity.MEDIUM,
    external=("FinOps:budget",),
    checks={
        "aws:budgets/budget:Budget": _alerts(
            "notifications",
            ("subscriberEmailAddresses", "subscriberSnsTopicArns"),
            [{**_AWS, "subscriberEmailAddresses": ["ml@example.com"]}],
            ([], [{**_AWS, "subscriberEmailAddresses": []}]),
        ),
        "gcp:billing/budget:Budget": Check(
            run=_google,
            reads=("thresholdRules",),
            passes={"thresholdRules": [{"thresholdPercent": 0.8}]},
            fails=(
                {"thresholdRules": []},
                {
                    "thresholdRules": [{"thresholdPercent": 0.8}],
                    "allUpdatesRule": {"disableDefaultIamRecipients": True},
                },
            ),
            absent=Absent.FAILS,
            because="the budget tells nobody",
        ),
        "azure-native:consumption:Budget": _alerts(
            "notifications",
            ("contactEmails", "contactGroups", "contactRoles"),
            {"at-80": {**_AZURE, **_READ}},
            ({}, {"at-80": {**_AZURE, **_READ, "enabled": False}}, {"at-80": {**_AZURE, "contactEmails": []}}),
        ),
    },
)
