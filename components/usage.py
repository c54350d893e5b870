"""How much a stack is used: what an estimate assumes, and what a team knows better."""

from __future__ import annotations

from pydantic import Field

from components.base import Spec
from components.fields import Name
from components.units import Count, Duration, Percent, Size

__all__ = ["EndpointUsage", "NotebookUsage", "TrainingUsage", "UsageSpec"]


class EndpointUsage(Spec):
    """What an endpoint is asked in a month."""

    requests: Count = Count.parse("1M")
    """Requests a month."""
    request_size: Size = Size.parse("4KiB")
    """Of a request."""
    answer_size: Size = Size.parse("1KiB")
    """Of an answer."""
    answer_time: float = Field(default=0.1, gt=0, le=3600)
    """Seconds of work for an answer; serverless is paid by it."""
    replicas: float | None = Field(default=None, ge=0, le=10_000)
    """Replicas that run on average; by default the least there may be."""
    releases: float = Field(default=4, ge=0, le=1000)
    """Versions a month."""
    disk: Size = Size.parse("30GiB")
    """Volume of each replica, where the cloud takes a size of its own choice."""


class TrainingUsage(Spec):
    """How often a training runs."""

    runs: float = Field(default=1, ge=0, le=10_000)
    """Runs a month, besides those of pipelines."""
    hours: float | None = Field(default=None, gt=0, le=10_000)
    """Length of a run; by default `max_run`, the longest it may be."""
    searches: float = Field(default=1, ge=0, le=1000)
    """Searches of hyper-parameters a month, where there is one."""


class NotebookUsage(Spec):
    """How long notebooks are open."""

    hours: float = Field(default=160, ge=0, le=744)
    """Of each person in a month: 20 days of 8 hours."""


class UsageSpec(Spec):
    """What a month of the stack holds and does, as far as the blueprint does not say. It changes no resource."""

    data: Size = Size.parse("100GiB")
    """Training data in the data store."""
    artifacts: Size = Size.parse("50GiB")
    """Checkpoints and models in the artifact store."""
    images: Size = Size.parse("10GiB")
    """In each of the stack's image repositories."""
    pushes: float = Field(default=4, ge=0, le=100_000)
    """Images that are pushed in a month; each is scanned."""
    tracked: Size = Size.parse("1GiB")
    """What runs have logged, held where experiments are tracked."""
    logs: Size = Size.parse("10GiB")
    """Logs written in a month, by all that the stack runs."""
    features: Size = Size.parse("10GiB")
    """In the feature store, offline and online each."""
    feature_reads: Count = Count.parse("1M")
    """Values read online in a month."""
    feature_writes: Count = Count.parse("1M")
    """Values written online in a month."""
    private_traffic: Size = Size.parse("100GiB")
    """What goes through private endpoints in a month."""
    overwritten: Percent = Percent.parse("10%")
    """Share of what is stored that is overwritten or deleted in a month; old versions stay for `keep_versions`."""
    object_writes: Count = Count.parse("100K")
    """Objects that are written to the stores, or deleted there, in a month."""
    object_reads: Count = Count.parse("1M")
    """Objects that are read from the stores in a month."""
    changes: Count = Count.parse("10K")
    """Calls in a month that change something, by people and by what the stack runs; the audit trail records each."""
    flow_logs: Size = Size.parse("1GiB")
    """Records of network connections, written in a month."""
    alerts: float = Field(default=100, ge=0, le=1_000_000)
    """Alerts that the stack sends in a month, each to everyone who is to be told."""
    window: Duration = Duration.parse("10m")
    """How long a monitor's step, a check of data, a judgement or a materialization of features runs."""
    endpoints: dict[Name, EndpointUsage] = Field(default={}, max_length=500)
    training: dict[Name, TrainingUsage] = Field(default={}, max_length=500)
    notebooks: dict[Name, NotebookUsage] = Field(default={}, max_length=500)

    def endpoint(self, name: str) -> EndpointUsage:
        """What is assumed of an endpoint."""
        return self.endpoints.get(name, EndpointUsage())

    def trained(self, name: str) -> TrainingUsage:
        """What is assumed of a training."""
        return self.training.get(name, TrainingUsage())

    def opened(self, name: str) -> NotebookUsage:
        """What is assumed of notebooks."""
        return self.notebooks.get(name, NotebookUsage())
