"""A Google Cloud project with several endpoints, and pools of machines that models on them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.truth.gcp_project import NOT_FOUND, Project
from tests.truth.gcp_workflow_engine import EXECUTION, Reply

__all__ = ["ModelsProject"]

Held = tuple[list[dict[str, Any]], dict[str, int]]
RESIZED = {"dedicatedResources.minReplicaCount", "dedicatedResources.maxReplicaCount"}


@dataclass
class ModelsProject(Project):
    """
    Several endpoints, where `Project` has one.

    Attributes:
        held: Endpoint to what is deployed to it, and its traffic.
        pools: Path of a pool to what it was made as.
        others: Executions of the release that were started before, with the moment at which each ends.
    """

    held: dict[str, Held] = field(default_factory=dict)
    pools: dict[str, dict[str, Any]] = field(default_factory=dict)
    others: dict[str, float] = field(default_factory=dict)
    at: str = ""

    def answer(self, verb: str, url: str, query: Mapping[str, Any], body: Any) -> Reply:
        """Of the endpoint that the address names."""
        before = self.at
        self._go(url.partition("/endpoints/")[2].partition(":")[0] if "/endpoints/" in url else "")
        try:
            return super().answer(verb, url, query, body)
        finally:
            self._go(before)

    def _go(self, endpoint: str) -> None:
        self.held[self.at] = (self.deployed, self.split)
        self.at = endpoint
        self.deployed, self.split = self.held.get(endpoint, ([], {}))

    def serves(self) -> dict[str, list[str]]:
        """Endpoint to the versions that are deployed to it."""
        self._go("")
        return {name: [m["displayName"] for m in models] for name, (models, _) in self.held.items() if models}

    def _operation(
        self, what: str, of: str, response: dict[str, Any], effect: Callable[[], None] = lambda: None
    ) -> Reply:
        endpoint = self.at

        def there() -> None:
            before = self.at
            self._go(endpoint)
            effect()
            self._go(before)

        return super()._operation(what, of, response, there)

    def _endpoints_deployModel(self, path: str, query: Any, body: dict[str, Any]) -> Reply:
        shared = body["deployedModel"].get("sharedResources")
        if shared:
            assert shared in self.pools, "a model is deployed to a pool that is there"
            assert "dedicatedResources" not in body["deployedModel"]
            assert "serviceAccount" not in body["deployedModel"], "whom its containers run as, the pool says"
        return super()._endpoints_deployModel(path, query, body)

    # pools

    def _deploymentResourcePools_create(self, path: str, _query: Any, body: dict[str, Any]) -> Reply:
        name = f"{path}/{body['deploymentResourcePoolId']}"
        if name in self.pools:
            return Reply(409, {"error": {"status": "ALREADY_EXISTS"}})

        def made() -> None:
            self.pools[name] = {**body["deploymentResourcePool"], "name": name}

        return self._operation("deploymentResourcePools", name, {"name": name}, made)

    def _deploymentResourcePools_get(self, path: str, _query: Any, _body: Any) -> Reply:
        return Reply(200, self.pools[path]) if path in self.pools else NOT_FOUND

    def _deploymentResourcePools_list(self, path: str, _query: Any, _body: Any) -> Reply:
        found = [pool for name, pool in self.pools.items() if name.startswith(path)]
        return Reply(200, {"deploymentResourcePools": found} if found else {})

    def _deploymentResourcePools_patch(self, path: str, query: Mapping[str, Any], body: dict[str, Any]) -> Reply:
        assert set(query["updateMask"].split(",")) == RESIZED, "what else is sent is not taken over"

        def changed() -> None:
            for name in ("minReplicaCount", "maxReplicaCount"):
                self.pools[path]["dedicatedResources"][name] = body["dedicatedResources"][name]

        return self._operation("resized", path, {"name": path}, changed)

    def _deploymentResourcePools_queryDeployedModels(self, path: str, _query: Any, _body: Any) -> Reply:
        pool, there = path.removesuffix(":queryDeployedModels"), self.at
        self._go("")
        count = sum(m.get("sharedResources") == pool for models, _ in self.held.values() for m in models)
        self._go(there)
        return Reply(200, {"totalDeployedModelCount": count} if count else {})

    def _deploymentResourcePools_delete(self, path: str, _query: Any, _body: Any) -> Reply:
        def deleted() -> None:
            del self.pools[path]

        return self._operation("deleted", path, {}, deleted)

    def _executions_list(self, path: str, _query: Any, _body: Any) -> Reply:
        names = [name for name, ends in self.others.items() if self.engine.now < ends]
        own = [EXECUTION] if self.running else []
        return Reply(200, {"executions": [{"name": f"{path}/{name}", "state": "ACTIVE"} for name in [*names, *own]]})
