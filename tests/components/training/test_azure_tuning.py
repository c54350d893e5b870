"""Hyper-parameter search on Azure ML: what a started search does, on good days and bad ones."""

import json
import math
from functools import cache
from typing import Any

import pytest

from components.training import TrainingSpec
from groundplan.sandbox import Emulator
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.azure_faults import as_inputs
from tests.truth.azure_tuning import Sweeps, Trial
from tests.truth.azure_workflows import Run, run

WORKFLOW, COMPUTE = "azure-native:logic:Workflow", "azure-native:machinelearningservices:Compute"
SPACE = {
    "eta": {"float": [0.01, 0.3]},
    "depth": {"int": [3, 10]},
    "sub-sample": {"float": [0.5, 1]},
    "booster": {"choice": ["gb tree", 2, True]},
}
TUNING = {"objective": "auc", "goal": "maximize", "trials": 24, "parallel": 4, "parameters": SPACE}
POOR = Trial(0.7, {"eta": 0.1, "depth": 3, "sub-sample": 0.5, "booster": True})
BEST = Trial(0.9, {"eta": 0.2, "depth": 7, "sub-sample": 0.75, "booster": 2})
RUNS = ((0, "Queued"), (300, "Running"), (7200, "Completed"))
FAILS = ((0, "Queued"), (300, "Running"), (7200, "Failed"))
GOES_ON = ((0, "Queued"), (300, "Running"))


@cache
def _plan(fields: str) -> Planned:
    given = {"runtime": "xgboost", "machine": {"cpu": 4}, "checkpoint": {"every": "10m"}, "max_run": "4h"}
    spec = TrainingSpec.model_validate(
        {**given, "tuning": TUNING, "hyperparameters": {"seed": 7}, **json.loads(fields)}
    )
    return plan_component("training", "azure", spec, name="fraud")


def _run(cloud: Sweeps, start: dict[str, Any] | None = None, **fields: Any) -> Run:
    made = _plan(json.dumps(fields)).one(WORKFLOW, "fraud-tune").inputs
    return run(made["definition"], made["parameters"], start or {}, cloud)


def _sweep(**fields: Any) -> dict[str, Any]:
    """What Azure ML is sent for a search that goes well."""
    cloud = Sweeps(spot=RUNS, trials=[POOR, BEST])
    _run(cloud, **fields)
    (sent,) = cloud.bodies.values()
    return sent


def test_the_best_trial_is_told_with_all_that_it_had():
    """
    A search ends with the best trial's values, each of its own type, its figure and its model.
    """
    done = _run(Sweeps(spot=RUNS, trials=[POOR, BEST]), {"run": "nightly", "hyperparameters": {"rounds": 100}})

    assert "Succeeded" == done.status, done.error
    assert {
        "run": "nightly",
        "trial": "nightly_1",
        "hyperparameters": {
            "seed": 7, "rounds": 100, "eta": 0.2, "depth": 7, "sub-sample": 0.75, "booster": 2,
        },
        "auc": 0.9,
        "model": "azureml://datastores/artifacts/paths/runs/fraud/nightly/nightly_1",
    } == done.outputs["result"]  # fmt: skip


def test_a_search_is_one_sweep_of_trials_as_runs_are():
    """
    With capacity it is one Bayesian sweep on the spot cluster, which is large enough, with the train identity.
    """
    sent = _sweep()

    assert ("Sweep", {"samplingAlgorithmType": "Bayesian"}) == (sent["jobType"], sent["samplingAlgorithm"])
    assert {"goal": "Maximize", "primaryMetric": "auc"} == sent["objective"]
    limits = {"maxTotalTrials": 24, "maxConcurrentTrials": 4, "trialTimeout": "PT14400S", "timeout": "PT133200S"}
    assert {"jobLimitsType": "Sweep", **limits} == sent["limits"]
    assert sent["computeId"].endswith("-spot")
    assert "Managed" == sent["identity"]["identityType"]
    assert {"command", "environmentId", "environmentVariables", "resources"} <= set(sent["trial"])
    assert ["quniform", [3, 10, 1]] == sent["searchSpace"]["depth"]
    assert ["choice", [["gb tree", "2", "true"]]] == sent["searchSpace"]["booster"]
    assert "'--sub-sample=${{search_space.sub_sample}}'" in sent["trial"]["command"]
    for cluster in _plan("{}").all(COMPUTE):
        assert 4 == cluster.at("properties.properties.scaleSettings.maxNodeCount")


def test_orders_of_magnitude_are_searched_at_random():
    """
    Azure's Bayesian sampling has no such distribution, so the sweep is random, between the logarithms.
    """
    sent = _sweep(tuning={**TUNING, "parameters": {**SPACE, "eta": {"log": [0.01, 0.3]}}})

    assert {"samplingAlgorithmType": "Random"} == sent["samplingAlgorithm"]
    assert ["loguniform", [math.log(0.01), math.log(0.3)]] == sent["searchSpace"]["eta"]


def test_trials_that_are_behind_are_stopped_where_that_is_asked():
    """
    `early_stopping` is the median policy, which Azure's Bayesian sampling does not go with; off by default.
    """
    sent = _sweep(tuning={**TUNING, "early_stopping": True})

    assert {"samplingAlgorithmType": "Random"} == sent["samplingAlgorithm"]
    assert {"policyType": "MedianStopping", "delayEvaluation": 5, "evaluationInterval": 1} == sent["earlyTermination"]
    assert "earlyTermination" not in _sweep()


