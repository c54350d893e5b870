"""The price of a stack as tables: by component, and with `explain` each line with its factors and its source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from groundplan.report.money import idle_of, money, total, unknown
from groundplan.report.tables import rates
from groundplan.report.typeset import clean
from groundplan.report.view import View, views

__all__ = ["explained", "month"]

DIGITS = 6  # of a unit price, which may be a small part of a cent
MOST_NAMED = 12  # of what has no price


def month(plan: Mapping[str, Any]) -> RenderableType:
    """
    A month of each component: cheapest, expected, dearest, and when nobody uses it.

    Raises:
        ValueError: A document of another schema.
    """
    (view,) = views([plan])
    cost, currency = plan["cost"], plan["cost"]["currency"]
    table = _table("Component", "Lowest", "Expected", "Highest", "Idle")
    for part in cost["components"]:
        if part["rows"]:
            table.add_row(
                clean(part["name"]), *(money(v, currency) for v in (*_spread(part["monthly"]), idle_of(part["rows"])))
            )
    table.add_section()
    whole = [*_spread(cost["monthly"]), cost["idle_monthly"]]
    table.add_row("Total a month", *(money(value, currency) for value in whole), style="bold")
    return Group(_title(view), table, *rates([view]), *_unpriced(view))


def explained(plan: Mapping[str, Any]) -> RenderableType:
    """
    Each line of each component: how its quantity comes about, its price, and where that is from.

    Raises:
        ValueError: A document of another schema.
    """
    (view,) = views([plan])
    currency = plan["cost"]["currency"]
    shown: list[RenderableType] = [_title(view)]
    sources: dict[str, int] = {}
    for part in plan["cost"]["components"]:
        if not part["rows"]:
            continue
        table = _table(part["name"], "Quantity", "Unit price", "A month", "Price is")
        for row in part["rows"]:
            table.add_row(_item(row), *_factors(row, currency), _basis(row, sources))
        table.add_section()
        table.add_row("", "", "", money(part["monthly"]["expected"], currency), "", style="bold")
        shown.append(table)
    notes = [Text(clean(f"[{number}] {text}"), overflow="fold") for text, number in sources.items()]
    amount = total(view)
    return Group(
        *shown, Text(clean(f"Total a month: {amount.text}"), style="bold"), *rates([view]), *_unpriced(view), *notes
    )


def _item(row: Mapping[str, Any]) -> Text:
    text = Text(clean(row["item"]))
    return text.append(clean(f"\n{row['told']}"), style="dim") if row["told"] else text


def _factors(row: Mapping[str, Any], currency: str) -> Iterable[str]:
    each = row["unit_price"]
    yield clean(f"{row['quantity']:,.6g} {row['unit']}")
    yield "?" if each is None else f"{each:.{DIGITS}g}"
    yield "no price" if row["amount"] is None else money(row["amount"], currency, 2)


def _basis(row: Mapping[str, Any], sources: dict[str, int]) -> str:
    if not row["source"]:
        return str(row["basis"])
    number = sources.setdefault(f"{row['source']}, {row['date']}".rstrip(", "), len(sources) + 1)
    return f"{row['basis']} [{number}]"


def _spread(monthly: Mapping[str, float]) -> tuple[float, float, float]:
    return monthly["min"], monthly["expected"], monthly["max"]


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(clean(first), overflow="fold")
    for other in others:
        table.add_column(other, justify="right", overflow="fold")
    return table


def _title(view: View) -> Text:
    return Text(
        clean(f"{view.plan['blueprint']} {view.plan['environment']}, {view.label}, {view.plan['region']}"), style="bold"
    )


def _unpriced(view: View) -> list[RenderableType]:
    """What is not in the figures; the total is then a lower bound."""
    found = sorted({str(entry["item"]) for entry in unknown(view)})
    if not found:
        return []
    rest = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return [
        Text(
            clean(f"At least: no price is known of {', '.join(found[:MOST_NAMED])}{rest}."),
            style="yellow",
            overflow="fold",
        )
    ]
