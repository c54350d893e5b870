"""A played Azure ML in which sweeps run: their trials tell a figure, fail, or wait for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.truth.azure_language import Clock
from tests.truth.azure_ml import Jobs
from tests.truth.azure_workflows import Answer, Request

__all__ = ["Sweeps", "Trial", "tags_of"]


@dataclass(frozen=True)
class Trial:
    """
    A trial that has ended well.

    Attributes:
        figure: Its objective.
        values: What it was told, typed.
        after: Seconds from the start of its sweep to its end.
        tagged: Whether its program has told the tags.
    """

    figure: float
    values: dict[str, Any]
    after: int = 600
    tagged: bool = True


@dataclass
class Sweeps(Jobs):
    """
    Azure ML's sweeps.

    Attributes:
        trials: Of a sweep on spot.
        dedicated_trials: Likewise on dedicated machines.
    """

    trials: Sequence[Trial] = ()
    dedicated_trials: Sequence[Trial] = ()
    names: dict[str, tuple[str, Trial]] = field(default_factory=dict)

    def __call__(self, request: Request, clock: Clock) -> Answer:
        job = request.path.rpartition("/jobs/")[2]
        if request.method == "GET" and job in self.names:
            sweep, trial = self.names[job]
            objective = self.bodies[sweep]["objective"]["primaryMetric"]
            return 200, {"properties": {"status": "Completed", "tags": tags_of(trial, objective)}}
        code, body = super().__call__(request, clock)
        if request.method == "GET" and code == 200:
            best = self._best(job, clock.now.timestamp())
            body["properties"]["properties"] = {"best_child_run_id": best} if best else {}
        return code, body

    def _best(self, job: str, now: float) -> str:
        """What has ended before the sweep was cancelled counts."""
        spot = self.bodies[job]["computeId"].endswith("-spot")
        until = min(now, self.cancelled.get(job, now)) - self.started[job]
        ended = {f"{job}_{n}": t for n, t in enumerate(self.trials if spot else self.dedicated_trials)}
        self.names |= {name: (job, trial) for name, trial in ended.items()}
        told = {name: trial.figure for name, trial in ended.items() if trial.after <= until}
        pick = max if self.bodies[job]["objective"]["goal"] == "Maximize" else min
        return pick(told, key=lambda name: told[name]) if told else ""


def tags_of(trial: Trial, objective: str) -> dict[str, str]:
    """As the program of a trial writes them."""
    text, piece = json.dumps(trial.values), 900
    pieces = {f"groundplan.tuned.{n // piece + 1}": text[n : n + piece] for n in range(0, len(text), piece)}
    return {**pieces, f"groundplan.{objective}": repr(trial.figure)} if trial.tagged else {}
