"""Real-time endpoint: it exists before a first model does, scales itself, and can record what it is asked."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal, Self, get_args

import pulumi
from pydantic import Field, field_validator, model_validator

from components.base import Component, Result, Spec
from components.endpoint.parity import FEATURES
from components.endpoint.rollout import Metric, Rollout, Shadow, Signal, Slo
from components.fields import Image, Machine, Name, Runtime, not_for_ever
from components.planned import planned
from components.units import Duration, Percent, Rate, Size

__all__ = [
    "FEATURES",
    "Capture",
    "Endpoint",
    "EndpointResult",
    "EndpointSpec",
    "Hours",
    "Metric",
    "Queue",
    "Rollout",
    "Scale",
    "Shadow",
    "Signal",
    "Slo",
    "Target",
]


class Target(Spec):
    """What the autoscaler holds; exactly one."""

    requests_per_replica: Rate | None = None
    cpu_utilisation: Percent | None = None
    gpu_utilisation: Percent | None = None
    latency: Duration | None = planned("autoscaling by latency")
    concurrent_requests: int | None = planned("autoscaling by concurrent requests")

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


class Hours(Spec):
    """Hours of the day in which more, or fewer, replicas stand by."""

    every: str = Field(
        pattern=r"^(?:daily|weekdays|weekends) (?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:[01][0-9]|2[0-3]):[0-5][0-9]"
        r"(?: [A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*)?$",
        description="Days, from-to, and a time zone (UTC where none is named)",
        examples=["daily 17:00-23:00 Europe/Paris"],
    )
    min: int = Field(ge=0, le=100)
    max: int | None = Field(default=None, ge=1, le=500)


class Queue(Spec):
    """Requests that wait for a replica."""

    max_age: Duration = Duration.parse("1h")
    """A request that waited longer is given up."""


class Scale(Spec):
    """How many replicas serve."""

    min: int = Field(default=1, ge=0, le=100)
    max: int = Field(default=2, ge=1, le=500)
    target: Target | None = None
    """What the autoscaler holds; where it is not given, 60% of CPU, or of the GPU where there is one."""
    schedule: dict[Name, Hours] | None = planned("scheduled scaling")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min ({self.min}) is above max ({self.max}). Write min: {self.max} or less.")
        return self


class Capture(Spec):
    """Record requests and answers in the stack's own store."""

    sample: Percent = Percent.parse("100%")
    retain: Duration = Duration.parse("30d")

    @field_validator("sample")
    @classmethod
    def _some(cls, value: Percent) -> Percent:
        if value.value < 1:
            raise ValueError(f"{value} records next to nothing. Write 1% or more, or leave capture out.")
        return value

    @field_validator("retain")
    @classmethod
    def _ends(cls, value: Duration) -> Duration:
        return not_for_ever(value)


