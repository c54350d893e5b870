"""What serves, keeps features, tracks and is worked on, on Google Cloud, besides its machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.cost.line import HOURS_A_MONTH, Line, Sight
from groundplan.cost.services.gcp_store import MONTH
from groundplan.cost.steps import looks

__all__ = ["disks", "metrics", "online_stores", "runs", "scheduled", "syncs", "tracking"]

POINT = 8 / 2**20
"""MiB of a value of a metric. Source: https://cloud.google.com/stackdriver/pricing#monitoring-pricing-overview"""
MINUTES_A_MONTH = HOURS_A_MONTH * 60
VALUE = 100
"""Bytes of a value that is brought online, with its key and its time: our assumption."""
SYNCED = 100 * 2**20
"""Bytes that a node brings online in an hour: note of the price in `services_gcp.csv`."""


def runs(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """A service of Cloud Run: paid for while it answers, each request as if it were alone on its instance."""
    name = sight.name(resource, "endpoints")
    if name is None:
        return
    known, limits = sight.usage.endpoint(name), resource["inputs"]["template"]["containers"][0]["resources"]["limits"]
    seconds = known.requests.number * known.answer_time
    told = f"{known.requests} requests of {known.answer_time:g} s"
    cpus, gib = float(limits["cpu"]), float(str(limits["memory"]).removesuffix("Mi")) / 1024
    yield Line.used("cloud-run-vcpu-second", "Cloud Run, CPU", seconds * cpus, f"{told} on {cpus:g} vCPU")
    yield Line.used("cloud-run-gib-second", "Cloud Run, memory", seconds * gib, f"{told} with {gib:g} GiB")
    yield Line.used("cloud-run-requests", "Cloud Run, requests", known.requests.number / 1e6, f"{known.requests}")


def online_stores(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Nodes of Bigtable, at the least one day and night, and what they hold."""
    scaling, features = resource["inputs"]["bigtable"]["autoScaling"], sight.usage.features
    low, high = (HOURS_A_MONTH * scaling[bound] for bound in ("minNodeCount", "maxNodeCount"))
    told = f"{scaling['minNodeCount']} to {scaling['maxNodeCount']} nodes x {HOURS_A_MONTH} h"
    item = "vertex-feature-online-bigtable-node-hour"
    yield Line(item, "Feature store, online nodes", low, low, high, told, "always")
    item = "vertex-feature-online-bigtable-storage"
    told = f"{features} x {HOURS_A_MONTH} h"
    yield Line.used(item, "Feature store, online values", features.gib * HOURS_A_MONTH, told)


def syncs(_resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """What changed is brought online: the stack's writes, shared by its views."""
    writes, views = (
        sight.usage.feature_writes,
        sight.count("gcp:vertex/aiFeatureOnlineStoreFeatureview:AiFeatureOnlineStoreFeatureview"),
    )
    hours = writes.number / views * VALUE / SYNCED
    told = f"{writes} values of {VALUE} bytes, shared by {views} view(s), 100 MiB a node and hour"
    yield Line.used("vertex-feature-data-processing-node-hour", "Feature store, sync", hours, told)


def tracking(_resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """What runs have logged, which stays."""
    tracked = sight.usage.tracked
    yield Line.used("vertex-tensorboard", "Vertex AI TensorBoard", tracked.gib, f"{tracked} held")


def disks(resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    """Both disks of a notebook, which are there while its machine is not."""
    setup = resource["inputs"]["gceSetup"]
    for what, disk in (("boot disk", setup["bootDisk"]), ("data disk", setup["dataDisks"])):
        size = float(disk["diskSizeGb"])
        item = str(disk["diskType"]).lower().replace("_", "-")
        yield Line.always(item, f"Workbench, {what}", size, f"{size:g} GiB")


def metrics(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Values of a metric of one's own: of each window, of each materialization, or of each minute of a replica."""
    points, told = _points(resource, sight)
    yield Line.used("monitoring-metrics-ingest", "Cloud Monitoring, metric", points * POINT, f"{told}, 8 bytes each")


def _points(resource: Mapping[str, Any], sight: Sight) -> tuple[float, str]:
    endpoint = sight.name(resource, "monitoring")
    if endpoint is not None:
        spec = sight.blueprint.monitoring[endpoint]
        figure = str(resource["name"]).removeprefix(f"{endpoint}-metric-").replace("-", "_")
        signal = figure.removeprefix("prediction_")
        seen = looks(spec) if figure == "rows" else {every: signal in of for every, of in spec.schedules.items()}
        times = sum(n * MONTH / every.seconds for every, n in seen.items())
        return times, f"{times:g} windows"
    serving = sight.name(resource, "endpoints")
    if serving is not None:
        least, _ = sight.blueprint.endpoints[serving].scale.mean_bounds
        replicas = sight.usage.endpoint(serving).replicas
        many = least if replicas is None else replicas
        return MINUTES_A_MONTH * many, f"each minute of {many:g} replica(s)"
    times = sum(scheduled(job) for job in sight.of("gcp:cloudscheduler/job:Job") if job["component"] == "features")
    return times, f"{times:g} materializations and looks"


def scheduled(job: Mapping[str, Any]) -> float:
    """How often a clock of the stack strikes in a month, by its five fields."""
    minute, hour, day, _month, weekday = str(job["inputs"]["schedule"]).split()
    days = HOURS_A_MONTH / 24 * (1 if weekday == "*" else len(weekday.split(",")) / 7)
    if day != "*":
        return len(day.split(","))
    return days * _strikes(hour, 24) * _strikes(minute, 60)


def _strikes(field: str, of: int) -> int:
    """How many values a field of minutes or hours has."""
    if field == "*":
        return of
    if field.startswith("*/"):
        return -(-of // int(field[2:]))
    return len(field.split(","))
