"""Who must act or know is told of what a workflow logs for people on Google Cloud."""

from __future__ import annotations

from pulumi_gcp import monitoring

from components.base import Component
from components.clouds.gcp.ground import GcpGround, labels, place

__all__ = ["TELLS", "tell_people"]

TELLS = "tells people"
"""Mark of what a workflow logs for people."""


def tell_people(component: Component, name: str, workflow: str, title: str, **more: str) -> None:
    """
    An alert on each line of a workflow's log that has the mark: with its outcome, its reason and its message.

    Args:
        component: Whose workflow it is.
        name: Of the alert policy.
        workflow: Name of the workflow.
        title: What people read first.
        more: Further labels.
    """
    ground, where, context = component.need(GcpGround), place(component), component.context
    shown = f"{context.blueprint} {context.environment}: {title}"[:512]
    wanted = (
        f'resource.type="workflows.googleapis.com/Workflow" AND resource.labels.workflow_id="{workflow}"'
        f' AND resource.labels.location="{where.region}" AND jsonPayload.groundplan="{TELLS}"'
    )
    extractors = {key: f"EXTRACT(jsonPayload.{key})" for key in ("outcome", "reason", "message")}
    monitoring.AlertPolicy(
        name,
        display_name=shown,
        project=where.project,
        combiner="OR",
        conditions=[
            monitoring.AlertPolicyConditionArgs(
                display_name=shown,
                condition_matched_log=monitoring.AlertPolicyConditionConditionMatchedLogArgs(
                    filter=wanted, label_extractors=extractors
                ),
            )
        ],
        notification_channels=[ground.alert_channel, *ground.alert_channels.values()],
        alert_strategy=monitoring.AlertPolicyAlertStrategyArgs(
            auto_close="1800s",
            # of logs it must be limited; two ends of a run are further apart
            notification_rate_limit=monitoring.AlertPolicyAlertStrategyNotificationRateLimitArgs(period="300s"),
        ),
        documentation=monitoring.AlertPolicyDocumentationArgs(
            content="${log.extracted_label.outcome}, started by ${log.extracted_label.reason}:"
            " ${log.extracted_label.message}",
            mime_type="text/markdown",
        ),
        severity="WARNING",
        user_labels=labels(component, **more),
        opts=component.child(),
    )
