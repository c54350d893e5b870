"""Hyper-parameter search on SageMaker: what a started search does, on good days and bad ones."""

import json
import re
from functools import cache
from typing import Any

import pytest

from components.training import TrainingSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.aws_iam import as_list, statements
from tests.truth.aws_states import Ended, run
from tests.truth.aws_tuning import FakeTuner, Search, Trial

MACHINE, OBJECT = "aws:sfn/stateMachine:StateMachine", "aws:s3/bucketObjectv2:BucketObjectv2"
SPACE = {
    "eta": {"log": [0.01, 0.3]},
    "depth": {"int": [3, 10]},
    "subsample": {"float": [0.5, 1]},
    "booster": {"choice": ["gb tree", 2, True]},
}
TUNING = {"objective": "auc", "goal": "maximize", "trials": 24, "parallel": 4, "parameters": SPACE}
POOR = Trial(0.7, {"eta": "0.1", "depth": "3", "subsample": "0.5", "booster": "true"})
BEST = Trial(0.9, {"eta": "0.2", "depth": "7", "subsample": "0.75", "booster": "2"})
CRASH = Trial(status="Failed", reason="AlgorithmError: exit code 1")
GOOD = Search((POOR, CRASH, BEST))
WAITED = Trial(status="Stopped")
STOCKOUT = Trial(status="Failed", reason="CapacityError: Unable to provision requested ML compute capacity.")


@cache
def _plan(fields: str) -> Planned:
    given = {"runtime": "xgboost", "machine": {"cpu": 4}, "checkpoint": {"every": "10m"}, "max_run": "4h"}
    spec = TrainingSpec.model_validate(
        {**given, "tuning": TUNING, "hyperparameters": {"seed": 7}, **json.loads(fields)}
    )
    return plan_component("training", "aws", spec, name="fraud")


def _run(cloud: FakeTuner, start: dict[str, Any] | None = None, **fields: Any) -> Ended:
    found = _plan(json.dumps(fields)).one(MACHINE, "fraud-tune").inputs["definition"]
    return run(json.loads(found), start or {}, cloud)


def test_the_best_trial_is_told_with_all_that_it_had():
    """
    A search among whose trials some fail ends with the best one's values, each of its own type, figure and model.
    """
    ended = _run(FakeTuner(searches=[GOOD]), {"run": "nightly", "hyperparameters": {"rounds": 100}})

    job = ended.called("CreateHyperParameterTuningJob")[0]["HyperParameterTuningJobName"]
    assert {
        "run": "nightly",
        "trial": f"{job}-003-1a2b3c4d",
        "hyperparameters": {
            "seed": 7, "rounds": 100, "eta": 0.2, "depth": 7, "subsample": 0.75, "booster": 2,
        },
        "auc": 0.9,
        "model": f"s3://example-prod-artifacts-d35275/training/fraud/{job}-003-1a2b3c4d/output/model.tar.gz",
    } == ended.output  # fmt: skip


def test_a_search_is_one_job_of_trials_as_runs_are():
    """
    With capacity it is one Bayesian search over spot trials in the private network, under the stack's key and role.
    """
    (asked,) = _run(FakeTuner(searches=[GOOD])).called("CreateHyperParameterTuningJob")

    config, trial = asked["HyperParameterTuningJobConfig"], asked["TrainingJobDefinition"]
    assert {
        "MaxNumberOfTrainingJobs": 24,
        "MaxParallelTrainingJobs": 4,
        "MaxRuntimeInSeconds": 6 * (21600 + 900),
    } == config["ResourceLimits"]
    assert {"MaxRuntimeInSeconds": 14400, "MaxWaitTimeInSeconds": 21600} == trial["StoppingCondition"]
    assert trial["EnableManagedSpotTraining"]
    assert trial["EnableNetworkIsolation"]
    assert ":role/example-prod-train-" in trial["RoleArn"]
    assert 2 == len(trial["VpcConfig"]["Subnets"])
    assert trial["ResourceConfig"]["VolumeKmsKeyId"] == trial["OutputDataConfig"]["KmsKeyId"]
    assert trial["CheckpointConfig"]["S3Uri"].startswith("s3://example-prod-artifacts-d35275/checkpoints/fraud/")
    ranges = config["ParameterRanges"]
    assert [{"Name": "depth", "MinValue": "3", "MaxValue": "10", "ScalingType": "Linear"}] == ranges[
        "IntegerParameterRanges"
    ]
    scales = {one["Name"]: one["ScalingType"] for one in ranges["ContinuousParameterRanges"]}
    assert {"eta": "Logarithmic", "subsample": "Linear"} == scales
    assert [{"Name": "booster", "Values": ["gb tree", "2", "true"]}] == ranges["CategoricalParameterRanges"]


