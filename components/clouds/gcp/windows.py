"""Alarms of a monitor on Google Cloud: PromQL over the figures of the last windows, and over its own executions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_gcp import monitoring

from components.base import Component
from components.clouds.gcp.ground import GcpGround, labels, place, stack_label
from components.clouds.gcp.measures import CUSTOM, TASK
from components.monitoring import Windows

__all__ = ["JOB", "Bound", "breach_alarm", "breaches", "broken_alarm", "failures"]

JOB = "monitor"
"""What figures of a monitor are published as, among other writers of numbers."""
FAILED = 10
"""Minutes that are looked at for an execution which failed."""


@dataclass(frozen=True)
class Bound:
    """
    When a window breaches.

    Attributes:
        figures: Metrics, of which the worst counts.
        value: What they are compared with.
        high: Whether more is worse.
        task: Who publishes them.
        hours: Length of a window.
        windows: How many of the last must breach.
    """

    figures: Sequence[str]
    value: float
    high: bool
    task: str
    hours: int
    windows: Windows

    @property
    def words(self) -> str:
        """As a message tells it."""
        side = "above" if self.high else "below"
        return f"{side} {self.value:.15g} in {self.windows} windows of {self.hours}h"


def breaches(bound: Bound, stack: str, endpoint: str) -> str:
    """
    PromQL that answers, with how many of the last windows breached, once they are as many as it takes.

    Each window has one figure, published when it was looked at: what was published last within its length is the last
    window's, and so on back. A window without a figure is no breach.

    Source: https://cloud.google.com/monitoring/alerts/using-promql: it may look back for two years.
    """
    windows = " + ".join(_window(bound, index, stack, endpoint) for index in range(bound.windows.of))
    return f"{windows} >= {bound.windows.breaches}"


def _window(bound: Bound, index: int, stack: str, endpoint: str) -> str:
    back = f" offset {index * bound.hours}h" if index else ""
    of = f'monitored_resource="{TASK}",stack="{stack}",endpoint="{endpoint}",job="{JOB}",task_id="{bound.task}"'
    worst, beyond = ("max", ">") if bound.high else ("min", "<")
    prefix = CUSTOM.replace("/", ":", 1).replace(".", "_").replace("/", "_")
    each = (
        f"{worst}(last_over_time({prefix}{name}{{{of}}}[{bound.hours}h]{back})) {beyond} {bound.value:.15g}"
        for name in bound.figures
    )
    return f"(count({' or '.join(each)}) or vector(0))"


def failures(workflow: str) -> str:
    """PromQL that answers, with how many, once executions of a workflow have failed."""
    of = f'monitored_resource="workflows.googleapis.com/Workflow",workflow_id="{workflow}",status="FAILED"'
    return f"sum(increase(workflows_googleapis_com:finished_execution_count{{{of}}}[{FAILED}m])) > 0"


def breach_alarm(
    component: Component, signal: str, bound: Bound, after: Sequence[pulumi.Resource]
) -> pulumi.Output[str]:
    """The id of an alert policy on one signal."""
    title = f"{signal} of {component.name} is {bound.words}"
    return _policy(
        component,
        signal,
        title,
        breaches(bound, stack_label(component.context), component.name),
        f"What {component.name} is asked, or answers, has changed: {title}. The window's report says which column.",
        after,
    )


def broken_alarm(component: Component, workflow: pulumi.Output[str]) -> pulumi.Output[str]:
    """The id of an alert policy on the monitor itself: a broken one must not look calm."""
    title = f"{component.name} monitor failed"
    text = f"Nobody looks at {component.name}: an execution of its monitor failed, and says why."
    return _policy(component, "failed", title, workflow.apply(failures), text, [])


def _policy(
    component: Component,
    name: str,
    title: str,
    query: pulumi.Input[str],
    text: str,
    after: Sequence[pulumi.Resource],
) -> pulumi.Output[str]:
    ground, context = component.need(GcpGround), component.context
    shown = f"{context.blueprint} {context.environment}: {title}"[:512]
    condition = monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
        query=query,
        duration="0s",  # the query looks back already
        evaluation_interval="60s",
        disable_metric_validation=True,  # before a first window a project has no such measure
    )
    made = monitoring.AlertPolicy(
        f"{component.name}-alarm-{name.replace('_', '-')}",
        display_name=shown,
        project=place(component).project,
        combiner="OR",
        conditions=[
            monitoring.AlertPolicyConditionArgs(display_name=shown, condition_prometheus_query_language=condition)
        ],
        notification_channels=[ground.alert_channel, *ground.alert_channels.values()],
        alert_strategy=monitoring.AlertPolicyAlertStrategyArgs(auto_close="1800s"),  # the shortest there is
        documentation=monitoring.AlertPolicyDocumentationArgs(content=text, mime_type="text/markdown"),
        severity="WARNING",
        user_labels=labels(component, endpoint=component.name, signal=name),
        opts=component.child(depends_on=list(after) or None),
    )
    return made.id
