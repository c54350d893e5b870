"""What the controllers of a stack on AWS cost: state machines, their jobs' volumes, and what starts them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.cost.line import HOURS_A_MONTH, Line, Pays, Sight
from groundplan.cost.services.aws_features import materializations
from groundplan.cost.services.aws_figures import figures
from groundplan.cost.services.aws_often import further_states, job_hours, owner, runs
from groundplan.cost.services.aws_way import longest_way, shortest_way, volume

__all__ = ["PAYS", "starts"]

EXPRESS_SECONDS, EXPRESS_GB = 1, 0.0625
"""
Assumed of an express run; its memory is billed in pieces of 64 MB.

Source: https://aws.amazon.com/step-functions/pricing/
"""


def _machine(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    times, told = runs(resource, sight)
    if resource["inputs"].get("type") == "EXPRESS":
        yield from _express(resource["name"], times, told)
        return
    definition = resource["inputs"]["definition"]
    what, line, once, most = f"Runs of {resource['name']}", Line.used, longest_way(json.loads(definition)), " at most"
    if owner(resource)[0] == "budget":  # looks go on where nobody uses the stack, and find nothing to stop
        line, once, most = Line.always, shortest_way(json.loads(definition)), ""
    again = further_states(resource, sight)
    said = f"{told}, of {once} states{most}" + (f" and {again:g} in further rounds" if again else "")
    yield line("step-functions-transitions", what, times * (once + again) / 1000, said)
    yield from _volumes(resource, definition, sight)
    yield from _besides(resource, sight)


def _express(what: str, times: float, told: str) -> Iterator[Line]:
    yield Line.used("step-functions-express-requests", f"Runs of {what}", times / 1e6, told)
    said = f"{told}, of {EXPRESS_SECONDS} s x {EXPRESS_GB:g} GB"
    seconds = times * EXPRESS_SECONDS * EXPRESS_GB
    yield Line.used("step-functions-express-duration", f"Runs of {what}, time", seconds, said)


def _volumes(resource: Mapping[str, Any], definition: str, sight: Sight) -> Iterator[Line]:
    """Of the jobs that it starts, for as long as they run."""
    asked, hours = volume(definition), job_hours(resource, sight)
    if asked and hours:
        size, number = asked
        told = f"{size} GB x {hours:g} h x {number} machine(s) / {HOURS_A_MONTH} h"
        what = f"Volumes of {resource['name']}"
        yield Line.used("sagemaker-training-storage", what, size * hours * number / HOURS_A_MONTH, told)


def _besides(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """What its runs write elsewhere: the figures of a monitor, the rows and the age of a view."""
    section, name = owner(resource)
    if section == "monitoring":
        yield from figures(name, sight.blueprint.monitoring[name])
    elif section == "features" and sight.blueprint.features:
        view, views = resource["name"].removesuffix("-materialize"), sight.blueprint.features.views
        share = min(1, materializations(view, sight) / HOURS_A_MONTH)
        yield Line.used("cloudwatch-metric-month", f"Age of {view}", share, f"1 metric in {share:.1%} of all hours")
        among = sum(one.materialize is not None for one in views.values())
        told = f"{sight.usage.feature_writes} values over {among} view(s), each a run of its own"
        yield from _express(f"{resource['name']}, rows", sight.usage.feature_writes.number / among, told)


def _schedule(resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    times = starts(resource["inputs"]["scheduleExpression"])
    what = f"Schedule {resource['name']}"
    yield Line.always("eventbridge-scheduler-invocations", what, times / 1e6, f"{times:g} starts")


RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
CRON = re.compile(r"cron\(\S+ (?P<hour>\S+) (?P<day>\S+) \S+ (?P<weekday>\S+) \S+\)")
MINUTES = {"minute": 1, "hour": 60, "day": 1440}


def starts(expression: str) -> float:
    """
    How often EventBridge Scheduler starts something in a month of 730 hours.

    Raises:
        ValueError: It is of a form that no component writes.
    """
    if found := RATE.fullmatch(expression):
        return HOURS_A_MONTH * 60 / (int(found[1]) * MINUTES[found[2]])
    if not (found := CRON.fullmatch(expression)):
        raise ValueError(f"{expression} is no schedule that is known here. Add it to {__name__}.")
    if found["weekday"] not in "*?":
        return round(365 / 7 / 12, 2)
    days = 365 / 12 if found["day"] in "*?" else 1
    if found["hour"] == "*":
        return days * 24
    return days * 24 / int(found["hour"].partition("/")[2]) if "/" in found["hour"] else round(days, 2)


PAYS: Mapping[str, Pays] = {
    "aws:sfn/stateMachine:StateMachine": _machine,
    "aws:scheduler/schedule:Schedule": _schedule,
}
