"""A line of an estimate: a quantity with its price, and where that is from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.catalog import Machine
from components.catalog.services import price
from components.catalog.tables import source
from groundplan.cost.line import Line, When

__all__ = ["Row", "of_line", "of_machine", "total"]

CENTS = 4
"""Decimals of an amount: a thousandth of a cent counts where there are thousands of them."""


@dataclass(frozen=True)
class Row:
    """
    One line of the estimate.

    Attributes:
        urn: Resource that the cost hangs on.
        item: What is paid for.
        quantity: How many units in the expected month.
        unit: Of the quantity.
        told: How the quantity comes about.
        when: `always`, or by `use`.
        unit_price: USD a unit, of the last tier that is reached; None where the catalogue has no price.
        amount: USD in the expected month; None where there is no price.
        low, high: USD in the cheapest and dearest month; the same rule.
        basis: `listed`, `derived` or `unknown`, as the catalogue has it.
        source, date: Where the price is from, and of when.
        note: What else is to be known of the price.
        on_demand: USD of the expected hours at the full price, where they are at a lower one; None elsewhere.
    """

    urn: str
    item: str
    quantity: float
    unit: str
    told: str
    when: When
    unit_price: float | None
    amount: float | None
    low: float | None
    high: float | None
    basis: str
    source: str
    date: str
    note: str = ""
    on_demand: float | None = None


def _times(quantity: float, each: float | None) -> float | None:
    return None if each is None else round(quantity * each, CENTS)


def of_machine(
    urn: str,
    sold: Machine,
    told: str,
    hours: tuple[float, float, float],
    prices: Sequence[float | None],
    when: When,
    what: str = "",
) -> Row:
    """A row of machine hours: (cheapest, expected, dearest) hours, each at its own price; `what` they are besides."""
    amounts = [_times(h, p) for h, p in zip(hours, prices, strict=True)]
    return Row(
        urn=urn,
        item=f"{sold.name}, {what}" if what else sold.name,
        quantity=hours[1],
        unit="machine-hour",
        told=told,
        when=when,
        unit_price=prices[1],
        amount=amounts[1],
        low=amounts[0],
        high=amounts[2],
        basis=sold.basis,
        source=source(sold.source).what,
        date=sold.date,
        on_demand=_times(hours[1], prices[2]) if prices[1] != prices[2] else None,
    )


def of_line(urn: str, line: Line, cloud: str, region: str) -> Row:
    """A row of a line, at the prices of the cloud's service in the region."""
    held = price(cloud, line.item, region)
    tier = held.at(line.expected)
    amounts = [None if (a := held.amount(q)) is None else round(a, CENTS) for q in (line.low, line.expected, line.high)]
    return Row(
        urn=urn,
        item=line.what,
        quantity=line.expected,
        unit=held.unit,
        told=line.told,
        when=line.when,
        unit_price=tier.usd,
        amount=amounts[1],
        low=amounts[0],
        high=amounts[2],
        basis=tier.basis,
        source=tier.source.what if tier.source else "",
        date=tier.source.date if tier.source else "",
        note=tier.note,
    )


def total(rows: Sequence[Row]) -> dict[str, float]:
    """USD of the rows that have a price, in the cheapest, the expected and the dearest month."""
    return {
        "min": round(sum(r.low or 0 for r in rows), 2),
        "expected": round(sum(r.amount or 0 for r in rows), 2),
        "max": round(sum(r.high or 0 for r in rows), 2),
    }