def test_the_api_takes_what_is_sent():
    """
    Both sweeps, on spot and on demand, are held against the API's own description of a sweep.
    """
    tuning = {**TUNING, "early_stopping": True}
    done = _run(Sweeps(dedicated=RUNS, dedicated_trials=[BEST]), {"run": "a"}, nodes=2, tuning=tuning)

    emulator = Emulator(
        {"cloud": "azure", "account": "0" * 8, "subscription": "0" * 8, "tenant": "0" * 8, "region": "r"}
    )
    sent = done.sent("PUT", "/jobs/")
    assert 2 == len(sent)
    for request in sent:
        kind, inputs = as_inputs(request)
        assert [] == list(emulator.check(f"azure-native:{kind}", inputs))
        inputs["jobBaseProperties" if "jobBaseProperties" in inputs else "properties"]["objective"] = {"goal": "Best"}
        assert [] != list(emulator.check(f"azure-native:{kind}", inputs))


def test_without_spot_capacity_a_search_goes_on_on_demand():
    """
    Where no trial got a spot machine in the time of all rounds, a second sweep runs on dedicated machines.
    """
    cloud = Sweeps(dedicated=RUNS, dedicated_trials=[BEST])
    done = _run(cloud, {"run": "nightly"})

    assert "nightly-od_0" == done.outputs["result"]["trial"]
    assert ["nightly"] == list(cloud.cancelled)
    assert cloud.bodies["nightly-od"]["computeId"].endswith("-dedicated")


def test_a_search_that_is_over_its_time_has_the_best_so_far():
    """
    When the time is over the sweep is cancelled, and what has ended until then counts.
    """
    cloud = Sweeps(spot=GOES_ON, trials=[POOR, Trial(0.95, BEST.values, after=10**9)])
    done = _run(cloud)

    assert 0.7 == done.outputs["result"]["auc"]
    assert 1 == len(cloud.bodies) == len(cloud.cancelled)


def test_where_all_trials_fail_that_is_told():
    """
    A sweep no trial of which told a figure fails, on spot, and says where its log is.
    """
    cloud = Sweeps(spot=FAILS)
    done = _run(cloud)

    assert ("Failed", "TuningFailed") == (done.status, done.error["code"])
    assert "told auc" in done.error["message"]
    assert "under the experiment fraud" in done.error["message"]
    assert 1 == len(cloud.bodies)


def test_a_sweep_that_somebody_cancels_is_not_started_again():
    """
    Only a sweep that was cancelled for want of machines goes on, on demand.
    """
    cloud = Sweeps(spot=((0, "Queued"), (600, "Canceled")))

    assert "Failed" == _run(cloud).status
    assert 1 == len(cloud.bodies)


def test_without_fallback_a_search_fails_when_the_wait_is_over():
    """
    `fallback: none` starts nothing on demand.
    """
    cloud = Sweeps()

    assert "no spot machines" in _run(cloud, spot={"fallback": "none"}).error["message"]
    assert 1 == len(cloud.bodies)


def test_without_spot_a_search_is_on_demand():
    """
    `spot: false` never asks for spot machines.
    """
    cloud = Sweeps(dedicated=RUNS, dedicated_trials=[BEST])

    assert 0.9 == _run(cloud, spot=False, checkpoint=None).outputs["result"]["auc"]
    assert all(body["computeId"].endswith("-dedicated") for body in cloud.bodies.values())


def test_a_best_trial_without_tags_is_told():
    """
    Where the best trial has not told its values, the search fails with that, not with an expression's error.
    """
    done = _run(Sweeps(spot=RUNS, trials=[Trial(0.9, {}, tagged=False)]))

    assert "has no tag of its figure" in done.error["message"]


def test_a_name_is_taken_once():
    """
    A second search of the same name fails, and is not taken for the first one's success.
    """
    cloud = Sweeps(spot=RUNS, trials=[BEST])
    _run(cloud, {"run": "nightly"})

    assert "Failed" == _run(cloud, {"run": "nightly"}).status


def test_what_is_searched_can_not_be_given():
    """
    A start with a value for what is searched starts nothing, and is told what to leave out.
    """
    cloud = Sweeps()
    done = _run(cloud, {"hyperparameters": {"eta": 0.1}})

    assert "leave them out" in done.error["message"]
    assert {} == cloud.bodies


def test_without_a_command_a_start_names_no_image():
    """
    There is nothing to start in another image, so the definition does not take one.
    """
    schema = _plan("{}").one(WORKFLOW, "fraud-tune").inputs["definition"]["triggers"]["manual"]["inputs"]["schema"]

    assert "image" not in schema["properties"]
    assert not schema["additionalProperties"]


@pytest.mark.parametrize(
    ("tuning", "told"),
    [
        ({"parameters": {"a": {"choice": ["it's", "b"]}}}, "Write it without '"),
        ({"parameters": {"a": {"choice": ["${{inputs.x}}", "b"]}}}, "Write it without '"),
        ({"parallel": 1, "trials": 170}, "days"),
        ({"parameters": {f"{n}": {"choice": ["x" * 256, "y" * 256]} for n in range(30)}, "trials": 4}, ""),
        ({"parameters": {f"{n}": {"choice": ["é" * 256, "y"]} for n in range(30)}, "trials": 4}, "shorter choices"),
    ],
)
def test_what_azure_can_not_search_is_refused(tuning, told):
    """
    A choice that a shell would read, more days than a workflow lasts, or more than tags hold is refused in time.
    """
    fields = json.dumps({"tuning": {**TUNING, **tuning}, "spot": {"max_wait": "24h"}})
    if not told:
        assert _plan(fields)
        return
    with pytest.raises(ValueError, match=told):
        _plan(fields)
