"""GP-GOV-008: logs are kept for half a year."""

from typing import Any

from policies.checks import at_least, value
from policies.rule import Absent, Level, Rule, Severity
from policies.settings import Settings

YEAR = 365
"""Remedy: the first step above half a year that every service accepts."""


def _long_enough(found: Any, settings: Settings) -> str | None:
    """0 keeps logs for ever."""
    short = isinstance(found, int | float) and 0 < found < settings.log_days
    return f"it must be {settings.log_days} or more" if short else None


RULE = Rule(
    id="GP-GOV-008",
    demand="Logs are kept as long as logDays says, 180 days by default.",
    why="Misuse and drift show months later: what a model was asked and who changed it must still be there then.",
    fix="Set the retention to 180 days or more; groundplan's own logs are kept as data: {classification: …} wants.",
    fields=("/data.classification", "/data"),
    source="https://eur-lex.europa.eu/eli/reg/2024/1689/oj",
    severity=Severity.MEDIUM,
    levels={"dev": Level.ADVISORY},
    external=(
        "EU-AI-Act:Art19",
        "EU-AI-Act:Art26(6)",
        "CKV_AWS_338",
        "CloudWatch.16",
        "CW_LOGGROUP_RETENTION_PERIOD_CHECK",
    ),
    checks={
        # without a retention, CloudWatch keeps logs for ever
        "aws:cloudwatch/logGroup:LogGroup": value(
            "retentionInDays", _long_enough, passes=YEAR, fails=[90, 1], absent=Absent.PASSES, remedy=YEAR
        ),
        "gcp:logging/projectBucketConfig:ProjectBucketConfig": at_least(
            "retentionDays",
            lambda settings: settings.log_days,
            absent=Absent.FAILS,
            because="Cloud Logging keeps 30 days",
            remedy=YEAR,
        ),
        "azure-native:operationalinsights:Workspace": at_least(
            "retentionInDays",
            lambda settings: settings.log_days,
            absent=Absent.FAILS,
            because="Log Analytics keeps 30 days",
            remedy=YEAR,
        ),
    },
)
