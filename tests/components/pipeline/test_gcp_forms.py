"""Pipelines on Google Cloud whose endpoint serves several models, or is a service of Cloud Run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import pytest

from groundplan.testing import Planned
from tests.components.pipeline.gcp_runs import AUTOMATIC, LINE, later, told
from tests.truth.gcp_loop import LoopProject
from tests.truth.gcp_loop_forms import ModelsLoop, RunLoop
from tests.truth.gcp_project import Job
from tests.truth.gcp_releases import given
from tests.truth.gcp_stack import PIPELINE, planned, project
from tests.truth.gcp_traffic import Traffic

P = TypeVar("P", bound=LoopProject)
ALONE = {"slo": None, "rollout": None, "capture": None}
SERVERLESS = {**ALONE, "form": "serverless", "machine": None, "scale": None}
KNOWN = {"approval": "automatic", "models": ["bought"]}


def _plan(endpoint: dict[str, Any], **sections: Any) -> Planned:
    pipeline = {key: PIPELINE[key] for key in ("train", "gate", "deploy")}
    return planned(None, pipeline, endpoints={"scorer": endpoint}, **{**AUTOMATIC, **sections})


def _models(**models: str) -> Planned:
    return _plan({**ALONE, "model": None, "models": models}, registry=KNOWN)


def _held(kind: type[P], folder: Path, stack: Planned, *aucs: float) -> P:
    held = project(folder, stack, kind, jobs=[Job() for _ in aucs], traffic=Traffic(requests=0))
    held.metrics = [{"auc": auc} for auc in aucs]
    return held


def _source(stack: Planned, name: str) -> str:
    return stack.one("gcp:workflows/workflow:Workflow", name).inputs["sourceContents"]


def _started(held: LoopProject) -> list[Any]:
    return [execution.argument for execution in held.executions_of("scorer-release")]


def test_the_model_that_the_training_makes_is_released(tmp_path):
    """
    The release names it as callers do; what the endpoint serves besides is no champion, and stays.
    """
    stack = _models(ours="fraud-xgb", theirs="bought")
    held = _held(ModelsLoop, tmp_path, stack, 0.9, 0.95)
    held.add_version(
        given(_source(stack, "scorer-release"))["models"]["theirs"]["model"],
        labels={"approval": "approved"},
        artifactUri="gs://b/bought",
        containerSpec={"imageUri": "us-docker.pkg.dev/p/r/i:1"},
    )
    bought = held.begin("scorer-release", {"model": "theirs", "version": "1"})
    assert not bought.failed, bought.error

    first = held.begin(LINE)
    later(held)
    second = held.begin(LINE)

    assert ("deployed", "1") == (first.result["outcome"], first.result["version"]), first.error
    assert {"accepted": 1.0, "candidate": 0.9} == first.result["metrics"]
    assert {"accepted": 1.0, "candidate": 0.95, "champion": 0.9} == second.result["metrics"]
    assert ("2", "1") == (second.result["version"], second.result["previous"])
    assert [{"model": "ours", "version": "1"}, {"model": "ours", "version": "2"}] == _started(held)[1:]
    assert [["v1"], ["v2"]] == sorted(held.serves().values())


def test_every_name_of_the_model_gets_the_version(tmp_path):
    """
    Under two names the model is released twice, one after the other.
    """
    held = _held(ModelsLoop, tmp_path, _models(cards="fraud-xgb", transfers="fraud-xgb"), 0.9)

    ended = held.begin(LINE)

    assert "deployed" == ended.result["outcome"], ended.error
    assert ["cards", "transfers"] == [start["model"] for start in _started(held)]
    assert [["v1"], ["v1"]] == list(held.serves().values())


def test_a_release_that_fails_is_the_pipelines_failure(tmp_path):
    """
    What the release of the first name fails with comes through, people are told, and the second is not begun.
    """
    held = _held(ModelsLoop, tmp_path, _models(cards="fraud-xgb", transfers="fraud-xgb"), 0.9)
    held.fails = {"deployModel": "no capacity"}

    ended = held.begin(LINE)

    assert "no capacity" in ended.error["message"]
    assert ["cards"] == [start["model"] for start in _started(held)]
    (note,) = told(ended)
    assert ("failed", ended.error["message"]) == (note["outcome"], note["message"])


def test_a_service_is_held_against_what_it_serves(tmp_path):
    """
    The champion of a serverless endpoint is the version that its traffic goes to; a better one takes over.
    """
    held = _held(RunLoop, tmp_path, _plan(SERVERLESS), 0.9, 0.901, 0.95)

    first = held.begin(LINE)
    later(held)
    second = held.begin(LINE)
    later(held)
    third = held.begin(LINE)

    assert ("deployed", None) == (first.result["outcome"], first.result["previous"]), first.error
    assert "rejected" == second.result["outcome"]
    assert "auc is 0.901, the champion's 0.9" in second.result["because"]
    assert ("deployed", "2", "1") == tuple(third.result[key] for key in ("outcome", "version", "previous"))
    assert "-v2-" in held.serves


def test_a_service_that_does_not_come_up_fails_the_pipeline(tmp_path):
    """
    The version is registered, the one before serves, and people are told Cloud Run's reason.
    """
    held = _held(RunLoop, tmp_path, _plan(SERVERLESS), 0.9, 0.95)
    held.begin(LINE)
    image, serves = held.container()["image"], held.serves
    held.broken_images = {image: "The container failed to start and listen on port 8080."}
    held.revisions[serves] = {**held.revisions[serves], "containers": [{**held.container(), "image": "a good one"}]}
    later(held)

    ended = held.begin(LINE)

    assert "DeploymentFailed" == ended.error["error"]
    assert "failed to start and listen" in ended.error["message"]
    assert serves == held.serves
    (note,) = told(ended)
    assert ("failed", "DeploymentFailed") == (note["outcome"], note["error"])


@pytest.mark.parametrize(
    ("endpoint", "path"), [(SERVERLESS, "/services/"), ({"ours": "fraud-xgb", "theirs": "bought"}, "/endpoints/")]
)
def test_what_serves_is_read_where_releases_go(endpoint, path):
    """
    Off the service, or off the endpoint of the model.
    """
    stack = _plan(endpoint) if "form" in endpoint else _models(**endpoint)
    own = given(_source(stack, LINE))["endpoint"]
    release = given(_source(stack, "scorer-release"))

    assert path in own
    assert own == release.get("endpoint", release.get("models", {}).get("ours", {}).get("endpoint"))
