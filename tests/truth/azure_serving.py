"""A played Azure ML endpoint: models with a stage, deployments, traffic, and what Azure Monitor measured of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.truth.azure_language import Clock
from tests.truth.azure_workflows import Answer, Request

__all__ = ["Measured", "Serving"]

LATE = timedelta(minutes=3)


@dataclass
class Measured:
    """
    What Azure Monitor tells of a version's minutes with traffic.

    Attributes:
        requests: A minute, at all of the traffic.
        latency: 99th percentile, in milliseconds.
        errors, availability: In hundredths.
        own: Numbers of the team's own, by name.
        from_share: Share of the traffic from which on the version does as this says; below it does well.
    """

    requests: int = 600
    latency: float = 80
    errors: float = 0.1
    availability: float = 99.99
    own: dict[str, float] = field(default_factory=dict)
    from_share: int = 0


GOOD = Measured()


@dataclass
class Serving:
    """
    An endpoint, its deployments and the models.

    Attributes:
        models: Version, or model and version as `m/1`, to its stage.
        types: Version to its type; nothing said is `custom_model`.
        comes_up: Whether a deployment that is made now comes up.
        bad: Versions that do not, whatever `comes_up` says.
        traffic_moves: Whether a change of the endpoint is taken; or the traffic for which it is not.
        measured: Version to what is measured of it; nothing said is `GOOD`.
        delete_seconds, up_seconds: How long a deployment takes to go, and to come up.
        versioned: Whether the team's own numbers are published with the version they are of.
        refuse: Answers a request in the place of Azure, where it wants to.
        clock: For runs, one after the other.
    """

    models: dict[str, str]
    types: dict[str, str] = field(default_factory=dict)
    comes_up: bool = True
    bad: set[str] = field(default_factory=set)
    traffic_moves: bool | dict[str, int] = True
    measured: dict[str, Measured] = field(default_factory=dict)
    delete_seconds: int = 0
    up_seconds: int = 600
    versioned: bool = True
    refuse: Callable[[Request], Answer | None] = lambda _request: None
    deployments: dict[str, Any] = field(default_factory=dict)
    going: dict[str, float] = field(default_factory=dict)
    traffic: dict[str, int] = field(default_factory=dict)
    mirrored: dict[str, int] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    taken: bool = True
    moved: dict[str, datetime] = field(default_factory=dict)
    shares: list[dict[str, int]] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    environments: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, Any] = field(default_factory=dict)
    ready: dict[str, float] = field(default_factory=dict)
    up: dict[str, bool] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)

    def __call__(self, request: Request, clock: Clock) -> Answer:
        path, now = request.path, clock.now.timestamp()
        for name in [name for name, gone in self.going.items() if now >= gone]:
            del self.deployments[name], self.going[name]
        refused = self.refuse(request)
        if refused:
            return refused
        if "/autoscaleSettings/" in path:
            return self._setting(request)
        if path.endswith("/providers/microsoft.insights/logs"):
            return self._log(request, clock)
        if path.endswith("/providers/Microsoft.Insights/metrics"):
            return self._metric(request, clock)
        if "/models/" in path:
            model, _, version = path.partition("/models/")[2].partition("/versions/")
            found = self.models.get(f"{model}/{version}", self.models.get(version))
            kind = self.types.get(version, "custom_model")
            return (404, None) if found is None else (200, {"properties": {"stage": found, "modelType": kind}})
        if "/environments/" in path or "/codes/" in path:
            held = self.environments if "/environments/" in path else self.codes
            if path in held:
                return 409, {"error": {"code": "UserError", "message": "a version can't change"}}
            held[path] = request.body
            return 201, request.body
        if path.endswith("/deployments"):
            return 200, {"value": [self._shown(name, now) for name in self.deployments]}
        if "/deployments/" in path:
            return self._deployment(request, now)
        return self._endpoint(request, clock)

    def _setting(self, request: Request) -> Answer:
        name = request.path.rpartition("/")[2]
        if request.method == "DELETE":
            return (200 if self.settings.pop(name, None) else 204), None
        self.settings[name] = request.body
        return 201, request.body

    def _state(self, name: str, now: float) -> str:
        if name in self.going:
            return "Deleting"
        if now < self.ready[name]:
            return "Creating"
        return "Succeeded" if self.up[name] else "Failed"

    def _shown(self, name: str, now: float) -> dict[str, Any]:
        kept = {key: self.deployments[name][key] for key in ("tags", "sku")}
        properties = {**self.deployments[name]["properties"], "provisioningState": self._state(name, now)}
        return {"name": name, **kept, "properties": properties}

    def _deployment(self, request: Request, now: float) -> Answer:
        name = request.path.rpartition("/")[2]
        if request.method == "PUT":
            state = self._state(name, now) if name in self.deployments else ""
            if state in ("Creating", "Deleting"):
                return 409, {"error": {"code": "Conflict", "message": f"{name} is {state}"}}
            self.deployments[name], self.ready[name] = request.body, now + self.up_seconds
            self.up[name] = self.comes_up and request.body["tags"]["version"] not in self.bad
            return 201, request.body
        if request.method == "DELETE":
            return self._delete(name, now)
        if name not in self.deployments:
            return 404, {"error": {"code": "NotFound"}}
        return 200, self._shown(name, now)

    def _delete(self, name: str, now: float) -> Answer:
        if name not in self.deployments:
            return 204, None
        if self.traffic.get(name) or self.mirrored.get(name):
            return 409, {"error": {"code": "UserError", "message": f"{name} has traffic"}}
        if self._state(name, now) in ("Creating", "Deleting"):
            return 409, {"error": {"code": "Conflict", "message": f"{name} is {self._state(name, now)}"}}
        if self.delete_seconds:
            self.going[name] = now + self.delete_seconds
        else:
            del self.deployments[name]
        return 202, None

    def _endpoint(self, request: Request, clock: Clock) -> Answer:
        if request.method == "PUT":
            asked, mirrored = (request.body["properties"].get(key, {}) for key in ("traffic", "mirrorTraffic"))
            assert set(asked) | set(mirrored) <= set(self.deployments), f"{sorted(asked)} are not all deployed"
            assert sum(asked.values()) in (0, 100), asked
            assert len(mirrored) <= 1, mirrored
            assert sum(mirrored.values()) <= 50, mirrored
            assert not {name for name in mirrored if asked.get(name)}, "live or mirrored, not both"
            self.taken = self.traffic_moves is True or (self.traffic_moves is not False and asked != self.traffic_moves)
            if self.taken:
                self.moved |= {name: clock.now for name in asked if asked[name] != self.traffic.get(name)}
                self.traffic, self.mirrored, self.tags = dict(asked), dict(mirrored), dict(request.body["tags"])
                self.shares.append(self.traffic)
            return 200, request.body
        state = "Succeeded" if self.taken else "Failed"
        held = {"traffic": self.traffic, "mirrorTraffic": self.mirrored, "provisioningState": state}
        return 200, {"tags": self.tags, "properties": held}

    def _of(self, name: str) -> tuple[str, Measured]:
        """Version of a deployment, and what is measured of it at its share of the traffic."""
        version = self.deployments[name]["tags"]["version"]
        found = self.measured.get(version, GOOD)
        low = self.traffic.get(name, 0) < found.from_share
        return version, Measured(found.requests, own=dict.fromkeys(found.own, 0.0)) if low else found

    def _minutes(self, name: str, clock: Clock) -> float:
        """Minutes with traffic that can be read by now."""
        if not self.traffic.get(name):
            return 0
        return max(0.0, (clock.now - LATE - self.moved[name]).total_seconds() / 60)

    def _log(self, request: Request, clock: Clock) -> Answer:
        """The endpoint's own log; the query is ours, so what it asks is read out of it."""
        query = request.body["query"]
        asked = re.search(r"DeploymentName =~ '([^']+)' and TimeGenerated >= datetime\(([0-9TZ:-]+)\)", query)
        assert asked, query
        assert query.count("'") == 2, query
        _version, found = self._of(asked[1])
        requests = int(found.requests * self._minutes(asked[1], clock) * self.traffic.get(asked[1], 0) / 100)
        shares = [found.errors, found.availability] if requests else [0.0, 100.0]
        columns = [{"name": name} for name in ("TimeGenerated", "requests", "errors", "availability")]
        row = [clock.now.isoformat(), requests, *shares]
        return 200, {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": [row]}]}

    def _metric(self, request: Request, clock: Clock) -> Answer:
        asked = dict(request.query)
        kept = re.fullmatch(r"(deployment|version) eq '([^']+)'", asked.get("$filter", ""))
        assert re.fullmatch(r"[0-9TZ:-]{20}/[0-9TZ:-]{20}", asked["timespan"]), asked
        assert "Average" == asked["aggregation"], asked
        if asked.get("metricnamespace") == "groundplan":
            return self._own(asked, kept[2] if kept else "", clock)
        assert ("RequestLatency_P99", "FULL") == (asked["metricnames"], asked["interval"]), asked
        assert kept, asked
        assert kept[1] == "deployment", asked
        _version, found = self._of(kept[2])
        return _series([{"average": found.latency}] if self._minutes(kept[2], clock) and found.requests else None)

    def _own(self, asked: dict[str, str], version: str, clock: Clock) -> Answer:
        name = asked["metricnames"]
        of = {self._of(deployment)[0]: (deployment, self._of(deployment)[1]) for deployment in self.deployments}
        known = {v: held.own[name] for v, (d, held) in of.items() if name in held.own and self._minutes(d, clock)}
        if not known or (version and not self.versioned):
            return 400, {"error": {"code": "BadRequest", "message": "no such metric, or dimension"}}
        values = [known[version]] if version in known else [] if version else list(known.values())
        return _series([{"average": sum(values) / len(values)}, {}] if values else None)


def _series(points: list[dict[str, float]] | None) -> Answer:
    """As the metrics API answers: no series where there is nothing."""
    return 200, {"value": [{"timeseries": [] if points is None else [{"data": points}]}]}
