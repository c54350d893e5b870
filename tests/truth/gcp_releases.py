"""Releases of every form of an endpoint on Google Cloud, run to their end as the APIs take them."""

from __future__ import annotations

import json
from typing import Any

from tests.truth.gcp_models import ModelsProject
from tests.truth.gcp_project import Project
from tests.truth.gcp_run import RunProject
from tests.truth.gcp_traffic import Traffic

__all__ = ["given", "released"]

VERSION = {
    "labels": {"approval": "approved"},
    "artifactUri": "gs://b/m",
    "containerSpec": {"imageUri": "us-docker.pkg.dev/p/r/i:1"},
}


def given(source: str) -> dict[str, Any]:
    """What a workflow finds in its variable `given`."""
    return json.loads(source)["main"]["steps"][0]["given"]["assign"][0]["given"]


def released(source: str) -> dict[str, str]:
    """Each model that the release is of, by the name that callers give, to what serves once it was released twice."""
    known = given(source)
    if "models" in known:
        return _several(source, known["models"])
    return {"": _service(source, known) if "service" in known else _endpoint(source, known)}


def _endpoint(source: str, known: dict[str, Any]) -> str:
    project = Project(traffic=Traffic(requests=0))  # whatever is promised, no bound is broken
    for version in ("1", "2"):
        project.add_version(known["model"], **VERSION)
        project.run(source, {"version": version})
    (deployed,) = project.deployed
    return deployed["displayName"].split(" ")[0].removeprefix("v")


def _several(source: str, models: dict[str, Any]) -> dict[str, str]:
    """Three of them, of which there may be many."""
    project, served = ModelsProject(), {}
    for name, model in sorted(models.items())[:3]:
        for version in ("1", "2"):
            project.add_version(model["model"], **VERSION)
            served[name] = project.run(source, {"model": name, "version": version})["serves"]
    deployed = sorted(name for names in project.serves().values() for name in names)
    assert deployed == sorted(f"v{version}" for version in served.values())
    return served


def _service(source: str, known: dict[str, Any]) -> str:
    project = RunProject()
    project.holds(known["endpoint"], {**known["template"], "containers": [known["bootstrap"]]})
    for version, execution in (("1", "0a1b2c3d-1"), ("2", "4e5f6071-2")):
        project.add_version(known["model"], **VERSION)
        project.engine.execution = execution
        project.run(source, {"version": version})
    return project.serves.split("-")[-2].removeprefix("v")
