"""Alert policies of an endpoint on Google Cloud: one for each bound that its blueprint names."""

from __future__ import annotations

import pulumi
from pulumi_gcp import monitoring

from components.base import Component
from components.clouds.gcp.ground import GcpGround, labels, place, stack_label
from components.clouds.gcp.measures import CUSTOM, Check, Of, promised, watched
from components.endpoint import EndpointSpec

__all__ = ["alarms", "checks", "descriptor"]

LABELS = {
    "stack": "Blueprint and environment, joined by a hyphen",
    "endpoint": "Name of the endpoint in the blueprint",
    "version": "Version that the number is of, where it is of one",
}


def checks(component: Component, spec: EndpointSpec) -> list[Check]:
    """What is watched of an endpoint: each part of `slo`, each metric of `rollout`."""
    stack = stack_label(component.context)
    own = spec.rollout.metrics if spec.rollout else {}
    return [*promised(spec), *(watched(name, own[name], stack, component.name) for name in own)]


def alarms(
    component: Component, spec: EndpointSpec, endpoint: pulumi.Output[str], model: str = "", of: type[Of] = Of
) -> dict[str, pulumi.Output[str]]:
    """
    An alert policy for each check, whoever serves.

    Args:
        component: Whose endpoint it is.
        spec: What it promises.
        endpoint: Its number.
        model: Which of several models it is of.
        of: What its requests are measured by.
    """
    own = {name: descriptor(component, name) for name in (spec.rollout.metrics if spec.rollout else {})}

    def query(check: Check) -> pulumi.Output[str]:
        return endpoint.apply(lambda number: check.query(of(number)))

    return {
        check.name: _policy(component, check, query(check), own.get(check.name), model).id
        for check in checks(component, spec)
    }


def _policy(
    component: Component,
    check: Check,
    query: pulumi.Output[str],
    descriptor: pulumi.Resource | None,
    model: str,
) -> monitoring.AlertPolicy:
    ground, context = component.need(GcpGround), component.context
    of = f"{component.name} {model}" if model else component.name
    title = f"{context.blueprint} {context.environment}: {check.name} of {of} is {check.bound}"
    condition = monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
        query=query,
        duration="0s",  # the query looks back already
        evaluation_interval="60s",
        disable_metric_validation=True,  # before a first request a project has no such measure
    )
    return monitoring.AlertPolicy(
        f"{of.replace(' ', '_')}-alarm-{check.name.replace('_', '-')}",
        display_name=title[:512],
        project=place(component).project,
        combiner="OR",
        conditions=[
            monitoring.AlertPolicyConditionArgs(display_name=title[:512], condition_prometheus_query_language=condition)
        ],
        notification_channels=[ground.alert_channel, *ground.alert_channels.values()],
        alert_strategy=monitoring.AlertPolicyAlertStrategyArgs(auto_close="1800s"),  # the shortest there is
        documentation=monitoring.AlertPolicyDocumentationArgs(
            content=f"The blueprint promises that {check.name} of {of} is not {check.bound}.",
            mime_type="text/markdown",
        ),
        severity="ERROR",
        user_labels=labels(component, endpoint=component.name),
        opts=component.child(depends_on=[descriptor] if descriptor else None),
    )


def descriptor(component: Component, name: str) -> monitoring.MetricDescriptor:
    """
    What a number of one's own is, told before the first is published: so who publishes need not be let define any.

    A project has one of a name, shared by its stacks: it outlives this one, and says nothing of it.
    """
    return monitoring.MetricDescriptor(
        f"{component.name}-metric-{name.replace('_', '-')}",
        type=f"{CUSTOM}{name}",
        display_name=name.replace("_", " ").capitalize(),
        description="A number that versions of a model answer for",
        metric_kind="GAUGE",
        value_type="DOUBLE",
        unit="1",
        labels=[
            monitoring.MetricDescriptorLabelArgs(key=key, value_type="STRING", description=meaning)
            for key, meaning in LABELS.items()
        ],
        project=place(component).project,
        opts=component.child(retain_on_delete=True),
    )
