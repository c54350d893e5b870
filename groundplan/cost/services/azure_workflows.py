"""What the Logic Apps of a stack cost: runs a month by what starts them, times the actions that a run performs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from components.units import Duration
from groundplan.cost.line import HOURS_A_MONTH, Line, Sight
from groundplan.cost.services.azure_actions import Course, performed
from groundplan.cost.services.azure_runs import (
    DAYS_A_MONTH,
    DEPLOYS,
    batches,
    late,
    looks,
    pipelines,
    release_seconds,
    search_seconds,
    searches,
    training_seconds,
    trainings,
)

__all__ = ["Starts", "clock", "workflow"]

HISTORY_GB = 2e-6
"""What the history keeps of an action's inputs and outputs: an assumption, 2 kB."""
HISTORY_MONTHS = 90 / DAYS_A_MONTH
"""
How long it keeps a run: 90 days.

Source: https://learn.microsoft.com/azure/logic-apps/logic-apps-limits-and-configuration
"""
APPROVES = Duration.parse("1d")
"""How long a person takes to approve a version: an assumption."""
LATE_SECONDS = 300
"""How much longer than its bake a step of a rollout is watched: until the last minute's numbers can be read."""
FIRST_LOOK_SECONDS = 300
"""When it is looked at first, half a minute less: as long as the window of the alarms, or all of a shorter bake."""
ONCE = 0.0  # what is looked at once
AT_THE_LIMIT = frozenset({"Goes_on", "Over"})
"""Conditions of a look at the budget that hold when its limit is reached, or was: usually it is not."""


@dataclass(frozen=True)
class Starts:
    """
    Runs that go the same way.

    Attributes:
        times: A month.
        waits: Seconds, by the end of the name of the loop that waits; what is not among them is there at once.
        turns: Turns by the name of a loop.
        skipped: Conditions of which the first branch is not taken.
    """

    times: float
    waits: Mapping[str, float]
    turns: Mapping[str, int]
    skipped: frozenset[str] = frozenset()

    def course(self, *, all_of_it: bool) -> Course:
        """What `performed` wants to know."""
        return Course(self._lasts, self.turns.get, self.skipped, all_of_it)

    def _lasts(self, loop: str) -> float:
        return next((seconds for end, seconds in self.waits.items() if loop.endswith(end)), ONCE)


