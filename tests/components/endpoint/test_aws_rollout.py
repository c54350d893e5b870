"""Rollouts on SageMaker by its own guardrails: how traffic moves, what takes it back, what stands in the way."""

from typing import Any

import pytest

from components.catalog import NoMachine
from tests.components.endpoint.aws_rollouts import (
    CANARY,
    STEPS,
    deployment,
    guards,
    named,
    planned,
    release,
    routing,
    shifts,
)
from tests.truth.aws_endpoint import OLD_MODEL
from tests.truth.aws_sagemaker import FakeSageMaker

BLUE_GREEN = {"strategy": "blue-green", "bake": "30m"}


def test_a_first_step_above_half_is_refused():
    """
    The message says what SageMaker takes.
    """
    with pytest.raises(ValueError, match=r"steps: \[50%\]"):
        planned(rollout={"steps": ["60%", "80%"]})


def test_a_machine_that_sagemaker_does_not_guard_is_refused():
    """
    On Inf1 guardrails are left out in silence, so the wish is refused and the message says what to write.
    """
    scale = {"min": 2, "max": 2, "target": {"requests_per_replica": "9/min"}}

    with pytest.raises(NoMachine, match="leave rollout out"):
        planned(rollout=CANARY, machine={"type": "ml.inf1.xlarge"}, scale=scale)


def _dimensions(alarm: dict[str, Any]) -> list[dict[str, str]]:
    return alarm.get("Dimensions") or alarm["Metrics"][0]["MetricStat"]["Metric"]["Dimensions"]


def test_one_step_is_a_canary_of_sagemaker():
    """
    The share and the bake time are the blueprint's; alarms on the new machines alone take it back.
    """
    cloud = FakeSageMaker()

    ended = release({"version": "12"}, cloud, CANARY)

    policy = deployment(ended)["BlueGreenUpdatePolicy"]
    assert "" == ended.error
    assert {"Type": "CAPACITY_PERCENT", "Value": 10} == routing(ended)["CanarySize"]
    assert 900 == routing(ended)["WaitIntervalInSeconds"] == policy["TerminationWaitInSeconds"]
    own = named(CANARY, "released_latency_p99", "released_errors", "released_availability")
    assert own | named(CANARY, "latency_p99", "errors", "availability") == set(guards(ended))
    assert own == {call["AlarmName"] for call in ended.called("PutMetricAlarm")}
    for alarm in ended.called("PutMetricAlarm")[-3:]:
        assert {"Name": "VariantName", "Value": "candidate"} in _dimensions(alarm), "it tells what another tells too"
    watched = _dimensions(ended.called("PutMetricAlarm")[0])
    assert {"Name": "EndpointConfigName", "Value": cloud.configuration} in watched


@pytest.mark.parametrize(("rollout", "kind", "size"), [
    ({"steps": ["25%", "50%", "75%"]}, "LINEAR", 25),
    ({"steps": [f"{n}0%" for n in range(1, 10)], "bake": "5m"}, "LINEAR", 10),
    ({"steps": ["50%"]}, "CANARY", 50),
    (BLUE_GREEN, "ALL_AT_ONCE", None),
])  # fmt: skip
def test_equal_steps_and_blue_green_are_sagemakers(rollout, kind, size):
    """
    Guardrails move the traffic where they know the steps.
    """
    ended = release({"version": "12"}, FakeSageMaker(), rollout)
    moved = routing(ended)
    found = moved.get("CanarySize") or moved.get("LinearStepSize") or {}

    assert "" == ended.error
    assert (kind, size) == (moved["Type"], found.get("Value"))
    assert [] == shifts(ended)


def test_a_bad_canary_is_taken_back():
    """
    SageMaker goes back by itself and is in service; the release fails, says what serves, and leaves nothing behind.
    """
    cloud = FakeSageMaker(rolls_back=True)

    ended = release({"version": "12"}, cloud, CANARY)

    assert "RolledBack" == ended.error
    assert "serves at-first again (version 11)" in ended.cause
    assert {"at-first"} == set(cloud.configurations)
    assert {OLD_MODEL} == set(cloud.models)


@pytest.mark.parametrize("rollout", [CANARY, STEPS])
def test_a_release_is_not_begun_while_an_alarm_is_raised(rollout):
    """
    It would be taken back at once, so it says which alarm it is and what to do, and makes nothing.
    """
    (raised,) = named(rollout, "errors")

    ended = release({"version": "12"}, FakeSageMaker(raised={raised}), rollout)

    assert "NotHealthy" == ended.error
    assert raised in ended.cause
    assert "force: true" in ended.cause
    assert [] == ended.called("CreateModel")