def test_trials_that_are_behind_are_stopped_where_that_is_asked():
    """
    `early_stopping` is SageMaker's own, and off by default.
    """
    for asked, kind in ((True, "Auto"), (False, "Off")):
        tuning = {**TUNING, "early_stopping": asked}
        (sent,) = _run(FakeTuner(searches=[GOOD]), tuning=tuning).called("CreateHyperParameterTuningJob")
        assert kind == sent["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"]


def test_a_line_of_the_log_tells_the_figure():
    """
    SageMaker reads the objective, whatever its name and size, from the line that a trial prints.
    """
    tuning = {**TUNING, "objective": "val.auc-1"}
    (asked,) = _run(FakeTuner(searches=[GOOD]), tuning=tuning).called("CreateHyperParameterTuningJob")

    (metric,) = asked["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"]
    assert "val.auc-1" == metric["Name"]
    for figure in (0.93, -1e-05, 1e300, 0.0):
        assert repr(figure) == re.findall(metric["Regex"], f"groundplan: val.auc-1={figure!r};")[0]
    assert [] == re.findall(metric["Regex"], "groundplan: valxauc-1=0.9;")


@pytest.mark.parametrize(
    ("spot", "raises"),
    [
        (Search((WAITED, WAITED), "Failed"), False),
        (Search((STOCKOUT,), "Failed", reason="All training jobs failed"), False),
        (Search((), refused=("SageMaker.ResourceLimitExceededException", "The limit for spot is 0")), False),
    ],
    ids=["waited", "stockout", "no quota"],
)
def test_without_spot_capacity_a_search_goes_on_on_demand(spot, raises):
    """
    Where no trial got a spot machine, a second search of the same trials runs on demand.
    """
    ended = _run(FakeTuner(searches=[spot, GOOD], raises_when_stopped=raises))

    first, second = ended.called("CreateHyperParameterTuningJob")
    assert 0.9 == ended.output["auc"]
    assert first["HyperParameterTuningJobName"] + "-od" == second["HyperParameterTuningJobName"]
    assert "EnableManagedSpotTraining" not in second["TrainingJobDefinition"]
    assert {"MaxRuntimeInSeconds": 14400} == second["TrainingJobDefinition"]["StoppingCondition"]


@pytest.mark.parametrize("raises", [True, False], ids=["as an error", "as an end"])
def test_a_search_that_is_stopped_has_the_best_so_far(raises):
    """
    When its time is over, or somebody stops it, what has ended until then counts; without any, it failed.
    """
    ended = _run(FakeTuner(searches=[Search((POOR, WAITED), "Stopped")], raises_when_stopped=raises))
    none = _run(FakeTuner(searches=[Search((WAITED,), "Stopped")], raises_when_stopped=raises))

    assert 0.7 == ended.output["auc"]
    assert "TuningFailed" == none.error
    assert 1 == len(none.called("CreateHyperParameterTuningJob"))


