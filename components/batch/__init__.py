"""Batch scoring: a model answers for a whole data set, on a schedule or when it is started."""

from __future__ import annotations

from pydantic import Field

from components.base import Spec
from components.fields import DataPath, Machine, Name
from components.units import Duration, Schedule

__all__ = ["BatchSpec"]


class BatchSpec(Spec):
    """One batch scoring job; the machines are gone when it is done."""

    model: Name
    """The model that answers: a training's name, or a model of the registry."""
    input: DataPath = Field(examples=["data/accounts/"])
    output: DataPath = Field(examples=["data/scores/"])
    schedule: Schedule | None = None
    """When it runs; without one, it runs when it is started."""
    machine: Machine
    replicas: int = Field(default=1, ge=1, le=500)
    """Machines that share the work."""
    spot: bool = True
    """Use reclaimable capacity; what a reclaimed machine had in hand is scored again."""
    max_run: Duration = Duration.parse("12h")
