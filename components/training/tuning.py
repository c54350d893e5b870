"""Hyper-parameter search over a training: what is searched, and how each trial is wrapped (docs/tuning.md)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from components.base import Spec
from components.fields import Scalar
from components.units import Duration

__all__ = [
    "METRIC_LINE",
    "TRIAL",
    "Parameter",
    "Tuning",
    "check_wrapped",
    "program",
    "rounds",
    "settings",
    "text_of",
    "wrapped",
]

# What fits each cloud's API; SageMaker's is the tightest. Source:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
Parameter = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_+~][A-Za-z0-9_.:/+~-]{0,127}$"),
    Field(description="Letters, digits and `_.:/+~-`, at most 128", examples=["learning_rate"]),
]
Kind = Literal["int", "float", "log", "choice"]
Metric = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$"),
    Field(description="Letters, digits and `_.-`, at most 64", examples=["auc"]),
]

LIMITS = "https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-limits.html"
MOST = {"trials": (750, "trials"), "parallel": (100, "at a time")}
"""What SageMaker's search is limited to, the tightest. Source: `LIMITS`."""
MOST_PARAMETERS = 30
"""
Parameters of a search, and values of a choice.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-limits.html; Vertex AI and Azure ML take
more.
"""
LONGEST_CHOICE = 256
"""
Characters of a value of a choice.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CategoricalParameterRange.html
"""
LARGEST_INT = 2**53
"""Beyond it the numbers of JSON, which all three services speak, are not exact."""
TAKEN = ("run", "trial", "hyperparameters", "model")
"""What the result of a search says besides the objective."""
OWN_NAMES = ("_tuning", "groundplan_", "model_dir", "sagemaker_")
"""
How the names of hyper-parameters start that SageMaker's containers, or we, set on a trial.

Source: https://github.com/aws/sagemaker-training-toolkit/blob/master/src/sagemaker_training/params.py
"""

TRIAL = "{trial}"
"""Where the name of a trial goes in its variables; our program fills it in."""
METRIC_LINE = r"groundplan: {name}=([-+0-9.e]+);"
"""Regular expression of the line by which a trial tells its figure, where a service reads the log."""


class Tuning(Spec):
    """
    Hyper-parameter search over the training: many trials of it, and the best of them.

    Each trial is a run of the training with values of its own, at most `max_run` long: a search costs `trials` of them
    at most. The training code writes the objective into `metrics.json` in `OUTPUT_DIR`.

    Raises:
        ValueError: A range or choice that is none, or more at a time than there are.
    """

    objective: Metric
    """Name in `metrics.json`: `{"auc": 0.93}`."""
    goal: Literal["maximize", "minimize"]
    trials: int = Field(ge=1, json_schema_extra={"maximum": 750})
    """Most trials."""
    parallel: int = Field(default=1, ge=1, json_schema_extra={"maximum": 100})
    """Trials at a time; a search learns more from few."""
    parameters: dict[Parameter, dict[Kind, list[Scalar]]] = Field(
        min_length=1, max_length=MOST_PARAMETERS, examples=[{"eta": {"log": [0.01, 0.3]}, "depth": {"int": [3, 10]}}]
    )
    """
    Name to what is searched: `{int: [3, 10]}` and `{float: [0.5, 1]}` between two bounds, `{log: [0.01, 0.3]}`
    likewise by orders of magnitude, `{choice: [gbtree, dart]}` among values. A value in `hyperparameters` is what a
    run has by itself; a search takes its own.
    """
    early_stopping: bool = False
    """
    Stop trials that are behind: what they have come to is worse than the median of what others had come to by then.
    The training code writes `metrics.json` anew as it goes on, each time it knows the objective.
    """

    @field_validator("trials", "parallel")
    @classmethod
    def _are_not_too_many(cls, value: int, info: ValidationInfo) -> int:
        most, what = MOST[info.field_name or ""]
        if value > most:
            raise ValueError(
                f"{value} is too large: SageMaker's search has {most} {what} at most ({LIMITS}). Write {most} or less."
            )
        return value

    @field_validator("objective")
    @classmethod
    def _is_free(cls, value: str) -> str:
        if value in TAKEN:
            raise ValueError(f"{value!r} is a word of the search's result. Write another name.")
        return value

    @field_validator("parameters")
    @classmethod
    def _can_be_searched(cls, value: dict[str, dict[Kind, list[Scalar]]]) -> dict[str, dict[Kind, list[Scalar]]]:
        for name, searched in value.items():
            if name.startswith(OWN_NAMES):
                raise ValueError(f"{name!r} is a name that SageMaker's containers set. Write another name.")
            if len(searched) != 1:
                kinds = " and ".join(searched) or "nothing"
                raise ValueError(f"{name} has {kinds}. Write one of int, float, log and choice.")
            ((kind, values),) = searched.items()
            _choice(name, values) if kind == "choice" else _range(name, kind, values)
        return value

    @model_validator(mode="after")
    def _has_as_many(self) -> Self:
        if self.parallel > self.trials:
            raise ValueError(
                f"parallel is {self.parallel}, and there are {self.trials} trials. Write parallel: {self.trials}."
            )
        return self


