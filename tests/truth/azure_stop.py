"""A played Azure around the hard stop of a budget: what is spent, Logic Apps, jobs, endpoints, notebooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from groundplan.testing import Planned
from tests.truth.azure_language import Clock
from tests.truth.azure_serving import Serving
from tests.truth.azure_workflows import Answer, Request

__all__ = ["Estate", "estate"]

WORKFLOW = "azure-native:logic:Workflow"
ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint"
PAGE = 2  # items of a page: every list here has several


@dataclass
class Estate:
    """
    What the hard stop reads and changes; every list has pages of two.

    Attributes:
        spend: What the budget says is spent; None: it does not know yet.
        limit: Of the budget.
        apps: Name of a Logic App to its state and its definition.
        runs: Name of a Logic App to its runs, with their statuses.
        jobs: Name of a workspace to its jobs, with their statuses.
        serving: Name of an endpoint to what it serves.
        notebooks: Name of a compute instance to its state.
        stops: Versions of the data asset in which stops are written down.
        told: Metrics that were published, in order.
        refuse: Answers a request in the place of Azure, where it wants to.
    """

    spend: float | None
    limit: float
    apps: dict[str, dict[str, Any]]
    runs: dict[str, dict[str, str]] = field(default_factory=dict)
    jobs: dict[str, dict[str, str]] = field(default_factory=dict)
    serving: dict[str, Serving] = field(default_factory=dict)
    notebooks: dict[str, str] = field(default_factory=dict)
    stops: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    refuse: Callable[[Request], Answer | None] = lambda _request: None
    clock: Clock = field(default_factory=Clock)

    def __call__(self, request: Request, clock: Clock) -> Answer:
        path = request.path
        if refused := self.refuse(request):
            return refused
        if "/providers/Microsoft.Consumption/budgets/" in path:
            spent = {} if self.spend is None else {"currentSpend": {"amount": self.spend, "unit": "USD"}}
            return 200, {"properties": {"amount": self.limit, **spent}}
        if path.endswith("/metrics"):
            self.told.append(request.body["data"]["baseData"]["metric"])
            return 200, None
        if "/providers/Microsoft.Logic/workflows" in path:
            return self._app(request, path.rpartition("/workflows")[2].strip("/").split("/"))
        if "/onlineEndpoints/" in path or "/autoscaleSettings/" in path:
            return next(s for name, s in self.serving.items() if f"/{name}" in path)(request, clock)
        workspace, _, rest = path.partition("/workspaces/")[2].partition("/")
        kind, *parts = rest.split("/")
        return getattr(self, f"_{kind}")(request, parts, workspace)

    @property
    def on(self) -> set[str]:
        """Logic Apps that are switched on."""
        return {name for name, app in self.apps.items() if app["properties"]["state"] == "Enabled"}

    @property
    def stopped(self) -> dict[str, Any]:
        """What is written down of the stop that holds; nothing where none does."""
        return next((stop for stop in self.stops.values() if not stop["isArchived"]), {})

    def _app(self, request: Request, parts: list[str]) -> Answer:
        match parts:
            case [""]:
                return _page(request, list(self.apps.values()))
            case [name, "runs"]:
                status = request.query["$filter"].removeprefix("Status eq '").removesuffix("'")
                held = self.runs.get(name, {})
                return _page(request, [{"name": r} for r, s in held.items() if s == status])
            case [name, "runs", one]:
                return 200, {"properties": {"status": self.runs[name][one]}}
            case [name, "runs", one, "cancel"]:
                if self.runs[name][one] not in ("Running", "Waiting"):
                    return 409, {"error": {"code": "WorkflowRunInTerminalState"}}
                self.runs[name][one] = "Cancelled"
                return 200, None
            case [name, way]:
                self.apps[name]["properties"]["state"] = {"enable": "Enabled", "disable": "Disabled"}[way]
                return 200, None
            case other:
                raise AssertionError(other)

    def _jobs(self, request: Request, parts: list[str], workspace: str) -> Answer:
        jobs = self.jobs.setdefault(workspace, {})
        match parts:
            case []:
                assert "All" == request.query["listViewType"]
                return _page(request, [{"name": n, "properties": {"status": s}} for n, s in jobs.items()])
            case [name, "cancel"]:
                if jobs[name] in ("Completed", "Failed", "Canceled"):
                    return 400, {"error": {"code": "UserError", "message": f"{name} is over"}}
                jobs[name] = "CancelRequested"
                return 202, None
            case [name]:
                return 200, {"properties": {"status": jobs[name]}}
            case other:
                raise AssertionError(other)

    def _computes(self, request: Request, parts: list[str], _workspace: str) -> Answer:
        name = parts[0]
        assert request.method == ("POST" if parts[1:] else "GET"), request.path
        if name not in self.notebooks:
            return 404, {"error": {"code": "NotFound"}}
        if parts[1:] == ["stop"]:
            self.notebooks[name] = "Stopping"
            return 202, None
        state = {"state": self.notebooks[name]}
        return 200, {"properties": {"computeType": "ComputeInstance", "properties": state}}

    def _data(self, request: Request, parts: list[str], _workspace: str) -> Answer:
        asset, _, *version = parts
        assert "budget-stops" == asset
        if request.method == "PUT":
            made = request.body["properties"]
            kept = self.stops.setdefault(version[0], made)["dataUri"]
            assert kept == made["dataUri"], "where a version lies can't change"
            assert all(isinstance(value, str) for value in made["tags"].values()), made["tags"]
            self.stops[version[0]] = made
            return 200, request.body
        asked = {"$orderBy": "createdtime desc", "$top": "1", "listViewType": "ActiveOnly"}
        assert asked == dict(request.query), request.query
        active = [{"name": name, "properties": held} for name, held in self.stops.items() if not held["isArchived"]]
        return 200, {"value": active[-1:]}


def _page(request: Request, items: list[dict[str, Any]]) -> Answer:
    """A page of a list: the next one is named by its whole address, and without the query of the first."""
    start = int(request.query.get("$skiptoken", "0"))
    address = f"https://management.azure.com{request.path}?api-version={request.version}"
    kept = "".join(f"&{key}={value.replace(' ', '%20')}" for key, value in request.query.items() if key != "$skiptoken")
    more = {"nextLink": f"{address}{kept}&$skiptoken={start + PAGE}"} if len(items) > start + PAGE else {}
    return 200, {"value": items[start : start + PAGE], **more}


def estate(planned: Planned, **how: Any) -> Estate:
    """The stack of a plan, with nothing running yet, beside a Logic App of somebody else's."""
    others = {"people-own": {"triggers": {"clock": {"type": "Recurrence"}}}}
    apps = {r.inputs["workflowName"]: r.inputs["definition"] for r in planned.all(WORKFLOW)} | others
    shown = {
        name: {"name": name, "properties": {"state": "Enabled", "definition": definition}}
        for name, definition in apps.items()
    }
    stages = {f"{model}/{version}": "Approved" for model in ("net", "tree") for version in "345"}
    endpoints = planned.all(ENDPOINT)
    serving = {r.inputs["endpointName"]: Serving(dict(stages)) for r in endpoints}
    return Estate(**{"spend": 299.99, "limit": 300.0, "apps": shown, "serving": serving, **how})
