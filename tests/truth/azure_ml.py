"""A played Azure ML: jobs that wait and run, models with a stage, an endpoint with its deployments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.truth.azure_language import Clock
from tests.truth.azure_workflows import Answer, Request

__all__ = ["Jobs", "Serving"]


@dataclass
class Jobs:
    """
    Azure ML's jobs.

    Attributes:
        spot: Seconds after which a job on spot has a status, in order; the first is `Queued`.
        dedicated: The same on dedicated machines.
        cancel_seconds: How long a cancellation takes.
    """

    spot: Sequence[tuple[int, str]] = ((0, "Queued"),)
    dedicated: Sequence[tuple[int, str]] = ((0, "Queued"), (300, "Running"), (3600, "Completed"))
    cancel_seconds: int = 90
    bodies: dict[str, Any] = field(default_factory=dict)
    environments: dict[str, Any] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)
    cancelled: dict[str, float] = field(default_factory=dict)

    def __call__(self, request: Request, clock: Clock) -> Answer:
        now = clock.now.timestamp()
        kind, _, rest = request.path.partition("/workspaces/")[2].partition("/")[2].partition("/")
        if kind == "environments":
            self.environments[request.path] = request.body
            return 201, request.body
        job, _, verb = rest.partition("/")
        if request.method == "PUT":
            if job in self.bodies:
                return 400, {"error": {"code": "UserError", "message": f"job {job} exists and can't change"}}
            self.bodies[job], self.started[job] = request.body["properties"], now
            return 201, request.body
        if job not in self.bodies:
            return 404, {"error": {"code": "NotFound"}}
        if verb == "cancel":
            self.cancelled[job] = now
            return 202, None
        return 200, {"properties": {"status": self.status(job, now)}}

    def status(self, job: str, now: float) -> str:
        """Status of a job at a moment."""
        stop = self.cancelled.get(job)
        plan = self.spot if self.bodies[job]["computeId"].endswith("-spot") else self.dedicated
        # what would come after a cancellation took hold does not come
        until = now if stop is None else min(now, stop + self.cancel_seconds)
        status = [name for after, name in plan if self.started[job] + after <= until][-1]
        ended = status in ("Completed", "Failed", "Canceled")
        if stop is not None and not ended:
            return "Canceled" if now >= stop + self.cancel_seconds else "CancelRequested"
        return status


@dataclass
class Serving:
    """
    An endpoint, its deployments and the models.

    Attributes:
        models: Version to its stage.
        comes_up: Whether a deployment comes up.
        traffic_moves: Whether a change of the endpoint is taken.
    """

    models: dict[str, str]
    comes_up: bool = True
    traffic_moves: bool = True
    deployments: dict[str, Any] = field(default_factory=dict)
    traffic: dict[str, int] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    environments: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, Any] = field(default_factory=dict)
    ready: dict[str, float] = field(default_factory=dict)

    def __call__(self, request: Request, clock: Clock) -> Answer:
        path, now = request.path, clock.now.timestamp()
        if "/autoscaleSettings/" in path:
            return self._setting(request)
        if "/models/" in path:
            version = path.rpartition("/")[2]
            found = self.models.get(version)
            return (404, None) if found is None else (200, {"properties": {"stage": found}})
        if "/environments/" in path or "/codes/" in path:
            (self.environments if "/environments/" in path else self.codes)[path] = request.body
            return 201, request.body
        if path.endswith("/deployments"):
            return 200, {"value": [{"name": name} for name in self.deployments]}
        if "/deployments/" in path:
            return self._deployment(request, now)
        return self._endpoint(request)

    def _setting(self, request: Request) -> Answer:
        name = request.path.rpartition("/")[2]
        if request.method == "DELETE":
            return (200 if self.settings.pop(name, None) else 204), None
        self.settings[name] = request.body
        return 201, request.body

    def _deployment(self, request: Request, now: float) -> Answer:
        name = request.path.rpartition("/")[2]
        if request.method == "PUT":
            self.deployments[name], self.ready[name] = request.body, now + 600
            return 201, request.body
        if request.method == "DELETE":
            if self.traffic.get(name):
                return 409, {"error": {"code": "UserError", "message": f"{name} has traffic"}}
            self.deployments.pop(name, None)
            return 202, None
        if now < self.ready[name]:
            return 200, {"properties": {"provisioningState": "Creating"}}
        return 200, {"properties": {"provisioningState": "Succeeded" if self.comes_up else "Failed"}}

    def _endpoint(self, request: Request) -> Answer:
        if request.method == "PUT":
            asked = request.body["properties"]["traffic"]
            assert set(asked) <= set(self.deployments), f"{sorted(asked)} are not all deployed"
            if self.traffic_moves:
                self.traffic = dict(asked)
            return 200, request.body
        return 200, {"properties": {"provisioningState": "Succeeded" if self.traffic_moves else "Failed"}}
