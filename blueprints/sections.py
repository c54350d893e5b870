"""Sections of a blueprint that no component stands behind: data, alerts, waivers, and how a section is declared."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from components.base import Spec
from components.fields import Email, SecretRef
from components.foundation import Classification

__all__ = ["Alerts", "Data", "Label", "LabelKey", "Waiver", "section"]

CAPABILITY = "x-capability"
CALLED = "x-called"
RESERVED_LABELS = ("blueprint", "environment", "owner", "managed-by")
# on some resources, to tell what they are of
WRITTEN_LABELS = ("approval", "capacity", "classification", "endpoint", "model", "run", "stack", "training", "version")
RESERVED_PREFIXES = ("aws", "azure", "goog", "microsoft", "windows")

Label = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$"),
    Field(description="Lower-case letters, digits, `-` and `_`, at most 63", examples=["risk-ml"]),
]


def _free(key: str) -> str:
    if key in RESERVED_LABELS:
        raise ValueError(f"{key!r} is a label that every resource has anyway. Leave it out.")
    if key in WRITTEN_LABELS:
        raise ValueError(f"{key!r} is a label that groundplan writes on some resources. Write another key.")
    taken = next((p for p in RESERVED_PREFIXES if key.startswith(p)), None)
    if taken:
        raise ValueError(f"{key!r} begins with {taken!r}, which a cloud keeps for itself. Write another key.")
    return key


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is not a day. Write one such as 2027-01-31.") from None


LabelKey = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$"),
    BeforeValidator(lambda key: _free(key) if isinstance(key, str) else key),
    Field(description="Lower-case letters, digits, `-` and `_`, a letter first, at most 63", examples=["cost-centre"]),
]
Day = Annotated[
    date,
    BeforeValidator(_day, json_schema_input_type=Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]),
    Field(examples=["2027-01-31"]),
]
Jurisdiction = Literal[
    "australia",
    "bahrain",
    "brazil",
    "canada",
    "chile",
    "eu",
    "hong-kong",
    "india",
    "indonesia",
    "israel",
    "japan",
    "korea",
    "malaysia",
    "mexico",
    "norway",
    "qatar",
    "saudi-arabia",
    "singapore",
    "south-africa",
    "switzerland",
    "taiwan",
    "thailand",
    "uae",
    "uk",
    "us",
]


def section(capability: str, called: str, default: Any = None, **options: Any) -> Any:
    """
    Declare a section of the blueprint that a capability stands behind.

    Args:
        capability: Its folder in `components`; while no cloud's file is in it, the section is refused.
        called: What the section asks for, in the plural, as the refusal names it.
        default: The section where the blueprint does not write it.
        options: Further arguments of `pydantic.Field`.
    """
    return Field(default, json_schema_extra={CAPABILITY: capability, CALLED: called}, **options)


class Data(Spec):
    """What the data is, and where it may lie."""

    classification: Classification = "internal"
    """How secret the data is; sets how long logs are kept: 90 days, 1 year (confidential), 7 years (restricted)."""
    residency: list[Jurisdiction] = Field(default=[], max_length=25)
    """Where it may lie: a plan for a region outside is refused. Anywhere, where none is named."""


class Alerts(Spec):
    """Who hears of it when something is wrong."""

    email: list[Email] = Field(default=[], max_length=20, examples=[["risk-ml@example.com"]])
    webhook: SecretRef | None = None
    """Secret that holds the `https://` address of a chat's incoming webhook, which takes `{"text": …}`."""
    pager: SecretRef | None = None
    """Secret that holds `{"url": …, "routing_key": …}` of a pager which speaks PagerDuty's Events API v2."""
    topic: str | None = Field(default=None, max_length=1024, examples=["arn:aws:sns:eu-west-1:111122223333:on-call"])
    """
    What exists and is told too: ARN of an SNS topic, name of a notification channel (`projects/…`), ARM id of an action
    group; only under `overrides.<cloud>`.
    """


class Waiver(Spec):
    """A rule that is knowingly broken: by whom, why, and until when."""

    rule: str = Field(pattern=r"^GP-[A-Z]{2,6}-[0-9]{3}$", examples=["GP-COST-011"])
    resource: str = Field(default="*", min_length=1, max_length=200, examples=["endpoints/scorer*"])
    """Component that it is for, `*` for any text."""
    reason: str = Field(min_length=10, max_length=500, examples=["load test until launch"])
    owner: Label
    until: Day
    """Last day; after it the rule fails again."""
