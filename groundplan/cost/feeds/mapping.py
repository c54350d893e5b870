"""Which rate of a feed is the price of which item: `feeds.csv`, and how it is looked up."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from components.catalog.services import EVERYWHERE
from groundplan.cost.feeds.rate import Answers, Ask, FeedError, Rate, Step, charged, is_twofold

__all__ = ["Price", "Rule", "Why", "asks", "cell", "price", "rules"]

HOURS = Decimal(730)
"""Of a month, as the clouds reckon it."""
MONTHLY = {"GiBy.h": "GiBy.mo", "h": "mo"}
"""Units that Google has for some of what it priced by the month before 2026, and the month's."""


@dataclass(frozen=True)
class Rule:
    """
    A row of `feeds.csv`.

    Attributes:
        item: Of `services_<cloud>.csv`.
        offer, family, kind: As in `Rate`; an empty one takes any.
        meter: Regular expression that a rate's meter matches as a whole.
        at: For an item with one price for all regions, the region that the feed has it under; empty where each
            region that the table has is asked and all must agree.
        unit: The feed's unit that `factor` is for; empty where the feed's word for it is not known.
        factor: How many of the feed's units are one of the table's.
        note: The note of a renewed row.
    """

    item: str
    offer: str
    family: str
    kind: str
    meter: re.Pattern[str]
    at: str
    unit: str
    factor: Fraction
    note: str

    def takes(self, rate: Rate) -> bool:
        """Whether a rate may be the price of the item."""
        asked = ((self.offer, rate.offer), (self.family, rate.family), (self.kind, rate.kind))
        return all(not want or want == got for want, got in asked) and bool(self.meter.fullmatch(rate.meter))


def rules(path: Path, cloud: str) -> dict[str, Rule]:
    """
    The rules of a cloud, by item.

    Raises:
        ValueError: An item has two.
    """
    found: dict[str, Rule] = {}
    for row in csv.DictReader(path.read_text("utf-8").splitlines()):
        if row["cloud"] != cloud:
            continue
        if row["item"] in found:
            raise ValueError(f"{path.name}: {cloud} {row['item']} has two rows; an item has one")
        texts = {name: row[name] for name in ("item", "offer", "family", "kind", "at", "unit", "note")}
        found[row["item"]] = Rule(meter=re.compile(row["meter"]), factor=Fraction(row["factor"]), **texts)
    return found


class Why(str):
    """Why a price was not found."""

    __slots__ = ()


@dataclass(frozen=True)
class Price:
    """
    A price as the table counts it.

    Attributes:
        steps: From the first unit on, an account's free allowance not taken off.
        offer, day: Where and of when it is.
    """

    steps: tuple[Step, ...]
    offer: str
    day: str


def asks(cloud: str, rule: Rule, region: str, regions: Iterable[str]) -> list[Ask]:
    """What to ask a feed for the price of an item in a region; `regions` are all that the table has."""
    if cloud == "gcp":
        return [Ask(rule.offer)]
    if region != EVERYWHERE:
        return [Ask(rule.offer, region)]
    return [Ask(rule.offer, rule.at)] if rule.at else [Ask(rule.offer, each) for each in sorted(regions)]


def price(rule: Rule, answers: Answers, asked: list[Ask], region: str) -> Price | Why:
    """The price that the answers have, or why none of theirs is it."""
    rates: list[Rate] = []
    for ask in asked:
        answer = answers[ask]
        if isinstance(answer, FeedError):
            return Why(str(answer))
        rates += [r for r in answer if rule.takes(r) and (region == EVERYWHERE or r.holds_in(region))]
    if not rates:
        return Why(f"{rule.offer} has no {rule.meter.pattern!r} here")
    rates = [_by_month(rate) if rule.unit and MONTHLY.get(rate.unit) == rule.unit else rate for rate in rates]
    fitting = [rate for rate in rates if rule.unit in {"", rate.unit}]
    if not fitting:
        units = ", ".join(sorted({rate.unit for rate in rates}))
        return Why(f"{rule.offer} counts {rule.meter.pattern!r} in {units}, not in {rule.unit}")
    if any(is_twofold(rate.steps) for rate in fitting):
        return Why(f"{rule.offer} has two prices for {rule.meter.pattern!r} from the same quantity on")
    found = {charged(rate.steps) for rate in fitting}
    if len(found) > 1:
        firsts = ", ".join(sorted({cell(steps[0][1]) for steps in found}))
        return Why(f"{rule.offer} has {len(found)} prices for {rule.meter.pattern!r}: {firsts} a {fitting[0].unit}")
    return Price(_counted(found.pop(), rule.factor), rule.offer, min(rate.day for rate in fitting))


def _by_month(rate: Rate) -> Rate:
    """A price by the hour as one by the month, whose digits the feed had cut off after the ninth."""
    steps = tuple((round(start / HOURS, 3), round(usd * HOURS, 6)) for start, usd in rate.steps)
    return replace(rate, unit=MONTHLY[rate.unit], steps=steps)


def _counted(steps: tuple[Step, ...], factor: Fraction) -> tuple[Step, ...]:
    """The steps with one of the table's units where the feed has `factor` of its own."""
    over, under = Decimal(factor.numerator), Decimal(factor.denominator)
    return tuple((start * under / over, usd * over / under) for start, usd in steps)


def cell(number: Decimal) -> str:
    """The number as the tables write it: no exponent, no zeros at its end."""
    return f"{number.normalize():f}"