def test_where_all_trials_fail_the_reason_is_told():
    """
    A search whose own code fails in every trial fails, on spot, with the reason of a trial.
    """
    ended = _run(FakeTuner(searches=[Search((CRASH, CRASH), "Failed", reason="All training jobs failed")]))

    assert "TuningFailed" == ended.error
    assert "All training jobs failed AlgorithmError: exit code 1" in ended.cause
    assert 1 == len(ended.called("CreateHyperParameterTuningJob"))


def test_without_fallback_a_search_fails_when_the_wait_is_over():
    """
    `fallback: none` starts nothing on demand.
    """
    ended = _run(FakeTuner(searches=[Search((WAITED,), "Failed")]), spot={"fallback": "none"})

    assert "TuningFailed" == ended.error


def test_without_spot_a_search_is_on_demand():
    """
    `spot: false` never asks for spot machines.
    """
    (asked,) = _run(FakeTuner(searches=[GOOD]), spot=False, checkpoint=None).called("CreateHyperParameterTuningJob")

    assert "EnableManagedSpotTraining" not in asked["TrainingJobDefinition"]
    assert "CheckpointConfig" not in asked["TrainingJobDefinition"]


def test_a_name_is_taken_once():
    """
    A second search of the same name fails, and is not taken for the first one's success; another name is free.
    """
    cloud = FakeTuner(searches=[GOOD, GOOD, GOOD])
    _run(cloud, {"run": "nightly"})

    again, other = _run(cloud, {"run": "nightly"}), _run(cloud, {"run": "nightly2"})

    assert ("TuningRefused", True) == (again.error, "unique" in again.cause)
    assert "" == other.error


@pytest.mark.parametrize(
    ("start", "error"),
    [
        ({"hyperparameters": {"eta": 0.1}}, "Searched"),
        ({"image": "other:1"}, "OwnImage"),
        ({"run": "a--b"}, "BadRun"),
        ({"hyperparameters": {"words": "w" * 15000}}, "TooMuch"),
    ],
)
def test_a_start_that_can_not_be_searched_is_refused(start, error):
    """
    A value for what is searched, or an image without a command, starts nothing, and says what to write.
    """
    ended = _run(FakeTuner(), start)

    assert error == ended.error
    assert [] == ended.calls


def test_a_busy_service_is_asked_again():
    """
    A read that SageMaker was too busy for does not end the search.
    """
    assert "" == _run(FakeTuner(searches=[GOOD], busy=2)).error


def test_only_a_tuned_training_may_search():
    """
    The right to search, of this stack's searches alone, is there where a training is tuned, and nowhere else.
    """
    planned = _plan("{}")
    search = planned.one("aws:iam/policy:Policy", "pipeline-tuning")
    (asked,) = _run(FakeTuner(searches=[GOOD])).called("CreateHyperParameterTuningJob")
    name = asked["HyperParameterTuningJobName"]

    resources = [r for s in statements(search.inputs["policy"]) for r in as_list(s["Resource"])]
    own = next(r for r in resources if ":hyper-parameter-tuning-job/" in r)
    assert name.startswith(own.partition("/")[2].removesuffix("*"))
    assert "*" not in resources
    plain = _plan(json.dumps({"tuning": None}))
    assert [] == [r.name for r in plain if r.name.endswith("-tuning") or r.name.endswith("-tune")]


def test_the_program_of_a_trial_is_brought_as_a_channel():
    """
    Where a search starts, the program is in the store, under the stack's key, and comes beside the inputs.
    """
    made = _plan("{}").one(OBJECT, "fraud-trial")
    (asked,) = _run(FakeTuner(searches=[GOOD])).called("CreateHyperParameterTuningJob")

    channels = {one["ChannelName"]: one["DataSource"] for one in asked["TrainingJobDefinition"]["InputDataConfig"]}
    folder = channels["trial_package"]["S3DataSource"]["S3Uri"]
    assert f"s3://{made.inputs['bucket']}/{made.inputs['key']}" == f"{folder}trial.py"
    assert "aws:kms" == made.inputs["serverSideEncryption"]
    assert {"trial_package", "trainer_package"} == set(channels)
