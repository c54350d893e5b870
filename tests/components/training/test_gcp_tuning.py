"""Hyper-parameter search on Vertex AI: what a started search does, on good days and bad ones."""

import json
from functools import cache
from typing import Any

import pytest

from components.training import TrainingSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.gcp_tuning import Search, Tuner, trial
from tests.truth.gcp_workflow_engine import Raised

WORKFLOW = "gcp:workflows/workflow:Workflow"
SPACE = {
    "eta": {"log": [0.01, 0.3]},
    "depth": {"int": [3, 10]},
    "subsample": {"float": [0.5, 1.0]},
    "booster": {"choice": ["gb tree", 2, True]},
}
TUNING = {"objective": "auc", "goal": "maximize", "trials": 24, "parallel": 4, "parameters": SPACE}
POOR = trial(1, 0.7, eta=0.1, depth=3, subsample=0.5, booster="true")
BEST = trial(2, 0.9, eta=0.2, depth=7.0, subsample=0.75, booster="2")
BROKEN = trial(3, None, eta=0.3)
GOOD = Search((POOR, BEST, BROKEN))
STOCKOUT = {"code": 8, "message": "Insufficient capacity"}


@cache
def _plan(fields: str) -> Planned:
    given = {"runtime": "xgboost", "machine": {"cpu": 4}, "checkpoint": {"every": "10m"}, "max_run": "4h"}
    spec = TrainingSpec.model_validate(
        {**given, "tuning": TUNING, "hyperparameters": {"seed": 7}, **json.loads(fields)}
    )
    return plan_component("training", "gcp", spec, name="fraud")


def _source(**fields: Any) -> str:
    return _plan(json.dumps(fields)).one(WORKFLOW, "fraud-tune").inputs["sourceContents"]


def _run(tuner: Tuner, start: Any = None, **fields: Any) -> Any:
    return tuner.run(_source(**fields), start)


def test_the_best_trial_is_told_with_all_that_it_had():
    """
    A search among whose trials some fail ends with the best one's values, each of its own type, figure and model.
    """
    found = _run(Tuner(searches=[GOOD]), {"run": "nightly", "hyperparameters": {"rounds": 100}})

    assert {
        "run": "nightly",
        "trial": "2",
        "hyperparameters": {
            "seed": 7, "rounds": 100, "eta": 0.2, "depth": 7, "subsample": 0.75, "booster": 2,
        },
        "auc": 0.9,
        "model": f"gs://{found['model'].split('/')[2]}/runs/fraud/nightly/2/model",
    } == found  # fmt: skip
    assert isinstance(found["hyperparameters"]["depth"], int)


def test_a_search_is_one_job_of_trials_as_runs_are():
    """
    With capacity it is one job of spot trials in the private network, under the stack's key and train account.
    """
    tuner = Tuner(searches=[GOOD])
    _run(tuner)

    (job,) = tuner.asked
    assert (24, 4, 24) == (job["maxTrialCount"], job["parallelTrialCount"], job["maxFailedTrialCount"])
    assert {"strategy": "SPOT", "timeout": "14400s", "restartJobOnWorkerRestart": True} == job["trialJobSpec"][
        "scheduling"
    ]
    assert "/cryptoKeys/" in job["encryptionSpec"]["kmsKeyName"]
    assert job["trialJobSpec"]["serviceAccount"].startswith("example-prod-train")
    assert job["trialJobSpec"]["pscInterfaceConfig"]["networkAttachment"]
    specs = {one["parameterId"]: one for one in job["studySpec"]["parameters"]}
    assert "UNIT_LOG_SCALE" == specs["eta"]["scaleType"]
    assert {"minValue": "3", "maxValue": "10"} == specs["depth"]["integerValueSpec"]
    assert ["gb tree", "2", "true"] == specs["booster"]["categoricalValueSpec"]["values"]
    assert [{"metricId": "auc", "goal": "MAXIMIZE"}] == job["studySpec"]["metrics"]


def test_trials_that_are_behind_are_stopped_where_that_is_asked():
    """
    `early_stopping` is Vertex AI's median rule over the figures in turn, and off by default.
    """
    for asked in (True, False):
        tuner = Tuner(searches=[GOOD])
        _run(tuner, tuning={**TUNING, "early_stopping": asked})
        assert asked == ("medianAutomatedStoppingSpec" in tuner.asked[0]["studySpec"])


