"""How many replicas of an endpoint serve, when, and what decides it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Self
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from components.base import Spec
from components.fields import Name
from components.units import Latency, Percent, Quantity, Rate

__all__ = ["Hours", "Scale", "Target", "Times"]

DAY = 24 * 60  # minutes
DAYS = {"daily": range(7), "weekdays": range(5), "weekends": range(5, 7)}


class Target(Spec):
    """What the autoscaler holds; exactly one."""

    requests_per_replica: Rate | None = None
    cpu_utilisation: Percent | None = None
    gpu_utilisation: Percent | None = None
    latency: Latency | None = None
    """Mean time of an answer."""
    concurrent_requests: int | None = Field(default=None, ge=1, le=1000)
    """Requests that a replica answers at the same time."""

    @field_validator("cpu_utilisation", "gpu_utilisation")
    @classmethod
    def _some(cls, value: Percent | None) -> Percent | None:
        if value and value.value < 1:
            raise ValueError(f"{value} can't be held: a replica that stands by takes more. Write 60% or so.")
        return value

    @model_validator(mode="after")
    def _one(self) -> Self:
        asked = [n for n in type(self).model_fields if getattr(self, n) is not None]
        if len(asked) != 1:
            raise ValueError(
                f"one target, not {len(asked)}{': ' + ', '.join(asked) if asked else ''}."
                " Write {requests_per_replica: 200/min} or {cpu_utilisation: 60%}."
            )
        return self


@dataclass(frozen=True)
class Times(Quantity):
    """
    Hours that come again, in a time zone (UTC where none is named); they may end on the next day.

    Attributes:
        days: Days on which they begin; 0 is Monday.
        begin, end: Minutes after midnight.
        zone: IANA time zone.
    """

    days: tuple[int, ...]
    begin: int
    end: int
    zone: str
    text: str

    pattern: ClassVar[str] = (
        r"(?:daily|weekdays|weekends) (?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:[01][0-9]|2[0-3]):[0-5][0-9]"
        r"(?: [A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*)?"
    )
    examples: ClassVar[tuple[str, ...]] = ("daily 17:00-23:00 Europe/Paris", "weekdays 08:00-18:00")

    @classmethod
    def parse(cls, text: str) -> Self:
        every, hours, *zone = text.split()
        begin, end = (int(h) * 60 + int(m) for h, m in re.findall(r"(\d\d):(\d\d)", hours))
        if begin == end:
            raise ValueError(f"{text!r} begins when it ends. Write daily 08:00-18:00, or another scale.min.")
        found = zone[0] if zone else "UTC"
        if found not in available_timezones():
            raise ValueError(f"{found!r} is not a time zone. Write one such as Europe/Paris or UTC.")
        return cls(tuple(DAYS[every]), begin, end, found, text)

    @property
    def ends_next_day(self) -> bool:
        """Whether midnight is among the hours."""
        return self.end < self.begin

    @property
    def end_days(self) -> tuple[int, ...]:
        """Days on which they end; 0 is Monday."""
        return tuple(sorted((day + self.ends_next_day) % 7 for day in self.days))

    def meets(self, other: Times) -> bool:
        """Whether some moment of a week is in both, as if their time zones were the same."""
        return bool(self._minutes & other._minutes)

    @property
    def share(self) -> float:
        """Fraction of all time that is within them."""
        return len(self._minutes) / (7 * DAY)

    @property
    def _minutes(self) -> set[int]:
        length = (self.end - self.begin) % DAY
        return {(day * DAY + self.begin + n) % (7 * DAY) for day in self.days for n in range(length)}

    def __str__(self) -> str:
        return self.text


class Hours(Spec):
    """Hours in which more, or fewer, replicas stand by."""

    every: Times
    """Days, from-to, and a time zone."""
    min: int = Field(ge=0, le=100)
    max: int | None = Field(default=None, ge=1, le=500)
    """As many as at other hours, where it is not given."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max is not None and self.min > self.max:
            raise ValueError(f"min ({self.min}) is above max ({self.max}). Write min: {self.max} or less.")
        return self


class Scale(Spec):
    """How many replicas serve."""

    min: int = Field(default=1, ge=0, le=100)
    max: int = Field(default=2, ge=1, le=500)
    target: Target | None = None
    """What the autoscaler holds; where it is not given, 60% of CPU, or of the GPU where there is one."""
    schedule: dict[Name, Hours] = Field(default={}, max_length=16)
    """Hours of the day or week that have other bounds."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min ({self.min}) is above max ({self.max}). Write min: {self.max} or less.")
        high = next((name for name, hours in self.schedule.items() if hours.max is None and hours.min > self.max), None)
        if high:
            least = self.schedule[high].min
            raise ValueError(
                f"schedule.{high}.min ({least}) is above max ({self.max}). Write schedule.{high}.max: {least} or more."
            )
        return self

    @model_validator(mode="after")
    def _one_clock(self) -> Self:
        for (first, a), (second, b) in combinations(self.schedule.items(), 2):
            if a.every.zone != b.every.zone:
                raise ValueError(
                    f"schedule.{first} is in {a.every.zone} and schedule.{second} in {b.every.zone}: which of them ends"
                    f" first changes with daylight saving. Write both in {a.every.zone}."
                )
            if a.every.meets(b.every):
                raise ValueError(
                    f"schedule.{first} ({a.every}) and schedule.{second} ({b.every}) have hours in common."
                    " Let one end where the other begins."
                )
        return self

    def bounds(self, hours: Hours) -> tuple[int, int]:
        """Least and most replicas in the hours."""
        return hours.min, hours.max or self.max

    @property
    def mean_bounds(self) -> tuple[float, float]:
        """Least and most replicas, as a mean over all hours."""
        least: float = self.min
        most: float = self.max
        for hours in self.schedule.values():
            low, high = self.bounds(hours)
            least += hours.every.share * (low - self.min)
            most += hours.every.share * (high - self.max)
        return least, most
