"""Renews `services_<cloud>.csv`: storage, requests, network, keys, logs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from components.catalog.services import EVERYWHERE
from groundplan.cost.feeds.decision import Decision
from groundplan.cost.feeds.draft import Draft
from groundplan.cost.feeds.mapping import Price, Rule, Why, asks, cell, price
from groundplan.cost.feeds.rate import Answers, Ask, Step
from groundplan.cost.feeds.table import Row, Table, is_fed, source

__all__ = ["draft", "needed"]

Known = dict[tuple[str, str], list[Row]]


def _known(table: Table) -> Known:
    """The rows of each price: its steps."""
    found: Known = defaultdict(list)
    for row in table.rows:
        found[row["item"], row["region"]].append(row)
    return found


def _regions(table: Table) -> list[str]:
    return sorted({row["region"] for row in table.rows} - {EVERYWHERE})


def needed(cloud: str, table: Table, known_rules: Mapping[str, Rule]) -> set[Ask]:
    """What the table has to be told by the feed."""
    regions = _regions(table)
    return {
        ask
        for item, region in _known(table)
        if item in known_rules
        for ask in asks(cloud, known_rules[item], region, regions)
    }


def draft(cloud: str, table: Table, known_rules: Mapping[str, Rule], answers: Answers) -> Draft:
    """The table as the answers would have it; rows that no rule speaks of stay."""
    regions = _regions(table)
    made = Draft(untouched=sum(row["item"] not in known_rules for row in table.rows))
    for (item, region), rows in _known(table).items():
        rule = known_rules.get(item)
        if rule is None:
            made.rows += rows
            continue
        found = price(rule, answers, asks(cloud, rule, region, regions), region)
        made.decisions.append(_decide(item, region, rows, found))
        made.rows += rows if isinstance(found, Why) else _renewed(cloud, rows, found, rule, made)
    return made


def _decide(item: str, region: str, rows: list[Row], found: Price | Why) -> Decision:
    old = sorted((Decimal(row["from"]), Decimal(row["usd"]) if row["usd"] else None) for row in rows)
    before, fed = tuple(usd for _, usd in old), any(is_fed(row["source"]) for row in rows)
    if isinstance(found, Why):
        return Decision(item, region, "kept", before, fed=fed, why=found)
    after = tuple(usd for _, usd in found.steps)
    outcome = "unchanged" if tuple(old) == found.steps else "renewed"
    return Decision(item, region, outcome, before, after, fed)


def _renewed(cloud: str, rows: list[Row], found: Price, rule: Rule, made: Draft) -> list[Row]:
    written = {(Decimal(row["from"]), Decimal(row["usd"])): row for row in rows if row["usd"]}
    name = source(cloud, found.offer, found.day)
    made.sources.add((name, found.offer, found.day))
    common = rows[0] | {"basis": "listed", "source": name, "note": rule.note}
    return [common | _cells(step, written.get(step)) for step in found.steps]


def _cells(step: Step, written: Row | None) -> Row:
    """The cells of a step: as they were written where they say the same."""
    if written:
        return {"from": written["from"], "usd": written["usd"]}
    return {"from": cell(step[0]), "usd": cell(step[1])}
