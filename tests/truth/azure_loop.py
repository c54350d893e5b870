"""Played Azure around a loop: jobs of steps, custom metrics, versions, an endpoint, alerts, and other Logic Apps."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from components.base import Cloud
from tests.truth.azure_language import Clock
from tests.truth.azure_workflows import Answer, Request
from tests.truth.containers import machine_of

__all__ = ["Loop", "Nested", "Told", "machine"]

Told = tuple[str, Mapping[str, str]]
"""What a job ended as, and the tags that its step set."""
MLFLOW = """
import json, os, pathlib
def set_tags(tags):
    assert len(tags) <= 20 and all(len(k) <= 100 and len(v) <= 1000 for k, v in tags.items()), tags
    pathlib.Path(os.environ["TAGS"]).write_text(json.dumps(tags))
"""
FOUND = re.compile(r"azureml://datastores/(\w+)/paths/")


def machine(store: Path, root: Path) -> Callable[[str, Mapping[str, Any]], Told]:
    """A machine that runs the step's own code, on stores that are folders under `store`."""

    def run(name: str, job: Mapping[str, Any]) -> Told:
        here = root / name
        (root / "modules").mkdir(parents=True, exist_ok=True)
        (root / "modules" / "mlflow.py").write_text(MLFLOW)
        for given in job["inputs"].values():
            if not (store / FOUND.sub(r"\1/", given["uri"])).exists():
                return "Failed", {}
        tags = root / f"{name}.json"
        told = {"MLFLOW_TRACKING_URI": "azureml://here", "PYTHONPATH": str(root / "modules"), "TAGS": str(tags)}
        ran = machine_of(
            Cloud.AZURE, {**job, "environmentVariables": {**job["environmentVariables"], **told}}, store, here
        )
        return ("Failed" if ran.code else "Completed"), json.loads(tags.read_text()) if tags.exists() else {}

    return run


@dataclass
class Nested:
    """
    Another Logic App.

    Attributes:
        ends: Status that a run ends with.
        error: Code and message where it failed.
        seconds: How long a run takes.
        unseen: How long a run that is started is not in the list yet.
    """

    ends: str = "Succeeded"
    error: Mapping[str, str] = field(default_factory=dict)
    seconds: int = 1800
    unseen: int = 0
    started: list[tuple[float, Any]] = field(default_factory=list)

    def runs(self, tracked: str, now: float) -> list[dict[str, Any]]:
        """Its runs of one name."""
        return [
            {"name": f"r{index}", "properties": self._shown(begun, now)}
            for index, (begun, body) in enumerate(self.started)
            if body.get("run") == tracked and now >= begun + self.unseen
        ]

    def _shown(self, begun: float, now: float) -> dict[str, Any]:
        over = now >= begun + self.seconds
        error = {"error": dict(self.error)} if over and self.error else {}
        return {"status": self.ends if over else "Running", **error}


