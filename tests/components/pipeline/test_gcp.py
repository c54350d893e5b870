"""Pipelines on Google Cloud: the whole loop over the stack's own workflows, on good days and bad ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from groundplan.program import Unfit
from tests.components.pipeline.gcp_runs import (
    AUTOMATIC,
    HOUR,
    LINE,
    TELLS,
    approve,
    held_by,
    later,
    serves,
    told,
)
from tests.truth.gcp_loop import LoopProject
from tests.truth.gcp_project import Job
from tests.truth.gcp_stack import PIPELINE, baseline, planned
from tests.truth.gcp_traffic import Behaviour


def test_from_data_to_a_served_version(tmp_path):
    """
    Data are as expected, a model is trained, none serves yet, it is registered, approved, and serves.
    """
    held = held_by(tmp_path, 0.9, **AUTOMATIC)

    ended = held.begin(LINE, {"reason": "new features"})

    assert not ended.failed, ended.error
    assert ("deployed", "new features", "1") == tuple(ended.result[k] for k in ("outcome", "reason", "version"))
    assert {"accepted": 1.0, "candidate": 0.9} == ended.result["metrics"]
    assert ["expect", "evaluate"] == [step["step"] for step in held.steps]
    assert ["v1"] == serves(held)
    assert [] == told(ended)


def test_a_better_candidate_takes_over(tmp_path):
    """
    The next one is held against the version that serves, and takes over by the endpoint's own rollout.
    """
    held = held_by(tmp_path, 0.9, 0.92, **AUTOMATIC)
    held.begin(LINE)
    later(held)

    ended = held.begin(LINE)

    assert {"accepted": 1.0, "candidate": 0.92, "champion": 0.9} == ended.result["metrics"]
    assert ("deployed", "2", "1") == tuple(ended.result[k] for k in ("outcome", "version", "previous"))
    assert ["v2"] == serves(held)
    assert {10, 50, 100} == {share for _, split in held.traffic.splits for name, share in split.values() if name == "2"}


def test_a_candidate_that_is_no_better_is_rejected_and_people_know(tmp_path):
    """
    The run ends well, the champion serves on, nothing is registered, and the reason is told once.
    """
    held = held_by(tmp_path, 0.9, 0.902, **AUTOMATIC)
    held.begin(LINE)
    later(held)

    ended = held.begin(LINE)

    assert "rejected" == ended.result["outcome"]
    assert "auc is 0.902, the champion's 0.9" in ended.result["because"]
    assert ["v1"] == serves(held)
    assert [1] == [len(versions) for name, versions in held.models.items() if not name.endswith("_servable")]
    (note,) = told(ended)
    assert ("rejected", ended.result["because"]) == (note["outcome"], note["message"])


def test_data_that_are_not_as_expected_stop_the_run_before_it_costs(tmp_path):
    """
    It fails as ExpectationsNotMet in the step's words, nothing is trained, and people are told.
    """
    held = held_by(tmp_path, 0.9, **AUTOMATIC)
    baseline(held, 5)

    ended = held.begin(LINE)

    assert ended.failed
    assert "ExpectationsNotMet" == ended.error["error"]
    assert "train: 5 rows, and at least 10 are expected" in ended.error["message"]
    assert 1 == len(held.made)
    (note,) = told(ended)
    assert ("failed", "ExpectationsNotMet") == (note["outcome"], note["error"])


def test_of_many_reasons_the_first_are_told(tmp_path):
    """
    Where everything is amiss, the error stays readable, and the report has the rest.
    """
    columns = {f"c{n}": {"min": 0} for n in range(30)}
    held = held_by(tmp_path, 0.9, pipeline={"expect": {"columns": columns}}, **AUTOMATIC)

    message = held.begin(LINE).error["message"]

    assert 20 == message.count("train: no column") + message.count("validation: no column")
    assert message.endswith("; the report has them all")


def test_a_column_that_is_not_there_is_told(tmp_path):
    """
    So is what the data have in its place.
    """
    held = held_by(tmp_path, 0.9, **AUTOMATIC)
    baseline(held, header=("sum", "hour", "country", "label"))

    assert "no column amount; there are sum, hour" in held.begin(LINE).error["message"]


@pytest.mark.parametrize("step", ["expect", "evaluate"])
def test_a_step_that_breaks_is_no_verdict_on_the_data(tmp_path, step):
    """
    A machine that died is told as that, and nothing goes into service.
    """
    held = held_by(tmp_path, 0.9, **AUTOMATIC)
    held.broken_steps.add(step)

    ended = held.begin(LINE)

    assert {"expect": "StepFailed", "evaluate": "GateFailed"}[step] == ended.error["error"]
    assert "exited with a non-zero status" in ended.error["message"]
    assert [] == serves(held)


def test_a_training_without_the_figure_is_told(tmp_path):
    """
    A model that comes without the gate's metric is not put into service, and the error says what to write.
    """
    held = held_by(tmp_path, **AUTOMATIC)

    assert "the candidate has no metrics.json. Write one beside the model" in held.begin(LINE).error["message"]


def test_a_training_that_fails_is_the_pipelines_failure(tmp_path):
    """
    It fails as TrainingFailed, with the job's own words.
    """
    held = held_by(tmp_path, 0.9, **AUTOMATIC)
    held._plan = iter([Job("JOB_STATE_FAILED", error={"code": 3, "message": "nan in column amount"})])

    ended = held.begin(LINE)

    assert ("TrainingFailed", "nan in column amount") == (ended.error["error"], ended.error["message"])
    assert 1 == len(told(ended))


def test_it_waits_for_a_person_and_goes_on(tmp_path):
    """
    Where versions are approved by hand, people are told that one waits; once it is approved it serves.
    """
    held = held_by(tmp_path, 0.9)
    approve(held, "approved", 9 * HOUR)

    ended = held.begin(LINE)

    assert "deployed" == ended.result["outcome"]
    assert ["v1"] == serves(held)
    assert ended.ends - ended.began > 9 * HOUR
    (note,) = told(ended)
    assert ("waits for approval", True) == (note["outcome"], note["message"].startswith("version 1 of projects/"))


@pytest.mark.parametrize(
    ("act", "says"),
    [(lambda held: approve(held, "rejected", 9 * HOUR), "was rejected"), (lambda _held: None, "within 2d")],
    ids=["rejected", "timed-out"],
)
def test_what_nobody_approves_does_not_serve(tmp_path, act: Callable[[LoopProject], None], says):
    """
    A version that is rejected, or waits longer than it may, ends the run as NotApproved.
    """
    held = held_by(tmp_path, 0.9)
    act(held)

    ended = held.begin(LINE)

    assert "NotApproved" == ended.error["error"]
    assert says in ended.error["message"]
    assert [] == serves(held)
    assert ["waits for approval", "failed"] == [note["outcome"] for note in told(ended)]


def test_a_version_that_is_rolled_back_is_the_pipelines_failure(tmp_path):
    """
    It fails as the release does, and says which version serves.
    """
    held = held_by(tmp_path, 0.9, 0.95, **AUTOMATIC)
    held.begin(LINE)
    later(held)
    held.traffic.requests = 600
    held.traffic.behaves = lambda version, _share: Behaviour(failed=0.5 if version == "2" else 0)

    ended = held.begin(LINE)

    assert ("RolledBack", "2", "1") == tuple(ended.error[k] for k in ("error", "version", "serves"))
    assert "version 1 serves" in ended.error["message"]
    assert ["v1"] == serves(held)
    assert "RolledBack" == told(ended)[0]["error"]


def test_a_pipeline_without_an_endpoint_ends_in_the_registry(tmp_path):
    """
    The version is registered, and where a person approves it that person is told; nothing is waited for.
    """
    gate = {"metric": "auc", "better_than": "nothing", "at_least": 0.8}
    held = held_by(tmp_path, 0.9, pipeline={"deploy": None, "gate": gate})

    ended = held.begin(LINE)

    assert ("registered", "1") == (ended.result["outcome"], ended.result["version"])
    assert ["waits for approval"] == [note["outcome"] for note in told(ended)]


def test_without_expectations_and_gate_there_are_no_steps(tmp_path):
    """
    What is not asked for is not run.
    """
    held = held_by(tmp_path, 0.9, pipeline={"expect": None, "gate": None}, **AUTOMATIC)

    assert "deployed" == held.begin(LINE).result["outcome"]
    assert [] == held.steps


def test_people_hear_of_what_is_logged_for_them():
    """
    One alert policy on the workflow's words for people tells the stack's topic and each address.
    """
    stack = planned()
    notice = stack.one("gcp:monitoring/alertPolicy:AlertPolicy", "nightly-notice").inputs
    workflow = stack.one("gcp:workflows/workflow:Workflow", LINE).inputs["name"]

    wanted = notice["conditions"][0]["conditionMatchedLog"]["filter"]
    assert f'workflow_id="{workflow}"' in wanted
    assert wanted.endswith(f'jsonPayload.groundplan="{TELLS}"')
    assert 2 == len(notice["notificationChannels"])
    assert "300s" == notice["alertStrategy"]["notificationRateLimit"]["period"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"training": {"fraud-xgb": {"runtime": None}}}, "names neither image nor runtime"),
        ({"training": {"fraud-xgb": {"inputs": {"train": "gs://x/y"}}}}, "reads nothing of the stack's data store"),
    ],
)
def test_what_can_not_be_is_refused_at_plan_time(changes, says):
    """
    With what to write in its place.
    """
    with pytest.raises(Unfit, match=says):
        planned(pipeline={**PIPELINE, "on": ["scorer.drift", "data"]}, **changes)


def test_a_chain_of_many_columns_fits_a_workflow():
    """
    Five hundred columns that something is expected of are within what Workflows takes.
    """
    columns = {f"a_rather_long_name_of_a_column_{n}": {"min": 0, "max": 1, "missing": "5%"} for n in range(500)}
    stack = planned(pipeline={**PIPELINE, "expect": {"columns": columns}})

    assert len(stack.one("gcp:workflows/workflow:Workflow", LINE).inputs["sourceContents"].encode()) < 131_072
