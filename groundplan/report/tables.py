"""Plans as tables for a terminal or a log file: whole words at 80 columns, plain text when piped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from groundplan.report.driving import driving
from groundplan.report.findings import findings
from groundplan.report.identifiers import Identifiers
from groundplan.report.money import Amount, by_component, idle, rate, total, unknown
from groundplan.report.support import LEVELS, Promise, counts, promises
from groundplan.report.typeset import clean
from groundplan.report.view import Component, View, views

__all__ = ["compare_table", "cost_table", "parity_table", "plan_table", "rates", "unpriced_notes"]

KINDS = 6  # of a component, named in the short table
STYLES = {"native": "green", "substitute": "yellow", "missing": "red"}
Plans = Sequence[Mapping[str, Any]]


def plan_table(plan: Mapping[str, Any], *, full: bool = False) -> RenderableType:
    """
    What a plan would make: by component the kinds and how many; with `full`, each resource.

    Raises:
        ValueError: A document of another schema.
    """
    (view,) = views([plan])
    table = _full(view) if full else _brief(view)
    notable = [r.name for r in view.resources if r.protect]
    protected = f", {len(notable)} protected from deletion" if notable else ""
    footer = f"{_plural(len(view.resources), 'resource')} in "
    footer += f"{_plural(len(view.components), 'component')}{protected}, {_a_month(total(view))}"
    return Group(_title(view), table, _text(footer), *rates([view]))


def parity_table(plans: Plans) -> RenderableType:
    """
    How well each cloud keeps each promise the blueprint asks for, and why where it is not native.

    Raises:
        ValueError: No plan, or a document of another schema.
    """
    shown = views(plans)
    rows = promises(shown)
    asked = [row for row in rows if row.needed] or list(rows)
    if not asked:
        return _text("No promise is stated in this plan.")
    table = _table("Feature", *(view.label for view in shown))
    for row in asked:
        cells = [_support(answer) for answer in row.answers]
        table.add_row(_text(f"{row.capability}: {row.feature}"), *cells)
    notes = [note for row in asked for note in _notes(row, shown)]
    return Group(table, *notes)


def cost_table(plans: Plans) -> RenderableType:
    """
    Monthly cost by component and plan, the totals, and every item without a price.

    Raises:
        ValueError: No plan, or a document of another schema.
    """
    shown = views(plans)
    costs = [by_component(view) for view in shown]
    table = _table("Component", *(view.label for view in shown), numbers=True)
    for name in dict.fromkeys(name for cost in costs for name in cost):
        table.add_row(_text(name), *(_cell(cost.get(name)) for cost in costs))
    table.add_section()
    _total_rows(table, shown)
    return Group(_heading("Cost a month", shown), table, *rates(shown), *unpriced_notes(shown))


def compare_table(plans: Plans) -> RenderableType:
    """
    Plans side by side: resources and cost by component, totals, parity, findings.

    Raises:
        ValueError: No plan, or a document of another schema.
    """
    shown = views(plans)
    sizes = [{c.name: len(c.resources) for c in view.components} for view in shown]
    costs = [by_component(view) for view in shown]
    table = _table("Component", *(view.label for view in shown), numbers=True)
    for name in dict.fromkeys(name for one in [*sizes, *costs] for name in one):
        cells = zip(sizes, costs, strict=True)
        table.add_row(_text(name), *(_both(size.get(name), cost.get(name)) for size, cost in cells))
    table.add_section()
    table.add_row("All resources", *(str(len(view.resources)) for view in shown))
    _total_rows(table, shown)
    table.add_section()
    for level in LEVELS:
        table.add_row(
            _text(f"Asked for: {level}", STYLES[level]),
            *(str(counts(view)[level]) for view in shown),
        )
    table.add_row("Findings", *(str(len(findings(view))) for view in shown))
    notes = [*rates(shown), *driving(plans, [view.label for view in shown]), *unpriced_notes(shown)]
    return Group(_heading("Resources and cost a month", shown), table, *notes)


def rates(shown: Sequence[View]) -> list[Text]:
    """The rate at which amounts are converted, said once."""
    return [_text(told) for told in dict.fromkeys(map(rate, shown)) if told]


def _table(first: str, *others: str, numbers: bool = False) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(_text(first), overflow="fold")
    for other in others:
        table.add_column(_text(other), overflow="fold", justify="right" if numbers else "left")
    return table


def _text(text: str, style: str = "") -> Text:
    """Text as it is: no markup of rich's own, no control character."""
    return Text(clean(text), style=style)


