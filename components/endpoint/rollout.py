"""How a new version takes over: steps, bake time, and what makes it go back."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from components.base import Spec
from components.units import Duration, Percent

__all__ = ["Rollout", "Shadow", "Slo"]


class Slo(Spec):
    """What callers may rely on, over 28 days."""

    latency_p99: Duration | None = None
    errors: Percent | None = None
    availability: Percent | None = None


class Rollout(Spec):
    """
    Traffic moves to a new version step by step; an alarm moves it back.

    Raises:
        ValueError: Steps that don't rise, or reach 100%.
    """

    strategy: Literal["canary", "blue-green", "all-at-once"] = "canary"
    steps: list[Percent] = Field([Percent.parse("10%")], max_length=10)
    """Shares of the traffic that the new version takes, one after the other; then all of it."""
    bake: Duration = Duration.parse("15m")
    """How long each step is watched."""
    rollback_on: list[Literal["latency_p99", "errors", "availability"]] = ["latency_p99", "errors"]

    @field_validator("steps")
    @classmethod
    def _rise(cls, steps: list[Percent]) -> list[Percent]:
        shown = f"[{', '.join(map(str, steps))}]"
        if steps != sorted(set(steps)):
            better = f"[{', '.join(map(str, sorted(set(steps))))}]"
            raise ValueError(f"steps must rise; got {shown}. Write {better}.")
        if steps and not 0 < steps[0].value <= steps[-1].value < 100:
            raise ValueError(f"steps lie between 0% and 100%; got {shown}. The last step to 100% is understood.")
        return steps

    @model_validator(mode="after")
    def _steps_suit(self) -> Self:
        if self.strategy != "canary":
            if "steps" in self.model_fields_set and self.steps:
                raise ValueError(f"{self.strategy} has no steps. Leave steps out, or write strategy: canary.")
            object.__setattr__(self, "steps", [])
        return self


class Shadow(Spec):
    """A candidate version sees a copy of the traffic; its answers go nowhere."""

    sample: Percent = Percent.parse("20%")
