"""What a month of a stack is expected to cost, as rules see it: of a plan, as nothing else has prices of all parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Estimate", "Share", "of_cost"]

MOST_SHARES = 3


@dataclass(frozen=True)
class Share:
    """What a thing of a component has of the expected month, USD."""

    component: str
    item: str
    usd: float


@dataclass(frozen=True)
class Estimate:
    """
    An expected month.

    Attributes:
        usd: Of all that has a price.
        partial: Whether something has none, so that `usd` is the least it can be.
        enforced: Whether the blueprint's budget is one that no plan may go beyond.
        shares: The dearest things, the dearest first.
    """

    usd: float
    partial: bool = False
    enforced: bool = False
    shares: tuple[Share, ...] = ()


def of_cost(cost: Mapping[str, Any]) -> Estimate:
    """
    The estimate that a plan's document has under `cost`.

    Raises:
        KeyError: It is no whole plan's.
    """
    paid: dict[tuple[str, str], float] = {}
    for part in cost["components"]:
        for row in part["rows"]:
            key = (part["name"], row["item"])
            paid[key] = paid.get(key, 0) + (row["amount"] or 0)
    dearest = sorted(paid.items(), key=lambda share: (-share[1], share[0]))[:MOST_SHARES]
    return Estimate(
        usd=cost["monthly"]["expected"],
        partial=bool(cost["unknown"]),
        enforced=(cost.get("budget") or {}).get("enforce") == "plan",
        shares=tuple(Share(*key, usd) for key, usd in dearest if usd),
    )
