"""Hours and targets on SageMaker: scheduled actions, what a release leaves of them, and what the autoscaler holds."""

import json
from functools import cache
from typing import Any

import pytest

from components.endpoint import EndpointSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.aws_iam import policies_of
from tests.truth.aws_sagemaker import FakeSageMaker
from tests.truth.aws_states import Ended, run

ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
POLICY = "aws:appautoscaling/policy:Policy"
TARGET = "aws:appautoscaling/target:Target"
EVENING = {"evening": {"every": "daily 17:00-23:00 Europe/Paris", "min": 6, "max": 20}}
SUMMER, WINTER = "2026-07-15T{}:00.000Z", "2026-01-15T{}:00.000Z"  # both are in the middle of a week


@cache
def _plan(scale: str) -> Planned:
    given = {"model": "fraud", "machine": {"cpu": 4, "memory": "8GiB"}, "scale": json.loads(scale)}
    return plan_component("endpoint", "aws", EndpointSpec.model_validate(given), name="scorer")


def _planned(**scale: Any) -> Planned:
    return _plan(json.dumps({"min": 2, "max": 8, **scale}))


def _release(start: str, cloud: FakeSageMaker, **hours: Any) -> Ended:
    definition = _planned(schedule=hours or EVENING).one("aws:sfn/stateMachine:StateMachine").inputs["definition"]
    return run(json.loads(definition), {"version": "12"}, cloud, start=start)


def _turns(**hours: Any) -> dict[str, tuple[str, int, int]]:
    """Scheduled actions: when, least and most."""
    found = _planned(schedule=hours).all(ACTION)
    bounds = {a.name.removeprefix("scorer-"): a.at("scalableTargetAction") for a in found}
    return {
        a.name.removeprefix("scorer-"): (
            a.at("schedule"),
            bounds[a.name.removeprefix("scorer-")]["minCapacity"],
            bounds[a.name.removeprefix("scorer-")]["maxCapacity"],
        )
        for a in found
    }


def test_hours_begin_and_end_in_their_time_zone():
    """
    Each entry is two scheduled actions: its own bounds, then those of the rest of the day.
    """
    zones = {action.at("timezone") for action in _planned(schedule=EVENING).all(ACTION)}

    assert {"Europe/Paris"} == zones
    assert {
        "evening_begin": ("cron(0 17 ? * * *)", 6, 20),
        "evening_end": ("cron(0 23 ? * * *)", 2, 8),
    } == _turns(**EVENING)


@pytest.mark.parametrize(
    ("every", "begins", "ends"),
    [
        ("weekdays 08:00-18:30", "cron(0 8 ? * 2,3,4,5,6 *)", "cron(30 18 ? * 2,3,4,5,6 *)"),
        ("weekends 08:00-18:00", "cron(0 8 ? * 1,7 *)", "cron(0 18 ? * 1,7 *)"),
        ("weekdays 22:00-06:00", "cron(0 22 ? * 2,3,4,5,6 *)", "cron(0 6 ? * 3,4,5,6,7 *)"),
    ],
)
def test_days_are_aws_own(every, begins, ends):
    """
    To AWS 1 is Sunday; hours over midnight end on the day after.
    """
    found = _turns(busy={"every": every, "min": 3})

    assert (begins, 3, 8) == found["busy_begin"]
    assert (ends, 2, 8) == found["busy_end"]


def test_hours_that_follow_each_other_do_not_race():
    """
    Where other hours begin as these end, only the beginning is put: two actions of one moment have no order.
    """
    found = _turns(
        day={"every": "daily 08:00-17:00", "min": 3},
        evening={"every": "weekdays 17:00-23:00", "min": 6},
    )

    assert "cron(0 17 ? * 1,7 *)" == found["day_end"][0]
    assert "cron(0 17 ? * 2,3,4,5,6 *)" == found["evening_begin"][0]


def test_hours_without_a_machine_are_refused():
    """
    A variant of a real-time endpoint keeps one; the message says what can be written.
    """
    with pytest.raises(ValueError, match=r"schedule\.night\.min is 0.*Write min: 1"):
        _planned(schedule={"night": {"every": "daily 22:00-06:00", "min": 0}})


