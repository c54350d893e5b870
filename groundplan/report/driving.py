"""What drives the difference between plans side by side, in words: the component, and what each plan has of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from groundplan.cost.drivers import Driver, Pick, drivers, leading
from groundplan.report.money import money
from groundplan.report.typeset import clean

__all__ = ["driving"]


def driving(plans: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> list[Text | Padding]:
    """
    Lines that tell it; none where plans cost the same.

    Args:
        plans: In one currency.
        labels: What the plans are called, in their order.
    """
    currency = str((plans[0].get("cost") or {}).get("currency") or "USD")
    told: list[Text | Padding] = []
    for number, driver in enumerate(leading(drivers(plans))):
        head = "What drives it" if number == 0 else "Of machines"
        told.append(Text(clean(f"{head}: {driver.component}, {_difference(driver, currency)}.")))
        told.append(Padding(_picks(driver, labels, currency), (0, 0, 0, 2)))
    return told


def _difference(driver: Driver, currency: str) -> str:
    least = "" if not any(pick.partial for pick in driver.picks) else ", as far as prices are known"
    return f"{money(driver.difference, currency)} a month between the dearest and the cheapest{least}"


def _picks(driver: Driver, labels: Sequence[str], currency: str) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    for pick, label in zip(driver.picks, labels, strict=True):
        table.add_row(Text(clean(label)), Text(money(pick.expected, currency)), Text(clean(_item(pick, currency))))
    return table


def _item(pick: Pick, currency: str) -> str:
    if not pick.item:
        return "nothing that has a price"
    unit = "h" if pick.is_machine else pick.unit
    each = "price unknown" if pick.each is None else f"{money(pick.each, currency, 4)}/{unit}, {pick.basis}"
    own = money(pick.of_item, currency)
    of_it = "" if own == money(pick.expected, currency) else f", {own} of it"
    return f"{pick.item} ({each}){of_it}"