@pytest.mark.parametrize("rollout", [CANARY, STEPS, BLUE_GREEN])
def test_force_releases_at_once(rollout):
    """
    With force there are no steps, and no alarm is looked at.
    """
    cloud = FakeSageMaker(raised=named(rollout, "errors"))

    ended = release({"version": "12", "force": True}, cloud, rollout)

    assert "" == ended.error
    assert "ALL_AT_ONCE" == routing(ended)["Type"]
    assert "AutoRollbackConfiguration" not in deployment(ended)
    assert [] == ended.called("DescribeAlarms") == shifts(ended)


@pytest.mark.parametrize("rollout", [CANARY, STEPS])
def test_the_first_release_does_not_mind_what_the_bootstrap_raises(rollout):
    """
    A model that answers 503 raises what is promised; the first version is judged by its own machines alone.
    """
    raised = named(rollout, "errors", "availability")

    ended = release({"version": "12"}, FakeSageMaker(serves="", raised=raised), rollout)

    assert "" == ended.error
    assert ("12", "") == (ended.output["version"], ended.output["previous"])
    assert not raised & set(guards(ended))
    assert [] == shifts(ended)


def test_the_first_release_minds_the_teams_own_numbers():
    """
    A number that the bootstrap does not make would take the first version back as well.
    """
    rollout = {**CANARY, "metrics": {"refunds": {"above": 3}}}
    cloud = FakeSageMaker(serves="", raised=named(rollout, "metric_refunds"))

    assert "NotHealthy" == release({"version": "12"}, cloud, rollout).error


def test_no_more_alarms_than_sagemaker_looks_at():
    """
    With every signal and metric there are ten, the release's own and the team's first.
    """
    metrics = {f"m{n}": {"above": n} for n in range(5)}

    rollout = {**CANARY, "metrics": metrics}

    found = guards(release({"version": "12"}, FakeSageMaker(), rollout))

    assert 10 == len(found) == len(set(found))
    assert named(rollout, "released_errors", *(f"metric_{name}" for name in metrics)) <= set(found)


def test_what_the_release_before_raised_is_waited_for():
    """
    The alarms of a release that was taken back are raised for some minutes more; the next one waits, not for ever.
    """
    ended = release({"version": "12"}, FakeSageMaker(raised=named(CANARY, "released_errors")), CANARY)

    assert "NotHealthy" == ended.error
    assert ended.states.count("CalmDown") > 3
    assert [] == ended.called("UpdateEndpoint")


@pytest.mark.parametrize("rollout", [CANARY, STEPS])
def test_an_endpoint_that_can_not_go_back_is_said_to_be_so(rollout):
    """
    Neither version is known to serve: nothing is deleted, and the release does not say that the former one is back.
    """
    cloud = FakeSageMaker(breaks=True)

    ended = release({"version": "12"}, cloud, rollout)

    assert "NotRolledBack" == ended.error
    assert "UpdateRollbackFailed" in ended.cause
    assert [] == ended.called("DeleteEndpointConfig") == ended.called("DeleteModel")


def test_an_update_that_never_ends_is_given_up():
    """
    The release ends, an hour after SageMaker should have, and touches nothing more.
    """
    ended = release({"version": "12"}, FakeSageMaker(stuck=True), CANARY)

    assert "TimedOut" == ended.error
    assert (2 * 900 + 7200 + 3600) / 30 == ended.states.count("Wait")
    assert "DescribeEndpoint" == ended.calls[-1][0]


def test_an_empty_release_is_guarded_too():
    """
    The model that serves, as the blueprint has it by now, goes by the same steps and keeps its version.
    """
    cloud = FakeSageMaker()

    ended = release({}, cloud)

    assert ("", "11") == (ended.error, ended.output["version"])
    assert "11" == cloud.tags(cloud.configuration)["version"]
    assert OLD_MODEL == cloud.serving


def test_without_a_rollout_no_alarm_stands_in_the_way():
    """
    A promise alone is watched, and takes nothing back.
    """
    ended = release({"version": "12"}, FakeSageMaker(), False)

    assert "" == ended.error
    assert [] == ended.called("DescribeAlarms")
    assert "ALL_AT_ONCE" == routing(ended)["Type"]
