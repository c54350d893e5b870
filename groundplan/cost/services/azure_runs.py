"""How often a stack on Azure does what it does in a month, and how long that lasts: by its schedules and its usage."""

from __future__ import annotations

from collections.abc import Iterator

from blueprints import Blueprint
from components.endpoint import EndpointSpec
from components.monitoring import MonitorSpec, Signal
from components.training.tuning import rounds
from components.units import Duration
from groundplan.cost.line import HOURS_A_MONTH

__all__ = [
    "DAYS_A_MONTH",
    "DEPLOYS",
    "batches",
    "late",
    "looks",
    "pipelines",
    "release_seconds",
    "search_seconds",
    "searches",
    "training_seconds",
    "trainings",
]

DAYS_A_MONTH = HOURS_A_MONTH / 24
DEPLOYS = Duration.parse("15m")
"""
How long a deployment takes to come up, of which an image that is built is most: an assumption.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-deploy-online-endpoints (up to 15 minutes)
"""


def pipelines(blueprint: Blueprint, name: str) -> float:
    """Runs of a pipeline that its schedule starts; what else starts it is not known."""
    schedule = blueprint.pipelines[name].schedule
    return schedule.a_month if schedule else 0


def _of_pipelines(blueprint: Blueprint, training: str) -> float:
    return sum(pipelines(blueprint, name) for name, spec in blueprint.pipelines.items() if spec.train == training)


def trainings(blueprint: Blueprint, name: str) -> float:
    """Runs of a training, by hand and by pipelines; pipelines search where there is something to search."""
    own = blueprint.usage.trained(name).runs
    return own + (0 if blueprint.training[name].tuning else _of_pipelines(blueprint, name))


def searches(blueprint: Blueprint, name: str) -> float:
    """Searches of a training's hyper-parameters, by hand and by pipelines."""
    if blueprint.training[name].tuning is None:
        return 0
    return blueprint.usage.trained(name).searches + _of_pipelines(blueprint, name)


def training_seconds(blueprint: Blueprint, name: str) -> float:
    """Length of one run."""
    hours = blueprint.usage.trained(name).hours
    return hours * 3600 if hours else blueprint.training[name].max_run.seconds


def search_seconds(blueprint: Blueprint, name: str) -> float:
    """Length of one search: each trial is as long as a run, and some run at a time."""
    tuning = blueprint.training[name].tuning
    return rounds(tuning) * training_seconds(blueprint, name) if tuning else 0


def release_seconds(spec: EndpointSpec) -> float:
    """Length of a release: the deployment comes up, and each step of a rollout is watched."""
    rollout = spec.rollout
    return DEPLOYS.seconds + (len(rollout.steps) + 1) * rollout.bake.seconds if rollout else DEPLOYS.seconds


def batches(blueprint: Blueprint, name: str) -> float:
    """Runs of a batch job: those of its schedule, or one."""
    schedule = blueprint.batch[name].schedule
    return schedule.a_month if schedule else 1


def looks(spec: MonitorSpec) -> Iterator[tuple[float, tuple[Signal, ...]]]:
    """How often a monitor looks at which signals."""
    for every, signals in spec.schedules.items():
        yield HOURS_A_MONTH * 3600 / every.seconds, signals


def late(spec: MonitorSpec) -> frozenset[Signal]:
    """Signals of a monitor that have a job of their own, as they wait for the truth."""
    bias: tuple[Signal, ...] = ("bias",) if spec.bias and spec.bias.metric.endswith("_difference") else ()
    return frozenset[Signal]({"quality", *bias})
