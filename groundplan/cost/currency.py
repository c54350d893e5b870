"""Amounts in a team's own currency, at a rate that it gives: prices are in US dollars, and nothing here knows rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Currency", "in_currency", "with_currency"]

_OF_A_ROW = ("unit_price", "amount", "low", "high", "on_demand")


@dataclass(frozen=True)
class Currency:
    """
    A currency.

    Attributes:
        code: ISO 4217: `EUR`.
        rate: Of its units for a US dollar.
    """

    code: str
    rate: float

    def of(self, usd: float) -> float:
        """So many of its units."""
        return usd * self.rate


def in_currency(plan: Mapping[str, Any], currency: Currency | None) -> dict[str, Any]:
    """The plan to be shown: all amounts of its cost in the currency, with the rate beside them."""
    if currency is None:
        return dict(plan)
    cost = plan["cost"]
    shown = {
        **cost,
        "currency": currency.code,
        "rate": currency.rate,
        "monthly": _spread(_rows(cost), currency),
        "idle_monthly": currency.of(cost["idle_monthly"]),
        "components": [
            {
                **part,
                "monthly": _spread(part["rows"], currency),
                "rows": [_row(row, currency) for row in part["rows"]],
            }
            for part in cost["components"]
        ],
    }
    return {**plan, "cost": shown}


def with_currency(plan: Mapping[str, Any], currency: Currency | None) -> dict[str, Any]:
    """The plan as a document: its amounts stay in US dollars, and `cost.converted` has the totals in the currency."""
    if currency is None:
        return dict(plan)
    cost = plan["cost"]
    converted = {
        "currency": currency.code,
        "rate": currency.rate,
        "monthly": _cents(_spread(_rows(cost), currency)),
        "idle_monthly": round(currency.of(cost["idle_monthly"]), 2),
        "components": [
            {"name": part["name"], "monthly": _cents(_spread(part["rows"], currency))} for part in cost["components"]
        ],
    }
    return {**plan, "cost": {**cost, "converted": converted}}


def _rows(cost: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [row for part in cost["components"] for row in part["rows"]]


def _spread(rows: Iterable[Mapping[str, Any]], currency: Currency) -> dict[str, float]:
    """Cheapest, expected and dearest month, of the rows: a total in US dollars is rounded already."""
    priced = list(rows)
    fields = {"min": "low", "expected": "amount", "max": "high"}
    return {key: currency.of(sum(row[field] or 0 for row in priced)) for key, field in fields.items()}


def _cents(monthly: Mapping[str, float]) -> dict[str, float]:
    return {key: round(amount, 2) for key, amount in monthly.items()}


def _row(row: Mapping[str, Any], currency: Currency) -> dict[str, Any]:
    priced = {key: currency.of(row[key]) for key in _OF_A_ROW if row.get(key) is not None}
    return {**row, **priced}
