"""How often the controllers of a stack on AWS run, and how long the jobs last that they start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from components.base import Cloud
from components.units import Duration
from groundplan.cost.line import HOURS_A_MONTH, Sight
from groundplan.cost.services.aws_features import materializations
from groundplan.cost.steps import step_jobs

__all__ = ["POLL", "RELEASE_POLL", "further_states", "job_hours", "owner", "runs"]

POLL = 3
"""States of a poll: wait, look, decide."""
RELEASE_POLL = Duration.parse("30s")
"""As `components/clouds/aws/release_means.py` has it, which is not read here: it would load the SDK for every cloud."""
MACHINES_COME = Duration.parse("10m")
"""Assumed of an update of an endpoint, until its new machines serve."""
APPROVAL = Duration.parse("1d")
"""Assumed of a person who is to approve a version, where `approval_wait` is not shorter."""
APPROVAL_POLL = Duration.parse("20m")
PLACES, STATES_A_PLACE = 6, 2
"""Places in S3 where a monitor looks for a window's captures: of two variants, three each."""

Told = tuple[float, str]
"""A number, and how it comes about."""


def owner(resource: Mapping[str, Any]) -> tuple[str, str]:
    """Section and name of the component that a resource belongs to."""
    section, _, name = str(resource["component"]).partition("/")
    return section, name


def runs(resource: Mapping[str, Any], sight: Sight) -> Told:
    """
    Runs of a state machine in a month; what breaches start is not known.

    Raises:
        ValueError: It belongs to a component that is not known here.
    """
    section, name = owner(resource)
    if resource["name"].endswith("-arrivals"):
        written = sight.usage.object_writes
        return written.number, f"{written} objects written, of which each may start it"
    if section not in OFTEN:
        raise ValueError(f"{resource['urn']}: nothing is known of how often it runs. Add {section} to {__name__}.")
    return OFTEN[section](resource["name"], name, sight)


def _training(logical: str, name: str, sight: Sight) -> Told:
    """A pipeline starts the search, where the training has one, and else the run."""
    known, spec, search = sight.usage.trained(name), sight.blueprint.training[name], logical.endswith("-tune")
    chains = [chain.schedule for chain in sight.blueprint.pipelines.values() if chain.train == name]
    chained = sum(schedule.a_month for schedule in chains if schedule) if search == (spec.tuning is not None) else 0
    by_hand = known.searches if search else known.runs
    said = f"{by_hand:g} {'search(es)' if search else 'run(s)'} by hand"
    return by_hand + chained, said + (f" and {chained:g} by pipelines" if chained else "")


def _endpoint(logical: str, name: str, sight: Sight) -> Told:
    known = sight.usage.endpoint(name)
    if logical.endswith("-release"):
        return known.releases, f"{known.releases:g} releases"
    return known.requests.number, f"{known.requests} requests"


def _batch(_logical: str, name: str, sight: Sight) -> Told:
    schedule = sight.blueprint.batch[name].schedule
    times = schedule.a_month if schedule else 1
    return times, f"{times:g} run(s)"


def _monitor(_logical: str, name: str, sight: Sight) -> Told:
    return step_jobs(sight.blueprint.monitoring[name], Cloud.AWS)


def _pipeline(_logical: str, name: str, sight: Sight) -> Told:
    schedule = sight.blueprint.pipelines[name].schedule
    times = schedule.a_month if schedule else 0
    return times, f"{times:g} scheduled run(s)"


def _view(logical: str, _name: str, sight: Sight) -> Told:
    times = materializations(logical.removesuffix("-materialize"), sight)
    return times, f"{times:g} materializations"


def _budget(_logical: str, _name: str, _sight: Sight) -> Told:
    return HOURS_A_MONTH, f"{HOURS_A_MONTH} looks at the budget"


OFTEN: Mapping[str, Callable[[str, str, Sight], Told]] = {
    "training": _training,
    "endpoints": _endpoint,
    "batch": _batch,
    "monitoring": _monitor,
    "pipelines": _pipeline,
    "features": _view,
    "budget": _budget,
}


def further_states(resource: Mapping[str, Any], sight: Sight) -> float:
    """States of the further rounds of a run's loops, by what they wait for or go through."""
    section, name = owner(resource)
    if section == "endpoints" and resource["name"].endswith("-release"):
        rollout = sight.blueprint.endpoints[name].rollout
        watched = rollout.bake.seconds * (len(rollout.steps) + 1) if rollout else 0
        return round((MACHINES_COME.seconds + watched) / RELEASE_POLL.seconds) * POLL
    if section == "monitoring":
        return PLACES * STATES_A_PLACE
    if section == "pipelines" and sight.blueprint.registry.approval == "manual":
        waits = min(sight.blueprint.pipelines[name].approval_wait, APPROVAL)
        return round(waits.seconds / APPROVAL_POLL.seconds) * POLL
    return 0


def job_hours(resource: Mapping[str, Any], sight: Sight) -> float:
    """Hours a month of the training jobs that a state machine starts."""
    section, name = owner(resource)
    if section == "training":
        spec, search = sight.blueprint.training[name], resource["name"].endswith("-tune")
        each = sight.usage.trained(name).hours or spec.max_run.seconds / 3600
        trials = spec.tuning.trials if search and spec.tuning else 1
        return runs(resource, sight)[0] * each * trials
    if section not in ("monitoring", "pipelines"):
        return 0
    step = sight.blueprint.monitoring[name] if section == "monitoring" else sight.blueprint.pipelines[name]
    return step_jobs(step, Cloud.AWS)[0] * sight.usage.window.seconds / 3600
