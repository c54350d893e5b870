"""How fast an endpoint uses up what its `slo` lets it fail in 28 days, and at which speed people are called."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from components.endpoint import EndpointSpec

__all__ = ["Burn", "burns"]

# At 14.4 times the even speed, 2% of the budget of 28 to 30 days is gone in an hour; at 6 times, 5% in six hours. The
# short window is a twelfth of the long one: the alarm is over soon after the failures are.
# Source: https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
SPEEDS: tuple[tuple[Literal["fast", "slow"], float, int, int], ...] = (("fast", 14.4, 60, 5), ("slow", 6.0, 360, 30))


@dataclass(frozen=True)
class Burn:
    """
    One speed at which a budget must not be used up.

    Attributes:
        signal: Part of `slo` whose budget it is.
        speed: `fast` or `slow`.
        rate: How many times as fast as evenly over 28 days.
        long, short: Minutes of the two windows, in both of which it is that fast.
        budget: Share of the requests that may fail, in hundredths.
    """

    signal: Literal["errors", "availability"]
    speed: Literal["fast", "slow"]
    rate: float
    long: int
    short: int
    budget: float

    @property
    def key(self) -> str:
        """Such as `errors_fast`."""
        return f"{self.signal}_{self.speed}"

    @property
    def share(self) -> float:
        """Share of the requests that fails at this speed, in hundredths; exact, where floats are not."""
        return float(Decimal(str(self.budget)) * Decimal(str(self.rate)))

    def says(self, endpoint: str) -> str:
        """What it means that the alarm is raised."""
        return (
            f"{endpoint} uses up its budget of {self.signal} {self.rate:g} times as fast as 28 days allow, over"
            f" {self.long} and over {self.short} minutes"
        )


def burns(spec: EndpointSpec) -> list[Burn]:
    """
    Each speed of each budget that `slo` names; a speed that even failing always would not reach is left out.

    A budget of 10%, for one, can only be used up ten times as fast as it should be.
    """
    slo = spec.slo
    budgets: list[tuple[Literal["errors", "availability"], float]] = []
    if slo and slo.errors:
        budgets.append(("errors", slo.errors.value))
    if slo and slo.availability:
        budgets.append(("availability", float(100 - Decimal(str(slo.availability.value)))))
    found = [
        Burn(signal, speed, rate, long, short, budget)
        for signal, budget in budgets
        for speed, rate, long, short in SPEEDS
    ]
    return [burn for burn in found if burn.share < 100]
