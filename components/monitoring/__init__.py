"""Monitoring of a served model: drift, data quality, quality, bias and explanations, and what a breach sets off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Self, get_args

import pulumi
from pydantic import AfterValidator, Field, model_validator

from components.base import Component, Result, Spec
from components.endpoint import EndpointSpec
from components.fields import Column, DataPath, filled_in
from components.monitoring.parity import FEATURES
from components.units import Duration, Percent, Quantity

__all__ = [
    "FEATURES",
    "Bias",
    "DataQuality",
    "Drift",
    "Explain",
    "MonitorSpec",
    "Monitoring",
    "MonitoringResult",
    "Quality",
    "Signal",
    "Windows",
]

Signal = Literal["drift", "data_quality", "quality", "bias", "explain"]
SIGNALS: tuple[Signal, ...] = get_args(Signal)
WINDOWS = tuple(map(Duration.parse, ("1h", "2h", "3h", "4h", "6h", "8h", "12h", "1d")))
"""Lengths of a window: those that a day is a whole number of, so that a window begins at the same times each day."""
MOST_WINDOWS = 7
"""
CloudWatch looks back a week at most where a period is a day.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""


def _window(every: Duration) -> Duration:
    if every not in WINDOWS:
        raise ValueError(
            f"{every} is no length of a window. Write {', '.join(map(str, WINDOWS[:-1]))} or {WINDOWS[-1]}."
        )
    return every


Window = Annotated[Duration, AfterValidator(_window)]


@dataclass(frozen=True)
class Windows(Quantity):
    """How many of the last windows must breach before anybody is called."""

    breaches: int
    of: int

    pattern: ClassVar[str] = r"[1-9][0-9]? of [1-9][0-9]?"
    examples: ClassVar[tuple[str, ...]] = ("2 of 3", "1 of 1")

    @classmethod
    def parse(cls, text: str) -> Self:
        breaches, of = (int(n) for n in text.split(" of "))
        if breaches > of:
            raise ValueError(f"{text!r}: no more than {of} of {of} windows can breach. Write {of} of {of}.")
        if of > MOST_WINDOWS:
            raise ValueError(
                f"{text!r}: no more than {MOST_WINDOWS} windows are looked at. Write {breaches} of 7 or less."
            )
        return cls(breaches, of)

    def __str__(self) -> str:
        return f"{self.breaches} of {self.of}"


class Drift(Spec):
    """Inputs, or answers, that no longer look like those of the training."""

    metric: Literal["psi", "js", "ks", "wasserstein"] = "psi"
    """
    `psi`: population stability index. `js`: Jensen-Shannon distance, 0 to 1. `ks`: largest gap between the two
    distributions, 0 to 1. `wasserstein`: earth mover's distance in standard deviations of the baseline.
    """
    above: float = Field(default=0.2, gt=0)
    """Distance of one column, or of the answers, at which the window breaches."""
    windows: Windows = Windows(2, 3)
    """How many of the last windows must breach."""
    every: Window = Duration.parse("1h")
    """Length of a window."""
    columns: list[Column] = Field(default=[], max_length=200)
    """Columns that count; all where none is named."""


class DataQuality(Spec):
    """Requests with values that the baseline would not have: missing, of another type, of an unknown kind."""

    above: Percent = Percent.parse("5%")
    """Share of the rows at which the window breaches."""
    windows: Windows = Windows(2, 3)
    every: Window = Duration.parse("1h")


class Quality(Spec):
    """
    Answers held against what turned out to be true.

    Raises:
        ValueError: No bound, or two.
    """

    labels: DataPath = Field(examples=["data/chargebacks/"])
    """Where the truth arrives: files with the columns `key` and `label`."""
    key: Column = "id"
    """Column that a request and its label share; `id` is the id that the cloud gave the request."""
    label: Column = "label"
    """Column that holds the truth."""
    delay: Duration = Duration.parse("24h")
    """How long after the answer the truth is known."""
    metric: Literal["accuracy", "auc", "f1", "precision", "recall", "mae", "mape", "rmse", "r2"]
    below: float | None = None
    """Breach when the metric is lower: for those where more is better."""
    above: float | None = None
    """Breach when the metric is higher: for errors."""
    windows: Windows = Windows(1, 1)
    every: Window = Duration.parse("1d")

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.below is None) == (self.above is None):
            side = "above" if self.metric in ("mae", "mape", "rmse") else "below"
            raise ValueError(f"one bound, below or above. Write {side}: and the value that alarms.")
        return self


