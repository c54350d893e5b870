"""Monitoring of a served model: drift, quality, bias and explanations, and what a breach sets off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from components.base import Spec
from components.fields import Column, DataPath
from components.units import Duration, Quantity

__all__ = ["Bias", "Drift", "Explain", "MonitorSpec", "Quality", "Windows"]


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
        return cls(breaches, of)

    def __str__(self) -> str:
        return f"{self.breaches} of {self.of}"


class Drift(Spec):
    """Inputs that no longer look like those of the training."""

    metric: Literal["psi", "js", "ks", "wasserstein"] = "psi"
    above: float = Field(default=0.2, gt=0)
    """Distance of one column at which the window breaches."""
    windows: Windows = Windows(2, 3)
    every: Duration = Duration.parse("1h")
    """Length of a window."""
    columns: list[Column] = []
    """Columns that count; all where none is named."""


class Quality(Spec):
    """
    Answers held against what turned out to be true.

    Raises:
        ValueError: No bound, or two.
    """

    labels: DataPath = Field(examples=["data/chargebacks/"])
    """Where the truth arrives."""
    delay: Duration = Duration.parse("24h")
    """How long after the answer the truth is known."""
    metric: Literal["accuracy", "auc", "f1", "precision", "recall", "mae", "mape", "rmse", "r2"]
    below: float | None = None
    """Breach when the metric is lower: for those where more is better."""
    above: float | None = None
    """Breach when the metric is higher: for errors."""
    windows: Windows = Windows(1, 1)
    every: Duration = Duration.parse("1d")

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
    above: float = Field(default=0.1, gt=0)
    every: Duration = Duration.parse("1d")


class Explain(Spec):
    """How much each input weighs in the answers, and whether that changes."""

    method: Literal["shap", "integrated_gradients"] = "shap"
    sample: int = Field(default=500, ge=10, le=100_000)
    """Requests explained in a window."""
    above: float = Field(default=0.2, gt=0)
    """Change of the ranking of the inputs at which the window breaches."""
    every: Duration = Duration.parse("1d")


class MonitorSpec(Spec):
    """
    What is watched on one endpoint.

    Raises:
        ValueError: Nothing is.
    """

    drift: Drift | None = None
    quality: Quality | None = None
    bias: Bias | None = None
    explain: Explain | None = None
    on_breach: Literal["alert", "retrain", "review"] = "alert"

    @model_validator(mode="after")
    def _watches_something(self) -> Self:
        if not (self.drift or self.quality or self.bias or self.explain):
            raise ValueError("it watches nothing. Write drift: {metric: psi, above: 0.2}, or quality, bias or explain.")
        return self