@pytest.mark.parametrize(
    ("start", "bounds"),
    [
        (SUMMER.format("14:59"), (2, 8)),
        (SUMMER.format("15:00"), (6, 20)),  # 17:00 in Paris
        (SUMMER.format("20:59"), (6, 20)),
        (SUMMER.format("21:00"), (2, 8)),
        (WINTER.format("15:30"), (2, 8)),  # 16:30 in Paris
        (WINTER.format("16:00"), (6, 20)),
    ],
)
def test_a_release_keeps_the_bounds_of_the_hour(start, bounds):
    """
    In the hours it registers theirs, in summer time as in winter time.
    """
    cloud = FakeSageMaker()

    assert "" == _release(start, cloud).error
    assert bounds == (cloud.scaled["MinCapacity"], cloud.scaled["MaxCapacity"])


def test_hours_over_midnight_hold_on_the_next_day():
    """
    Monday's first hours are Sunday's last.
    """
    cloud = FakeSageMaker()

    _release("2026-11-23T01:00:00.000Z", cloud, night={"every": "weekends 22:00-04:00", "min": 5})

    assert 5 == cloud.scaled["MinCapacity"]


@pytest.mark.parametrize("more", [{}, {"rolls_back": True}, {"update_refused": ("SageMaker.X", "no quota")}])
def test_hours_survive_a_release_to_another_machine(more):
    """
    The autoscaler forgets them when it lets go of the variant: they are put back, whatever came of the release.
    """
    cloud = FakeSageMaker(instance_type="ml.m5.large", **more)

    ended = _release(SUMMER.format("12:00"), cloud)

    planned = {action.inputs["name"]: action.at("schedule") for action in _planned(schedule=EVENING).all(ACTION)}
    assert bool(more) == bool(ended.error)
    assert planned == {name: action["Schedule"] for name, action in cloud.actions.items()}
    assert {"Europe/Paris"} == {action["Timezone"] for action in cloud.actions.values()}


def test_an_up_does_not_end_the_hours():
    """
    What bounds the hour has is not Pulumi's to set back.
    """
    planned = _planned(schedule=EVENING)
    ignored = {r["type"]: r["ignoreChanges"] for r in planned.document["resources"]}

    assert {"minCapacity", "maxCapacity"} == set(ignored[TARGET])


def test_an_endpoint_without_hours_has_nothing_of_them():
    """
    Neither its autoscaler nor its release speaks of any.
    """
    planned = _planned()

    assert [] == planned.all(ACTION)
    assert "putScheduledAction" not in planned.one("aws:sfn/stateMachine:StateMachine").inputs["definition"]
    assert "PutScheduledAction" not in json.dumps([p.inputs for p in policies_of(planned, "pipeline")])


def test_latency_is_held_in_microseconds():
    """
    The mean of ModelLatency; minutes without requests count as 0, or no machine would ever go.
    """
    held = _planned(target={"latency": "250ms"}).one(POLICY).at("targetTrackingScalingPolicyConfiguration")
    measured, result = held["customizedMetricSpecification"]["metrics"]

    assert 250_000 == held["targetValue"]
    assert ("ModelLatency", "AWS/SageMaker", "Average") == (
        measured["metricStat"]["metric"]["metricName"],
        measured["metricStat"]["metric"]["namespace"],
        measured["metricStat"]["stat"],
    )
    assert ("FILL(measured, 0)", True) == (result["expression"], result["returnData"])


def test_requests_at_once_are_held_for_each_machine():
    """
    By the metric of SageMaker that says so every ten seconds.
    """
    held = _planned(target={"concurrent_requests": 4}).one(POLICY).at("targetTrackingScalingPolicyConfiguration")

    assert 4 == held["targetValue"]
    assert {"predefinedMetricType": "SageMakerVariantConcurrentRequestsPerModelHighResolution"} == held[
        "predefinedMetricSpecification"
    ]


@pytest.mark.parametrize("target", [{"latency": "250ms"}, {"concurrent_requests": 4}, {"cpu_utilisation": "50%"}])
def test_a_release_puts_the_same_policy_back(target):
    """
    What a release holds is what Pulumi made.
    """
    planned = _planned(target=target)
    cloud = FakeSageMaker(instance_type="ml.m5.large")
    definition = json.loads(planned.one("aws:sfn/stateMachine:StateMachine").inputs["definition"])

    (put,) = run(definition, {"version": "12"}, cloud).called("PutScalingPolicy")

    made = planned.one(POLICY).at("targetTrackingScalingPolicyConfiguration")
    assert _lower(put["TargetTrackingScalingPolicyConfiguration"]) == made


def _lower(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: _lower(inner) for key, inner in value.items()}
    return [_lower(inner) for inner in value] if isinstance(value, list) else value
