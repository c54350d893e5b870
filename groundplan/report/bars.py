"""Monthly cost as bars that share one scale, with a whisker from the lowest to the highest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from groundplan.report.markup import element
from groundplan.report.money import Amount, by_component, idle, idle_by_component, total
from groundplan.report.view import View

__all__ = ["Bar", "BarGroup", "component_bars", "draw", "largest", "total_bars"]

FULL = 1000.0  # the bar's own units; it stretches to the room it gets
HEIGHT = 16.0


@dataclass(frozen=True)
class Bar:
    """One plan's bar in a group: its cost, None where the plan has no such line."""

    view: View
    amount: Amount | None
    drawing: Markup


@dataclass(frozen=True)
class BarGroup:
    """The bars of one component, one a plan."""

    name: str
    bars: tuple[Bar, ...]


def total_bars(shown: Sequence[View]) -> BarGroup:
    """Whole plans side by side, the part that is paid even when idle in the full colour."""
    totals = [total(view) for view in shown]
    full = largest(totals)
    return BarGroup(
        "Whole stack",
        tuple(
            Bar(view, amount, draw(amount, full, idle(view).expected))
            for view, amount in zip(shown, totals, strict=True)
        ),
    )


def component_bars(shown: Sequence[View]) -> tuple[BarGroup, ...]:
    """Each component that costs anything anywhere, the dearest first."""
    costs, idles = [by_component(view) for view in shown], [idle_by_component(view) for view in shown]
    names = list(dict.fromkeys(name for cost in costs for name in cost))
    full = largest(amount for cost in costs for amount in cost.values())
    dearest = {name: max((c[name].expected or 0) if name in c else 0 for c in costs) for name in names}
    return tuple(
        BarGroup(
            name,
            tuple(
                Bar(view, cost.get(name), draw(cost.get(name), full, always.get(name)))
                for view, cost, always in zip(shown, costs, idles, strict=True)
            ),
        )
        for name in sorted(names, key=lambda n: (-dearest[n], n))
    )


def largest(amounts: Iterable[Amount]) -> float:
    """The scale that bars share."""
    return max((max(a.expected or 0, a.high or 0) for a in amounts), default=0) or 1


def draw(amount: Amount | None, full: float, always: float | None) -> Markup:
    """A bar on a scale, in the full colour up to what is always paid, or all of it."""
    if amount is None or amount.expected is None:
        return Markup("")
    scale = (FULL - 4) / full
    solid = amount.expected if always is None else min(always, amount.expected)
    return element(
        "svg",
        element("rect", class_="use", height=HEIGHT, width=amount.expected * scale),
        element("rect", class_="always", height=HEIGHT, width=solid * scale),
        _whisker(amount, scale),
        class_="bar",
        viewBox=f"0 0 {FULL:g} {HEIGHT:g}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _whisker(amount: Amount, scale: float) -> Markup:
    if not amount.range or amount.low is None or amount.high is None:
        return Markup("")
    low, high, middle = amount.low * scale + 1, amount.high * scale + 1, HEIGHT / 2
    ends = f"M{low:.1f} 4V12M{high:.1f} 4V12"
    drawn = f"M{low:.1f} {middle:g}H{high:.1f}{ends}"
    casing = element("path", class_="casing", d=drawn)  # keeps the line visible on a dark bar
    return casing + element("path", class_="whisker", d=drawn)