def _heading(text: str, shown: Sequence[View]) -> Text:
    blueprints = dict.fromkeys(str(view.plan.get("blueprint", "")) for view in shown)
    return _text(f"{', '.join(blueprints)}: ", "bold") + _text(text, "not bold")


def _title(view: View) -> Text:
    where = [str(view.plan.get(key, "")) for key in ("environment", "region")]
    blueprint = _text(str(view.plan.get("blueprint", "")), "bold")
    return blueprint + _text(f" on {view.title} ({', '.join(where)})", "not bold")


def _brief(view: View) -> Table:
    costs = by_component(view)
    table = _table("Component", "Resources", "A month", "Made of")
    table.columns[1].justify = table.columns[2].justify = "right"
    for component in view.components:
        table.add_row(
            _text(component.name),
            str(len(component.resources)),
            _cell(costs.get(component.name)),
            Identifiers(_kinds(component)),
        )
    return table


def _kinds(component: Component) -> str:
    """The most frequent kinds and how many; the rest as a number."""
    kinds = [f"{n} {kind}" if n > 1 else kind for kind, n in component.kinds]
    rest = len(kinds) - KINDS
    return ", ".join(kinds if rest < 2 else [*kinds[:KINDS], f"and {rest} more kinds"])


def _full(view: View) -> Table:
    table = _table("Resource", "Type", "Protected")
    for component in view.components:
        table.add_row(_text(component.name, "bold"), "", "")
        for resource in component.resources:
            kind = f"{resource.service} {resource.kind}"
            protected = "yes" if resource.protect else ""
            table.add_row(Padding(_text(resource.name), (0, 0, 0, 2)), Identifiers(kind), protected)
        table.add_section()
    return table


def _support(answer: Mapping[str, Any] | None) -> Text:
    word = str(answer.get("support", "")) if answer else "not stated"
    return _text(word, STYLES.get(word, ""))


def _notes(row: Promise, shown: Sequence[View]) -> list[RenderableType]:
    """Under the feature's name, each distinct answer that is not native and where it is given."""
    told: dict[tuple[str, str], list[str]] = {}
    for view, answer in zip(shown, row.answers, strict=True):
        if answer and answer.get("support") != "native":
            level = str(answer.get("support", ""))
            told.setdefault((level, _why(answer)), []).append(view.label)
    notes: list[RenderableType] = [_text(f" {row.capability}: {row.feature}", "bold")]
    for (level, why), labels in told.items():
        said = _text(level, STYLES.get(level, "")) + _text(f" on {', '.join(labels)}{why}", "default")
        notes.append(Padding(said, (0, 0, 0, 3)))
    return notes if told else []


def _why(answer: Mapping[str, Any]) -> str:
    by, reason = (str(answer.get(key) or "") for key in ("by", "reason"))
    refused = "; this plan is refused for it" if answer.get("refused") else ""
    said = f"{by} ({reason})" if by and reason else by or reason
    return f": {said}{refused}" if said else refused


def _cell(amount: Amount | None) -> Text:
    return _text(amount.text if amount else "", "" if amount and amount.expected else "dim")


def _both(size: int | None, amount: Amount | None) -> Text:
    count = "" if size is None else str(size)
    return _text(", ".join(part for part in (count, amount.text if amount else "") if part) or "none")


def _total_rows(table: Table, shown: Sequence[View]) -> None:
    totals = [total(view) for view in shown]
    table.add_row("Total a month", *(_text(amount.text, "bold") for amount in totals))
    if any(amount.range for amount in totals):
        table.add_row("Lowest to highest", *(_text(amount.range) for amount in totals))
    table.add_row("When idle", *(_cell(idle(view)) for view in shown))


def unpriced_notes(shown: Sequence[View]) -> list[RenderableType]:
    """What has no price, said once for all the plans it is missing in."""
    where: dict[str, list[str]] = {}
    for view in shown:
        items = [entry["item"] for entry in unknown(view)]
        for item in dict.fromkeys(items):
            times = f" ({items.count(item)})" if items.count(item) > 1 else ""
            where.setdefault(item, []).append(f"{view.label}{times}")
    if not where:
        return []
    head = _text(f"No price yet for {_plural(len(where), 'item')}, so totals are at least:")
    lines = [Padding(_text(f"{item}: {', '.join(on)}"), (0, 0, 0, 2)) for item, on in where.items()]
    return [head, *lines]


def _a_month(amount: Amount) -> str:
    return f"{amount.text} a month" if amount.expected else amount.text


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
