"""A played feature store of Azure ML: versions of feature sets, and the jobs that write and fill them."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.truth.azure_language import Clock
from tests.truth.azure_workflows import Answer, Request

__all__ = ["FeatureStore"]


@dataclass
class FeatureStore:
    """
    One workspace that jobs run in, and the feature store's.

    Attributes:
        versions: Versions that are published, by name of the version.
        writing, filling: How the jobs go that write a specification and materialize, by seconds after their start.
        publishing: What becomes of a version that is put.
        specifications: What the jobs wrote.
        windows: What was asked to be materialized.
    """

    versions: dict[str, Any] = field(default_factory=dict)
    writing: Sequence[tuple[int, str]] = ((0, "Queued"), (120, "Completed"))
    filling: Sequence[tuple[int, str]] = ((300, "Running"), (1500, "Completed"))
    publishing: str = "Succeeded"
    specifications: list[dict[str, Any]] = field(default_factory=list)
    windows: list[dict[str, Any]] = field(default_factory=list)
    jobs: dict[str, float] = field(default_factory=dict)

    def __call__(self, request: Request, clock: Clock) -> Answer:
        now, path = clock.now.timestamp(), request.path
        if path.endswith("/backfill"):
            return self._backfill(request, now)
        if path.endswith("/versions"):
            return 200, {"value": [{"id": f"{path}/{version}", "name": version} for version in self.versions]}
        if "/featuresets/" in path:
            return self._version(request)
        if path.endswith("/jobs"):
            return 200, {"value": self._listed(request.query["tag"], now)}
        return self._writing_job(request, now)

    def _version(self, request: Request) -> Answer:
        version = request.path.rpartition("/")[2]
        if request.method == "PUT":
            assert self.specifications, "the specification has to be there first"
            assert version not in self.versions, "a version can't change"
            self.versions[version] = request.body["properties"]
            return 201, request.body
        return 200, {"properties": {**self.versions[version], "provisioningState": self.publishing}}

    def _backfill(self, request: Request, now: float) -> Answer:
        version = request.path.split("/")[-2]
        if version not in self.versions:
            return 404, {"error": {"code": "NotFound"}}
        (tag,) = request.body["tags"]
        self.windows.append(request.body)
        self.jobs[tag] = now
        return 202, None

    def _listed(self, tag: str, now: float) -> list[dict[str, Any]]:
        seen = [status for after, status in self.filling if tag in self.jobs and self.jobs[tag] + after <= now]
        return [{"name": tag, "properties": {"status": seen[-1]}}] if seen else []

    def _writing_job(self, request: Request, now: float) -> Answer:
        job = request.path.rpartition("/")[2]
        if request.method == "PUT":
            assert job not in self.jobs, "a job's name is taken for ever"
            self.jobs[job] = now
            text = request.body["properties"]["command"].split(" ")[2]
            self.specifications.append(json.loads(base64.b64decode(text)))
            return 201, request.body
        status = [name for after, name in self.writing if self.jobs[job] + after <= now][-1]
        return 200, {"properties": {"status": status}}