class Bias(Spec):
    """Answers that differ between groups of people."""

    facet: Column = Field(examples=["age_group"])
    """Column that tells the groups apart."""
    metric: Literal["dpl", "di", "ddpl", "accuracy_difference", "recall_difference"] = "dpl"
    """
    `dpl`: difference of the shares of positive answers. `di`: how far their ratio is from 1. `ddpl`: a group's share of
    all rejections less that of all acceptances. The others compare with the truth, and so need `quality`.
    """
    above: float = Field(default=0.1, gt=0, le=1)
    windows: Windows = Windows(1, 1)
    every: Window = Duration.parse("1d")


class Explain(Spec):
    """
    Answers in which the columns weigh otherwise than in what the model was to learn.

    Nobody asks the model anything: the weights are those of a surrogate, which learns the recorded answers from the
    recorded inputs.
    """

    sample: int = Field(default=500, ge=100, le=100_000)
    """Requests of a window that the surrogate sees at most, and rows of the baseline."""
    above: float = Field(default=0.1, gt=0, lt=1)
    """1 less the NDCG of the columns' ranking, at which the window breaches; SageMaker Clarify takes 0.1."""
    answers: Column | None = None
    """Column of the baseline with a model's own answers, which its weights are of; `target` where there is none."""
    windows: Windows = Windows(1, 1)
    every: Window = Duration.parse("1d")


class MonitorSpec(Spec):
    """
    What is watched on one endpoint, whose `capture` records what it is asked.

    Raises:
        ValueError: Nothing is; or bias that needs the truth, without `quality`.
    """

    baseline: DataPath | None = None
    """What windows are held against: a table with the columns of a request, and `target`; by default what the model's
    training reads as `train`, or its only input."""
    target: Column = "label"
    """Column of the baseline that the model learns."""
    drift: Drift | None = None
    data_quality: DataQuality | None = None
    quality: Quality | None = None
    bias: Bias | None = None
    explain: Explain | None = None
    on_breach: Literal["alert", "retrain", "review"] = "alert"
    """
    `alert`: people are told. `retrain`: the pipelines that name the monitor start too. `review`: they start, and a
    person approves what comes out, whatever the registry says.
    """
    endpoint: EndpointSpec | None = filled_in("endpoints", None)
    """The endpoint that is watched; the blueprint fills it in."""

    @model_validator(mode="after")
    def _watches_something(self) -> Self:
        if not self.signals:
            raise ValueError("it watches nothing. Write drift: {metric: psi, above: 0.2}, or quality or bias.")
        if self.bias and self.bias.metric.endswith("_difference") and not self.quality:
            raise ValueError(
                f"bias.metric {self.bias.metric} compares with the truth. Add quality, or write metric: dpl."
            )
        return self

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What is watched."""
        return tuple(name for name in SIGNALS if getattr(self, name))

    @property
    def schedules(self) -> dict[Duration, tuple[Signal, ...]]:
        """Length of a window to what is watched over it: one run of the step each."""
        lengths = sorted({getattr(self, name).every for name in self.signals})
        return {every: tuple(n for n in self.signals if getattr(self, n).every == every) for every in lengths}


@dataclass(frozen=True)
class MonitoringResult(Result):
    """
    What reading a monitor takes, on every cloud.

    Attributes:
        monitor_id: What looks at one window: state machine, workflow, Logic App. It is started by its schedules, or by
            hand with `{"signals": ["drift"], "hours": 1}`.
        alarm_ids: Signal to the id of the alarm that its breaches raise; `drift` is of columns and of answers.
        reports_uri: Where each window's `report.json` is.
    """

    monitor_id: pulumi.Output[str]
    alarm_ids: dict[str, pulumi.Output[str]]
    reports_uri: pulumi.Output[str]


class Monitoring(Component):
    """Base of `aws.py`, `gcp.py`, `azure.py`: same spec in, same result out."""

    capability: ClassVar[str] = "monitoring"
    section: ClassVar[str] = "monitoring"
    spec: MonitorSpec
    result: MonitoringResult
