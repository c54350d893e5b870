"""What the machines of a component cost: hours of trainings, endpoints, batch jobs and notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from components.batch import BatchSpec
from components.catalog import Machine, Wish, resolve
from components.clouds.gcp.sharing import shared_runtime
from components.endpoint import EndpointSpec
from components.monitoring import MonitorSpec
from components.notebooks import NotebookSpec
from components.pipeline import PipelineSpec
from components.training import TrainingSpec
from components.usage import EndpointUsage, NotebookUsage, TrainingUsage
from groundplan.cost.line import HOURS_A_MONTH
from groundplan.cost.row import Row, of_machine
from groundplan.cost.steps import step_rows
from groundplan.program import Request
from groundplan.target import Target

__all__ = ["machine_rows"]

START_MINUTES = 15
"""Until the machines of a new version answer; assumed, as all clouds need some minutes and none promises how many."""


def machine_rows(request: Request, urn: str, result: Mapping[str, Any], target: Target) -> Iterator[Row]:
    """
    Rows of one component, for the machine that it came to.

    Args:
        request: The component.
        urn: What the rows hang on.
        result: Its outputs, which name the machine.
        target: The stack.
    """
    usage = target.blueprint.usage

    def sold(use: Literal["training", "hosting"], *, spot: bool = False) -> Machine:
        return resolve(Wish(machine_type=result["machine"]), target.cloud, target.place.region, use, spot=spot)

    if isinstance(request.spec, TrainingSpec):
        machine, known = sold("training", spot=request.spec.spot is not None), usage.trained(request.name)
        runs = {"": known.runs, **_of_pipelines(request.name, target)}
        for pipeline, times in runs.items():
            if request.spec.tuning is None or not pipeline:
                yield _training(urn, request.spec, machine, known, times, pipeline)
        if request.spec.tuning:
            yield from (
                _search(urn, request.spec, machine, known, n, p) for p, n in {**runs, "": known.searches}.items()
            )
    elif isinstance(request.spec, EndpointSpec) and result["machine"]:  # a serverless one may have none
        yield from _endpoint(urn, request.spec, sold("hosting"), usage.endpoint(request.name))
    elif isinstance(request.spec, BatchSpec):
        trained = target.cloud == "azure"  # a job of Azure ML, where the others have a job that serves
        yield _batch(urn, request.spec, sold("training" if trained else "hosting", spot=trained and request.spec.spot))
    elif isinstance(request.spec, NotebookSpec):
        yield _notebooks(urn, request.spec, sold("training"), usage.opened(request.name))
    elif isinstance(request.spec, MonitorSpec | PipelineSpec):
        yield from step_rows(urn, request.spec, usage, target)


def _of_pipelines(training: str, target: Target) -> dict[str, float]:
    """Pipeline to the runs of the training that its schedule starts in a month; breaches and new data are not known."""
    pipelines: Mapping[str, PipelineSpec] = target.blueprint.pipelines
    mine = {name: spec.schedule for name, spec in pipelines.items() if spec.train == training}
    return {name: schedule.a_month for name, schedule in mine.items() if schedule}


def _started(times: float, pipeline: str, what: str) -> str:
    by = f"by {pipeline}" if pipeline else "by hand"
    return f"{times:g} {what}(s) a month {by}"


def _training(urn: str, spec: TrainingSpec, sold: Machine, usage: TrainingUsage, times: float, pipeline: str) -> Row:
    """Runs of the month: from none at all to runs that all fall back to on-demand and last as long as they may."""
    longest = spec.max_run.seconds / 3600
    hours, most = times * spec.nodes * (usage.hours or longest), times * spec.nodes * longest
    full = sold.usd_per_hour
    spot = sold.spot_usd_per_hour if spec.spot else None
    told = f"{_started(times, pipeline, 'run')}, {usage.hours or longest:g} h each on {spec.nodes} machine(s)"
    return of_machine(urn, sold, told, (0, hours, max(hours, most)), (spot or full, spot or full, full), "use")


def _search(urn: str, spec: TrainingSpec, sold: Machine, usage: TrainingUsage, times: float, pipeline: str) -> Row:
    """Searches of the month, each trial as long as a run: from none at all to one on demand, to the end."""
    trials = spec.tuning.trials if spec.tuning else 0
    longest = spec.max_run.seconds / 3600
    hours, most = (times * trials * spec.nodes * each for each in (usage.hours or longest, longest))
    full = sold.usd_per_hour
    spot = sold.spot_usd_per_hour if spec.spot else None
    told = f"{_started(times, pipeline, 'search')} of {trials} trials, {usage.hours or longest:g} h each"
    told += f" on {spec.nodes} machine(s)"
    return of_machine(urn, sold, told, (0, hours, max(hours, most)), (spot or full, spot or full, full), "use")


def _endpoint(urn: str, spec: EndpointSpec, sold: Machine, usage: EndpointUsage) -> Iterator[Row]:
    """Replicas all month, at each hour by its bounds: the least, as many as are assumed, and the most."""
    apart = len(spec.models) if spec.models and _apart(spec, sold.cloud) else 1
    low, high = (apart * bound * HOURS_A_MONTH for bound in spec.scale.mean_bounds)
    expected = low if usage.replicas is None else min(max(apart * usage.replicas * HOURS_A_MONTH, low), high)
    told = f"{spec.scale.min} to {spec.scale.max} replicas, expected {expected / apart / HOURS_A_MONTH:g}"
    told += f", other bounds in {', '.join(sorted(spec.scale.schedule))}" if spec.scale.schedule else ""
    told += f", of each of {apart} models" if apart > 1 else ""
    hours = (round(low, 2), round(expected, 2), round(high, 2))
    yield of_machine(urn, sold, told, hours, (sold.usd_per_hour,) * 3, "always")
    if usage.releases and (apart > 1 or not spec.models):
        yield _released(urn, spec, sold, usage, max(1, expected / apart / HOURS_A_MONTH))


def _released(urn: str, spec: EndpointSpec, sold: Machine, usage: EndpointUsage, replicas: float) -> Row:
    """
    Machines of a new version beside those of the former one, until it has all of the traffic and was watched.

    Models that share machines take over on the same ones.
    """
    watched = (len(spec.rollout.steps) + 1) * spec.rollout.bake.minutes if spec.rollout else 0
    minutes = START_MINUTES + watched
    expected, most = (usage.releases * count * minutes / 60 for count in (replicas, max(1, spec.scale.max)))
    told = f"{usage.releases:g} release(s) a month, {minutes} min each beside the former version, {replicas:g} replicas"
    hours = (0, round(expected, 2), round(max(expected, most), 2))
    return of_machine(urn, sold, told, hours, (sold.usd_per_hour,) * 3, "use", "releases")


def _apart(spec: EndpointSpec, cloud: str) -> bool:
    """Whether several models share no machine: never on Azure, and on Google Cloud not with every image."""
    return cloud == "azure" or (cloud == "gcp" and not shared_runtime(spec))


def _batch(urn: str, spec: BatchSpec, sold: Machine) -> Row:
    """Every run of the schedule at its full length, or one run a month: from none at all."""
    runs = spec.schedule.a_month if spec.schedule else 1
    hours = runs * spec.replicas * spec.max_run.seconds / 3600
    spot = sold.spot_usd_per_hour if spec.spot and sold.cloud == "azure" else None  # no other has it for batch
    told = f"{runs:g} run(s) a month of at most {spec.max_run} on {spec.replicas} machine(s)"
    full = sold.usd_per_hour
    return of_machine(urn, sold, told, (0, hours, hours), (spot or full, spot or full, full), "use")


def _notebooks(urn: str, spec: NotebookSpec, sold: Machine, usage: NotebookUsage) -> Row:
    """Machines in use at work: from none of them to all of them at all times."""
    users = len(spec.users)
    told = f"{users} user(s), {usage.hours:g} hours a month each"
    hours = (0, users * usage.hours, users * HOURS_A_MONTH)
    return of_machine(urn, sold, told, hours, (sold.usd_per_hour,) * 3, "use")
