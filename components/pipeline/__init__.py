"""Pipelines: check the data, train, hold the result against the champion, ask, deploy."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from components.base import Spec
from components.fields import Column, Name
from components.units import Percent, Schedule

__all__ = ["ColumnCheck", "Event", "Expect", "Gate", "PipelineSpec", "RowCheck"]

Event = Annotated[
    str,
    StringConstraints(pattern=r"^(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.(?:drift|quality|bias|explain)|data)$"),
    Field(description="A monitor as <endpoint>.<drift|quality|bias|explain>, or data", examples=["scorer.drift"]),
]


class RowCheck(Spec):
    """How many rows there are."""

    at_least: int | None = Field(default=None, ge=0)
    at_most: int | None = Field(default=None, ge=1)


class ColumnCheck(Spec):
    """What one column holds."""

    min: float | None = None
    max: float | None = None
    missing: Percent | None = None
    """Largest share of rows without a value."""
    unique: bool = False


class Expect(Spec):
    """What the data must look like, or the run stops before it costs anything."""

    rows: RowCheck | None = None
    columns: dict[Column, ColumnCheck] = Field(default={}, max_length=500)


class Gate(Spec):
    """When a candidate is good enough."""

    metric: str = Field(min_length=1, max_length=64, examples=["auc"])
    goal: Literal["maximize", "minimize"] = "maximize"
    better_than: Literal["champion", "nothing"] = "champion"
    """What it is held against: the version that serves, or only `at_least`."""
    by: float = Field(default=0, ge=0)
    """Least advantage."""
    at_least: float | None = None
    """Bound that a candidate must reach (or stay under, to minimize), whatever the champion does."""


class PipelineSpec(Spec):
    """One chain from data to a served version."""

    train: Name
    """A training of this blueprint."""
    schedule: Schedule | None = None
    on: list[Event] = Field(default=[], max_length=20)
    """What else starts it."""
    expect: Expect | None = None
    gate: Gate | None = None
    deploy: Name | None = None
    """Endpoint that the accepted version goes to; without one, it ends in the registry."""