def workflow(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Executions of its actions and its trigger; and, with the first one, the history that is kept of all."""
    starts = list(_starts(resource, sight))
    times = sum(start.times for start in starts)
    low, expected, high = _executions(resource, starts)
    told = f"{times:.6g} run(s) a month"
    told += f" of {expected / times:.6g} executions, the trigger and looks while it waits included" if times else ""
    when = "always" if low else "use"
    yield Line("logic-apps-consumption-actions", f"Logic App {resource['name']}", low, expected, high, told, when)
    apps = sight.of(resource["type"])
    if resource["urn"] == apps[0]["urn"]:
        yield _history([_executions(app, list(_starts(app, sight))) for app in apps])


def _executions(resource: Mapping[str, Any], starts: Sequence[Starts]) -> tuple[float, float, float]:
    """Least, expected and most in a month; what its own clock starts is not less when nobody does anything."""
    written = resource["inputs"]["definition"]
    expected, high = (
        sum(s.times * (1 + performed(written["actions"], s.course(all_of_it=rarer))) for s in starts)
        for rarer in (False, True)
    )
    return expected if _clocks(resource) else 0.0, expected, max(expected, high)


def _clocks(resource: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    triggers = resource["inputs"]["definition"]["triggers"].values()
    return [trigger["recurrence"] for trigger in triggers if "recurrence" in trigger]


def _history(executions: Sequence[tuple[float, float, float]]) -> Line:
    low, expected, high = (sum(part) * HISTORY_GB * HISTORY_MONTHS for part in zip(*executions, strict=True))
    told = f"{sum(e for _, e, _ in executions):.6g} executions, 2 kB each (assumed), kept 90 days"
    when = "always" if low else "use"
    return Line("logic-apps-consumption-retention", "Logic Apps, history of all", low, expected, high, told, when)


def clock(recurrence: Mapping[str, Any]) -> float:
    """How often a recurrence comes in a month."""
    a_month = {
        "Minute": HOURS_A_MONTH * 60,
        "Hour": HOURS_A_MONTH,
        "Day": DAYS_A_MONTH,
        "Week": DAYS_A_MONTH / 7,
        "Month": 1,
    }
    return a_month[recurrence["frequency"]] / recurrence["interval"]


def _starts(resource: Mapping[str, Any], sight: Sight) -> Iterator[Starts]:
    """What starts it: its own clock, or what the blueprint and the usage say of its component."""
    section, _, name = str(resource["component"]).partition("/")
    duty = str(resource["name"]).removeprefix(f"{name}-")
    window = float(sight.usage.window.seconds)
    if clocks := _clocks(resource):
        waits = {"until_filled": window, "until_written": window}
        yield Starts(sum(map(clock, clocks)), waits, {}, AT_THE_LIMIT)
    elif section == "training":
        yield _training(name, sight, search=duty == "tune")
    elif section == "endpoints":
        yield _release(name, sight)
    elif section == "batch":
        yield Starts(batches(sight.blueprint, name), {"Run_wait": sight.blueprint.batch[name].max_run.seconds}, {})
    elif section == "monitoring":
        yield from _monitor(name, sight, window)
    elif section == "pipelines":
        yield _pipeline(name, sight, window)
    else:
        raise ValueError(f"{resource['name']} of {resource['component']}: nobody knows what starts this Logic App")


def _training(name: str, sight: Sight, *, search: bool) -> Starts:
    blueprint = sight.blueprint
    times = searches(blueprint, name) if search else trainings(blueprint, name)
    seconds = (search_seconds if search else training_seconds)(blueprint, name)
    return Starts(times, {"_cancelled_follow": ONCE, "_follow": seconds}, {})


def _release(name: str, sight: Sight) -> Starts:
    """Each step of a rollout is looked at each minute, until its last minute can be read."""
    rollout = sight.blueprint.endpoints[name].rollout
    waits: dict[str, float] = {"Deploy_wait": DEPLOYS.seconds}
    if rollout is None:
        return Starts(sight.usage.endpoint(name).releases, waits, {})
    baked = rollout.bake.seconds
    waits["Bake"] = baked + LATE_SECONDS - (min(baked, FIRST_LOOK_SECONDS) - 30)
    return Starts(sight.usage.endpoint(name).releases, waits, {"Steps": len(rollout.steps) + 1})


def _monitor(name: str, sight: Sight, window: float) -> Iterator[Starts]:
    """Each schedule asks for some of the signals, and what waits for the truth is looked at apart."""
    spec = sight.blueprint.monitoring[name]
    for times, asked in looks(spec):
        skipped = set[str](spec.signals) - {*asked}
        prefixes = {"Late": {*asked} & late(spec), "Fresh": {*asked} - late(spec)}
        skipped |= {prefix for prefix, of_it in prefixes.items() if not of_it}
        waits = {"_cancelled_wait": ONCE, "_run_wait": window}
        yield Starts(times, waits, {}, frozenset(skipped))


def _pipeline(name: str, sight: Sight, window: float) -> Starts:
    """It waits for its own steps, for the training, for a person, and for the release."""
    blueprint = sight.blueprint
    spec = blueprint.pipelines[name]
    tuned = blueprint.training[spec.train].tuning is not None
    waits = {
        "_cancelled_wait": ONCE,
        "_run_wait": window,
        "Train_wait": (search_seconds if tuned else training_seconds)(blueprint, spec.train),
        "Approval_wait": float(min(APPROVES, spec.approval_wait).seconds),
    }
    start = Starts(pipelines(blueprint, name), waits, {})
    if not spec.deploy:
        return start
    released = release_seconds(blueprint.endpoints[spec.deploy])
    return replace(start, waits={**waits, "Release_wait": released, **_releases(spec.deploy, sight, released)})


def _releases(endpoint: str, sight: Sight, seconds: float) -> dict[str, float]:
    """An endpoint of several models is released model by model."""
    return {f"Release_{number}_wait": seconds for number, _ in enumerate(sight.blueprint.endpoints[endpoint].models)}
