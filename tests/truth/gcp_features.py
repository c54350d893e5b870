"""Plays what a materialization on Google Cloud calls: BigQuery, Cloud Monitoring, and a feature view."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.truth.gcp_discovery import faults, find
from tests.truth.gcp_workflow_engine import EXECUTION, Engine, Reply

__all__ = ["FakeFeatures"]


@dataclass
class FakeFeatures:
    """
    A project with one view.

    Attributes:
        age: Seconds of the newest value; None where there is none.
        others: Executions of the workflow that were started before this one and still run.
        fails: Kind of job (`load`, `merge`, `age`) to the error it ends in.
        flaky: Codes that the next calls answer with.
        lost: Codes that the next jobs are answered with although they were made.
        done: Kinds of the jobs that ended, in their order.
        metrics: What was published.
        syncs: Feature views that were told to sync.
    """

    age: int | None = 60
    others: int = 0
    fails: Mapping[str, str] = field(default_factory=dict)
    flaky: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    syncs: list[str] = field(default_factory=list)

    def run(self, source: str, start: Any = None) -> Any:
        """Start the workflow in this project and wait for it."""
        self.engine = Engine(self.answer)
        return self.engine.run(source, start)

    def answer(self, verb: str, url: str, query: Mapping[str, Any], body: Any) -> Reply:
        """As the API would, once the request is held against its description."""
        method = find(verb, url)
        assert set(query) <= method.query, f"{method.id} takes no {set(query) - method.query}"
        if method.request and body is not None:
            assert [] == faults(method.api, method.request, body), method.id
        if self.flaky:
            return Reply(self.flaky.pop(0), {"error": {"message": "try again"}})
        return getattr(self, "_" + "_".join(method.id.split(".")[-2:]))(url, deepcopy(body))

    def _executions_list(self, url: str, _body: Any) -> Reply:
        names = [*(f"{url}/earlier-{n}" for n in range(self.others)), f"{url}/{EXECUTION}"]
        return Reply(200, {"executions": [{"name": name, "state": "ACTIVE"} for name in names]})

    def _jobs_insert(self, _url: str, body: dict[str, Any]) -> Reply:
        asked = body["configuration"]
        kind = "load" if "load" in asked else "merge" if asked["query"]["query"].startswith("MERGE") else "age"
        job = {"kind": kind, "began": self.engine.now, "configuration": asked}
        own = body["jobReference"]["jobId"]
        if any(job["id"] == own for job in self.jobs):
            return Reply(409, {"error": {"message": "Already Exists"}})
        self.jobs.append({**job, "id": own})
        if self.lost:  # it is made, and its caller does not hear of it
            return Reply(self.lost.pop(0), {"error": {"message": "unavailable"}})
        return Reply(200, self._seen(own))

    def _jobs_get(self, url: str, _body: Any) -> Reply:
        return Reply(200, self._seen(url.rpartition("/")[2]))

    def _seen(self, own: str) -> dict[str, Any]:
        job = next(job for job in self.jobs if job["id"] == own)
        status: dict[str, Any] = {"state": "RUNNING"}
        if self.engine.now >= job["began"] + 20:
            status = {"state": "DONE"}
            if job["kind"] in self.fails:
                status["errorResult"] = {"reason": "invalid", "message": self.fails[job["kind"]]}
            elif job["kind"] not in self.done:
                self.done.append(job["kind"])
        return {"jobReference": {"jobId": own}, "status": status}

    def _jobs_getQueryResults(self, _url: str, _body: Any) -> Reply:
        value = None if self.age is None else str(self.age)
        return Reply(200, {"rows": [{"f": [{"v": value}, {"v": "2026-11-21T10:00:00Z"}]}]})

    def _timeSeries_create(self, _url: str, body: dict[str, Any]) -> Reply:
        self.metrics += body["timeSeries"]
        return Reply(200, {})

    def _featureViews_sync(self, url: str, _body: Any) -> Reply:
        self.syncs.append(url)
        return Reply(200, {"featureViewSync": "s"})
