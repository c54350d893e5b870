"""Hours on Vertex AI that have other bounds: the replicas of each, what changes to them, and what a release knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi

from components.base import Component
from components.clouds.gcp.ground import GcpGround
from components.clouds.gcp.starts import Starts
from components.clouds.gcp.workflow import TRAFFIC, controller
from components.endpoint import EndpointSpec, Times

__all__ = ["AT_THIS_HOUR", "HOURS", "REPLICAS", "clocks", "keep_hours", "of_release"]

HOURS, REPLICAS = (Path(__file__).with_name(f"{name}.yaml") for name in ("hours", "replicas"))
BOUNDS = ("minReplicaCount", "maxReplicaCount", "initialReplicaCount", "scaleToZeroSpec")
AT_THIS_HOUR: Sequence[Mapping[str, Any]] = (
    {"at_this_hour": {"call": "at_this_hour", "args": {"given": "${given}"}, "result": "given"}},
)
"""Steps of a release: what it deploys has the replicas of the hour."""
Sizes = Callable[[int, int], dict[str, Any]]


def of_release(spec: EndpointSpec, resources: Mapping[str, Any], sizes: Sizes) -> dict[str, Any]:
    """
    What `given` of a release has besides, where there are hours.

    Args:
        spec: What is asked.
        resources: What a version is deployed with at other hours.
        sizes: Least and most replicas, as fields of these.
    """
    scale = spec.scale
    return {
        "resources": {key: value for key, value in resources.items() if key not in BOUNDS},
        "usual": sizes(scale.min, scale.max),
        "hours": [
            {
                "zone": hours.every.zone,
                "days": list(hours.every.days),
                "begin": hours.every.begin,
                "end": hours.every.end,
                "bounds": sizes(*scale.bounds(hours)),
            }
            for _name, hours in sorted(scale.schedule.items())
        ],
    }


def keep_hours(
    component: Component,
    spec: EndpointSpec,
    given: Mapping[str, Any],
    endpoints: Sequence[pulumi.Output[str]],
    routines: Path = REPLICAS,
) -> None:
    """
    A workflow that gives what is deployed the replicas of the hour, and clocks that start it.

    Args:
        component: Whose endpoint it is.
        spec: What is asked.
        given: What its release is given.
        endpoints: Paths of the endpoints.
        routines: YAML file of those that change what serves.
    """
    known = ("url", "deploy_url", "executions", "resources", "usual", "hours")
    pool = given.get("pool")
    changed = ["minReplicaCount", "maxReplicaCount"]
    if any("scaleToZeroSpec" in bounds for bounds in (given["usual"], *(h["bounds"] for h in given["hours"]))):
        changed += ["initialReplicaCount", "scaleToZeroSpec"]
    workflow = controller(
        component,
        "hours",
        HOURS,
        {
            **{key: given[key] for key in known},
            **({"pool": {**pool, "dedicatedResources": given["resources"]}} if pool else {}),
            "endpoints": list(endpoints),
            "mask": ",".join(f"dedicatedResources.{field}" for field in changed),
        },
        f"Sets how many replicas {component.name} has at this hour",
        "Name fewer hours.",
        (routines, TRAFFIC),
    )
    starts = Starts(component, component.need(GcpGround), workflow)
    for name, hours in sorted(spec.scale.schedule.items()):
        for edge, cron in clocks(hours.every).items():
            starts.by_clock(f"{name}-{edge}", cron, hours.every.zone, {})


def clocks(every: Times) -> dict[str, str]:
    """
    When hours begin and end, as five fields: minute, hour, day, month, day of the week.

    Source: https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules: 0 is Sunday
    """

    def cron(minute: int, days: tuple[int, ...]) -> str:
        week = "*" if len(days) == 7 else ",".join(str(day) for day in sorted((day + 1) % 7 for day in days))
        return f"{minute % 60} {minute // 60} * * {week}"

    return {"begin": cron(every.begin, every.days), "end": cron(every.end, every.end_days)}
