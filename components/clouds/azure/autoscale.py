"""What a release on Azure lets Azure Monitor hold on a deployment: bounds, hours with other bounds, and rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.clouds.azure.deployment import DEPLOYMENT, ReleasePlan
from components.clouds.azure.workflow import literal
from components.clouds.azure.zones import windows_zone
from components.endpoint import EndpointSpec, Hours
from components.endpoint.scale import Times

__all__ = ["autoscale", "check_scale", "profiles"]

MOST_PROFILES = 20
"""
Profiles of one autoscale setting.

Source: https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits#autoscale
"""

DEFAULT = "Auto created default scale condition"
"""
What the profile is called that ends a recurring one, beside the name of that one.

Source: https://learn.microsoft.com/azure/azure-monitor/autoscale/autoscale-multiprofile
"""

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ENDPOINT_METRICS = "microsoft.machinelearningservices/workspaces/onlineendpoints"
SCALING = "https://learn.microsoft.com/azure/machine-learning/how-to-autoscale-endpoints"

Rules = list[dict[str, Any]]


def check_scale(label: str, spec: EndpointSpec) -> None:
    """
    See that an autoscale setting can hold the hours.

    Args:
        label: Of the endpoint.
        spec: What is asked.

    Raises:
        ValueError: It can't: no replica at some hours, a time zone that Windows has not, or too many hours.
    """
    schedule = spec.scale.schedule
    empty = next((name for name, hours in schedule.items() if not hours.min), None)
    if empty:
        raise ValueError(
            f"{label}: scale.schedule.{empty}.min is 0, and a managed online deployment keeps one instance ({SCALING})."
            " Write min: 1."
        )
    count = len(profiles(spec, 1, spec.scale.max))
    if count > MOST_PROFILES:
        raise ValueError(
            f"{label}: scale.schedule has {len(schedule)} hours, which take {count} profiles, and an autoscale setting"
            f" of Azure has {MOST_PROFILES} (https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits)."
            f" Write {MOST_PROFILES // 2} hours, or let some end where others begin."
        )


def autoscale(plan: ReleasePlan) -> dict[str, Any]:
    """Body of the autoscale setting: the ARM model `AutoscaleSettingResource`."""
    return {
        "location": plan.region,
        "tags": literal(dict(plan.tags)),
        "properties": {
            "enabled": True,
            "targetResourceUri": f"@concat({DEPLOYMENT})",
            "profiles": profiles(plan.spec, plan.least, plan.most),
        },
    }


def profiles(spec: EndpointSpec, least: int, most: int) -> Rules:
    """
    The bounds of all hours, each with the rules that move between them.

    A recurring profile lasts until another begins, so each has a second one, which begins when it ends; not on days on
    which other hours begin at that moment. Of profiles that recur the one that began last holds, from the moment the
    setting is put: a release within some hours keeps their bounds.

    Source: https://learn.microsoft.com/azure/azure-monitor/autoscale/autoscale-multiprofile

    Args:
        spec: What is asked.
        least, most: Bounds where no hours say otherwise.
    """
    schedule = spec.scale.schedule
    if not schedule:
        return [_profile("target", spec, (least, most))]
    begins = {(day, hours.every.begin) for hours in schedule.values() for day in hours.every.days}
    found = [_begins(name, spec, hours) for name, hours in sorted(schedule.items())]
    for name, hours in sorted(schedule.items()):
        every = hours.every
        days = [day for day in every.end_days if (day, every.end) not in begins]
        if days:
            ends = json.dumps({"name": DEFAULT, "for": name}, separators=(",", ":"))
            found.append({**_profile(ends, spec, (least, most)), "recurrence": _weekly(every, days, every.end)})
    return found


def _begins(name: str, spec: EndpointSpec, hours: Hours) -> dict[str, Any]:
    every = hours.every
    return {**_profile(name, spec, spec.scale.bounds(hours)), "recurrence": _weekly(every, every.days, every.begin)}


def _weekly(every: Times, days: Sequence[int], minute: int) -> dict[str, Any]:
    return {
        "frequency": "Week",
        "schedule": {
            "timeZone": windows_zone(every.zone),
            "days": [DAYS[day] for day in days],
            "hours": [minute // 60],
            "minutes": [minute % 60],
        },
    }


def _profile(name: str, spec: EndpointSpec, bounds: tuple[int, int]) -> dict[str, Any]:
    low, high = bounds
    capacity = {"minimum": str(low), "maximum": str(high), "default": str(low)}
    return {"name": name, "capacity": capacity, "rules": _rules(spec) if low < high else []}


def _rules(spec: EndpointSpec) -> Rules:
    """Up where any of them says so, down where all do: well below, or taking one away would call it back."""
    metric, target = _metric(spec)
    up, down = ("GreaterThan", "Increase", "PT5M"), ("LessThan", "Decrease", "PT15M")
    found = [_rule(metric, target, *up), _rule(metric, target / 2, *down)]
    if spec.form == "serverless":
        found.insert(1, _rule(_of_endpoint("RequestsPerMinute", statusCode="429"), 0, *up))
    return found


def _of_endpoint(metric: str, **kept: str) -> dict[str, Any]:
    """
    A metric that the endpoint has, of the new deployment alone.

    Source: https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-machinelearningservices-workspaces-onlineendpoints-metrics
    """
    wanted = {"deployment": "@outputs('deployment')", **kept}
    return {
        "metricName": metric,
        "metricNamespace": ENDPOINT_METRICS,
        "metricResourceUri": "@parameters('endpoint')",
        "dimensions": [
            {"DimensionName": name, "Operator": "Equals", "Values": [value]} for name, value in wanted.items()
        ],
    }


def _metric(spec: EndpointSpec) -> tuple[dict[str, Any], float]:
    """
    Metric of a deployment, and the value to hold; latency is in milliseconds, and of the endpoint.

    Source: https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/metrics-index
    """
    target = spec.target
    if target.requests_per_replica:
        return {"metricName": "RequestsPerMinute", "dividePerInstance": True}, target.requests_per_replica.per_minute
    if target.gpu_utilisation:
        return {"metricName": "GpuUtilizationPercentage"}, target.gpu_utilisation.value
    if target.cpu_utilisation:
        return {"metricName": "CpuUtilizationPercentage"}, target.cpu_utilisation.value
    if target.latency:
        return _of_endpoint("RequestLatency"), target.latency.milliseconds
    raise ValueError("scale.target is one that Azure ML does not hold. Write cpu_utilisation: 60%.")


def _rule(metric: Mapping[str, Any], threshold: float, operator: str, direction: str, cooldown: str) -> dict[str, Any]:
    return {
        "metricTrigger": {
            "metricResourceUri": f"@concat({DEPLOYMENT})",
            **metric,
            "timeGrain": "PT1M",
            "statistic": "Average",
            "timeWindow": "PT5M",
            "timeAggregation": "Average",
            "operator": operator,
            "threshold": threshold,
        },
        "scaleAction": {"direction": direction, "type": "ChangeCount", "value": "1", "cooldown": cooldown},
    }
