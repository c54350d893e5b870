"""What the workflows of a stack on Google Cloud cost: their steps, and what they have read, run and write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.base import Cloud
from components.training import TrainingSpec
from groundplan.cost.line import HOURS_A_MONTH, Line, Sight
from groundplan.cost.services.gcp_definition import definition, given
from groundplan.cost.services.gcp_serving import scheduled
from groundplan.cost.services.gcp_store import TIB, captured
from groundplan.cost.steps import step_jobs

__all__ = ["clocks", "workflows"]

DEPLOYMENT = 900.0
"""Seconds until a version is on its machines: our assumption."""
QUERY = 30.0
"""Seconds of a query of BigQuery."""
ANSWER = 86_400.0
"""Seconds until a person has approved a version: our assumption."""
PUBLISHED = 48
"""
Messages a day of a budget, which Google Cloud says are several: our assumption.

Source: https://cloud.google.com/billing/docs/how-to/budgets-programmatic-notifications
"""
DISK_ITEMS = {"pd-ssd": "vertex-training-boot-disk-pd-ssd"}
"""Type of a boot disk to what Vertex AI sells it as; a Hyperdisk goes by its own name."""


@dataclass(frozen=True)
class _Runs:
    """How often a workflow runs in a month, how that comes about, and how long it waits for what."""

    times: float
    told: str
    lasts: Mapping[str, float] = field(default_factory=dict)


def clocks(_resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    """A job of Cloud Scheduler costs the same whatever it starts."""
    yield Line.always("cloud-scheduler-job-month", "Cloud Scheduler", 1, "1 job")


def workflows(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Steps of its executions, and the disks and queries of what it runs."""
    source, kind = str(resource["inputs"]["sourceContents"]), str(resource["name"]).rpartition("-")[2]
    known = _KINDS[kind](resource, sight)
    steps = definition(source).executed(known.lasts)
    told = f"{known.told}, {steps:g} steps each"
    yield Line.used("workflows-internal-steps", f"Workflows, {kind}", known.times * steps / 1000, told)
    if kind == "notify":
        heard = sum(1 for who in ("webhook", "pager") if given(source)[who])
        told = f"{known.told}, to {heard} chat(s) and pager(s)"
        yield Line.used("workflows-external-steps", "Workflows, calls outside", known.times * heard / 1000, told)
    if kind in ("run", "tune"):
        yield from _disks(given(source)["pools"], _trained(resource, sight), known, kind, sight)
    if kind in ("monitor", "pipeline"):
        yield from _step_disk(given(source)["step"], resource, sight)
    if kind == "monitor":
        yield from _exports(resource, sight)
    if kind == "materialize":
        yield from _merges(resource, sight)


def _trained(resource: Mapping[str, Any], sight: Sight) -> TrainingSpec:
    return sight.blueprint.training[str(sight.name(resource, "training"))]


def _seconds(name: str, sight: Sight) -> float:
    """How long a run of a training lasts."""
    spec, hours = sight.blueprint.training[name], sight.usage.trained(name).hours
    return hours * 3600 if hours else spec.max_run.seconds


def _of_pipelines(name: str, sight: Sight) -> float:
    mine = [spec for spec in sight.blueprint.pipelines.values() if spec.train == name]
    return sum(spec.schedule.a_month for spec in mine if spec.schedule)


def _run(resource: Mapping[str, Any], sight: Sight) -> _Runs:
    name = str(sight.name(resource, "training"))
    by_hand = sight.usage.trained(name).runs
    piped = 0 if _trained(resource, sight).tuning else _of_pipelines(name, sight)
    return _Runs(by_hand + piped, f"{by_hand:g} by hand, {piped:g} by pipelines", {"train": _seconds(name, sight)})


def _tune(resource: Mapping[str, Any], sight: Sight) -> _Runs:
    name = str(sight.name(resource, "training"))
    by_hand, piped = sight.usage.trained(name).searches, _of_pipelines(name, sight)
    seconds = _trained(resource, sight).rounds * _seconds(name, sight)
    return _Runs(by_hand + piped, f"{by_hand:g} by hand, {piped:g} by pipelines", {"search": seconds})


def _register(_resource: Mapping[str, Any], sight: Sight) -> _Runs:
    """A version is registered before it is released; where nothing serves, what was trained."""
    blueprint, usage = sight.blueprint, sight.usage
    if blueprint.endpoints:
        return _Runs(sum(usage.endpoint(name).releases for name in blueprint.endpoints), "1 of each release")
    times = sum(usage.trained(name).runs + _of_pipelines(name, sight) for name in blueprint.training)
    return _Runs(times, "1 of each training")


def _release(resource: Mapping[str, Any], sight: Sight) -> _Runs:
    releases = sight.usage.endpoint(str(sight.name(resource, "endpoints"))).releases
    rollout = given(str(resource["inputs"]["sourceContents"])).get("rollout")
    bake = 60.0 * rollout["looks"] if rollout else 0.0
    return _Runs(releases, f"{releases:g} releases", {"deployed": DEPLOYMENT, "watch": bake})


def _hours(resource: Mapping[str, Any], sight: Sight) -> _Runs:
    jobs = sight.of("gcp:cloudscheduler/job:Job")
    return _struck([job for job in jobs if job["component"] == resource["component"]])


def _materialize(resource: Mapping[str, Any], sight: Sight) -> _Runs:
    view = _view(resource)
    names = {f"{view}-materialize", f"{view}-measure"}
    return _struck([job for job in sight.of("gcp:cloudscheduler/job:Job") if job["name"] in names])


