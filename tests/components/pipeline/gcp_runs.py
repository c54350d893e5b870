"""A project of Google Cloud with the stack's pipeline in it, and what became of its runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.truth.gcp_loop import Execution, LoopProject
from tests.truth.gcp_project import Job
from tests.truth.gcp_stack import PIPELINE, planned, project
from tests.truth.gcp_traffic import Traffic

__all__ = [
    "AUTOMATIC",
    "DAY",
    "HOUR",
    "LINE",
    "MINUTE",
    "TELLS",
    "again",
    "approve",
    "held_by",
    "later",
    "serves",
    "told",
]

AUTOMATIC: dict[str, Any] = {"registry": {"approval": "automatic"}}
LINE = "nightly-pipeline"
TELLS = "tells people"
MINUTE, HOUR, DAY = 60, 3600, 86_400


def held_by(
    tmp_path: Path, *aucs: float, jobs: int = 4, pipeline: dict[str, Any] | None = None, **sections: Any
) -> LoopProject:
    """A project whose trainings come to these figures, one after the other."""
    stack = planned(pipeline={**PIPELINE, **(pipeline or {})}, **sections)
    made = project(tmp_path, stack, jobs=[Job() for _ in range(jobs)], traffic=Traffic(requests=0))
    made.metrics = [{"auc": auc} for auc in aucs]
    return made


def again(held: LoopProject) -> Execution:
    """Start it once more, from within a run."""
    return held._begin(held.executions_of(LINE)[0].name.rpartition("/executions/")[0], {})


def later(held: LoopProject, seconds: float = DAY) -> None:
    held.engine.now += seconds


def told(ended: Execution) -> list[dict[str, Any]]:
    return [entry for entry in ended.log if isinstance(entry, dict) and entry.get("groundplan") == TELLS]


def serves(held: LoopProject) -> list[str]:
    return [model["displayName"].split(" ")[0] for model in held.deployed]


def approve(held: LoopProject, word: str, after: float) -> None:
    """Somebody sets the label of the newest version, so long after it was registered."""

    def decide() -> None:
        for versions in held.models.values():
            versions[-1]["labels"] = {**versions[-1]["labels"], "approval": word}

    held.at(after, decide)
