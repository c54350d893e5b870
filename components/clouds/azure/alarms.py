"""Alerts of an online endpoint on Azure, and the right to publish the numbers of the team's own that some are on."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import machinelearningservices, monitor

from components.base import Component
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.measures import (
    CUSTOM,
    ENDPOINTS,
    LATENCY,
    SHADOW,
    TRAFFIC,
    Bound,
    Part,
    bounds,
    parts,
    shares,
)
from components.clouds.azure.roles import assign
from components.endpoint import EndpointSpec

__all__ = ["LOG_WINDOW", "NAME_LIMIT", "alarms", "publishers"]

WINDOW = "PT5M"
LOG_WINDOW = "PT10M"  # looked at every five minutes, so that a row that comes late is looked at once more
NAME_LIMIT = 260
SEVERITY = 1  # an error, of 0 (critical) to 4


def alarms(
    component: Component, spec: EndpointSpec, ground: AzureGround, endpoint: machinelearningservices.OnlineEndpoint
) -> dict[str, pulumi.Output[str]]:
    """
    An alert for each bound, whoever serves, and of each model by itself; the stack's action group hears of it.

    Args:
        component: Whose endpoint it is.
        spec: What it promises.
        ground: The foundation.
        endpoint: What is watched.
    """
    made: dict[str, pulumi.Output[str]] = {}
    for part in parts(spec):
        for bound in bounds(spec):
            rule = _on_log if bound.column else _on_metric
            made[part.key(bound.name)] = rule(component, bound, part, ground, endpoint).id
    return made


def publishers(
    component: Component, spec: EndpointSpec, ground: AzureGround, endpoint: machinelearningservices.OnlineEndpoint
) -> None:
    """Let the replicas, and what works for the stack, publish numbers of your own on this endpoint, and on no other."""
    if spec.rollout and spec.rollout.metrics:
        for duty, who in (("serve", ground.serve), ("pipeline", ground.pipeline)):
            assign(component, f"{component.name}-{duty}-publishes", "Monitoring Metrics Publisher", who, endpoint.id)


def _rule_name(component: Component, bound: Bound, part: Part) -> str:
    own = ("metric", bound.name) if bound.own else (bound.name,)
    return component.context.name(*part.names(component.name), *own, limit=NAME_LIMIT)


def _logical(component: Component, bound: Bound, part: Part) -> str:
    own = part.logical(component.name)
    return f"{own}-metric-{bound.name}" if bound.own else f"{own}-{bound.name}"


def _on_metric(
    component: Component,
    bound: Bound,
    part: Part,
    ground: AzureGround,
    endpoint: machinelearningservices.OnlineEndpoint,
) -> monitor.MetricAlert:
    """Without a value there is no breach: Azure Monitor leaves a metric alert as it is while nothing is measured."""
    operator, deployment = ("Include", part.model) if part.model else ("Exclude", SHADOW)
    served = monitor.MetricDimensionArgs(name="deployment", operator=operator, values=[deployment])
    criterion = monitor.MetricCriteriaArgs(
        criterion_type="StaticThresholdCriterion",
        name=bound.name,
        metric_namespace=CUSTOM if bound.own else ENDPOINTS,
        metric_name=bound.name if bound.own else LATENCY,
        operator=monitor.Operator.GREATER_THAN if bound.above else monitor.Operator.LESS_THAN,
        threshold=bound.value,
        time_aggregation=monitor.AggregationTypeEnum.AVERAGE,
        dimensions=[] if bound.own else [served],
        skip_metric_validation=bound.own,  # nobody has published it before the endpoint was there
    )
    return monitor.MetricAlert(
        _logical(component, bound, part),
        rule_name=_rule_name(component, bound, part),
        resource_group_name=ground.group,
        location="global",
        description=f"{bound.name} of {part.label(component.label)} {bound.says}",
        severity=SEVERITY,
        enabled=True,
        scopes=[endpoint.id],
        target_resource_type=ENDPOINTS,
        target_resource_region=component.context.place.region,
        evaluation_frequency="PT1M",
        window_size="PT1M" if bound.own else WINDOW,  # of one's own it is a minute's mean
        criteria=monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
            odata_type="Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria", all_of=[criterion]
        ),
        auto_mitigate=True,
        actions=[monitor.MetricAlertActionArgs(action_group_id=ground.action_group_id)],
        tags=component.context.tags,
        opts=component.child(),
    )


def _on_log(
    component: Component,
    bound: Bound,
    part: Part,
    ground: AzureGround,
    endpoint: machinelearningservices.OnlineEndpoint,
) -> monitor.ScheduledQueryRule:
    """A metric alert can't divide, and the log has each request; without a request there is no row, and no breach."""
    query = endpoint.name.apply(
        lambda name: (
            f"{TRAFFIC} | where EndpointName =~ '{name}' and {part.rows} | {shares('ago(10m)')} | where requests > 0"
        )
    )
    condition = monitor.ConditionArgs(
        query=query,
        metric_measure_column=bound.column,
        time_aggregation=monitor.TimeAggregation.AVERAGE,
        operator="GreaterThan" if bound.above else "LessThan",  # the SDK's enum is of another API
        threshold=bound.value,
        failing_periods=monitor.ConditionFailingPeriodsArgs(
            number_of_evaluation_periods=1, min_failing_periods_to_alert=1
        ),
    )
    return monitor.ScheduledQueryRule(
        _logical(component, bound, part),
        rule_name=_rule_name(component, bound, part),
        resource_group_name=ground.group,
        location=component.context.place.region,
        kind=monitor.Kind.LOG_ALERT,
        display_name=f"{part.label(component.label)}: {bound.name}",
        description=f"{bound.name} of {part.label(component.label)} {bound.says}",
        severity=SEVERITY,
        enabled=True,
        scopes=[ground.log_workspace_id],
        skip_query_validation=True,  # the table is there once the first request is
        evaluation_frequency=WINDOW,
        window_size=LOG_WINDOW,
        criteria=monitor.ScheduledQueryRuleCriteriaArgs(all_of=[condition]),
        auto_mitigate=True,
        actions=monitor.ActionsArgs(action_groups=[ground.action_group_id]),
        tags=component.context.tags,
        opts=component.child(),
    )
