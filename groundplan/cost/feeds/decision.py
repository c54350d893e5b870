"""What becomes of each price of a table, and what keeps a whole table as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from components.catalog.services import EVERYWHERE
from groundplan.cost.feeds.mapping import cell

__all__ = ["LARGEST_CHANGE", "MOST_LOST", "Decision", "faults"]

LARGEST_CHANGE = 3
"""Times that a price may rise or fall between two renewals. Spot prices may move more: a cloud sets them by demand.
Source: Compute Engine documentation, "Create and use Spot VMs": 60 to 91 % off."""
MOST_LOST = 0.1
"""Share of the prices renewed before that a feed may no longer have."""


@dataclass(frozen=True)
class Decision:
    """
    What becomes of the price of one thing in one region.

    Attributes:
        key: Item or machine.
        outcome: The feed has another price, the same, or none that could be taken.
        before, after: USD a unit, step by step; None where it is not known.
        spot_before, spot_after: USD as spot or low priority; None where it is not known.
        fed: Whether it was renewed from a feed before.
        why: Of a kept one, why.
    """

    key: str
    region: str
    outcome: Literal["renewed", "unchanged", "kept"]
    before: tuple[Decimal | None, ...]
    after: tuple[Decimal, ...] = ()
    fed: bool = False
    why: str = ""
    spot_before: Decimal | None = None
    spot_after: Decimal | None = None

    @property
    def place(self) -> str:
        """The thing and its region, for a message."""
        return self.key if self.region == EVERYWHERE else f"{self.key} in {self.region}"


def faults(decisions: list[Decision]) -> list[str]:
    """Why a table must stay as it is; nothing where it may be written."""
    return [*_zeros(decisions), *_leaps(decisions), *_missing_regions(decisions), *_lost(decisions)]


def _zeros(decisions: Iterable[Decision]) -> list[str]:
    found = []
    for one in decisions:
        if any(usd <= 0 for usd in one.after):
            found.append(f"{one.place}: the feed has a price of {cell(min(one.after))}")
        elif one.spot_after is not None and not 0 < one.spot_after <= one.after[0]:
            found.append(
                f"{one.place}: the feed has a spot price of {cell(one.spot_after)} beside {cell(one.after[0])}"
            )
    return found


def _leaps(decisions: Iterable[Decision]) -> list[str]:
    found = []
    for one in decisions:
        for old, new in zip(one.before, one.after, strict=False):
            if old and new and not 1 / Decimal(LARGEST_CHANGE) <= new / old <= LARGEST_CHANGE:
                found.append(f"{one.place}: {cell(old)} USD became {cell(new)}, more than {LARGEST_CHANGE} times off")
                break
    return found


def _missing_regions(decisions: Iterable[Decision]) -> list[str]:
    """Regions of which prices are known, and of which the feed has none at all."""
    by_region: dict[str, list[Decision]] = defaultdict(list)
    for one in decisions:
        if any(usd is not None for usd in one.before):
            by_region[one.region].append(one)
    return [
        f"{'prices for all regions' if region == EVERYWHERE else region}: the feed has none of {len(of)} prices known"
        for region, of in by_region.items()
        if all(one.outcome == "kept" for one in of)
    ]


def _lost(decisions: Iterable[Decision]) -> list[str]:
    fed = [one for one in decisions if one.fed]
    lost = [one for one in fed if one.outcome == "kept"]
    if len(lost) <= MOST_LOST * len(fed):
        return []
    first = ", ".join(one.place for one in lost[:3])
    return [f"the feed has {len(lost)} of {len(fed)} prices renewed before no longer, such as {first}"]
