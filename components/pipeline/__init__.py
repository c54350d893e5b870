"""Pipelines: check the data, train, hold the result against the champion, ask, deploy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Self

import pulumi
from pydantic import Field, StringConstraints, model_validator

from components.base import Component, Result, Spec
from components.endpoint import EndpointSpec
from components.fields import Column, Name, filled_in
from components.pipeline.parity import FEATURES
from components.training import TrainingSpec
from components.units import Duration, Percent, Schedule

__all__ = [
    "FEATURES",
    "ColumnCheck",
    "Event",
    "Expect",
    "Gate",
    "Pipeline",
    "PipelineResult",
    "PipelineSpec",
    "RowCheck",
]

Event = Annotated[
    str,
    StringConstraints(pattern=r"^(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.(?:drift|data_quality|quality|bias|explain)|data)$"),
    Field(
        description="A monitor as <endpoint>.<drift|data_quality|quality|bias|explain>, or data",
        examples=["scorer.drift"],
    ),
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
    """
    One chain from data to a served version: expect, train, hold against the champion, register, approve, roll out.

    Raises:
        ValueError: A gate that bounds nothing.
    """

    train: Name
    """A training of this blueprint."""
    schedule: Schedule | None = None
    on: list[Event] = Field(default=[], max_length=20)
    """What else starts it: a breach that a monitor finds, or new data under the training's inputs."""
    at_most_every: Duration = Duration.parse("6h")
    """A start within so long of the one before is left out, and so is one while a run goes on."""
    expect: Expect | None = None
    gate: Gate | None = None
    deploy: Name | None = None
    """Endpoint that the accepted version goes to; without one, it ends in the registry."""
    approval_wait: Duration = Duration.parse("14d")
    """How long a version waits for its approval before the run gives it up."""
    training: TrainingSpec | None = filled_in("training", None)
    """What `train` names."""
    endpoint: EndpointSpec | None = filled_in("endpoints", None)
    """What `deploy` names."""
    review: list[Event] = filled_in("monitoring.*.on_breach: review", [])
    """Of `on`, what makes a version wait for a person whatever the registry says."""

    @model_validator(mode="after")
    def _gate_bounds(self) -> Self:
        if self.gate and self.gate.better_than == "nothing" and self.gate.at_least is None:
            raise ValueError("its gate lets everything through. Write gate.at_least, or better_than: champion.")
        if self.gate and self.gate.better_than == "champion" and not self.deploy:
            raise ValueError("no endpoint, so no champion. Write deploy, or gate: {better_than: nothing, at_least: …}.")
        return self


@dataclass(frozen=True)
class PipelineResult(Result):
    """
    What starting and following a pipeline takes, on every cloud.

    Attributes:
        pipeline_id: State machine, workflow or Logic App. It is started by schedule and events, or by hand with `{}`,
            or `{"reason": "new features", "force": true}`, which no start before it holds back. A run ends well as
            `skipped`, `rejected`, `registered` or `deployed`, with the figures of the gate and the version; and as
            failed with the step's own reason: `ExpectationsNotMet`, `TrainingFailed`, `NotApproved`, `RolledBack`.
        reports_uri: Where the reports of its steps are.
    """

    pipeline_id: pulumi.Output[str]
    reports_uri: pulumi.Output[str]


class Pipeline(Component):
    """Base of `aws.py`, `gcp.py`, `azure.py`: same spec in, same result out."""

    capability: ClassVar[str] = "pipeline"
    section: ClassVar[str] = "pipelines"
    spec: PipelineSpec
    result: PipelineResult
