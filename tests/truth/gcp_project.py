"""A Google Cloud project that answers the calls of our workflows, and refuses what the real APIs would refuse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.truth.gcp_discovery import faults, find
from tests.truth.gcp_traffic import Traffic
from tests.truth.gcp_workflow_engine import Engine, Reply

__all__ = ["Job", "Project"]

NOT_FOUND = Reply(404, {"error": {"code": 404, "status": "NOT_FOUND"}})
# Source: https://cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.endpoints/mutateDeployedModel
MUTABLE = {
    f"dedicatedResources.{name}"
    for name in ("minReplicaCount", "maxReplicaCount", "initialReplicaCount", "scaleToZeroSpec")
}
_CLAUSE = re.compile(r'(\w+)(!?=)"([^"]*)"')


@dataclass(frozen=True)
class Job:
    """
    What becomes of the next custom job.

    Attributes:
        state: The state it ends in; empty: it never starts.
        after: Seconds until then.
        error: Its error, where it fails.
        refused: HTTP code that it is refused with.
    """

    state: str = "JOB_STATE_SUCCEEDED"
    after: float = 600
    error: Mapping[str, Any] | None = None
    refused: int = 0


@dataclass
class Project:
    """
    Jobs, models, an endpoint and a zone of one project.

    Attributes:
        jobs: What becomes of the custom jobs, one after the other.
        flaky: Codes that the next reads answer with, before they answer well.
        fails: Word in the path of a method to the error its operation ends in.
        takes: Word in the path of a method to the seconds until its operation ends; 120, where it is not there.
        broken: Id of a method to the HTTP codes that it answers with next.
        before: Called with the id of each method before it answers; what it raises ends the execution.
        traffic: Who calls the endpoint, and what is known of it.
        running: Executions of the workflow that are active.
        address: What Vertex AI makes of the private address: an IP, or an error message.
    """

    jobs: Iterable[Job] = ()
    flaky: list[int] = field(default_factory=list)
    fails: Mapping[str, str] = field(default_factory=dict)
    takes: Mapping[str, float] = field(default_factory=dict)
    broken: dict[str, list[int]] = field(default_factory=dict)
    before: Callable[[str], None] = lambda _method: None
    traffic: Traffic = field(default_factory=Traffic)
    running: int = 1
    address: str = "10.20.16.5"
    address_error: str = ""
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    deployed: list[dict[str, Any]] = field(default_factory=list)
    split: dict[str, int] = field(default_factory=dict)
    records: dict[str, list[str]] = field(default_factory=dict)
    operations: dict[str, dict[str, Any]] = field(default_factory=dict)
    due: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._plan = iter(self.jobs)
        self.engine = Engine(self.answer)

    def run(self, source: str, start: Any = None) -> Any:
        """Start a workflow in this project and wait for it."""
        return self.engine.run(source, start)

    def bodies(self, word: str) -> list[Any]:
        """What was sent to the methods whose URL has the word."""
        return [body for verb, url, body in self.calls if word in url and verb != "GET"]

    def answer(self, verb: str, url: str, query: Mapping[str, Any], body: Any) -> Reply:
        """As the API would, once the request is held against its description."""
        method = find(verb, url)
        assert set(query) <= method.query, f"{method.id} takes no {set(query) - method.query}"
        if method.request and body is not None:
            assert [] == faults(method.api, method.request, body), method.id
        if verb == "GET" and self.flaky:
            return Reply(self.flaky.pop(0), {"error": {"message": "try again"}})
        self._pass_time()
        self.before(method.id)
        if self.broken.get(method.id):
            return Reply(self.broken[method.id].pop(0), {"error": {"message": "internal error"}})
        self.calls.append((verb, url, deepcopy(body)))
        name = "_" + "_".join(method.id.split(".")[-2:])
        path = re.split(r"/v\d\w*/", url, maxsplit=1)[1]
        return getattr(self, name)(path, query, body)

    def _pass_time(self) -> None:
        """What long-running operations come to has come to be once they have ended."""
        over = [effect for at, effect in self.due if at <= self.engine.now]
        self.due = [(at, effect) for at, effect in self.due if at > self.engine.now]
        for effect in over:
            effect()

    # custom jobs

    def _customJobs_list(self, _path: str, query: Mapping[str, Any], _body: Any) -> Reply:
        clauses = _CLAUSE.findall(query["filter"])
        assert len(clauses) == query["filter"].count("=")
        names = {"display_name": "displayName", "state": "state"}
        found = [
            job
            for job in self.made.values()
            if all((self._seen(job)[names[key]] == value) == (op == "=") for key, op, value in clauses)
        ]
        return Reply(200, {"customJobs": found[: query["pageSize"]]} if found else {})

    def _customJobs_create(self, path: str, _query: Any, body: dict[str, Any]) -> Reply:
        fate = next(self._plan)
        if fate.refused:
            return Reply(fate.refused, {"error": {"code": fate.refused, "message": "quota exceeded"}})
        name = f"{path}/{len(self.made) + 1}"
        self.made[name] = {**body, "name": name, "fate": fate, "began": self.engine.now, "cancelled": None}
        self.sent.append(body)
        return Reply(200, {"name": name, "state": "JOB_STATE_QUEUED"})

    def _customJobs_get(self, path: str, _query: Any, _body: Any) -> Reply:
        return Reply(200, self._seen(self.made[path])) if path in self.made else NOT_FOUND

    def _customJobs_cancel(self, path: str, _query: Any, _body: Any) -> Reply:
        job = self.made[path.removesuffix(":cancel")]
        if self._seen(job)["state"] not in ("JOB_STATE_PENDING", "JOB_STATE_RUNNING"):
            return Reply(400, {"error": {"status": "FAILED_PRECONDITION"}})
        job["cancelled"] = self.engine.now
        return Reply(200, {})

    def _seen(self, job: dict[str, Any]) -> dict[str, Any]:
        fate, now = job["fate"], self.engine.now
        stops = float("inf") if job["cancelled"] is None else job["cancelled"] + 60
        ends = job["began"] + fate.after if fate.state else float("inf")
        if now >= min(stops, ends):
            state = fate.state if ends < stops else "JOB_STATE_CANCELLED"
        else:
            state = "JOB_STATE_RUNNING" if fate.state else "JOB_STATE_PENDING"
        error = {"error": dict(fate.error)} if fate.error and state == "JOB_STATE_FAILED" else {}
        return {"name": job["name"], "displayName": job["displayName"], "state": state, **error}

    # models

    def add_version(self, model: str, **fields: Any) -> str:
        """Put a version of a model into the registry, and return its number."""
        versions = self.models.setdefault(model, [])
        number = str(len(versions) + 1)
        versions.append({"name": f"{model}@{number}", "versionId": number, **fields})
        return number

    def _models_get(self, path: str, _query: Any, _body: Any) -> Reply:
        model, _, wanted = path.partition("@")
        versions = self.models.get(model, [])
        for version in versions:
            if wanted in ("", version["versionId"], *version.get("versionAliases", [])):
                return Reply(200, version)
        return NOT_FOUND

    def _models_upload(self, path: str, _query: Any, body: dict[str, Any]) -> Reply:
        parent = path.removesuffix("/models:upload")
        assert ("modelId" in body) != ("parentModel" in body), "a first version has modelId, a later one parentModel"
        name = body.get("parentModel") or f"{parent}/models/{body['modelId']}"
        assert (name in self.models) == ("parentModel" in body), f"{name} is there: {name in self.models}"
        assert re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", name.rpartition("/")[2]), name
        number = self.add_version(name, **body["model"])
        return self._operation("upload", name, {"model": name, "modelVersionId": number})

    # endpoint

    def _endpoints_get(self, path: str, _query: Any, _body: Any) -> Reply:
        door: dict[str, Any] = {"projectId": "p", "network": "n"}
        if self.deployed and self.address_error:
            door |= {"state": "PSC_AUTOMATION_STATE_FAILED", "errorMessage": self.address_error}
        elif self.deployed and self.address:
            door |= {"state": "PSC_AUTOMATION_STATE_SUCCESSFUL", "ipAddress": self.address}
        config = {"enablePrivateServiceConnect": True, "pscAutomationConfigs": [door]}
        return Reply(
            200,
            {
                "name": path,
                "privateServiceConnectConfig": config,
                **({"deployedModels": self.deployed, "trafficSplit": self.split} if self.deployed else {}),
            },
        )

    def _endpoints_deployModel(self, path: str, _query: Any, body: dict[str, Any]) -> Reply:
        model, _, version = body["deployedModel"]["model"].partition("@")
        assert version in [v["versionId"] for v in self.models[re.sub(r"^projects/\d+", "projects/x", model)]]
        number = str(7000 + len(self.operations))
        self.traffic.endpoint = path.rpartition("/")[2].removesuffix(":deployModel")

        def deployed() -> None:
            self.deployed.append({**body["deployedModel"], "id": number})
            if "trafficSplit" in body:
                self._set_split({number if k == "0" else k: v for k, v in body["trafficSplit"].items()})

        return self._operation("deployModel", path, {"deployedModel": {"id": number}}, deployed)

    def _endpoints_undeployModel(self, path: str, _query: Any, body: dict[str, Any]) -> Reply:
        going = body["deployedModelId"]
        assert going in {model["id"] for model in self.deployed}, going

        def undeployed() -> None:
            if "trafficSplit" in body:
                self._set_split(body["trafficSplit"])
            rest = [model for model in self.deployed if model["id"] != going]
            assert not rest or not self.split.get(going), f"{going} has traffic"
            self.deployed, self.split = rest, self.split if rest else {}

        return self._operation("undeployModel", path, {}, undeployed)

    def _endpoints_mutateDeployedModel(self, path: str, _query: Any, body: dict[str, Any]) -> Reply:
        wanted, changed = body["deployedModel"], set(body["updateMask"].split(","))
        assert changed <= MUTABLE, f"nothing but {MUTABLE} can be changed of what is deployed"
        model = next((model for model in self.deployed if model["id"] == wanted["id"]), None)
        if model is None:
            return NOT_FOUND
        if self.due:
            return Reply(400, {"error": {"status": "FAILED_PRECONDITION", "message": "another operation is running"}})

        def mutated() -> None:
            for name in (path.partition(".")[2] for path in changed):
                model["dedicatedResources"].pop(name, None)
                if name in wanted["dedicatedResources"]:
                    model["dedicatedResources"][name] = wanted["dedicatedResources"][name]
            kept = model["dedicatedResources"]
            for name in ("initialReplicaCount", "scaleToZeroSpec"):
                assert (name in kept) == (kept["minReplicaCount"] == 0), f"{name} is of what scales to zero"

        return self._operation("mutateDeployedModel", path, {"deployedModel": {"id": model["id"]}}, mutated)

    def _endpoints_patch(self, path: str, query: Mapping[str, Any], body: dict[str, Any]) -> Reply:
        assert query == {"updateMask": "trafficSplit"}, "what else is sent is not taken over"
        self._set_split(body["trafficSplit"])
        return self._endpoints_get(path, {}, None)

    def _set_split(self, split: dict[str, int]) -> None:
        assert sum(split.values()) == 100, split
        assert set(split) <= {model["id"] for model in self.deployed}, split
        self.split = dict(split)
        self.traffic.split(self.engine.now, split, self.deployed)

    def _v1_query(self, _path: str, _query: Any, body: dict[str, Any]) -> Reply:
        return Reply(200, self.traffic.answer(body["query"], self.engine.now))

    # what the rest hangs on

    def _operation(
        self, what: str, of: str, response: dict[str, Any], effect: Callable[[], None] = lambda: None
    ) -> Reply:
        name = f"{of.partition(':')[0]}/operations/{len(self.operations)}"
        ready = self.engine.now + self.takes.get(what, 120)
        failed = what in self.fails
        result = {"error": {"code": 9, "message": self.fails[what]}} if failed else {"response": response}
        self.operations[name] = {"name": name, "done": True, **result, "ready": ready}
        if not failed:
            self.due.append((ready, effect))
        return Reply(200, {"name": name})

    def _operations_get(self, path: str, _query: Any, _body: Any) -> Reply:
        found = self.operations[path]
        return Reply(200, found if self.engine.now >= found["ready"] else {"name": path})

    def _executions_list(self, _path: str, _query: Any, _body: Any) -> Reply:
        return Reply(200, {"executions": [{"state": "ACTIVE"}] * self.running})

    def _resourceRecordSets_get(self, path: str, _query: Any, _body: Any) -> Reply:
        name = path.split("/")[-2]
        return Reply(200, {"name": name, "rrdatas": self.records[name]}) if name in self.records else NOT_FOUND

    def _resourceRecordSets_create(self, _path: str, _query: Any, body: dict[str, Any]) -> Reply:
        assert body["name"] not in self.records
        self.records[body["name"]] = body["rrdatas"]
        return Reply(200, body)

    def _resourceRecordSets_patch(self, _path: str, _query: Any, body: dict[str, Any]) -> Reply:
        assert body["name"] in self.records
        self.records[body["name"]] = body["rrdatas"]
        return Reply(200, body)
