"""When replicas of an endpoint on Azure come and go: hours with other bounds, and targets that Azure Monitor holds."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from components.endpoint import EndpointSpec
from groundplan.testing.component import plan_component
from tests.components.endpoint.azure_plans import SPEC, plan, release
from tests.truth.azure_serving import Serving

DEFAULT = "Auto created default scale condition"


def setting(**scale: Any) -> Mapping[str, Any]:
    """What the release of a version puts for the autoscaler."""
    azure = Serving({"3": "Approved"})
    assert "Succeeded" == release(plan(scale=scale), azure, version="3").status
    (found,) = azure.settings.values()
    return found["properties"]


def profiles(hours: dict[str, Any], **scale: Any) -> dict[str, Any]:
    """Its profiles: by name, and what ends hours by `-` and their name."""
    found = {}
    for profile in setting(**{"min": 2, "max": 6, **scale}, schedule=hours)["profiles"]:
        ends = json.loads(profile["name"]) if profile["name"].startswith("{") else None
        assert ends is None or DEFAULT == ends["name"]
        found[f"-{ends['for']}" if ends else profile["name"]] = profile
    return found


def when(profile: Mapping[str, Any]) -> tuple[str, list[str], int, int]:
    assert "Week" == profile["recurrence"]["frequency"]
    schedule = profile["recurrence"]["schedule"]
    ((hour,), (minute,)) = schedule["hours"], schedule["minutes"]
    return schedule["timeZone"], schedule["days"], hour, minute


WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
ALL_DAYS = [*WEEKDAYS, "Saturday", "Sunday"]


def test_hours_begin_and_end_in_their_time_zone():
    """
    Hours have bounds of their own from their beginning on, and at their end those of all other hours come back.
    """
    found = profiles({"busy": {"every": "weekdays 08:30-18:00 Europe/Paris", "min": 4, "max": 9}})

    assert {"busy", "-busy"} == set(found)
    assert ("Romance Standard Time", WEEKDAYS, 8, 30) == when(found["busy"])
    assert ("Romance Standard Time", WEEKDAYS, 18, 0) == when(found["-busy"])
    assert {"minimum": "4", "maximum": "9", "default": "4"} == found["busy"]["capacity"]
    assert {"minimum": "2", "maximum": "6", "default": "2"} == found["-busy"]["capacity"]
    assert 2 == len(found["busy"]["rules"]) == len(found["-busy"]["rules"])


def test_hours_past_midnight_end_on_the_next_day():
    """
    Weekend nights end on Sunday and Monday mornings.
    """
    found = profiles({"night": {"every": "weekends 22:00-06:15", "min": 1, "max": 1}})

    assert ("UTC", ["Saturday", "Sunday"], 22, 0) == when(found["night"])
    assert ("UTC", ["Monday", "Sunday"], 6, 15) == when(found["-night"])
    assert [] == found["night"]["rules"], "between one replica and one there is nothing to decide"


def test_hours_that_follow_each_other_do_not_end_in_between():
    """
    Where other hours begin at the moment some end, nothing else may begin: of two profiles at once any could hold.
    """
    found = profiles(
        {
            "early": {"every": "daily 06:00-12:00", "min": 3},
            "late": {"every": "weekdays 12:00-20:00", "min": 4},
        }
    )

    assert ("UTC", ["Saturday", "Sunday"], 12, 0) == when(found["-early"])
    assert ("UTC", WEEKDAYS, 20, 0) == when(found["-late"])
    assert "6" == found["late"]["capacity"]["maximum"], "as many as at other hours, where nothing else is said"


def test_hours_all_around_the_clock_need_no_end():
    """
    Two halves of a day are all of it.
    """
    found = profiles(
        {"day": {"every": "daily 07:00-19:00", "min": 4}, "night": {"every": "daily 19:00-07:00", "min": 1}}
    )

    assert {"day", "night"} == set(found)


def test_a_fixed_number_of_replicas_may_have_hours():
    """
    `min: 2, max: 2` with busier hours has an autoscaler, and no rule outside them.
    """
    found = profiles({"busy": {"every": "daily 08:00-18:00", "min": 3, "max": 5}}, max=2)

    assert [] == found["-busy"]["rules"]
    assert 2 == len(found["busy"]["rules"])


def test_a_release_within_the_hours_keeps_as_many_replicas_as_serve():
    """
    The new deployment begins with what the hours have brought the old one to, under the same profiles.
    """
    azure = Serving({"3": "Approved", "4": "Approved"})
    planned = plan(scale={"min": 1, "max": 2, "schedule": {"busy": {"every": "daily 08:00-18:00", "min": 5, "max": 9}}})
    release(planned, azure, version="3")
    (before,) = azure.deployments.values()
    before["sku"]["capacity"] = 7

    release(planned, azure, version="4")

    (after,) = azure.deployments.values()
    assert 7 == after["sku"]["capacity"]


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ({"night": {"every": "daily 22:00-06:00", "min": 0}}, r"schedule\.night\.min is 0.*Write min: 1"),
        ({"odd": {"every": "daily 22:00-06:00 Antarctica/Troll", "min": 1}}, "Antarctica/Troll"),
        (
            {f"h{n}": {"every": f"daily {n:02}:00-{n:02}:30", "min": 1} for n in range(11)},
            "11 hours, which take 22 profiles.*Write 10 hours",
        ),
    ],
)
def test_hours_that_azure_can_not_keep_are_refused(schedule, said):
    """
    No replica at night, a zone that Windows has not, and more hours than a setting has profiles: each says what to do.
    """
    spec = EndpointSpec.model_validate({**SPEC, "scale": {"min": 1, "max": 2, "schedule": schedule}})

    with pytest.raises(ValueError, match=said):
        plan_component("endpoint", "azure", spec, name="scorer")


def test_latency_is_held_on_the_endpoints_own_metric():
    """
    Above the target a replica is added, at half of it one goes; what counts is the mean of this deployment's answers.
    """
    azure = Serving({"3": "Approved"})
    release(plan(scale={"min": 1, "max": 4, "target": {"latency": "1s"}}), azure, version="3")

    (name,) = azure.deployments
    ((profile,),) = (s["properties"]["profiles"] for s in azure.settings.values())
    found = [(r["metricTrigger"], r["scaleAction"]["direction"]) for r in profile["rules"]]
    assert [("GreaterThan", 1000, "Increase"), ("LessThan", 500, "Decrease")] == [
        (trigger["operator"], trigger["threshold"], direction) for trigger, direction in found
    ]
    for trigger, _ in found:
        assert "RequestLatency" == trigger["metricName"]
        assert "/deployments/" not in trigger["metricResourceUri"], "a deployment has no such metric"
        assert [{"DimensionName": "deployment", "Operator": "Equals", "Values": [name]}] == trigger["dimensions"]
