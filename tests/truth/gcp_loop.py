"""A Google Cloud project in which the whole loop runs: monitors, pipelines, and every other workflow of a stack."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from components.base import Cloud
from components.steps import archive
from groundplan.testing import Planned
from tests.truth.containers import machine_of
from tests.truth.gcp_batch import BatchProject
from tests.truth.gcp_expression import Raised
from tests.truth.gcp_project import Job
from tests.truth.gcp_promql import Point, evaluate
from tests.truth.gcp_workflow_engine import Engine, Reply

__all__ = ["Execution", "LoopProject", "moment"]

WORKFLOW = "gcp:workflows/workflow:Workflow"
POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
DESCRIPTOR = "gcp:monitoring/metricDescriptor:MetricDescriptor"
SPACE = 5  # seconds between two points of one series, at the least
# Source: https://cloud.google.com/monitoring/quotas#custom_metrics_quotas
_MOMENTS = re.compile(r"TIMESTAMP_SECONDS\((\d+)\)")


def moment(text: str) -> float:
    """Seconds since 1970 of a time as the APIs have it."""
    return datetime.fromisoformat(text).astimezone(UTC).timestamp()


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


@dataclass
class Execution:
    """One execution of a workflow: what it was started with, and how it ended."""

    name: str
    began: float
    argument: Any
    ends: float = float("inf")
    result: Any = None
    error: Any = None
    failed: bool = False
    log: list[Any] = field(default_factory=list)

    def seen(self, now: float, full: bool) -> dict[str, Any]:
        """As the API tells it."""
        state = "ACTIVE" if now < self.ends else "FAILED" if self.failed else "SUCCEEDED"
        found: dict[str, Any] = {"name": self.name, "state": state, "startTime": _text(self.began)}
        if full and state == "SUCCEEDED":
            found["result"] = json.dumps(self.result)
        if full and state == "FAILED":
            found["error"] = {"payload": json.dumps(self.error)}
        return found


@dataclass
class LoopProject(BatchProject):
    """
    Further than its base.

    Attributes:
        planned: The stack whose workflows are here.
        store: Folder with a folder for each bucket.
        root: Where machines of steps have their files.
        captured: Requests that the endpoint recorded, with the second of each under `at`.
        metrics: What each training writes into `metrics.json`, in turn; none where it is empty.
        broken_steps: Steps whose machine fails before it says anything.
    """

    planned: Planned = field(default_factory=lambda: Planned([], {}))
    store: Path = Path()
    root: Path = Path()
    captured: list[dict[str, Any]] = field(default_factory=list)
    metrics: list[dict[str, float]] = field(default_factory=list)
    broken_steps: set[str] = field(default_factory=set)
    steps: list[dict[str, Any]] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    executions: dict[str, list[Execution]] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.engine.now = moment("2026-11-20T10:15:00Z")
        self.sources = {w.inputs["name"]: w.inputs["sourceContents"] for w in self.planned.all(WORKFLOW)}
        self.defined = {d.at("type") for d in self.planned.all(DESCRIPTOR)}
        for made in self.planned.all("gcp:storage/bucketObject:BucketObject"):
            self.put(f"gs://{made.at('bucket')}/{made.at('name')}", archive())

    def put(self, uri: str, text: str) -> None:
        """Write an object."""
        path = self.store / uri.removeprefix("gs://")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    # executions

    def begin(self, workflow: str, start: Any = None) -> Execution:
        """Start the workflow of that logical name, and wait for its end."""
        name = self.planned.one(WORKFLOW, workflow).inputs["name"]
        found = self._begin(f"projects/p/locations/r/workflows/{name}", start)
        self.engine.now = max(self.engine.now, found.ends)
        return found

    def executions_of(self, workflow: str) -> list[Execution]:
        """Those of the workflow of that logical name, in turn."""
        return self.executions.get(self.planned.one(WORKFLOW, workflow).inputs["name"], [])

    def _begin(self, parent: str, start: Any) -> Execution:
        workflow, caller = parent.rpartition("/")[2], self.engine
        known = self.executions.setdefault(workflow, [])
        own = f"{len(self.executions):04d}{len(known):04d}-0db1-46a0-8a4a-ee39c144cb96"
        made = Execution(f"{parent}/executions/{own}", caller.now, start)
        known.append(made)
        self.engine = Engine(self.answer, now=caller.now, execution=own)
        try:
            made.result = self.engine.run(self.sources[workflow], start)
        except Raised as error:
            made.failed, made.error = True, error.value
        made.ends, made.log = self.engine.now, self.engine.log
        assert self.engine.steps < 100_000, "an execution has so many steps"
        self.engine = caller
        return made

    def _executions_create(self, path: str, _query: Any, body: dict[str, Any]) -> Reply:
        self.started.append(body["argument"])
        made = self._begin(path.removesuffix("/executions"), json.loads(body["argument"]))
        return Reply(200, {"name": made.name, "state": "ACTIVE"})

    def _executions_get(self, path: str, _query: Any, _body: Any) -> Reply:
        found = next(e for known in self.executions.values() for e in known if e.name == path)
        return Reply(200, found.seen(self.engine.now, full=True))

    def _executions_list(self, path: str, query: Mapping[str, Any], _body: Any) -> Reply:
        full, now = query.get("view") == "FULL", self.engine.now
        found = [e.seen(now, full) for e in self.executions.get(path.split("/")[-2], [])]
        key, _, value = re.fullmatch(r'(\w+)(=|>)"([^"]+)"', query["filter"]).groups()  # type: ignore[union-attr]
        if key == "state":
            found = [e for e in found if e["state"] == value]
        else:
            found = [e for e in found if moment(e["startTime"]) > moment(value)]
        size, first = int(query.get("pageSize", 100)), int(query.get("pageToken") or 0)
        more = {"nextPageToken": str(first + size)} if len(found) > first + size else {}
        return Reply(200, {"executions": found[first : first + size], **more})

    # jobs

    def _customJobs_create(self, path: str, query: Any, body: dict[str, Any]) -> Reply:
        env = {e["name"]: e["value"] for e in body["jobSpec"]["workerPoolSpecs"][0]["containerSpec"]["env"]}
        settings = json.loads(env["HYPERPARAMETERS"])
        if "step" not in settings:
            return self._trains(path, query, body)
        self.steps.append({**settings, "env": env})
        step = settings["step"]
        fate = Job("JOB_STATE_FAILED", 120, error={"code": 3, "message": "exited with a non-zero status of 1"})
        if step not in self.broken_steps:
            ran = machine_of(Cloud.GCP, body, self.store, self.root / str(len(self.steps)))
            fate = Job(after=120) if ran.code == 0 else fate
        plan, self._plan = self._plan, iter([fate])
        made = super()._customJobs_create(path, query, body)
        self._plan = plan
        return made

    def _trains(self, path: str, query: Any, body: dict[str, Any]) -> Reply:
        uri = body["jobSpec"]["baseOutputDirectory"]["outputUriPrefix"]
        self.put(f"{uri}/model/model.bst", "a model")
        if self.metrics:
            self.put(f"{uri}/model/metrics.json", json.dumps(self.metrics.pop(0)))
        return super()._customJobs_create(path, query, body)

    # what is stored, asked and published

    def _object(self, verb: str, url: re.Match[str], query: Mapping[str, Any], body: Any) -> Reply:
        path = self.store / url[2] / (url[3] or "").replace("%2F", "/")
        if verb == "GET" and path.is_file():
            assert query == {"alt": "media"}
            return Reply(200, json.loads(path.read_text()))
        return super()._object(verb, url, query, body)

    def _jobs_insert(self, _path: str, _query: Any, body: dict[str, Any]) -> Reply:
        asked, own = body["configuration"]["query"], body["jobReference"]["jobId"]
        if own in self.queries:
            return Reply(409, {"error": {"message": "Already Exists"}})
        assert asked["useLegacySql"] is False
        self.queries[own] = asked["query"]
        since, until = map(int, _MOMENTS.findall(asked["query"]))
        uri = re.search(r"uri = '([^']+)/part-\*\.json'", asked["query"])
        assert uri
        if self.captured:  # before a first request there is no table
            rows = [{k: v for k, v in row.items() if k != "at"} for row in self.captured if since <= row["at"] < until]
            self.put(f"{uri[1]}/part-000000000000.json", "".join(f"{json.dumps(row)}\n" for row in rows))
        return Reply(200, {"jobReference": body["jobReference"], "status": {"state": "RUNNING"}})

    def _jobs_get(self, path: str, _query: Any, _body: Any) -> Reply:
        assert path.rpartition("/")[2] in self.queries
        return Reply(200, {"status": {"state": "DONE"}})

    def _timeSeries_create(self, _path: str, _query: Any, body: dict[str, Any]) -> Reply:
        for series in body["timeSeries"]:
            kind, (point,) = series["metric"]["type"], series["points"]
            assert kind in self.defined, f"{kind} is not defined, and its writer may define none"
            labels = {**series["metric"]["labels"], **series["resource"]["labels"]}
            labels.pop("project_id")
            name = f"custom_googleapis_com:groundplan_{kind.rpartition('/')[2]}"
            at = moment(point["interval"]["endTime"])
            same = [p.at for p in self.points if (p.name, p.labels) == (name, labels)]
            assert all(at - other >= SPACE for other in same), f"{name}: two points within {SPACE} seconds"
            self.points.append(Point(name, labels, at, point["value"]["doubleValue"]))
        return Reply(200, {})

    def open_alarms(self) -> list[str]:
        """Logical names of the alert policies whose query answers now."""
        found = []
        for policy in self.planned.all(POLICY):
            query = policy.inputs["conditions"][0].get("conditionPrometheusQueryLanguage", {}).get("query")
            if query and evaluate(query, [*self.points, *self._ended()], self.engine.now)[0]:
                found.append(policy.name)
        return sorted(found)

    def _ended(self) -> list[Point]:
        name = "workflows_googleapis_com:finished_execution_count"
        return [
            Point(name, {"workflow_id": workflow, "status": "FAILED" if e.failed else "SUCCEEDED"}, e.ends, 1)
            for workflow, known in self.executions.items()
            for e in known
        ]

    def told(self, policy: str, state: str = "open") -> dict[str, Any]:
        """The event that Eventarc makes of an alert policy's message."""
        own = self.planned.one(POLICY, policy).id
        incident = {"state": state, "condition": {"name": f"{own}/conditions/1"}, "policy_name": policy}
        text = json.dumps({"incident": incident, "version": "1.2"})
        return {"data": {"message": {"data": base64.b64encode(text.encode()).decode()}}}

    def at(self, seconds: float, effect: Callable[[], None]) -> None:
        """Have something happen so long from now."""
        self.due.append((self.engine.now + seconds, effect))