class EndpointSpec(Spec):
    """
    One real-time endpoint.

    Raises:
        ValueError: No model, or a target that the machine can't have.
    """

    model: Name | None = None
    """The model whose released version serves: a training's name, or a model of the registry."""
    models: dict[Name, Name] | None = planned("multi-model endpoints")
    image: Image | None = None
    """Serving image. Without image and runtime, each release names the image."""
    runtime: Runtime | None = None
    """Serving framework, whose image the cloud keeps; by default that of the training the model comes from."""
    port: int = Field(default=8080, ge=1024, le=65535)
    """Where a serving image of your own listens."""
    machine: Machine = Machine(cpu=2, memory=Size.parse("8GiB"))
    scale: Scale = Scale()
    capture: Capture | None = None
    form: Literal["realtime", "serverless", "async"] = planned("serverless and asynchronous endpoints", "realtime")
    slo: Slo | None = None
    """What callers may rely on; each part is watched by an alarm."""
    rollout: Rollout | None = None
    """How a release takes over; without it, at once and for good."""
    shadow: Shadow | None = None
    """A candidate may be released beside what serves, and sees a copy of the traffic."""
    memory: Size | None = planned("serverless endpoints")
    concurrency: int | None = planned("serverless endpoints")
    queue: Queue | None = planned("asynchronous endpoints")

    @model_validator(mode="after")
    def _a_model(self) -> Self:
        if not self.model and not self.models:
            raise ValueError("it names no model. Write model: and the name of a training, or of a registered model.")
        if self.image and self.runtime:
            raise ValueError("image and runtime both say what serves. Write one of them.")
        return self

    @model_validator(mode="after")
    def _something_takes_it_back(self) -> Self:
        rollout, promised = self.rollout, self.promised
        if not rollout:
            return self
        unknown = next((name for name in rollout.rollback_on or () if name not in promised), None)
        if unknown:
            example = {"latency_p99": "200ms", "errors": "1%", "availability": "99.9%"}[unknown]
            raise ValueError(
                f"rollout.rollback_on names {unknown}, and slo has none. Write slo: {{{unknown}: {example}}}."
            )
        if not (self.rollback_on or rollout.metrics):
            raise ValueError("nothing could take a bad version back. Write slo: {errors: 1%, latency_p99: 200ms}.")
        return self

    @property
    def promised(self) -> tuple[Signal, ...]:
        """What of `slo` is given."""
        return tuple(name for name in get_args(Signal) if self.slo and getattr(self.slo, name) is not None)

    @property
    def rollback_on(self) -> tuple[Signal, ...]:
        """What of `slo` takes a version back."""
        if not self.rollout:
            return ()
        chosen = self.rollout.rollback_on
        return self.promised if chosen is None else tuple(name for name in self.promised if name in chosen)

    @model_validator(mode="after")
    def _target_fits_machine(self) -> Self:
        target = self.scale.target
        if target and target.gpu_utilisation and not (self.machine.is_gpu or self.machine.type):
            raise ValueError(
                "scale.target.gpu_utilisation needs a machine with an accelerator."
                " Write cpu_utilisation, or add accelerator or gpu_memory to machine."
            )
        return self

    @property
    def target(self) -> Target:
        """What the autoscaler holds, the default filled in."""
        if self.scale.target:
            return self.scale.target
        share = Percent.parse("60%")
        return Target(gpu_utilisation=share) if self.machine.is_gpu else Target(cpu_utilisation=share)


@dataclass(frozen=True)
class EndpointResult(Result):
    """
    What calling an endpoint and releasing a version to it takes, on every cloud.

    Attributes:
        endpoint_id, endpoint_name: The cloud's own.
        url: Where to POST, from inside the private network.
        capture_uri: Where requests and answers are recorded; None without capture.
        release_id: What puts a version into service: state machine, workflow, Logic App. It is started with
            `{"version": "12"}` (and `"image"`, which serves it in place of the version's own), and ends well only when
            the version serves. With a rollout an alarm makes it end as failed, error `RolledBack`, and the former
            version serves. `{"shadow": "13"}` puts a version into the shadow, `{"shadow": ""}` takes it away.
        alarm_ids: Part of `slo`, or metric of `rollout`, to the id of the alarm that watches it.
        machine: The cloud's name of the machine.
        burn_alarm_ids: `errors_fast`, `errors_slow`, `availability_fast`, `availability_slow` to the id of the alarm
            that the budget of 28 days is used up so fast; no release looks at them.
    """

    endpoint_id: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    url: pulumi.Output[str]
    capture_uri: pulumi.Output[str] | None
    release_id: pulumi.Output[str]
    alarm_ids: dict[str, pulumi.Output[str]]
    machine: str
    burn_alarm_ids: dict[str, pulumi.Output[str]] = field(default_factory=dict)


class Endpoint(Component):
    """Base of `aws.py`, `gcp.py`, `azure.py`: same spec in, same result out."""

    capability: ClassVar[str] = "endpoint"
    section: ClassVar[str] = "endpoints"
    spec: EndpointSpec
    result: EndpointResult
