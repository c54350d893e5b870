"""One blueprint in several regions: what each component costs a month in each, and what drives the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from groundplan.report.driving import driving
from groundplan.report.money import Amount, by_component, idle, total
from groundplan.report.tables import rates, unpriced_notes
from groundplan.report.typeset import clean
from groundplan.report.view import views

__all__ = ["regions_table"]


def regions_table(plans: Sequence[Mapping[str, Any]]) -> RenderableType:
    """
    Plans by region: of each component and of the whole the expected month, and under it the lowest and the highest.

    Raises:
        ValueError: No plan, or a document of another schema.
    """
    shown = views(plans)
    labels = [f"{view.plan['region']} {view.title}" for view in shown]
    costs = [by_component(view) for view in shown]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Component", overflow="fold")
    for view in shown:
        table.add_column(Text(clean(f"{view.plan['region']}\n{view.title}")), justify="right", overflow="fold")
    for name in dict.fromkeys(name for cost in costs for name in cost):
        table.add_row(Text(clean(name)), *(_cell(cost.get(name)) for cost in costs))
    table.add_section()
    table.add_row(Text("Total a month", "bold"), *(_cell(total(view), "bold") for view in shown))
    table.add_row("When idle", *(_cell(idle(view)) for view in shown))
    plan = plans[0]
    head = Text(clean(f"{plan['blueprint']} {plan['environment']}: "), "bold")
    head.append("expected cost a month, and lowest to highest", "not bold")
    return Group(head, table, *rates(shown), *driving(plans, labels), *unpriced_notes(shown))


def _cell(amount: Amount | None, style: str = "") -> Text:
    text = Text(clean(amount.text if amount else "none"), style if amount and amount.expected else "dim")
    if amount and amount.range:
        text.append(clean(f"\n{amount.range}"), "dim not bold")
    return text
