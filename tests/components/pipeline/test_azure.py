"""Pipelines on Azure: the whole chain run on a played cloud, on good days and bad ones, and what starts it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.components.pipeline.azure_runs import a_pipeline, account, started, told_of
from tests.truth.azure_loop import Loop, Nested, machine
from tests.truth.azure_loop_plans import plan

ALERT = "azure-native:monitor:MetricAlert"
CHAIN: dict[str, Any] = {
    "train": "fraud-xgb",
    "deploy": "scorer",
    "expect": {"rows": {"at_least": 3}, "columns": {"amount": {"min": 0, "missing": "10%"}}},
    "gate": {"metric": "auc", "by": 0.01},
}
WATCH = {"scorer": {"drift": {}, "on_breach": "retrain"}}
GOOD = {"groundplan.accepted": "1", "groundplan.candidate": "0.93", "groundplan.champion": "0.9"}
CHAMPION = {"stage": "Approved", "modelUri": "azureml://datastores/artifacts/paths/models/fraud-xgb/7"}


def test_from_data_to_a_served_version():
    """
    Expectations, the training's own definition, the gate, the registry, a person's approval, the endpoint's release.
    """
    azure = account()

    done = started(azure)

    assert "Succeeded" == done.status, done.error
    version = done.outputs["result"]["version"]
    assert {"outcome": "deployed", "metric": "auc", "candidate": 0.93, "champion": 0.9} == {
        key: done.outputs["result"][key] for key in ("outcome", "metric", "candidate", "champion")
    }
    ((_, training),) = azure.workflows["runs"].started
    ((_, release),) = azure.workflows["release"].started
    assert {"run": f"retrain-{version}"} == training
    assert {"version": version, "run": f"retrain-{version}"} == release
    registered = azure.versions[version]
    assert registered["modelUri"].endswith(f"/models/fraud-xgb/{version}")
    expect, evaluate, keep = azure.jobs.values()
    assert {"train", "hold_out"} == set(expect["inputs"])
    assert CHAMPION["modelUri"] == evaluate["inputs"]["champion"]["uri"]
    assert keep["inputs"]["candidate"]["uri"].endswith(f"/runs/fraud-xgb/retrain-{version}")
    assert registered["modelUri"] == keep["outputs"]["report"]["uri"]
    assert {"waits": 1} == told_of(azure)


def test_the_first_version_has_no_champion():
    """
    Where nothing serves yet, or what serves is gone from the registry, the candidate stands alone.
    """
    for azure in (account(serves=""), account(versions={})):
        assert "deployed" == started(azure).outputs["result"]["outcome"]
        evaluate = next(job for name, job in azure.jobs.items() if name.endswith("-evaluate"))
        assert {"candidate"} == set(evaluate["inputs"])
        assert "INPUT_CHAMPION" not in evaluate["command"]


def test_data_that_is_not_as_expected_costs_no_training():
    """
    The run fails as ExpectationsNotMet with the step's own reasons, before anything is trained.
    """
    azure = account(steps=lambda *_: ("Failed", {"groundplan.reason": "train: 2 rows, and at least 3 are expected"}))

    done = started(azure)

    assert ("ExpectationsNotMet", "train: 2 rows, and at least 3 are expected") == (
        done.error["code"],
        done.error["message"],
    )
    assert [] == azure.workflows["runs"].started


def test_a_training_that_fails_is_told_with_its_reason():
    """
    The training's failure is the pipeline's, in the training's own words, and nothing is registered.
    """
    error = {"code": "TrainingFailed", "message": "run x ended as Failed (no spot machines)"}
    azure = account(workflows={"runs": Nested("Failed", error)})

    done = started(azure)

    assert ("TrainingFailed", error["message"]) == (done.error["code"], done.error["message"])
    assert ["7"] == list(azure.versions)


def test_a_training_that_nobody_can_find_is_a_failure():
    """
    A run that Logic Apps never lists does not hold the pipeline for ever, nor does it look like a success.
    """
    azure = account(workflows={"runs": Nested(unseen=10**9)})

    done = started(azure)

    assert "TrainingFailed" == done.error["code"]
    assert "nothing that Logic Apps tells of" in done.error["message"]


def test_a_candidate_that_is_not_better_is_rejected_well():
    """
    What serves goes on serving: the run ends well as rejected, people are told, and there is no version.
    """
    azure = account(steps=lambda *_: ("Completed", {**GOOD, "groundplan.accepted": "0"}))

    done = started(azure)

    assert ("Succeeded", "rejected", "") == (
        done.status,
        done.outputs["result"]["outcome"],
        done.outputs["result"]["version"],
    )
    assert ({"rejected": 1}, ["7"], []) == (told_of(azure), list(azure.versions), azure.workflows["release"].started)


def test_a_gate_that_can_not_be_held_is_a_failure():
    """
    A candidate without the figure, or a champion that can't be looked up, is no good candidate.
    """
    broken = account(
        steps=lambda name, _job: (
            ("Failed", {"groundplan.reason": "the candidate has no metrics.json"})
            if name.endswith("-evaluate")
            else ("Completed", GOOD)
        )
    )
    assert "GateFailed" == started(broken).error["code"]

    class Closed(Loop):
        def __call__(self, request, clock):
            closed = request.method == "GET" and "/models/" in request.path
            return (403, None) if closed else super().__call__(request, clock)

    azure = account()
    closed = Closed(**{name: getattr(azure, name) for name in ("steps", "serves", "versions", "workflows")})
    assert "GateFailed" == started(closed).error["code"]


@pytest.mark.parametrize(
    ("decide", "said"),
    [((3600, "Rejected"), "has the stage Rejected"), (None, "was approved by nobody within 3d")],
)
def test_a_version_that_nobody_approves_is_not_released(decide, said):
    """
    A person said no, or nobody said anything in time: the run fails as NotApproved, and what serves goes on serving.
    """
    azure = account(decide=decide)

    done = started(azure, planned=a_pipeline(approval_wait="3d"))

    assert "NotApproved" == done.error["code"]
    assert said in done.error["message"]
    assert [] == azure.workflows["release"].started
    assert {"waits": 1} == told_of(azure)


def test_without_a_persons_approval_it_goes_on_at_once():
    """
    A registry that approves by itself asks nobody.
    """
    azure = account(decide=None)

    done = started(azure, planned=a_pipeline("automatic"))

    assert ("deployed", {}) == (done.outputs["result"]["outcome"], told_of(azure))


def test_a_reviewed_breach_waits_for_a_person_whatever_the_registry_says():
    """
    With on_breach: review, a start by that breach waits for approval; a start by hand of the same pipeline does not.
    """
    planned = a_pipeline("automatic", {"scorer": {"drift": {}, "on_breach": "review"}}, on=["scorer.drift"])

    by_breach, by_hand = account(), account(decide=None)
    assert "deployed" == started(by_breach, {"reason": "scorer.drift"}, planned).outputs["result"]["outcome"]
    assert "deployed" == started(by_hand, {}, planned).outputs["result"]["outcome"]

    assert ({"waits": 1}, {}) == (told_of(by_breach), told_of(by_hand))


def test_a_rollout_that_goes_back_is_the_pipelines_failure():
    """
    RolledBack comes through with the release's own words, which say what serves.
    """
    error = {"code": "RolledBack", "message": "version 8 was taken back: errors; version 7 serves, on v7-1"}
    azure = account(workflows={"release": Nested("Failed", error)})

    done = started(azure)

    assert ("RolledBack", error["message"]) == (done.error["code"], done.error["message"])


def test_without_an_endpoint_it_ends_in_the_registry():
    """
    Nothing is deployed: the version is registered, and people are told where it waits for one of them.
    """
    gate = {"metric": "auc", "better_than": "nothing", "at_least": 0.9}
    for approval, told in (("manual", {"waits": 1}), ("automatic", {})):
        azure = account()
        done = started(azure, planned=a_pipeline(approval, deploy=None, gate=gate))
        assert ("registered", told) == (done.outputs["result"]["outcome"], told_of(azure))


# ------------------------------------------------------------------------------------------- one at a time


def test_people_are_told_each_time_and_once():
    """
    Failed, rejected and waiting are alerts that tell of each occurrence, of this pipeline alone.
    """
    planned = a_pipeline()

    for word in ("failed", "rejected", "waits"):
        alarm = planned.one(ALERT, f"retrain-pipeline-{word}")
        assert (False, "PT5M", "PT5M") == (
            alarm.at("autoMitigate"),
            alarm.at("windowSize"),
            alarm.at("evaluationFrequency"),
        )
        (criterion,) = alarm.at("criteria.allOf")
        if word != "failed":
            assert [{"name": "pipeline", "operator": "Include", "values": ["retrain"]}] == criterion["dimensions"]
        assert alarm.at("actions")


def test_what_could_not_be_chained_is_refused():
    """
    A training that each start must name an image for, and a chain longer than a workflow may last, are refused.
    """
    bare = {"fraud-xgb": {"machine": {"cpu": 4}, "spot": False}}
    with pytest.raises(ValueError, match=r"neither image nor runtime.*Write one"):
        plan(
            training=bare,
            pipelines={"retrain": {"train": "fraud-xgb"}},
            endpoints={"scorer": {"model": "fraud-xgb", "runtime": "xgboost"}},
        )
    with pytest.raises(ValueError, match="90 at most"):
        a_pipeline(approval_wait="85d")


def test_rights_do_not_grow_with_loops():
    """
    Two pipelines and a monitor take as many roles and assignments as one pipeline.
    """
    one = a_pipeline()
    more = plan(
        registry={"approval": "manual"},
        pipelines={"retrain": CHAIN, "again": CHAIN},
        monitoring={"scorer": {"drift": {}}},
    )
    for kind in ("azure-native:authorization:RoleAssignment", "azure-native:authorization:RoleDefinition"):
        assert {r.name for r in one.all(kind)} == {r.name for r in more.all(kind)}


# ------------------------------------------------------------------------------------------- with the steps themselves


@pytest.mark.parametrize(("auc", "outcome"), [(0.95, "deployed"), (0.905, "rejected")])
def test_the_steps_own_code_decides(tmp_path: Path, auc: float, outcome: str):
    """
    From the files that the training left to the version's own folder: expectations, gate and copy, as jobs run them.
    """
    store = tmp_path / "store"
    for channel in ("train", "validation"):
        folder = store / "data" / "data" / "payments" / channel
        folder.mkdir(parents=True)
        (folder / "rows.csv").write_text("amount,label\n1,0\n2,1\n3,1\n4,0\n")
    champion = store / "artifacts" / "models" / "fraud-xgb" / "7"
    champion.mkdir(parents=True)
    (champion / "metrics.json").write_text(json.dumps({"auc": 0.9}))
    runs = machine(store, tmp_path / "machines")

    def steps(name: str, job: Any) -> Any:
        if name.endswith("-evaluate"):  # the training has ended by now
            left = store / "artifacts" / "runs" / "fraud-xgb" / name.removesuffix("-evaluate")
            (left / "code").mkdir(parents=True)
            (left / "metrics.json").write_text(json.dumps({"auc": auc}))
            (left / "code" / "score.py").write_text("# serves")
        return runs(name, job)

    done = started(account(steps=steps))

    assert "Succeeded" == done.status, done.error
    assert (outcome, auc, 0.9) == tuple(done.outputs["result"][k] for k in ("outcome", "candidate", "champion"))
    kept = list((store / "artifacts" / "models" / "fraud-xgb").glob("*/code/score.py"))
    assert (outcome == "deployed") == bool(kept)


def test_the_steps_own_reasons_come_through(tmp_path: Path):
    """
    What the expect step found wrong is what the failed run says.
    """
    store = tmp_path / "store"
    for channel in ("train", "validation"):
        folder = store / "data" / "data" / "payments" / channel
        folder.mkdir(parents=True)
        (folder / "rows.csv").write_text("amount,label\n-1,0\n2,1\n3,1\n")

    done = started(account(steps=machine(store, tmp_path / "machines")))

    assert "ExpectationsNotMet" == done.error["code"]
    assert "train: amount: 1 values beyond min 0, such as -1" in done.error["message"]
