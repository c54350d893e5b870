"""Pipelines on Azure whose endpoint serves several models: which is the champion, and which is released."""

from __future__ import annotations

from groundplan.testing import Planned
from tests.components.pipeline.azure_runs import CHAIN, CHAMPION, account, started
from tests.truth.azure_loop import Nested
from tests.truth.azure_loop_plans import plan

MODELS = {"ours": "fraud-xgb", "theirs": "bought"}


def a_pipeline(**models: str) -> Planned:
    return plan(
        registry={"approval": "manual", "models": ["bought"]},
        endpoints={"scorer": {"models": models or MODELS}},
        pipelines={"retrain": CHAIN},
    )


def test_the_model_that_the_training_makes_is_released():
    """
    The release gets the name that callers give that model; the champion is the version of its deployment.
    """
    azure = account(serves="", served={"ours": "7", "theirs": "3"})

    done = started(azure, planned=a_pipeline())

    version = done.outputs["result"]["version"]
    assert "deployed" == done.outputs["result"]["outcome"]
    ((_, release),) = azure.workflows["release"].started
    assert {"model": "ours", "version": version, "run": f"retrain-{version}"} == release
    assert azure.versions[version]["modelUri"].endswith(f"/models/fraud-xgb/{version}")
    (evaluated,) = [job for name, job in azure.jobs.items() if name.endswith("-evaluate")]
    assert CHAMPION["modelUri"] == evaluated["inputs"]["champion"]["uri"]


def test_another_models_version_is_no_champion():
    """
    Where nothing of the model serves yet the candidate stands alone, whatever else the endpoint serves.
    """
    azure = account(serves="", served={"theirs": "7"})

    assert "deployed" == started(azure, planned=a_pipeline()).outputs["result"]["outcome"]

    (evaluated,) = [job for name, job in azure.jobs.items() if name.endswith("-evaluate")]
    assert "champion" not in evaluated["inputs"]


def test_every_name_of_the_model_gets_the_version():
    """
    Under two names the model is released twice, one after the other, each under a name of its own.
    """
    azure = account(served={"a-name": "7", "b-name": "7"})

    done = started(azure, planned=a_pipeline(**{"a-name": "fraud-xgb", "b-name": "fraud-xgb"}))

    version = done.outputs["result"]["version"]
    (first, one), (second, other) = azure.workflows["release"].started
    assert ("a-name", "b-name", version) == (one["model"], other["model"], other["version"])
    assert one["run"] != other["run"]
    assert first < second


def test_a_release_that_fails_is_the_pipelines_failure():
    """
    What the release of the first name fails with comes through, and the second is not begun.
    """
    error = {"code": "DeploymentFailed", "message": "version 8 did not come up"}
    azure = account(served={"a-name": "7"}, workflows={"release": Nested("Failed", error)})

    done = started(azure, planned=a_pipeline(**{"a-name": "fraud-xgb", "b-name": "fraud-xgb"}))

    assert (error["code"], error["message"]) == (done.error["code"], done.error["message"])
    assert 1 == len(azure.workflows["release"].started)
