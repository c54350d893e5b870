"""An endpoint of Google Cloud in which version 1 serves, and what became of its traffic."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from components.endpoint import EndpointSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.gcp_project import Project
from tests.truth.gcp_traffic import Behaviour, Traffic
from tests.truth.gcp_workflow_engine import Raised

__all__ = ["CANARY", "SLO", "names", "plan", "rolled_back", "serving", "shares", "source"]

SLO = {"latency_p99": "200ms", "errors": "1%", "availability": "99.5%"}
CANARY = {"steps": ["10%", "50%"], "bake": "5m"}
VERSION = {
    "labels": {"approval": "approved"},
    "artifactUri": "gs://b/models/fraud/1",
    "containerSpec": {"imageUri": "us-docker.pkg.dev/vertex-ai/prediction/x:1"},
}


@cache
def _plan(fields: str) -> Planned:
    spec = EndpointSpec.model_validate({"model": "fraud", **json.loads(fields)})
    return plan_component("endpoint", "gcp", spec, name="scorer")


def plan(**fields: Any) -> Planned:
    """An endpoint called scorer, planned."""
    return _plan(json.dumps(fields))


def source(rollout: dict[str, Any] | None = None, **fields: Any) -> str:
    """Its release; by default with `SLO` and `CANARY`."""
    asked = {"slo": SLO, "rollout": CANARY if rollout is None else rollout, **fields}
    return plan(**asked).one("gcp:workflows/workflow:Workflow").inputs["sourceContents"]


def serving(release: str, second: Behaviour | None = None, at: int = 0, **traffic: Any) -> Project:
    """A project in which version 1 serves; version 2 behaves so once it has that share of the traffic."""

    def behaves(version: str, share: int) -> Behaviour:
        return second if second and version == "2" and share >= at else Behaviour()

    project = Project(traffic=Traffic(behaves=behaves, **traffic))
    model = json.loads(release)["main"]["steps"][0]["given"]["assign"][0]["given"]["model"]
    for _ in range(3):
        project.add_version(model, **VERSION)
    project.run(release, {"version": "1"})
    project.calls.clear()
    return project


def names(project: Project) -> list[str]:
    """Versions that are deployed."""
    return [model["displayName"].split(" ")[0] for model in project.deployed]


def shares(project: Project, version: str = "2") -> list[int]:
    """Shares of the traffic that a version had, one after the other."""
    found = [share for _, split in project.traffic.splits for name, share in split.values() if name == version]
    return [share for share, before in zip(found, [None, *found], strict=False) if share != before]


def rolled_back(project: Project, release: str) -> dict[str, Any]:
    """What the release of version 2 says of why version 1 serves again."""
    with pytest.raises(Raised) as caught:
        project.run(release, {"version": "2"})
    told = caught.value.value
    assert isinstance(told, dict)
    assert told["error"] == "RolledBack"
    assert names(project) == ["v1"]
    assert {project.deployed[0]["id"]: 100} == project.split
    return told