def _range(name: str, kind: str, values: Sequence[Scalar]) -> None:
    """
    Raises:
        ValueError: It is no range.
    """
    example = {"int": "[3, 10]", "float": "[0.5, 1.0]", "log": "[0.01, 0.3]"}[kind]
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)]
    if len(values) != 2 or len(numbers) != 2:
        raise ValueError(f"{name} is {kind}: {list(values)}, and a range is two numbers. Write {kind}: {example}.")
    low, high = numbers
    if low >= high:
        raise ValueError(f"{name} is {kind}: {list(values)}. Write the smaller number first, and two different ones.")
    if kind == "log" and low <= 0:
        above = f"log: [{high / 1000:g}, {high:g}], or " if high > 0 else ""
        raise ValueError(
            f"{name} is log: {list(values)}, and logarithms start above 0. Write {above}float: {list(values)}."
        )
    if kind == "int" and not all(float(v).is_integer() and abs(v) <= LARGEST_INT for v in numbers):
        raise ValueError(f"{name} is int: {list(values)}. Write whole numbers of at most 15 digits, or float.")


def _choice(name: str, values: Sequence[Scalar]) -> None:
    """
    Raises:
        ValueError: There is nothing to choose, or more than a service takes.
    """
    texts = [text_of(value) for value in values]
    if not 2 <= len(values) <= MOST_PARAMETERS:
        raise ValueError(f"{name} is a choice of {len(values)}. Write 2 to {MOST_PARAMETERS} values.")
    if len(set(texts)) < len(texts):
        raise ValueError(f"{name} is a choice of {texts}, two of which read the same. Write each once.")
    odd = next((t for t in texts if not t or len(t) > LONGEST_CHOICE or not t.isprintable()), None)
    if odd is not None:
        raise ValueError(f"{name} has the choice {odd[:40]!r}. Write 1 to {LONGEST_CHOICE} characters in one line.")
    if any(isinstance(v, float) and not math.isfinite(v) for v in values):
        raise ValueError(f"{name} is a choice of {texts}, and JSON has no number for one of them. Write it as text.")


def text_of(value: Scalar) -> str:
    """A choice as the services know it, and tell it: text, or the JSON of what is none."""
    return value if isinstance(value, str) else json.dumps(value)


def rounds(tuning: Tuning) -> int:
    """How often as many trials as may run at a time are run, one after the other."""
    return -(-tuning.trials // tuning.parallel)


def check_wrapped(tuning: Tuning | None, *, wraps: bool, max_run: Duration) -> None:
    """
    See that a training can be searched over.

    Args:
        tuning: What is asked.
        wraps: Whether the training says what runs: a command, or a runtime.
        max_run: Longest trial.

    Raises:
        ValueError: A trial has nothing to wrap, or the search would not end in time.
    """
    if tuning is None:
        return
    if not wraps:
        raise ValueError(
            "tuning starts each trial by a program of its own, which then starts the training; the entrypoint of an"
            " image is not known to it. Write command: [python3, train.py], or what else the image runs."
        )
    if (longest := rounds(tuning) * max_run.seconds) > LONGEST_SEARCH.seconds:
        raise ValueError(
            f"tuning runs {tuning.trials} trials of {max_run}, {tuning.parallel} at a time, which may last"
            f" {longest // 86_400} days; SageMaker's search lasts {LONGEST_SEARCH} at most ({LIMITS})."
            " Write a shorter max_run, fewer trials, or more in parallel."
        )


LONGEST_SEARCH = Duration.parse("30d")
"""Source: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-limits.html"""


@cache
def program() -> str:
    """The program that a trial starts with."""
    return Path(__file__).with_name("trial.py").read_text("utf-8")


def settings(tuning: Tuning, cloud: str, command: Sequence[str]) -> dict[str, Any]:
    """What the program is told of every trial; `command` is what it starts."""
    return {
        "cloud": cloud,
        "command": list(command),
        "objective": tuning.objective,
        "parameters": {name: dict(searched) for name, searched in tuning.parameters.items()},
        **({"early_stopping": True} if tuning.early_stopping else {}),
    }


def wrapped(told: Mapping[str, Any]) -> list[str]:
    """Words that start the program with its settings; `--name=value` of each parameter comes after."""
    return ["python3", "-c", program(), json.dumps(dict(told))]
