"""What a plan costs, as people read it: an amount, a range, or plainly "no price yet"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.report.view import NO_COMPONENT, View

__all__ = ["Amount", "by_component", "idle", "idle_by_component", "idle_of", "money", "rate", "total", "unknown"]

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹"}
NO_PRICE = "no price yet"
NOT_ESTIMATED = "not estimated"


@dataclass(frozen=True)
class Amount:
    """A monthly cost; `partial` when something in it has no price, so it is a lower bound."""

    expected: float | None
    low: float | None
    high: float | None
    partial: bool
    currency: str

    @property
    def text(self) -> str:
        """The expected amount, with "at least" before a lower bound."""
        if self.expected is None:
            return NO_PRICE if self.partial else NOT_ESTIMATED
        if self.partial and not self.expected:
            return NO_PRICE
        shown = money(self.expected, self.currency)
        return f"at least {shown}" if self.partial else shown

    @property
    def range(self) -> str:
        """Lowest to highest, empty when they are the same or not known."""
        if self.low is None or self.high is None:
            return ""
        low, high = money(self.low, self.currency), money(self.high, self.currency)
        return "" if low == high else f"{low} to {high}"


def money(value: float, currency: str, digits: int | None = None) -> str:
    """An amount with its currency; cents are shown below a hundred unless `digits` says."""
    places = (2 if abs(value) < 100 else 0) if digits is None else digits
    sign = SIGNS.get(currency, f"{currency} ")
    return f"{'-' if value < 0 else ''}{sign}{abs(value):,.{places}f}"


def rate(view: View) -> str:
    """At which rate the amounts are converted, in words; empty where they are as the clouds list them."""
    cost = view.plan.get("cost") or {}
    given = cost.get("rate")
    return "" if given is None else f"1 USD = {given:g} {cost.get('currency')}, the rate that was given"


def total(view: View) -> Amount:
    """The whole plan in a month."""
    cost = view.plan.get("cost") or {}
    return _amount(cost.get("monthly"), bool(unknown(view)), cost)


def idle(view: View) -> Amount:
    """What a month costs when nobody uses it."""
    cost = view.plan.get("cost") or {}
    value = cost.get("idle_monthly")
    spread = None if value is None else {"min": value, "expected": value, "max": value}
    return _amount(spread, bool(unknown(view)), cost)


def idle_by_component(view: View) -> Mapping[str, float]:
    """What is paid for each component in a month in which nobody uses it."""
    parts = (view.plan.get("cost") or {}).get("components") or ()
    return {str(part.get("name")): idle_of(rows) for part in parts if (rows := part.get("rows"))}


def idle_of(rows: Iterable[Mapping[str, Any]]) -> float:
    """The same of some price lines."""
    return sum(row["low"] or 0 for row in rows if row.get("when") == "always")


def unknown(view: View) -> list[Mapping[str, Any]]:
    """What has no price: the plan's list, and any line of a component that says so."""
    cost = view.plan.get("cost") or {}
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    lines = [line for part in cost.get("components") or () for line in part.get("rows") or ()]
    for entry in [*(cost.get("unknown") or ()), *filter(unpriced, lines)]:
        pair = (str(entry.get("urn", "")), str(entry.get("item", "")))
        found.setdefault(pair, {"urn": pair[0], "item": pair[1]})
    return list(found.values())


def by_component(view: View) -> Mapping[str, Amount]:
    """The monthly cost of each component that has one, in the plan's order."""
    cost = view.plan.get("cost") or {}
    without = {view.owners.get(entry["urn"], NO_COMPONENT) for entry in unknown(view)}
    found = {
        str(part.get("name")): _amount(part.get("monthly"), _is_partial(part, without), cost)
        for part in cost.get("components") or ()
    }
    for name in sorted(without - set(found)):
        found[name] = _amount(None, True, cost)
    return found


def unpriced(line: Mapping[str, Any]) -> bool:
    """Whether a price line has no price."""
    return line.get("basis") == "unknown" or line.get("amount") is None


def _is_partial(part: Mapping[str, Any], without: set[str]) -> bool:
    return str(part.get("name")) in without or any(map(unpriced, part.get("rows") or ()))


def _amount(spread: Mapping[str, Any] | None, partial: bool, cost: Mapping[str, Any]) -> Amount:
    given = spread or {}
    expected = given.get("expected")
    return Amount(
        expected=expected,
        low=given.get("min", expected),
        high=given.get("max", expected),
        partial=partial,
        currency=str(cost.get("currency") or "USD"),
    )