def test_the_smallest_figure_wins_where_less_is_better():
    """
    `goal: minimize` takes the trial with the least figure, one of 0 included, which JSON leaves out.
    """
    zero = {**POOR, "id": "9", "finalMeasurement": {"metrics": [{"metricId": "auc"}]}}

    found = _run(Tuner(searches=[Search((BEST, POOR, zero))]), tuning={**TUNING, "goal": "minimize"})

    assert ("9", 0) == (found["trial"], found["auc"])


@pytest.mark.parametrize(
    "spot",
    [
        Search((), ""),
        Search((), "JOB_STATE_FAILED", error=STOCKOUT),
        Search((trial(1, None, reason="Instance was preempted"),), "JOB_STATE_FAILED", error={"code": 9}),
        Search(refused=429),
    ],
    ids=["waited", "stockout", "preempted", "no quota"],
)
def test_without_spot_capacity_a_search_goes_on_on_demand(spot):
    """
    Where no trial got a spot machine, a second search of the same trials runs on demand.
    """
    tuner = Tuner(searches=[*[spot] * (6 if spot.refused else 1), GOOD])  # a refusal is tried five times more

    assert "2" == _run(tuner)["trial"]
    assert "STANDARD" == tuner.asked[-1]["trialJobSpec"]["scheduling"]["strategy"]
    assert (spot.state == "") == bool(tuner.bodies(":cancel"))


def test_a_search_that_is_over_its_time_has_the_best_so_far():
    """
    When the time of all rounds on spot is over, the job is cancelled, and what has ended until then counts.
    """
    tuner = Tuner(searches=[Search((POOR,), after=10**9)])

    assert "1" == _run(tuner)["trial"]
    assert 1 == len(tuner.asked) == len(tuner.bodies(":cancel"))
    assert 6 * 6 * 3600 <= tuner.engine.now <= 6 * 6 * 3600 + 3600


def test_where_all_trials_fail_the_reason_is_told():
    """
    A search whose own code fails in every trial fails, on spot, with the reason of a trial.
    """
    tuner = Tuner(searches=[Search((BROKEN,), "JOB_STATE_FAILED", error={"code": 9, "message": "too many failed"})])

    with pytest.raises(Raised, match="the replica exited with 1"):
        _run(tuner)

    assert 1 == len(tuner.asked)


def test_without_fallback_a_search_fails_when_the_wait_is_over():
    """
    `fallback: none` starts nothing on demand.
    """
    with pytest.raises(Raised, match=r"TuningFailed.*there was no capacity"):
        _run(Tuner(searches=[Search((), "")]), spot={"fallback": "none"})


def test_a_name_is_taken_once():
    """
    A second start of the same name is refused while the first one goes on, or when it has succeeded.
    """
    tuner = Tuner(searches=[GOOD, GOOD])
    _run(tuner, {"run": "nightly"})

    with pytest.raises(Raised, match="a search called nightly"):
        _run(tuner, {"run": "nightly"})


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ({"hyperparameters": {"eta": 0.1}}, "eta is searched"),
        ({"image": "other:1"}, "takes inputs, hyperparameters and run"),
        ({"run": "No"}, "write lower-case letters"),
    ],
)
def test_a_start_that_can_not_be_searched_is_refused(start, told):
    """
    A value for what is searched, or an image without a command, starts nothing, and says what to write.
    """
    tuner = Tuner()

    with pytest.raises(Raised, match=told):
        _run(tuner, start)
    assert [] == tuner.asked


def test_busy_reads_are_asked_again():
    """
    A read that Vertex AI was too busy for does not end the search.
    """
    assert "2" == _run(Tuner(searches=[GOOD], flaky=[503, 429]))["trial"]


def test_only_a_tuned_training_may_search():
    """
    The right to search is there where a training is tuned, and nowhere else.
    """

    def may(planned: Planned) -> set[str]:
        roles = planned.all("gcp:projects/iAMCustomRole:IAMCustomRole")
        return {p for role in roles for p in role.inputs["permissions"] if "hyperparameterTuningJobs" in p}

    assert {"create", "get", "list", "cancel"} == {p.rpartition(".")[2] for p in may(_plan("{}"))}
    assert set() == may(_plan(json.dumps({"tuning": None})))


def test_more_than_a_workflow_reads_is_refused():
    """
    Where all trials tell more than a workflow holds, fewer trials are asked for.
    """
    names = {f"{'p' * 120}{n}": {"float": [0, 1]} for n in range(30)}

    with pytest.raises(ValueError, match=r"Write trials: \d+"):
        _plan(json.dumps({"tuning": {**TUNING, "trials": 750, "parameters": names}, "max_run": "1m"}))
