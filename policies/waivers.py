"""Breaches that a team stands by for a while: what they cover, and which of them no longer hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from typing import Any

__all__ = ["Waived", "covers", "today", "waived"]


@dataclass(frozen=True)
class Waived:
    """
    A waiver of a blueprint.

    Attributes:
        rule: Id of the rule.
        resource: Pattern of components, names or URNs, `*` for any text.
        until: Last day it holds.
        index: Place in the blueprint's list, from 0.
    """

    rule: str
    resource: str
    reason: str
    owner: str
    until: date
    index: int = 0

    @property
    def held(self) -> str:
        """`until 2027-01-31 by risk-ml: load test until launch`."""
        return f"until {self.until} by {self.owner}: {self.reason}"

    def expired(self, day: date) -> bool:
        """Whether its last day is over."""
        return day > self.until


def covers(waived: Waived, rule: str, names: Iterable[str]) -> bool:
    """Whether it is for the rule, and for a resource of any of the names: component, name, URN."""
    return waived.rule == rule and any(fnmatchcase(name, waived.resource) for name in names)


def today(given: str = "") -> date:
    """The day given as `2027-01-31`, or the clock's, UTC."""
    return date.fromisoformat(given) if given else datetime.now(UTC).date()


def waived(given: Any) -> list[Waived]:
    """Waivers of their mappings: rule, resource, reason, owner, until."""
    return [
        Waived(w["rule"], w["resource"], w["reason"], str(w["owner"]), _day(w["until"]), index)
        for index, w in enumerate(given)
    ]


def _day(given: Any) -> date:
    return given if isinstance(given, date) else date.fromisoformat(str(given))
