"""Numbers that a workflow publishes as metrics of Azure Monitor, and the alerts on them and on workflows that fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_azure_native import monitor

from components.base import Component
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.measures import CUSTOM
from components.clouds.azure.workflow import http

__all__ = ["WORKFLOWS", "WORKSPACES", "Alarm", "alarm", "publish"]

WORKFLOWS = "Microsoft.Logic/workflows"
WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
PUBLISHERS = "https://monitoring.azure.com/"
"""What a token for publishing is for."""

NAME_LIMIT = 260
SEVERITY = 1  # an error, of 0 (critical) to 4


def publish(
    region: str,
    resource: str,
    metric: str,
    value: str,
    identity: str,
    *,
    dimensions: Mapping[str, str] | None = None,
    run_after: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """
    The action that puts one number of now on a resource.

    Source: https://learn.microsoft.com/azure/azure-monitor/essentials/metrics-store-custom-rest-api

    Args:
        region: Where the resource is.
        resource: Expression of its ARM id.
        metric: Name of the metric; an expression begins with `@`.
        value: Expression of the number.
        identity: Who publishes.
        dimensions: Name to value.
        run_after: As of `after`.
    """
    number = f"@{value}"
    series: dict[str, Any] = {"min": number, "max": number, "sum": number, "count": 1}
    data: dict[str, Any] = {"metric": metric, "namespace": CUSTOM, "series": [series]}
    if dimensions:
        data["dimNames"], series["dimValues"] = list(dimensions), list(dimensions.values())
    return http(
        "POST",
        f"{resource}, '/metrics'",
        identity,
        body={"time": "@utcNow()", "data": {"baseData": data}},
        run_after=run_after,
        host=f"https://{region}.monitoring.azure.com",
        audience=PUBLISHERS,
    )


@dataclass(frozen=True)
class Alarm:
    """
    An alert on one metric.

    Attributes:
        name: Parts of its name after the component's.
        says: What it means, in words.
        metric, namespace: What is looked at.
        kind: Type of the resource that the metric is of.
        at_least: Number from which on it is raised.
        dimensions: Name to value, of what is counted.
        once: Each occurrence is told, and none is waited for to end; else it lasts until a lower number comes.
        total: Whether numbers are added up; else the highest counts.
    """

    name: tuple[str, ...]
    says: str
    metric: str
    kind: str
    namespace: str = CUSTOM
    at_least: int = 1
    dimensions: tuple[tuple[str, str], ...] = ()
    once: bool = False
    total: bool = False


def alarm(component: Component, ground: AzureGround, of: pulumi.Input[str], what: Alarm) -> monitor.MetricAlert:
    """
    The alert; the stack's action group hears of it. Without a number nothing changes, neither way.

    One that lasts looks at half an hour, in which a number is seen six times: Azure ends an alert after three looks.
    One of an occurrence looks at each five minutes once.

    Source: https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-overview#stateful-alerts
    """
    criterion = monitor.MetricCriteriaArgs(
        criterion_type="StaticThresholdCriterion",
        name=what.metric,
        metric_namespace=what.namespace,
        metric_name=what.metric,
        operator=monitor.Operator.GREATER_THAN_OR_EQUAL,
        threshold=what.at_least,
        time_aggregation=(monitor.AggregationTypeEnum.TOTAL if what.total else monitor.AggregationTypeEnum.MAXIMUM),
        dimensions=[
            monitor.MetricDimensionArgs(name=name, operator="Include", values=[value])
            for name, value in what.dimensions
        ],
        skip_metric_validation=what.namespace == CUSTOM,  # nobody has published it yet
    )
    return monitor.MetricAlert(
        "-".join((component.name, *what.name)),
        rule_name=component.context.name(component.name, *what.name, limit=NAME_LIMIT),
        resource_group_name=ground.group,
        location="global",
        description=what.says,
        severity=SEVERITY,
        enabled=True,
        scopes=[of],
        target_resource_type=what.kind,
        target_resource_region=component.context.place.region,
        evaluation_frequency="PT5M",
        window_size="PT5M" if what.once else "PT30M",
        criteria=monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
            odata_type="Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria", all_of=[criterion]
        ),
        auto_mitigate=not what.once,
        actions=[monitor.MetricAlertActionArgs(action_group_id=ground.action_group_id)],
        tags=component.context.tags,
        opts=component.child(),
    )
