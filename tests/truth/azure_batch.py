"""Azure ML with versions and batch jobs, a data store's log, and Logic Apps that are started, as a test plays them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.truth.azure_language import Clock
from tests.truth.azure_ml import Jobs
from tests.truth.azure_workflows import Answer, Request

__all__ = ["Arrivals", "Scoring"]


@dataclass
class Scoring(Jobs):
    """
    Jobs, and the versions of one model.

    Attributes:
        versions: Version to its stage, oldest first.
    """

    dedicated: Sequence[tuple[int, str]] = ((0, "Queued"), (300, "Running"), (3000, "Completed"))
    versions: dict[str, str] = field(default_factory=lambda: {"1": "Approved", "2": "Approved", "3": "None"})

    def __call__(self, request: Request, clock: Clock) -> Answer:
        if "/models/" not in request.path:
            return super().__call__(request, clock)
        wanted = request.path.rpartition("/")[2]
        found = {
            name: {"name": name, "properties": {"stage": stage, "modelUri": f"azureml://models/{name}"}}
            for name, stage in self.versions.items()
        }
        if wanted == "versions":
            assert request.query == {"$orderBy": "createdtime desc", "$top": "100"}
            return 200, {"value": list(reversed(found.values()))}
        return (200, found[wanted]) if wanted in found else (404, {"error": {"code": "NotFound"}})


@dataclass
class Arrivals:
    """
    What the gate of a batch job calls.

    Attributes:
        windows: Beginnings of the windows in which the log has files.
        refused: Status and body with which the log answers.
        jobs: Names of jobs that are there.
        started: Bodies that the batch job was started with.
    """

    windows: list[str] = field(default_factory=list)
    refused: Answer | None = None
    jobs: set[str] = field(default_factory=set)
    started: list[Any] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)

    def __call__(self, request: Request, _clock: Clock) -> Answer:
        if request.path.endswith("/providers/microsoft.insights/logs"):
            self.queries.append(request.body["query"])
            rows = [[window] for window in self.windows]
            return self.refused or (200, {"tables": [{"name": "PrimaryResult", "rows": rows}]})
        if "/jobs/" in request.path:
            name = request.path.rpartition("/")[2]
            return (200, {"properties": {"status": "Completed"}}) if name in self.jobs else (404, None)
        assert request.path.endswith("/triggers/manual/run")
        self.started.append(request.body)
        return 200, None
