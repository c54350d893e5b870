"""Plays Vertex AI's searches to a workflow: trials end as a test says, and what is sent is held against the API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.truth.gcp_project import NOT_FOUND, Project
from tests.truth.gcp_workflow_engine import Reply

__all__ = ["Search", "Tuner", "only", "trial"]

_FIELD = re.compile(r"([A-Za-z.]+)(?:\(([^)]*)\))?")


def trial(number: int, value: float | None, *, reason: str = "", **parameters: Any) -> dict[str, Any]:
    """A trial as Vertex AI tells it: with its figure, or with why it has none."""
    told = [{"parameterId": name, "value": value} for name, value in parameters.items()]
    found: dict[str, Any] = {"id": str(number), "parameters": told, "startTime": "2026-11-21T10:00:00Z"}
    if value is None:
        return {**found, "state": "INFEASIBLE", "infeasibleReason": reason or "the replica exited with 1"}
    return {**found, "state": "SUCCEEDED", "finalMeasurement": {"metrics": [{"metricId": "auc", "value": value}]}}


@dataclass(frozen=True)
class Search:
    """
    What becomes of the next search.

    Attributes:
        trials: As they are told, from the start on.
        state: The state it ends in; empty: its trials never start.
        after: Seconds until then.
        error: Its error, where it fails.
        refused: HTTP code that it is refused with.
    """

    trials: tuple[dict[str, Any], ...] = ()
    state: str = "JOB_STATE_SUCCEEDED"
    after: float = 7200
    error: Mapping[str, Any] | None = None
    refused: int = 0


@dataclass
class Tuner(Project):
    """
    A project in which searches run.

    Attributes:
        searches: What becomes of them, one after the other.
    """

    searches: Iterable[Search] = ()
    begun: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._next = iter(self.searches)

    def _hyperparameterTuningJobs_list(self, _path: str, query: Mapping[str, Any], _body: Any) -> Reply:
        wanted = re.findall(r'(\w+)(!?=)"([^"]*)"', query["filter"])
        names = {"display_name": "displayName", "state": "state"}
        found = [
            {"name": job["name"]}
            for job in self.begun.values()
            if all((self._job(job)[names[key]] == value) == (op == "=") for key, op, value in wanted)
        ]
        return Reply(200, {"hyperparameterTuningJobs": found} if found else {})

    def _hyperparameterTuningJobs_create(self, path: str, _query: Any, body: dict[str, Any]) -> Reply:
        fate = next(self._next)
        if fate.refused:
            return Reply(fate.refused, {"error": {"code": fate.refused, "message": "quota exceeded"}})
        name = f"{path}/{len(self.begun) + 1}"
        self.begun[name] = {**body, "name": name, "fate": fate, "began": self.engine.now, "cancelled": None}
        self.asked.append(body)
        return Reply(200, {"name": name, "state": "JOB_STATE_PENDING"})

    def _hyperparameterTuningJobs_get(self, path: str, query: Mapping[str, Any], _body: Any) -> Reply:
        if path not in self.begun:
            return NOT_FOUND
        return Reply(200, only(self._job(self.begun[path]), query["fields"]))

    def _hyperparameterTuningJobs_cancel(self, path: str, _query: Any, _body: Any) -> Reply:
        job = self.begun[path.removesuffix(":cancel")]
        if self._job(job)["state"] not in ("JOB_STATE_PENDING", "JOB_STATE_RUNNING"):
            return Reply(400, {"error": {"status": "FAILED_PRECONDITION"}})
        job["cancelled"] = self.engine.now
        return Reply(200, {})

    def _job(self, job: dict[str, Any]) -> dict[str, Any]:
        fate, told = job["fate"], self._seen(job)
        return {**told, "trials": list(fate.trials)} if fate.trials else told


def only(document: Mapping[str, Any], fields: str) -> dict[str, Any]:
    """
    What is asked for, as `fields` says: `state,trials(id,state)`.

    Source: https://cloud.google.com/apis/docs/system-parameters
    """
    found: dict[str, Any] = {}
    for name, inner in _FIELD.findall(fields):
        head, _dot, rest = name.partition(".")
        if head not in document:
            continue
        value = document[head]
        if inner or rest:
            wanted = inner or rest
            value = [only(one, wanted) for one in value] if isinstance(value, list) else only(value, wanted)
        found[head] = value
    return found