@dataclass
class Loop:
    """
    What monitors and pipelines call.

    Attributes:
        steps: Tells what becomes of a job, by its name and its body.
        wait: Seconds until a job is over.
        requests: Requests a minute of the endpoint; None: Azure Monitor can't say.
        late: Seconds until a number that was published can be read.
        workflows: Last word of the name of a Logic App to it: `runs`, `release`, `pipeline`.
        runs: Runs of the pipeline itself, this one included.
        journal: Versions of the data asset in which a pipeline notes its runs.
        serves: Version that the endpoint says it serves.
        served: Where it has several models, each one's name to the version of its deployment.
        versions: Model versions: stage and files.
        decide: Stage that a version has after so many seconds.
        alerts: What is raised.
        windows: Of the data store's log.
    """

    steps: Callable[[str, Mapping[str, Any]], Told] = lambda _name, _job: ("Completed", {})
    wait: int = 300
    requests: float | None = 12.5
    late: int = 120
    workflows: dict[str, Nested] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    journal: dict[str, Any] = field(default_factory=dict)
    serves: str = ""
    served: dict[str, str] = field(default_factory=dict)
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)
    decide: tuple[int, str] | None = None
    alerts: list[dict[str, Any]] = field(default_factory=list)
    windows: list[str] = field(default_factory=list)
    jobs: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    numbers: dict[str, list[tuple[datetime, float]]] = field(default_factory=dict)
    dimensions: dict[str, Mapping[str, str]] = field(default_factory=dict)
    registered: dict[str, float] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)

    def __call__(self, request: Request, clock: Clock) -> Answer:
        path, now = request.path, clock.now.timestamp()
        if path.endswith("/metrics") and request.method == "POST":
            return self._publish(request, clock)
        if path.endswith("/providers/Microsoft.Insights/metrics"):
            return self._metric(request, clock)
        if path.endswith("/providers/Microsoft.AlertsManagement/alerts"):
            return self._alerts(request)
        if path.endswith("/providers/microsoft.insights/logs"):
            return 200, {"tables": [{"name": "PrimaryResult", "rows": [[window] for window in self.windows]}]}
        if "/providers/Microsoft.Logic/workflows/" in path:
            return self._workflow(request, now)
        kind, _, rest = path.partition("/workspaces/")[2].partition("/")[2].partition("/")
        if kind == "jobs":
            return self._job(request, rest, now)
        if kind == "models":
            return self._model(request, rest, now)
        if kind == "data":
            return self._data(request, rest)
        assert (kind, request.method) == ("onlineEndpoints", "GET"), path
        if path.endswith("/deployments"):
            deployed = [{"name": name, "tags": {"version": version}} for name, version in self.served.items()]
            return 200, {"value": deployed}
        return 200, {"tags": {"serves": self.serves} if self.serves else {}, "properties": {}}

    def last(self, metric: str) -> float | None:
        """The number that was published last."""
        found = self.numbers.get(metric)
        return found[-1][1] if found else None

    def _publish(self, request: Request, clock: Clock) -> Answer:
        base = request.body["data"]["baseData"]
        (series,) = base["series"]
        assert ("groundplan", 1) == (base["namespace"], series["count"]), base
        assert series["min"] == series["max"] == series["sum"], series
        assert isinstance(series["min"], int | float), series
        self.numbers.setdefault(base["metric"], []).append((clock.now, float(series["min"])))
        if "dimNames" in base:
            self.dimensions[base["metric"]] = dict(zip(base["dimNames"], series["dimValues"], strict=True))
        return 200, None

    def _metric(self, request: Request, clock: Clock) -> Answer:
        asked = dict(request.query)
        begin, end = (datetime.fromisoformat(moment) for moment in asked["timespan"].split("/"))
        assert begin < end, asked
        if asked["metricnames"] == "RequestsPerMinute":
            assert ("FULL", "Average") == (asked["interval"], asked["aggregation"])
            if self.requests is None:
                return 403, None
            return _series([{"timeStamp": begin.isoformat(), "average": self.requests}] if self.requests else [])
        assert ("groundplan", "PT5M", "Maximum") == (asked["metricnamespace"], asked["interval"], asked["aggregation"])
        known = self.numbers.get(asked["metricnames"], [])
        seen = [(at, value) for at, value in known if (clock.now - at).total_seconds() >= self.late]
        if not seen:
            return 400, {"error": {"code": "BadRequest", "message": "no such metric"}}
        points = [
            {"timeStamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "maximum": value}
            for at, value in seen
            if begin <= at < end
        ]
        return _series([{"timeStamp": begin.strftime("%Y-%m-%dT%H:%M:%SZ")}, *points])

    def _alerts(self, request: Request) -> Answer:
        assert ("1d", "2019-03-01") == (request.query["timeRange"], request.version), request.query
        rule = request.query["alertRule"].lower()
        return 200, {"value": [a for a in self.alerts if a["properties"]["essentials"]["alertRule"].lower() == rule]}

    def _workflow(self, request: Request, now: float) -> Answer:
        app, _, rest = request.path.rpartition("/workflows/")[2].partition("/")
        name = app.rpartition("-")[2]
        if rest == "triggers/manual/run":
            self.workflows[name].started.append((now, request.body))
            return 202, None
        assert rest == "runs", request.path
        asked = request.query["$filter"]
        tracked = re.fullmatch(r"ClientTrackingId eq '([^']+)'", asked)
        if tracked:
            return 200, {"value": self.workflows[name].runs(tracked[1], now)}
        assert asked == "Status eq 'Running'", asked
        return 200, {"value": [run for run in self.runs if run["properties"]["status"] == "Running"]}

    def _job(self, request: Request, rest: str, now: float) -> Answer:
        job, _, verb = rest.partition("/")
        if request.method == "PUT":
            assert job not in self.jobs, f"{job} exists and can't change"
            self.jobs[job], self.begun[job] = request.body["properties"], now
            self.told[job] = self.steps(job, request.body["properties"])
            return 201, request.body
        if verb == "cancel":
            self.cancelled.add(job)
            return 202, None
        if job in self.cancelled:
            return 200, {"properties": {"status": "Canceled", "tags": self.jobs[job]["tags"]}}
        status, tags = self.told[job]
        if now < self.begun[job] + self.wait or not status:
            return 200, {"properties": {"status": "Running", "tags": self.jobs[job]["tags"]}}
        return 200, {"properties": {"status": status, "tags": {**self.jobs[job]["tags"], **tags}}}

    def _model(self, request: Request, rest: str, now: float) -> Answer:
        version = rest.rpartition("/")[2]
        if request.method == "PUT":
            assert version not in self.versions, "a version can't change"
            assert "stage" not in request.body["properties"], "who runs pipelines may not approve"
            self.versions[version], self.registered[version] = dict(request.body["properties"]), now
            return 201, request.body
        if version not in self.versions:
            return 404, {"error": {"code": "NotFound"}}
        if self.decide and version in self.registered and now >= self.registered[version] + self.decide[0]:
            self.versions[version]["stage"] = self.decide[1]
        return 200, {"name": version, "properties": self.versions[version]}

    def _data(self, request: Request, rest: str) -> Answer:
        version = rest.rpartition("/")[2]
        if request.method == "PUT":
            assert version not in self.journal, "a version can't change"
            self.journal[version] = request.body["properties"]
            return 201, request.body
        assert {"$orderBy": "createdtime desc", "$top": "1"} == dict(request.query), request.query
        newest = list(self.journal.items())[-1:]
        return 200, {"value": [{"name": name, "properties": held} for name, held in newest]}


def _series(points: list[dict[str, Any]]) -> Answer:
    """As the metrics API answers: no series where there is nothing."""
    return 200, {"value": [{"timeseries": [{"data": points}] if points else []}]}
