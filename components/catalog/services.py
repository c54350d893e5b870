"""What a cloud's services cost besides machines: storage, requests, network, keys, logs, workflows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

from components.catalog.tables import Source, number, rows, source

__all__ = ["EVERYWHERE", "Basis", "Price", "Tier", "price", "services"]

Basis = Literal["listed", "derived", "unknown"]
EVERYWHERE = "*"
"""Region of a price that is the same in all."""


@dataclass(frozen=True)
class Tier:
    """
    A price from a quantity on.

    Attributes:
        start: Units a month from which it holds.
        usd: Of one unit; None where it is not known.
        basis: Whether the cloud lists it, it was worked out, or nobody knows.
        source: Where it is from; None where nobody knows.
        note: What else is to be known, such as an account's free allowance, which is not taken off.
    """

    start: float
    usd: float | None
    basis: Basis
    source: Source | None
    note: str


@dataclass(frozen=True)
class Price:
    """
    What a unit of something costs in a region.

    Attributes:
        cloud, item, region: Of what; `region` is the one asked for.
        unit: What is counted, such as `GiB-month`.
        tiers: From the first unit on; never empty.
    """

    cloud: str
    item: str
    region: str
    unit: str
    tiers: tuple[Tier, ...]

    def amount(self, quantity: float) -> float | None:
        """
        USD for so many units a month, each at the price of its tier; None where one of them is not known.

        Raises:
            ValueError: Fewer than none.
        """
        if quantity < 0:
            raise ValueError(f"{self.item}: {quantity} {self.unit} is less than none")
        total = 0.0
        for tier, end in self._spans():
            held = min(quantity, end) - tier.start
            if held <= 0:
                break
            if tier.usd is None:
                return None
            total += held * tier.usd
        return total

    def at(self, quantity: float) -> Tier:
        """The tier that the last of so many units is in."""
        return next(tier for tier in reversed(self.tiers) if tier.start <= quantity)

    def _spans(self) -> list[tuple[Tier, float]]:
        ends = [following.start for _, following in pairwise(self.tiers)]
        return list(zip(self.tiers, [*ends, float("inf")], strict=True))


@cache
def _table(cloud: str) -> dict[tuple[str, str], tuple[str, tuple[Tier, ...]]]:
    found: dict[tuple[str, str], tuple[str, list[Tier]]] = {}
    for row in rows(f"services_{cloud}"):
        unit, tiers = found.setdefault((row["item"], row["region"]), (row["unit"], []))
        if unit != row["unit"]:
            raise ValueError(
                f"services_{cloud}.csv: {row['item']} in {row['region']} has the units {unit} and {row['unit']}"
            )
        told = source(row["source"]) if row["source"] else None
        tiers.append(Tier(float(row["from"]), number(row["usd"]), _basis(row["basis"]), told, row["note"]))
    return {key: (unit, tuple(sorted(tiers, key=lambda t: t.start))) for key, (unit, tiers) in found.items()}


def _basis(word: str) -> Basis:
    known: dict[str, Basis] = {"listed": "listed", "derived": "derived", "unknown": "unknown"}
    return known[word]


def services(cloud: str) -> frozenset[str]:
    """The items that a cloud's table has, in any region."""
    return frozenset(item for item, _ in _table(cloud))


def price(cloud: str, item: str, region: str) -> Price:
    """
    The price of an item in a region; of one that the table has not, a price that nobody knows.

    Raises:
        KeyError: The table has no such item at all.
    """
    table = _table(cloud)
    found = table.get((item, region)) or table.get((item, EVERYWHERE))
    if found:
        return Price(cloud, item, region, *found)
    unit = next((unit for (other, _), (unit, _) in table.items() if other == item), None)
    if unit is None:
        raise KeyError(f"services_{cloud}.csv has no {item}")
    return Price(cloud, item, region, unit, (Tier(0, None, "unknown", None, f"no price of {region} was found"),))
