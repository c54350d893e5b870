"""Log alerts of an online endpoint on Azure on how fast it uses up its error budget, over two windows at once."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import machinelearningservices, monitor

from components.base import Component
from components.clouds.azure.alarms import LOG_WINDOW, NAME_LIMIT
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.measures import FAILS, TRAFFIC, Part, parts
from components.endpoint import EndpointSpec
from components.endpoint.burn import Burn, burns

__all__ = ["burn_alarms", "burn_query"]

LATE = 5  # minutes until a row can be read, as a rule: https://learn.microsoft.com/azure/azure-monitor/logs/data-ingestion-time
SEVERITY = {"fast": 0, "slow": 2}  # critical, and a warning


def burn_query(burn: Burn, endpoint: str, part: Part) -> str:
    """
    The speed at which the budget is used up: of the two windows that of the slower one, and 0 without requests.

    Rows come late, so the short window begins that much earlier: all of its own minutes can be read.
    """
    bad = "code >= 400" if burn.signal == "errors" else FAILS
    return (
        f"{TRAFFIC} | where EndpointName =~ '{endpoint}' and {part.rows}"
        f" | extend late = TimeGenerated >= ago({burn.short + LATE}m), code = toint(ResponseCode)"
        f" | extend fails = {bad}"
        " | summarize requests = count(), failed = countif(fails), seen = countif(late),"
        " failed_late = countif(late and fails), TimeGenerated = max(TimeGenerated)"
        " | where requests > 0"
        " | project TimeGenerated, speed = iff(seen == 0, 0.0,"
        f" min_of(100.0 * failed / requests, 100.0 * failed_late / seen) / {burn.budget:.15g})"
    )


def burn_alarms(
    component: Component, spec: EndpointSpec, ground: AzureGround, endpoint: machinelearningservices.OnlineEndpoint
) -> dict[str, pulumi.Output[str]]:
    """
    An alert for each speed, and its id by `errors_fast` and so on; the stack's action group hears of it.

    Args:
        component: Whose endpoint it is.
        spec: What it promises.
        ground: The foundation.
        endpoint: What is watched.
    """
    return {
        part.key(burn.key): _rule(component, burn, part, ground, endpoint).id
        for part in parts(spec)
        for burn in burns(spec)
    }


def _rule(
    component: Component,
    burn: Burn,
    part: Part,
    ground: AzureGround,
    endpoint: machinelearningservices.OnlineEndpoint,
) -> monitor.ScheduledQueryRule:
    condition = monitor.ConditionArgs(
        query=endpoint.name.apply(lambda name: burn_query(burn, name, part)),
        metric_measure_column="speed",
        time_aggregation=monitor.TimeAggregation.AVERAGE,
        operator="GreaterThan",  # the SDK's enum is of another API
        threshold=burn.rate,
        failing_periods=monitor.ConditionFailingPeriodsArgs(
            number_of_evaluation_periods=1, min_failing_periods_to_alert=1
        ),
    )
    return monitor.ScheduledQueryRule(
        f"{part.logical(component.name)}-burn-{burn.key}",
        rule_name=component.context.name(*part.names(component.name), "burn", burn.key, limit=NAME_LIMIT),
        resource_group_name=ground.group,
        location=component.context.place.region,
        kind=monitor.Kind.LOG_ALERT,
        display_name=f"{part.label(component.label)}: {burn.signal}, used up {burn.speed}",
        description=burn.says(part.label(component.label)),
        severity=SEVERITY[burn.speed],
        enabled=True,
        scopes=[ground.log_workspace_id],
        skip_query_validation=True,  # the table is there once the first request is
        evaluation_frequency=LOG_WINDOW if burn.speed == "slow" else "PT5M",
        window_size=f"PT{burn.long // 60}H",
        criteria=monitor.ScheduledQueryRuleCriteriaArgs(all_of=[condition]),
        auto_mitigate=True,
        actions=monitor.ActionsArgs(action_groups=[ground.action_group_id]),
        tags=component.context.tags,
        opts=component.child(),
    )