def _view(resource: Mapping[str, Any]) -> str:
    return str(resource["name"]).removeprefix("features-").removesuffix("-materialize")


def _struck(jobs: Sequence[Mapping[str, Any]]) -> _Runs:
    times = sum(scheduled(job) for job in jobs)
    return _Runs(times, f"{times:.2f} by clock", {"job": QUERY})


def _batch(resource: Mapping[str, Any], sight: Sight) -> _Runs:
    spec = sight.blueprint.batch[str(sight.name(resource, "batch"))]
    times = spec.schedule.a_month if spec.schedule else 1
    return _Runs(times, f"{times:g} run(s)", {"score": spec.max_run.seconds})


def _monitor(resource: Mapping[str, Any], sight: Sight) -> _Runs:
    spec = sight.blueprint.monitoring[str(sight.name(resource, "monitoring"))]
    times = sum(HOURS_A_MONTH * 3600 / every.seconds for every in spec.schedules)
    return _Runs(times, f"{times:g} windows", {"step": sight.usage.window.seconds, "job": QUERY})


def _pipeline(resource: Mapping[str, Any], sight: Sight) -> _Runs:
    blueprint = sight.blueprint
    spec = blueprint.pipelines[str(sight.name(resource, "pipelines"))]
    times = spec.schedule.a_month if spec.schedule else 0
    rollout = spec.endpoint.rollout if spec.endpoint else None
    lasts = {
        "step": sight.usage.window.seconds,
        "train": blueprint.training[spec.train].rounds * _seconds(spec.train, sight),
        "roll_out": DEPLOYMENT + (rollout.bake.seconds * (len(rollout.steps) + 1) if rollout else 0),
        "approval": ANSWER if blueprint.registry.approval == "manual" else 0,
    }
    return _Runs(times, f"{times:g} run(s) by schedule", lasts)


def _arrivals(_resource: Mapping[str, Any], sight: Sight) -> _Runs:
    written = sight.usage.object_writes
    return _Runs(written.number / 2, f"half of {written} objects written")


def _alerted(_resource: Mapping[str, Any], sight: Sight) -> _Runs:
    return _Runs(sight.usage.alerts, f"{sight.usage.alerts:g} alerts")


def _stop(_resource: Mapping[str, Any], sight: Sight) -> _Runs:
    """Alerts are published to the same topic; below the limit it looks, and that is all."""
    published = PUBLISHED * HOURS_A_MONTH / 24
    alerts = sight.usage.alerts
    return _Runs(published + alerts, f"{published:g} messages of the budget, {alerts:g} alerts")


_KINDS = {
    "arrivals": _arrivals,
    "batch": _batch,
    "breaches": _alerted,
    "hours": _hours,
    "materialize": _materialize,
    "monitor": _monitor,
    "notify": _alerted,
    "pipeline": _pipeline,
    "register": _register,
    "release": _release,
    "run": _run,
    "stop": _stop,
    "tune": _tune,
}
"""Last word of a workflow's name to how often it runs."""


def _disks(pools: list[Any], spec: TrainingSpec, known: _Runs, kind: str, sight: Sight) -> Iterator[Line]:
    """Boot disks of the machines of runs, at the most as long as a run may last."""
    trials = spec.tuning.trials if kind == "tune" and spec.tuning else 1
    usage = sight.usage.trained(next(name for name, one in sight.blueprint.training.items() if one is spec))
    longest = spec.max_run.seconds / 3600
    hours = usage.hours or longest
    for pool in pools:
        size, machines = float(pool["diskSpec"]["bootDiskSizeGb"]), int(pool["replicaCount"])
        one = size * machines * trials * known.times / HOURS_A_MONTH
        item = _item(pool["diskSpec"])
        told = f"{known.told}, {trials} x {machines} machine(s) with {size:g} GiB for {hours:g} h"
        yield Line(item, f"Disk of the machine, {kind}", 0, one * hours, one * max(hours, longest), told, "use")


def _item(disk: Mapping[str, Any]) -> str:
    kind = str(disk["bootDiskType"])
    return DISK_ITEMS.get(kind, kind)


def _step_disk(step: Mapping[str, Any], resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    section, _, name = str(resource["component"]).partition("/")
    jobs, told = step_jobs(getattr(sight.blueprint, section)[name], Cloud.GCP)
    if jobs:
        disk, hours = step["diskSpec"], jobs * sight.usage.window.seconds / 3600
        size = float(disk["bootDiskSizeGb"])
        told = f"{told}, {sight.usage.window} each with {size:g} GiB"
        yield Line.used(_item(disk), "Disk of the machine, steps", size * hours / HOURS_A_MONTH, told)


def _exports(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Each look reads all that is recorded: the table is not partitioned."""
    name = str(sight.name(resource, "monitoring"))
    jobs, told = step_jobs(sight.blueprint.monitoring[name], Cloud.GCP)
    _, kept = captured(sight, name)
    yield Line.used("bigquery-analysis", "BigQuery, windows", jobs * kept / TIB, f"{told}, {kept:.3f} GiB read by each")


def _merges(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Reads what was loaded, the key and time of what is there, and the times once more for its age."""
    features = sight.blueprint.features
    if features is None or not (asked := features.views[_view(resource)].materialize):
        return
    view, times = features.views[_view(resource)], HOURS_A_MONTH * 3600 / asked.every.seconds
    share, columns = sight.usage.features.gib / len(features.views), len(view.columns) + 2
    read = share * (1 + 3 / columns)
    told = f"{times:g} materializations, {share:g} GiB loaded and 3 of {columns} columns of as much"
    yield Line.used("bigquery-analysis", "BigQuery, merge and age", times * read / TIB, told)
