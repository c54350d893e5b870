"""The closed loop on an endpoint of several models: whom it holds a candidate against, and whom it releases to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from groundplan.testing import Planned, plan_blueprint
from tests.components.pipeline.test_aws import AT, _model
from tests.truth.aws_loop import Loop

MACHINE = "aws:sfn/stateMachine:StateMachine"
TRAIN = {"runtime": "xgboost", "machine": {"cpu": 4}, "spot": False, "inputs": {"train": "data/train/"}}
AT_FIRST = "ranker-bootstrap-1234567"
SERVING = "fraud-prod-ranker-0a1b2c3d"


@cache
def _plan(fields: str) -> Planned:
    blueprint = {
        "apiVersion": "groundplan/v1",
        "name": "fraud",
        "owner": "risk-ml",
        "registry": {"approval": "automatic"},
        "training": {"fraud": TRAIN, "basket": TRAIN},
        "endpoints": {"ranker": json.loads(fields)},
        "pipelines": {"nightly": {"train": "fraud", "deploy": "ranker", "gate": {"metric": "auc", "by": 0.01}}},
        "environments": {"prod": {}},
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fraud.yaml"
        path.write_text(json.dumps(blueprint))
        return plan_blueprint(path, "prod", "aws")


def _planned(**models: str) -> Planned:
    served = {"models": models, "machine": {"cpu": 4, "memory": "16GiB"}}
    return _plan(json.dumps(served if models else {"model": "fraud", "scale": {"min": 0, "max": 2}}))


@dataclass(kw_only=True)
class Account(Loop):
    """With components; `runs` is the model that each of them has, `asked` are those that were looked at."""

    runs: str = SERVING
    asked: list[str] = field(default_factory=list)

    def _describeInferenceComponent(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(arguments["InferenceComponentName"])
        return {**arguments, "Specification": {"ModelName": self.runs}}

    def _listTags(self, arguments: dict[str, Any]) -> dict[str, Any]:
        assert arguments["ResourceArn"].endswith(f":model/{SERVING}")
        return {"Tags": [{"Key": "version", "Value": "11"}]}


def _loop(planned: Planned, root: Path, **more: Any) -> Account:
    """Version 11 serves, with 0.80, and a training makes 0.90."""
    loop = Account(root=root, versions=frozenset({"11", "12"}), **more)
    old, new = (_model(loop, f"training/fraud/{n}/output/model.tar.gz", auc) for n, auc in (("old", 0.8), ("new", 0.9)))
    loop.container = {"Image": "i", "ModelDataUrl": old}
    names = {r.name: r.inputs["name"] for r in planned.all(MACHINE)}
    loop.machines = {names["fraud-train"]: {"run": "r", "job": "j", "model": new}, names["ranker-release"]: {}}
    return loop


def _run(planned: Planned, loop: Account) -> Any:
    definition = json.loads(planned.one(MACHINE, "nightly-pipeline").inputs["definition"])
    return loop.start(definition, {}, AT.format(1))


def test_a_better_version_goes_to_the_model_it_is_of(tmp_path):
    """
    The candidate is held against what that model's component serves, and the release names the model.
    """
    planned = _planned(home="fraud", cart="basket")
    loop = _loop(planned, tmp_path)

    ended = _run(planned, loop)

    assert "" == ended.error, ended.cause
    assert 0.8 == ended.output["metrics"]["champion"]
    assert {"version": "12", "model": "home"} == loop.nested[-1][1]
    assert loop.asked[-1].endswith("-home")


def test_one_model_under_two_names_is_released_to_both(tmp_path):
    """
    Callers know it by either name, and each gets the version.
    """
    planned = _planned(home="fraud", cart="fraud")
    loop = _loop(planned, tmp_path)

    ended = _run(planned, loop)

    assert "" == ended.error, ended.cause
    released = [given for name, given in loop.nested if "release" in name]
    assert [{"version": "12", "model": "cart"}, {"version": "12", "model": "home"}] == released


def test_before_a_first_release_there_is_no_champion(tmp_path):
    """
    A component that runs the model it was made with serves no version, and every candidate passes.
    """
    planned = _planned(home="fraud", cart="basket")

    ended = _run(planned, _loop(planned, tmp_path, runs=AT_FIRST))

    assert "" == ended.error, ended.cause
    assert "champion" not in ended.output["metrics"]


def test_an_endpoint_that_scales_to_zero_is_deployed_to(tmp_path):
    """
    Its one model has a component too, and needs no name in the release.
    """
    planned = _planned()
    loop = _loop(planned, tmp_path)

    ended = _run(planned, loop)

    assert "" == ended.error, ended.cause
    assert 0.8 == ended.output["metrics"]["champion"]
    assert {"version": "12"} == loop.nested[-1][1]
