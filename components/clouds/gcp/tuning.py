"""Hyper-parameter search on Vertex AI: the tuning job that a workflow runs, as the API has it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.base import Component
from components.clouds.gcp.workflow import LONGEST_SOURCE, controller
from components.training.tuning import Tuning, rounds, settings, text_of, wrapped
from components.units import Duration

__all__ = ["LONGEST", "QUEUE", "search"]

TUNE, RUN = (Path(__file__).parents[2] / "training" / f"gcp_{name}.yaml" for name in ("tune", "run"))
LONGEST = Duration.parse("365d")  # a workflow's execution ends after a year
QUEUE = Duration.parse("7d")
"""How long a search on demand waits for machines, which a full quota may hold back."""

LARGEST_ANSWER = 300_000
"""
Bytes of all trials together that a workflow reads at its end: its variables have 512 KiB.

Source: https://cloud.google.com/workflows/quotas#resource_limits
"""
LARGEST_SPACE = 20_000  # characters of what is searched
# Source: https://cloud.google.com/workflows/quotas: 100,000 steps an execution; a look at the search takes five
SHORTEST_REST, LONGEST_REST = 30, 1800  # seconds


def search(
    component: Component, tuning: Tuning, given: Mapping[str, Any], max_wait: Duration, max_run: Duration
) -> gcp.workflows.Workflow:
    """
    The workflow that a search is started from.

    Args:
        component: Whose it is.
        tuning: What is asked.
        given: What the workflow of a run is given.
        max_wait: Longest time of a trial on spot, waiting and running.
        max_run: Longest trial.

    Raises:
        ValueError: Workflows can't watch it, or read what came of it.
    """
    _check(tuning, max_wait, max_run)
    archive = given["archive"]
    words = [word for word in given["words"] if word != "image" or archive is None]
    attempts = [_attempt(tuning, attempt, max_wait, max_run) for attempt in given["attempts"]]
    longest = sum(attempt["max_wait"] for attempt in attempts)
    told = {
        **given,
        "words": words,
        "takes": f"{', '.join(words[:-1])} and {words[-1]}",
        "archive": {**archive, "command": _wrapped(tuning, archive["command"])} if archive else None,
        "command": [] if archive else _wrapped(tuning, given["command"]),
        "attempts": attempts,
        "poll": min(LONGEST_REST, max(SHORTEST_REST, longest // 2000)),
        "limits": {
            "maxTrialCount": tuning.trials,
            "parallelTrialCount": tuning.parallel,
            "maxFailedTrialCount": tuning.trials,  # what some trials come to does not end the others
        },
        "objective": tuning.objective,
        "goal": tuning.goal.upper(),
        "study": _study(tuning),
        "kinds": {name: next(iter(searched)) for name, searched in tuning.parameters.items()},
        "choices": _choices(tuning),
    }
    return controller(
        component,
        "tune",
        TUNE,
        told,
        f"Searches hyper-parameters of {component.name} on Vertex AI",
        "Shorten environment, command, hyperparameters or the choices of tuning.",
        [RUN],
    )


def _check(tuning: Tuning, max_wait: Duration, max_run: Duration) -> None:
    whole = rounds(tuning) * (max_wait.seconds + max_run.seconds) + QUEUE.seconds
    if whole > LONGEST.seconds:
        raise ValueError(
            f"tuning: {rounds(tuning)} rounds of trials on spot and on demand may last {whole // 86_400} days,"
            f" and a workflow that watches them lives {LONGEST}. Write a shorter max_run or spot.max_wait, or more in"
            " parallel."
        )
    one = 120 + sum(len(name) + 50 + max(map(len, _texts(searched))) for name, searched in tuning.parameters.items())
    if one * tuning.trials > LARGEST_ANSWER:
        raise ValueError(
            f"tuning: {tuning.trials} trials of {len(tuning.parameters)} parameters tell {one * tuning.trials} bytes,"
            f" and a workflow reads {LARGEST_ANSWER} at once (https://cloud.google.com/workflows/quotas#resource_limits)."
            f" Write trials: {LARGEST_ANSWER // one}, or shorter names and choices."
        )
    if (size := len(json.dumps(settings(tuning, "gcp", [])))) > LARGEST_SPACE:
        raise ValueError(
            f"tuning.parameters has {size} characters as JSON, and a workflow holds it three times in its"
            f" {LONGEST_SOURCE} bytes (https://cloud.google.com/workflows/quotas#resource_limits)."
            f" Write {LARGEST_SPACE} characters at most: fewer or shorter choices."
        )


def _texts(searched: Mapping[Any, list[Any]]) -> list[str]:
    return [text_of(value) for value in searched.get("choice", [0.1234567890123456])]


def _wrapped(tuning: Tuning, command: list[str] | pulumi.Output[list[str]]) -> list[Any]:
    """Vertex AI puts `--name=value` of each parameter behind it."""
    if not isinstance(command, pulumi.Output):
        return _plain(wrapped(settings(tuning, "gcp", command)))
    *words, _told = wrapped(settings(tuning, "gcp", []))
    return [*words, command.apply(lambda known: _plain(wrapped(settings(tuning, "gcp", known)))[-1])]


def _plain(words: list[str]) -> list[str]:
    """The settings, the last word, as JSON in which Workflows sees no expression, however long it is."""
    return [*words[:-1], words[-1].replace("${", "\\u0024{")]


def _attempt(tuning: Tuning, attempt: Mapping[str, Any], max_wait: Duration, max_run: Duration) -> dict[str, Any]:
    """The same capacity as of a run, for as many rounds; where a run may wait for ever, a search has a week."""
    once = max_wait.seconds if attempt["max_wait"] else max_run.seconds
    queue = 0 if attempt["max_wait"] else QUEUE.seconds
    return {**attempt, "max_wait": ceil(rounds(tuning) * once + queue)}


def _study(tuning: Tuning) -> dict[str, Any]:
    """`StudySpec`; without an algorithm Vertex AI's own, which is Bayesian."""
    stopped = {"medianAutomatedStoppingSpec": {"useElapsedDuration": False}} if tuning.early_stopping else {}
    return {
        **stopped,
        "metrics": [{"metricId": tuning.objective, "goal": tuning.goal.upper()}],
        "parameters": [
            {"parameterId": name, **_spec(*next(iter(searched.items())))}
            for name, searched in tuning.parameters.items()
        ],
    }


def _spec(kind: str, values: list[Any]) -> dict[str, Any]:
    if kind == "choice":
        return {"categoricalValueSpec": {"values": [text_of(value) for value in values]}}
    low, high = values
    if kind == "int":
        return {
            "integerValueSpec": {"minValue": str(int(low)), "maxValue": str(int(high))},
            "scaleType": "UNIT_LINEAR_SCALE",
        }
    scale = "UNIT_LOG_SCALE" if kind == "log" else "UNIT_LINEAR_SCALE"
    return {"doubleValueSpec": {"minValue": low, "maxValue": high}, "scaleType": scale}


def _choices(tuning: Tuning) -> dict[str, list[dict[str, Any]]]:
    """Of each choice the text that Vertex AI knows, and the value it stands for."""
    chosen = {name: searched["choice"] for name, searched in tuning.parameters.items() if "choice" in searched}
    return {name: [{"text": text_of(v), "value": v} for v in values] for name, values in chosen.items()}
