"""Real-time endpoint: it exists before a first model does, scales itself, and can record what it is asked."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, get_args

import pulumi
from pydantic import Field, field_validator, model_validator

from components.base import Component, Result, Spec
from components.endpoint.forms import SERVERLESS_CONCURRENCY, SERVERLESS_MEMORY, Form, lacks, misfit
from components.endpoint.parity import FEATURES
from components.endpoint.rollout import Metric, Rollout, Shadow, Signal, Slo
from components.endpoint.scale import Hours, Scale, Target, Times
from components.fields import Image, Machine, Name, Runtime, ServingRuntime, filled_in, not_for_ever
from components.units import Duration, Percent, Size

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
    "Times",
]


class Queue(Spec):
    """Requests that wait for a replica of an asynchronous endpoint."""

    max_age: Duration = Duration.parse("1h")
    """A request that has no answer after so long is given up."""
    retain: Duration = Duration.parse("30d")
    """How long requests and answers are kept."""

    @field_validator("retain")
    @classmethod
    def _ends(cls, value: Duration) -> Duration:
        return not_for_ever(value)


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
    One endpoint.

    Raises:
        ValueError: No model, a target that the machine can't have, or a field that its form does not have.
    """

    model: Name | None = None
    """The model whose released version serves: a training's name, or a model of the registry."""
    models: dict[Name, Name] = Field(default={}, max_length=50)
    """In place of `model`: what a caller names, to the model that answers. They share the endpoint's machines where the
    cloud lets them."""
    image: Image | None = None
    """Serving image. Without image and runtime, each release names the image."""
    runtime: ServingRuntime | None = None
    """
    Serving framework or server, whose image the cloud keeps; by default that of the training the model comes from.
    Which cloud has which, and what each wants of a version's files, is in docs/containers.md.
    """
    port: int = Field(default=8080, ge=1024, le=65535)
    """Where a serving image of your own listens."""
    machine: Machine = Machine(cpu=2, memory=Size.parse("8GiB"))
    scale: Scale = Scale()
    capture: Capture | None = None
    form: Form = "realtime"
    """
    `realtime`: machines that stand by. `serverless`: none is yours; it has `memory` and `concurrency` in place of
    `machine` and `scale`. `async`: requests are files, wait in a queue, and their answers are files too.
    """
    slo: Slo | None = None
    """What callers may rely on; each part is watched by an alarm."""
    rollout: Rollout | None = None
    """How a release takes over; without it, at once and for good."""
    shadow: Shadow | None = None
    """A candidate may be released beside what serves, and sees a copy of the traffic."""
    memory: Size | None = None
    """Of a serverless endpoint: memory of a replica; 2GiB where it is not given."""
    concurrency: int | None = Field(default=None, ge=1, le=200)
    """Of a serverless endpoint: most requests that are answered at the same time; 20 where it is not given."""
    queue: Queue | None = None
    """Of an asynchronous endpoint: how long a request may wait, and how long it is kept."""
    runtimes: dict[Name, Runtime] = filled_in("training.*.runtime", {})
    """Of `models`: those that trainings with a runtime make, by the name that a caller gives."""

    @model_validator(mode="after")
    def _a_model(self) -> Self:
        if not self.model and not self.models:
            raise ValueError("it names no model. Write model: and the name of a training, or of a registered model.")
        if self.model and self.models:
            raise ValueError("model and models both say what serves. Write one of them.")
        if self.image and self.runtime:
            raise ValueError("image and runtime both say what serves. Write one of them.")
        return self

    @model_validator(mode="after")
    def _of_its_form(self) -> Self:
        """What is written belongs to the form; what the form needs besides is filled in."""
        wrong = misfit(self)
        if wrong:
            raise ValueError(wrong)
        if self.form == "serverless":
            memory, concurrency = self.memory or SERVERLESS_MEMORY, self.concurrency or SERVERLESS_CONCURRENCY
            self._fill_in(memory=memory, concurrency=concurrency)
        if self.form == "async":
            self._fill_in(queue=self.queue or Queue())
        return self

    def _fill_in(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)  # frozen for others; what was written stays in model_fields_set

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
    def frameworks(self) -> tuple[str, ...]:
        """Those whose images, kept by the cloud, serve on its machines; none where an image of one's own does."""
        if self.image:
            return ()
        return (self.runtime,) if self.runtime else tuple(sorted(set(self.runtimes.values())))

    @property
    def left_out(self) -> frozenset[str]:
        """Fields that its form does not have, whose defaults say nothing."""
        return lacks(self.form)

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
        alarm_ids: Part of `slo`, or metric of `rollout`, to the id of the alarm that watches it; with `models`,
            `<name>_<part>`.
        machine: The cloud's name of the machine; empty where a serverless endpoint has none.
        burn_alarm_ids: `errors_fast`, `errors_slow`, `availability_fast`, `availability_slow` to the id of the alarm
            that the budget of 28 days is used up so fast; no release looks at them. With `models`,
            `<name>_errors_fast`.
        model_urls: With `models`, each one's name to where it is asked; else empty. A release names it too:
            `{"model": "home", "version": "12"}`.
        model_headers: Each one's name to the header, `Name: value`, that a request to its URL must have; empty where
            the URL says it all. An endpoint of SageMaker that scales to zero has one, of its one model, too.
        requests_uri: Of an asynchronous endpoint: where a caller puts a file to have it answered; else None.
        answers_uri: Where the answers to it arrive: `<name of the file>.out`, or `<name of the file>.error`.
    """

    endpoint_id: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    url: pulumi.Output[str]
    capture_uri: pulumi.Output[str] | None
    release_id: pulumi.Output[str]
    alarm_ids: dict[str, pulumi.Output[str]]
    machine: str
    burn_alarm_ids: dict[str, pulumi.Output[str]] = field(default_factory=dict)
    model_urls: dict[str, pulumi.Output[str]] = field(default_factory=dict)
    model_headers: dict[str, pulumi.Output[str]] = field(default_factory=dict)
    requests_uri: pulumi.Output[str] | None = None
    answers_uri: pulumi.Output[str] | None = None


class Endpoint(Component):
    """Base of `aws.py`, `gcp.py`, `azure.py`: same spec in, same result out."""

    capability: ClassVar[str] = "endpoint"
    section: ClassVar[str] = "endpoints"
    spec: EndpointSpec
    result: EndpointResult
