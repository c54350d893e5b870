"""What machines of Vertex AI serve with, how many of them, and what their autoscaler holds."""

from __future__ import annotations

from typing import Any

from components.catalog import Machine
from components.endpoint import EndpointSpec

__all__ = ["metric", "resources", "sizes"]

METRIC = "aiplatform.googleapis.com/prediction/online/"
# Source: https://cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/DedicatedResources#ScaleToZeroSpec:
# 300 to 28800 seconds
IDLE = {"minScaleupPeriod": "300s", "idleScaledownPeriod": "900s"}


def resources(spec: EndpointSpec, machine: Machine) -> dict[str, Any]:
    """
    `dedicatedResources` of what is deployed.

    Raises:
        ValueError: A target that Vertex AI can't hold on the machine.
    """
    kind: dict[str, Any] = {"machineType": machine.name}
    if machine.accelerator_type:
        kind |= {"acceleratorType": machine.accelerator_type, "acceleratorCount": int(machine.accelerator_count)}
    bounds = sizes(spec.scale.min, spec.scale.max)
    return {"machineSpec": kind, **bounds, "autoscalingMetricSpecs": [metric(spec, machine)]}


def sizes(least: int, most: int) -> dict[str, Any]:
    """Least and most replicas as Vertex AI is told them."""
    bounds: dict[str, Any] = {"minReplicaCount": least, "maxReplicaCount": most}
    if not least:
        bounds |= {"initialReplicaCount": 1, "scaleToZeroSpec": IDLE}
    return bounds


def metric(spec: EndpointSpec, machine: Machine) -> dict[str, Any]:
    """
    What the autoscaler holds, in Vertex AI's unit.

    Raises:
        ValueError: Fewer requests than one a minute, or a GPU target on a machine without one.
    """
    target = spec.target
    if target.requests_per_replica:
        per_minute = int(target.requests_per_replica.per_minute)
        if per_minute < 1:
            raise ValueError(
                f"scale.target.requests_per_replica is {target.requests_per_replica}; Vertex AI counts whole"
                " requests a minute. Write 1/min or more."
            )
        return {"metricName": f"{METRIC}request_count", "target": per_minute}
    if target.gpu_utilisation and machine.accelerator_type:
        return {"metricName": f"{METRIC}accelerator/duty_cycle", "target": _percent(target.gpu_utilisation.value)}
    if target.cpu_utilisation:
        return {"metricName": f"{METRIC}cpu/utilization", "target": _percent(target.cpu_utilisation.value)}
    raise ValueError(f"scale.target is of a GPU, and {machine.name} has none. Write cpu_utilisation.")


def _percent(value: float) -> int:
    """Whole hundredths from 1 to 100, as the autoscaler takes them."""
    return min(100, max(1, round(value)))
