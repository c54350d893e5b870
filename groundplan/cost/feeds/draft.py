"""A table as a feed would have it, before it is judged."""

from __future__ import annotations

from dataclasses import dataclass, field

from groundplan.cost.feeds.decision import Decision
from groundplan.cost.feeds.table import Row

__all__ = ["Draft"]


@dataclass
class Draft:
    """
    A table as a feed would have it.

    Attributes:
        untouched: Rows that no feed is asked about.
        rows: All of them, in the table's order.
        decisions: One a price that the feed was asked for.
        sources: Short name, offer and day of each source that renewed rows name.
    """

    untouched: int = 0
    rows: list[Row] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    sources: set[tuple[str, str, str]] = field(default_factory=set)
