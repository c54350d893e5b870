"""A Google Cloud project with all that a hard stop stops: clocks, executions, jobs, endpoints, notebooks, records."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.truth.gcp_batch import BatchProject
from tests.truth.gcp_discovery import api
from tests.truth.gcp_models import ModelsProject
from tests.truth.gcp_project import NOT_FOUND
from tests.truth.gcp_tuning import only
from tests.truth.gcp_workflow_engine import Reply

__all__ = ["StopProject", "message"]

REFUSED = Reply(400, {"error": {"status": "FAILED_PRECONDITION"}})
CANCELLABLE = ("JOB_STATE_QUEUED", "JOB_STATE_PENDING", "JOB_STATE_RUNNING", "JOB_STATE_PAUSED")
STORAGE = api("storage.v1")
_CLAUSE = re.compile(r'([\w.]+)(!?=)"([^"]*)"')


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message(
    budget: str, spent: float | None, limit: float, begun: str, published: float, **attributes: str
) -> dict[str, Any]:
    """The event that Eventarc makes of what a budget publishes."""
    told = {
        "budgetDisplayName": "b",
        "budgetAmount": limit,
        "budgetAmountType": "SPECIFIED_AMOUNT",
        "currencyCode": "USD",
        "costIntervalStart": begun,
        **({} if spent is None else {"costAmount": spent}),
    }
    known = {"billingAccountId": "01-2-3", "budgetId": budget, "schemaVersion": "1.0", **attributes}
    data = base64.b64encode(json.dumps(told).encode()).decode()
    return {"data": {"message": {"data": data, "attributes": known, "publishTime": _moment(published)}}}


@dataclass
class StopProject(ModelsProject, BatchProject):
    """
    Further than its bases.

    Attributes:
        clocks: Name of a job of Cloud Scheduler to its state.
        workflows: Names of the workflows.
        executions: Name of an execution to its state.
        work: Name of a job of Vertex AI to what it is, with its state.
        notebooks: Name of an instance to its state.
        sticks: Ends of the URLs of what is refused, whatever is asked; of objects, `insert <name>` and so on.
        page: Most members of a page.
    """

    clocks: dict[str, str] = field(default_factory=dict)
    workflows: list[str] = field(default_factory=list)
    executions: dict[str, str] = field(default_factory=dict)
    work: dict[str, dict[str, Any]] = field(default_factory=dict)
    notebooks: dict[str, str] = field(default_factory=dict)
    sticks: set[str] = field(default_factory=set)
    page: int = 2

    def answer(self, verb: str, url: str, query: Mapping[str, Any], body: Any) -> Reply:
        if verb != "GET" and any(url.endswith(word) for word in self.sticks):
            return Reply(500, {"error": {"message": "internal error"}})
        reply = super().answer(verb, url, query, body)
        if reply.code == 200 and "fields" in query:
            return Reply(200, only(reply.body, query["fields"]))
        return reply

    def record(self, name: str = "stopped") -> dict[str, Any] | None:
        """What is written down; None where nothing is."""
        found = self.objects.get(f"budget/{name}.json")
        return json.loads(found) if found else None

    def told(self) -> list[dict[str, Any]]:
        """What the last execution logged for people."""
        return [line for line in self.engine.log if line.get("groundplan") == "tells people"]

    def _listed(self, key: str, members: list[dict[str, Any]], query: Mapping[str, Any]) -> Reply:
        first = int(query.get("pageToken") or 0)
        more = {"nextPageToken": str(first + self.page)} if len(members) > first + self.page else {}
        shown = members[first : first + self.page]
        return Reply(200, {**({key: shown} if shown else {}), **more})

    # Cloud Scheduler

    def _jobs_list(self, path: str, query: Mapping[str, Any], _body: Any) -> Reply:
        found = [{"name": n, "state": s} for n, s in self.clocks.items() if n.startswith(f"{path}/")]
        return self._listed("jobs", found, query)

    def _jobs_get(self, path: str, _query: Any, _body: Any) -> Reply:
        return Reply(200, {"name": path, "state": self.clocks[path]}) if path in self.clocks else NOT_FOUND

    def _jobs_pause(self, path: str, _query: Any, _body: Any) -> Reply:
        return self._switch(path.removesuffix(":pause"), "ENABLED", "PAUSED")

    def _jobs_resume(self, path: str, _query: Any, _body: Any) -> Reply:
        return self._switch(path.removesuffix(":resume"), "PAUSED", "ENABLED")

    def _switch(self, name: str, must: str, then: str) -> Reply:
        if name not in self.clocks:
            return NOT_FOUND
        if self.clocks[name] != must:
            return REFUSED
        self.clocks[name] = then
        return Reply(200, {"name": name, "state": then})

    # Workflows

    def _workflows_list(self, path: str, query: Mapping[str, Any], _body: Any) -> Reply:
        return self._listed("workflows", [{"name": f"{path}/{name}"} for name in self.workflows], query)

    def _executions_list(self, path: str, query: Mapping[str, Any], body: Any) -> Reply:
        if "orderBy" in query:
            return super()._executions_list(path, query, body)
        key, wanted = re.fullmatch(r'(\w+)="(\w+)"', query["filter"]).groups()  # type: ignore[union-attr]
        assert key == "state"
        found = [
            {"name": n, "state": s} for n, s in self.executions.items() if n.startswith(f"{path}/") and s == wanted
        ]
        return self._listed("executions", found, query)

    def _executions_get(self, path: str, _query: Any, _body: Any) -> Reply:
        return Reply(200, {"name": path, "state": self.executions[path]}) if path in self.executions else NOT_FOUND

    def _executions_cancel(self, path: str, _query: Any, _body: Any) -> Reply:
        name = path.removesuffix(":cancel")
        if self.executions[name] not in ("ACTIVE", "QUEUED"):
            return REFUSED
        self.executions[name] = "CANCELLED"
        return Reply(200, {"name": name, "state": "CANCELLED"})

    # jobs of Vertex AI

    def _work_list(self, path: str, query: Mapping[str, Any]) -> Reply:
        clauses = _CLAUSE.findall(query["filter"])
        assert len(clauses) == query["filter"].count("=")

        def has(job: Mapping[str, Any], key: str) -> Any:
            return job["labels"].get(key.partition(".")[2]) if key.startswith("labels.") else job[key]

        found = [
            {"name": name, **job}
            for name, job in self.work.items()
            if name.startswith(f"{path}/") and all((has(job, k) == v) == (op == "=") for k, op, v in clauses)
        ]
        return self._listed(path.rpartition("/")[2], found, query)

    def _work_cancel(self, path: str) -> Reply:
        job = self.work[path.removesuffix(":cancel")]
        if job["state"] not in CANCELLABLE:
            return REFUSED
        job["state"] = "JOB_STATE_CANCELLING"
        return Reply(200, {})

    def _work_get(self, path: str) -> Reply:
        return Reply(200, {"name": path, **self.work[path]}) if path in self.work else NOT_FOUND

    def _customJobs_list(self, path: str, query: Mapping[str, Any], _body: Any) -> Reply:
        return self._work_list(path, query)

    def _customJobs_cancel(self, path: str, _query: Any, _body: Any) -> Reply:
        return self._work_cancel(path)

    def _customJobs_get(self, path: str, _query: Any, _body: Any) -> Reply:
        return self._work_get(path)

    def _batchPredictionJobs_list(self, path: str, query: Mapping[str, Any], body: Any) -> Reply:
        return self._customJobs_list(path, query, body)

    def _batchPredictionJobs_get(self, path: str, query: Any, body: Any) -> Reply:
        return self._customJobs_get(path, query, body)

    def _hyperparameterTuningJobs_list(self, path: str, query: Mapping[str, Any], _body: Any) -> Reply:
        return self._work_list(path, query)

    def _hyperparameterTuningJobs_cancel(self, path: str, _query: Any, _body: Any) -> Reply:
        return self._work_cancel(path)

    # endpoints

    def _operations_list(self, path: str, query: Mapping[str, Any], _body: Any) -> Reply:
        found = [
            {"name": name, "done": self.engine.now >= operation["ready"]}
            for name, operation in self.operations.items()
            if name.startswith(f"{path}/")
        ]
        return self._listed("operations", found, query)

    # notebooks

    def _instances_get(self, path: str, _query: Any, _body: Any) -> Reply:
        return Reply(200, {"name": path, "state": self.notebooks[path]}) if path in self.notebooks else NOT_FOUND

    def _instances_stop(self, path: str, _query: Any, _body: Any) -> Reply:
        name = path.removesuffix(":stop")
        if self.notebooks[name] != "ACTIVE":
            return REFUSED
        self.notebooks[name] = "STOPPING"
        return Reply(200, {"name": "operations/1"})

    # what is written down

    def _object(self, verb: str, url: re.Match[str], query: Mapping[str, Any], body: Any) -> Reply:
        method = {"GET": "get" if url[3] else "list", "POST": "insert", "DELETE": "delete"}[verb]
        known = {*STORAGE["resources"]["objects"]["methods"][method]["parameters"], *STORAGE["parameters"]}
        assert set(query) <= known, set(query) - known
        name = (url[3] or "").replace("%2F", "/")
        if any(f"{method} {word}" in self.sticks for word in (name, query.get("name", ""))):
            return Reply(403, {"error": {"message": "denied"}})
        if method == "list":
            found = [{"name": each, "size": "1"} for each in self.objects if each.startswith(query["prefix"])]
            return Reply(200, only({"items": found} if found else {"kind": "storage#objects"}, query["fields"]))
        if method == "insert":
            assert (url[1], query["uploadType"]) == ("/upload", "media")
            self.objects[query["name"]] = json.dumps(body)
            return Reply(200, {"name": query["name"]})
        if name not in self.objects:
            return NOT_FOUND
        if method == "delete":
            del self.objects[name]
            return Reply(204, None)
        return Reply(200, json.loads(self.objects[name]))
