"""What a feed says of a price, in words that all three feeds share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import dropwhile

__all__ = ["GLOBAL", "Answer", "Answers", "Ask", "Feed", "FeedError", "Rate", "Step", "Wanted", "charged", "is_twofold"]

GLOBAL = "global"
"""Region of a rate that holds in all."""

Step = tuple[Decimal, Decimal]
"""Units from which a price holds, and USD of one unit."""


class FeedError(Exception):
    """A feed did not answer, or its answer is not whole; the message says which and why, and holds no key."""


@dataclass(frozen=True, order=True)
class Ask:
    """
    One thing that a feed is asked for, and answers whole or not at all.

    Attributes:
        offer: AWS's offer code, Google's service id, Azure's service name.
        region: The region asked for; empty where an answer holds all regions.
        sku: The one SKU asked for; empty for all.
    """

    offer: str
    region: str = ""
    sku: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.offer, self.region, self.sku) if part)


@dataclass(frozen=True)
class Rate:
    """
    A price of a feed.

    Attributes:
        offer: As in `Ask`.
        family: AWS's product family, Google's resource group, Azure's product.
        kind: AWS's operation, Google's usage type, Azure's SKU name.
        meter: AWS's usage type less its region, Google's description, Azure's meter.
        regions: Where it holds.
        unit: What is counted, in the feed's word.
        steps: From the first unit on, in order of their start.
        day: The day the feed is of, ISO 8601.
        sku: Name of the machine, where the feed has it apart from the meter.
    """

    offer: str
    family: str
    kind: str
    meter: str
    regions: frozenset[str]
    unit: str
    steps: tuple[Step, ...]
    day: str
    sku: str = ""

    def holds_in(self, region: str) -> bool:
        """Whether it is a price of that region."""
        return region in self.regions or GLOBAL in self.regions


Answer = tuple[Rate, ...] | FeedError
Answers = Mapping[Ask, Answer]
Wanted = Callable[[str, str], bool]
"""Whether anything is to be done with a meter of an offer: what is not wanted is not kept in memory."""
Feed = Callable[[Ask, Wanted], tuple[Rate, ...]]


def is_twofold(steps: tuple[Step, ...]) -> bool:
    """Whether two prices hold from the same quantity on, so that nobody can say which."""
    return len({start for start, _ in steps}) < len(steps)


def charged(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps without an account's free allowance, which is a first step of price 0; of all zeros, the zero."""
    paid = list(dropwhile(lambda step: step[1] == 0, steps))
    if not paid:
        return ((Decimal(0), Decimal(0)),)
    return ((Decimal(0), paid[0][1]), *paid[1:])
