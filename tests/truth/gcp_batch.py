"""A Google Cloud project with batch predictions, and with the store and executions that gather new data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.truth.gcp_discovery import api
from tests.truth.gcp_project import NOT_FOUND, Project
from tests.truth.gcp_workflow_engine import Reply

__all__ = ["BatchProject"]

STORAGE = re.compile(r"https://storage\.googleapis\.com(/upload)?/storage/v1/b/([^/]+)/o(?:/([^/]+))?")


@dataclass
class BatchProject(Project):
    """
    Further than its base.

    Attributes:
        failed: Records that a batch prediction has no answer to.
        lost: Whether the next answer to a write of an object gets lost, once it is written.
        objects: Name to content, of any bucket.
        started: Arguments of the executions that were asked for.
    """

    failed: int = 0
    lost: bool = False
    objects: dict[str, str] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)

    def answer(self, verb: str, url: str, query: Mapping[str, Any], body: Any) -> Reply:
        found = STORAGE.fullmatch(url)
        return self._object(verb, found, query, body) if found else super().answer(verb, url, query, body)

    def _object(self, verb: str, url: re.Match[str], query: Mapping[str, Any], body: Any) -> Reply:
        method = api("storage.v1")["resources"]["objects"]["methods"]["get" if verb == "GET" else "insert"]
        known = {*method["parameters"], *api("storage.v1")["parameters"]}
        assert set(query) <= known, set(query) - known
        if verb == "GET":
            name = url[3].replace("%2F", "/")
            return Reply(200, self.objects[name]) if name in self.objects else NOT_FOUND
        assert (url[1], query["ifGenerationMatch"], query["uploadType"]) == ("/upload", "0", "media")
        if query["name"] in self.objects:
            return Reply(412, {"error": {"code": 412, "message": "conditionNotMet"}})
        self.objects[query["name"]] = body
        if self.lost:
            self.lost = False
            return Reply(503, {"error": {"message": "try again"}})
        return Reply(200, {"name": query["name"]})

    def _models_listVersions(self, path: str, query: Mapping[str, Any], _body: Any) -> Reply:
        assert (query["filter"], query["orderBy"]) == ('labels.approval="approved"', "create_time desc")
        versions = self.models.get(path.removesuffix(":listVersions"))
        if versions is None:
            return NOT_FOUND
        newest = [v for v in reversed(versions) if v.get("labels", {}).get("approval") == "approved"]
        return Reply(200, {"models": newest[: query["pageSize"]]} if newest else {})

    def _batchPredictionJobs_list(self, path: str, query: Mapping[str, Any], body: Any) -> Reply:
        found = self._customJobs_list(path, query, body).body
        return Reply(200, {"batchPredictionJobs": found["customJobs"]} if found else {})

    def _batchPredictionJobs_create(self, path: str, query: Any, body: dict[str, Any]) -> Reply:
        assert ("model" in body) != ("unmanagedContainerModel" in body)
        return self._customJobs_create(path, query, body)

    def _batchPredictionJobs_get(self, path: str, query: Any, body: Any) -> Reply:
        seen = self._customJobs_get(path, query, body)
        counts = {"successfulCount": "97", **({"failedCount": str(self.failed)} if self.failed else {})}
        return Reply(seen.code, {**seen.body, "completionStats": counts})

    def _batchPredictionJobs_cancel(self, path: str, query: Any, body: Any) -> Reply:
        return self._customJobs_cancel(path, query, body)

    def _executions_create(self, _path: str, _query: Any, body: dict[str, Any]) -> Reply:
        self.started.append(body["argument"])
        return Reply(200, {"name": f"executions/{len(self.started)}"})
