"""Further bars of the cost: what other environments come to, and what reclaimable machines save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from groundplan.report.bars import Bar, BarGroup, draw, largest
from groundplan.report.money import Amount, idle, total
from groundplan.report.view import View, views

__all__ = ["environment_bars", "spot_bars"]


def environment_bars(shown: Sequence[View], plans: Sequence[Mapping[str, Any]]) -> tuple[BarGroup, ...]:
    """
    Whole stacks, environment by environment, each on the clouds that are shown; none where there is one alone.

    Args:
        shown: The plans of the page.
        plans: Those of every environment, the page's own among them.
    """
    found: dict[str, dict[str, View]] = {}
    for each in views(plans) if plans else ():
        found.setdefault(str(each.plan["environment"]), {})[_place(each)] = each
    if len(found) < 2:
        return ()
    totals = {env: {place: total(view) for place, view in there.items()} for env, there in found.items()}
    full = largest(amount for there in totals.values() for amount in there.values())
    return tuple(
        BarGroup(env, tuple(_of_environment(view, found[env], there, full) for view in shown))
        for env, there in totals.items()
    )


def _place(view: View) -> str:
    return f"{view.plan['cloud']} {view.plan['region']}"


def _of_environment(view: View, found: Mapping[str, View], totals: Mapping[str, Amount], full: float) -> Bar:
    place = _place(view)
    amount = totals.get(place)
    return Bar(view, amount, draw(amount, full, idle(found[place]).expected if amount else None))


def spot_bars(shown: Sequence[View]) -> tuple[BarGroup, ...]:
    """What runs on reclaimable machines, and what the same hours cost on others; none where nothing is reclaimable."""
    found = [(view, spot, full) for view in shown for spot, full in [_both(view)] if full is not None]
    if not found:
        return ()
    most = largest(full for _, _, full in found)
    return (
        BarGroup("Spot", tuple(Bar(view, spot, draw(spot, most, None)) for view, spot, _ in found)),
        BarGroup("The same on demand", tuple(Bar(view, full, draw(full, most, None)) for view, _, full in found)),
    )


def _both(view: View) -> tuple[Amount, Amount | None]:
    """The rows that have two prices, at the lower one and at the other; None where there is no such row."""
    rows = [row for row in _rows(view) if row.get("on_demand") is not None and row["amount"] is not None]
    spot, full = (round(sum(row[key] for row in rows), 2) for key in ("amount", "on_demand"))
    currency = str((view.plan.get("cost") or {}).get("currency") or "USD")
    at = Amount(expected=spot, low=spot, high=spot, partial=False, currency=currency)
    return at, replace(at, expected=full, low=full, high=full) if rows else None


def _rows(view: View) -> Iterable[Mapping[str, Any]]:
    cost = view.plan.get("cost") or {}
    return (row for part in cost.get("components") or () for row in part.get("rows") or ())
