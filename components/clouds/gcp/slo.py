"""
Alert policies of an endpoint on Google Cloud on how fast it uses up its error budget: PromQL over two windows.

A `Slo` of Cloud Monitoring would need one metric whose filter says what is good. Vertex AI counts the requests of a
private endpoint under one of two names, and does not tell which (`gcp_measures`), and a filter takes one name.

Source: https://cloud.google.com/stackdriver/docs/solutions/slo-monitoring/sli-metrics/overview
"""

from __future__ import annotations

import pulumi
from pulumi_gcp import monitoring

from components.base import Component
from components.clouds.gcp.ground import GcpGround, labels, place
from components.clouds.gcp.measures import LATE, Of, share
from components.endpoint import EndpointSpec
from components.endpoint.burn import Burn, burns

__all__ = ["burn_alarms", "burn_query"]

CODES = {"errors": "[45]..", "availability": "5.."}


def burn_query(burn: Burn, endpoint: str, of: type[Of] = Of) -> str:
    """
    What answers only while both windows fail more than the speed allows.

    A measure may be six minutes late, so each window begins as much earlier: of the short one, five minutes can be
    seen.
    """

    def beyond(minutes: int, family: str) -> str:
        on = of(endpoint, window=f"{minutes + LATE}m")
        return f"({share(on, family, CODES[burn.signal])} > {burn.share:.15g})"

    return " or ".join(f"({beyond(burn.long, family)} and {beyond(burn.short, family)})" for family in of.families)


def burn_alarms(
    component: Component, spec: EndpointSpec, endpoint: pulumi.Output[str], model: str = "", of: type[Of] = Of
) -> dict[str, pulumi.Output[str]]:
    """
    An alert policy for each speed, and its id by `errors_fast` and so on.

    Args:
        component: Whose endpoint it is.
        spec: What it promises.
        endpoint: Its number.
        model: Which of several models it is of.
        of: What its requests are measured by.
    """

    def query(burn: Burn) -> pulumi.Output[str]:
        return endpoint.apply(lambda number: burn_query(burn, number, of))

    return {burn.key: _policy(component, burn, query(burn), model).id for burn in burns(spec)}


def _policy(component: Component, burn: Burn, query: pulumi.Output[str], model: str) -> monitoring.AlertPolicy:
    ground, context = component.need(GcpGround), component.context
    of = f"{component.name} {model}" if model else component.name
    title = f"{context.blueprint} {context.environment}: {of} uses up its {burn.signal} {burn.speed}"[:512]
    condition = monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
        query=query,
        duration="0s",  # the query looks back already
        evaluation_interval="60s",
        disable_metric_validation=True,  # before a first request a project has no such measure
    )
    return monitoring.AlertPolicy(
        f"{of.replace(' ', '_')}-burn-{burn.key.replace('_', '-')}",
        display_name=title,
        project=place(component).project,
        combiner="OR",
        conditions=[
            monitoring.AlertPolicyConditionArgs(display_name=title, condition_prometheus_query_language=condition)
        ],
        notification_channels=[ground.alert_channel, *ground.alert_channels.values()],
        alert_strategy=monitoring.AlertPolicyAlertStrategyArgs(auto_close="1800s"),  # the shortest there is
        documentation=monitoring.AlertPolicyDocumentationArgs(content=f"{burn.says(of)}.", mime_type="text/markdown"),
        severity="CRITICAL" if burn.speed == "fast" else "WARNING",
        user_labels=labels(component, endpoint=component.name),
        opts=component.child(),
    )
