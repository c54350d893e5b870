"""How a new version takes over: steps, bake time, and what makes it go back."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, StringConstraints, field_validator, model_validator

from components.base import Spec
from components.units import Duration, Latency, Percent

__all__ = ["MOST_METRICS", "Metric", "Rollout", "Shadow", "Signal", "Slo"]

Signal = Literal["latency_p99", "errors", "availability"]
MOST_METRICS = 5
LONGEST_BAKE = Duration.parse("1h")
"""
Longest watch of one step: SageMaker waits no longer between two shifts.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html (0 to 3600 seconds)
"""
SHORTEST_BAKE = Duration.parse("1m")
LONGEST_ANSWER = Latency.parse("60s")
"""
Longest that a request may take where it is shortest: 60 s.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""


class Metric(Spec):
    """
    A number of your own that a version answers for, published by who measures it; see `docs/metrics.md`.

    Raises:
        ValueError: No bound, or two.
    """

    above: float | None = None
    """Breach when a minute's mean is higher."""
    below: float | None = None
    """Breach when a minute's mean is lower."""

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.below is None) == (self.above is None):
            raise ValueError("one bound, below or above. Write above: and the value that takes a version back.")
        return self


class Slo(Spec):
    """
    What callers may rely on, over 28 days.

    Raises:
        ValueError: Nothing, or a share that can't be kept.
    """

    latency_p99: Latency | None = None
    """99 of 100 answers come within this, the network outside the stack not counted."""
    errors: Percent | None = None
    """Share of requests that may be answered with a 4xx or 5xx status."""
    availability: Percent | None = None
    """Share of requests that must not fail by the endpoint's own fault, a 5xx status."""

    @model_validator(mode="after")
    def _promises_something(self) -> Self:
        if not (self.latency_p99 or self.errors or self.availability):
            raise ValueError("it promises nothing. Write {latency_p99: 200ms, errors: 1%}, or leave slo out.")
        return self

    @field_validator("latency_p99")
    @classmethod
    def _measurable(cls, value: Latency | None) -> Latency | None:
        if value and value > LONGEST_ANSWER:
            raise ValueError(f"{value} is longer than an endpoint may take ({LONGEST_ANSWER}). Write 200ms or so.")
        return value

    @field_validator("errors", "availability")
    @classmethod
    def _partly(cls, value: Percent | None) -> Percent | None:
        if value and not 0 < value.value < 100:
            raise ValueError(f"{value} can't be held against an alarm. Write errors: 1% or availability: 99.9%.")
        return value


class Rollout(Spec):
    """
    Traffic moves to a new version step by step; an alarm moves it back to the last that was stable.

    Raises:
        ValueError: Steps that don't rise, or reach 100%; a bake time that no step can have.
    """

    strategy: Literal["canary", "blue-green"] = "canary"
    """`canary`: by `steps`. `blue-green`: all at once, with the former version standing by for `bake`."""
    steps: list[Percent] = Field([Percent.parse("10%")], max_length=10)
    """Shares of the traffic that the new version takes, one after the other; then all of it."""
    bake: Duration = Duration.parse("15m")
    """How long each step, and the last one to all of the traffic, is watched."""
    rollback_on: list[Signal] | None = None
    """What of `slo` takes a version back; all of it, where this is not given."""
    metrics: dict[
        Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$", max_length=40)], Metric
    ] = Field(default={}, max_length=MOST_METRICS, examples=[{"refunds": {"above": 3}}])
    """Numbers of your own that take a version back too."""

    @field_validator("metrics")
    @classmethod
    def _of_your_own(cls, metrics: dict[str, Metric]) -> dict[str, Metric]:
        taken = next((name for name in metrics if name in get_args(Signal)), None)
        if taken:
            raise ValueError(
                f"{taken} is part of slo. Write slo: {{{taken}: …}}, and another name for one of your own."
            )
        return metrics

    @field_validator("steps")
    @classmethod
    def _rise(cls, steps: list[Percent]) -> list[Percent]:
        shown = f"[{', '.join(map(str, steps))}]"
        if steps != sorted(set(steps)):
            better = f"[{', '.join(map(str, sorted(set(steps))))}]"
            raise ValueError(f"steps must rise; got {shown}. Write {better}.")
        if steps and not 0 < steps[0].value <= steps[-1].value < 100:
            raise ValueError(f"steps lie between 0% and 100%; got {shown}. The last step to 100% is understood.")
        if any(step.value != int(step.value) for step in steps):
            raise ValueError(f"steps are whole hundredths of the traffic; got {shown}. Write 10%, not 10.5%.")
        return steps

    @field_validator("bake")
    @classmethod
    def _watched(cls, bake: Duration) -> Duration:
        if not SHORTEST_BAKE <= bake <= LONGEST_BAKE:
            raise ValueError(f"{bake}: a step is watched for {SHORTEST_BAKE} to {LONGEST_BAKE}. Write 15m or so.")
        return bake

    @model_validator(mode="after")
    def _steps_suit(self) -> Self:
        if self.strategy != "canary":
            if "steps" in self.model_fields_set and self.steps:
                raise ValueError(f"{self.strategy} has no steps. Leave steps out, or write strategy: canary.")
            object.__setattr__(self, "steps", [])
        elif not self.steps:
            raise ValueError("a canary without steps moves all traffic at once. Write steps: [10%, 50%].")
        return self

    @property
    def equal(self) -> bool:
        """Whether the steps are one, or each as large as the first, up to all of the traffic."""
        shares = [0.0, *(step.value for step in self.steps), 100.0]
        widths = {round(b - a, 6) for a, b in pairwise(shares)}
        return len(self.steps) == 1 or len(widths) == 1


class Shadow(Spec):
    """A candidate version sees a copy of the traffic; its answers go nowhere."""

    sample: Percent = Percent.parse("20%")
    """Share of the requests that is copied."""

    @field_validator("sample")
    @classmethod
    def _some(cls, value: Percent) -> Percent:
        if value.value < 1 or value.value != int(value.value):
            raise ValueError(f"{value} is no whole share of the requests. Write 20% or so.")
        return value
