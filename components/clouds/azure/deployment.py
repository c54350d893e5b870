"""What a release on Azure sends: the deployment, its image, its autoscaling, and the endpoint with its traffic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.clouds.azure.workflow import literal
from components.endpoint import EndpointSpec

__all__ = [
    "COLLECTIONS",
    "DEPLOYMENT",
    "MODEL_PATH",
    "ReleasePlan",
    "autoscale",
    "deployment",
    "image_version",
    "properties",
    "routes",
]

DEPLOYMENT = "parameters('endpoint'), '/deployments/', outputs('deployment')"
"""The new deployment's ARM id, as arguments of `concat`."""

COLLECTIONS = ("request", "response")
"""
What is captured; Azure ML records these two without a word in the serving code.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-collect-production-data#perform-payload-logging
"""

MODEL_PATH = "/opt/ml/model"
"""Where an image of your own finds the version's files, as on SageMaker."""


@dataclass(frozen=True)
class ReleasePlan:
    """
    What a release makes.

    Attributes:
        name: Of the endpoint within the stack.
        spec: What is asked.
        machine: VM size.
        vcpus: Of the machine; None where it is not known.
        region: Azure's name.
        must_be_approved: Whether only a version with the stage `Approved` may serve.
        tags: Of deployment and endpoint.
    """

    name: str
    spec: EndpointSpec
    machine: str
    vcpus: float | None
    region: str
    must_be_approved: bool
    tags: Mapping[str, str]

    @property
    def environment(self) -> str:
        """Environment that the images are versions of, and code asset that the serving code is a version of."""
        return f"serve-{self.name}"

    @property
    def least(self) -> int:
        """Fewest replicas: a managed endpoint has at least one."""
        return max(1, self.spec.scale.min)

    @property
    def scales(self) -> bool:
        """Whether the number of replicas ever changes."""
        return self.spec.scale.max > self.least


def routes(port: int) -> dict[str, Any]:
    """How Azure ML talks to an image of your own: as SageMaker does, `/ping` and `/invocations`."""
    return {
        "livenessRoute": {"path": "/ping", "port": port},
        "readinessRoute": {"path": "/ping", "port": port},
        "scoringRoute": {"path": "/invocations", "port": port},
    }


def image_version(plan: ReleasePlan, image: str) -> dict[str, Any]:
    """Properties of an environment version: an image, and how Azure ML talks to it."""
    return {
        "image": image,
        "osType": "Linux",
        "isAnonymous": True,
        "inferenceConfig": routes(plan.spec.port),
    }


def properties(plan: ReleasePlan) -> dict[str, Any]:
    """
    Body of the deployment but for what runs in it: the ARM model `ManagedOnlineDeployment`.

    It says nothing of `egressPublicNetworkAccess`: the workspace's managed network rules what goes out.
    """
    probe = {"period": "PT10S", "timeout": "PT5S", "successThreshold": 1}
    body: dict[str, Any] = {
        "endpointComputeType": "Managed",
        "description": f"{plan.spec.model}, released by the workflow",
        "model": "@outputs('model')",
        "instanceType": plan.machine,
        "appInsightsEnabled": True,
        "scaleSettings": {"scaleType": "Default"},
        "requestSettings": {
            "requestTimeout": "PT1M",
            "maxConcurrentRequestsPerInstance": max(4, int(2 * (plan.vcpus or 2))),
        },
        "livenessProbe": {**probe, "initialDelay": "PT10M", "failureThreshold": 30},
        "readinessProbe": {**probe, "initialDelay": "PT10S", "failureThreshold": 120},
    }
    if plan.spec.capture:
        body["dataCollector"] = {
            "rollingRate": "Hour",
            "collections": {name: _collection(plan.spec.capture.sample.fraction, name) for name in COLLECTIONS},
        }
    return body


def _collection(share: float, name: str) -> dict[str, Any]:
    return {
        "dataCollectionMode": "Enabled",
        "dataId": f"@parameters('capture-{name}')",
        "clientId": "@parameters('serve-client')",
        "samplingRate": share,
    }


def _metric(spec: EndpointSpec) -> tuple[dict[str, Any], float]:
    """
    Metric of a deployment, and the value to hold.

    Source: https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/metrics-index
    """
    target = spec.target
    if target.requests_per_replica:
        return {"metricName": "RequestsPerMinute", "dividePerInstance": True}, target.requests_per_replica.per_minute
    if target.gpu_utilisation:
        return {"metricName": "GpuUtilizationPercentage"}, target.gpu_utilisation.value
    if target.cpu_utilisation:
        return {"metricName": "CpuUtilizationPercentage"}, target.cpu_utilisation.value
    raise ValueError("scale.target is one that Azure ML does not hold. Write cpu_utilisation: 60%.")


def _rule(metric: Mapping[str, Any], operator: str, threshold: float, direction: str, cooldown: str) -> dict[str, Any]:
    return {
        "metricTrigger": {
            **metric,
            "metricResourceUri": f"@concat({DEPLOYMENT})",
            "timeGrain": "PT1M",
            "statistic": "Average",
            "timeWindow": "PT5M",
            "timeAggregation": "Average",
            "operator": operator,
            "threshold": threshold,
        },
        "scaleAction": {"direction": direction, "type": "ChangeCount", "value": "1", "cooldown": cooldown},
    }


def deployment(plan: ReleasePlan, replicas: str | int) -> dict[str, Any]:
    """Body of the deployment, of `properties` and of what serves, with so many replicas to begin with."""
    return {
        "location": plan.region,
        "kind": "Managed",
        "sku": {"name": "Default", "tier": "Standard", "capacity": replicas},
        "tags": {**literal(dict(plan.tags)), "model": plan.spec.model, "version": "@outputs('version')"},
        "properties": "@union(outputs('properties'), outputs('serving'))",
    }


def autoscale(plan: ReleasePlan) -> dict[str, Any]:
    """Body of the autoscale setting: the ARM model `AutoscaleSettingResource`."""
    capacity = {"minimum": str(plan.least), "maximum": str(plan.spec.scale.max), "default": str(plan.least)}
    metric, target = _metric(plan.spec)
    rules = [
        _rule(metric, "GreaterThan", target, "Increase", "PT5M"),
        # well below the target, or taking one away would call it back
        _rule(metric, "LessThan", target / 2, "Decrease", "PT15M"),
    ]
    return {
        "location": plan.region,
        "tags": literal(dict(plan.tags)),
        "properties": {
            "enabled": True,
            "targetResourceUri": f"@concat({DEPLOYMENT})",
            "profiles": [{"name": "target", "capacity": capacity, "rules": rules}],
        },
    }
