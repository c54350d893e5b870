"""How late features are noticed on Google Cloud: a metric of their age, its alert, and the clock that starts things."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp
from pulumi_gcp import cloudscheduler, monitoring

from components.base import Component
from components.clouds.gcp.ground import GcpGround, labels, place, stack_label
from components.units import Duration

__all__ = ["LONGEST_SILENCE", "AgeMetric", "age_metric", "alert", "clock", "cron"]

LONGEST_SILENCE = Duration(84_600)
"""
Longest absence that an alert can wait for: 23.5 hours.

Source: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#MetricAbsence
"""
SHORTEST_SILENCE = 120
MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True)
class AgeMetric:
    """
    The metric of all views of the stack.

    Attributes:
        type: Its type; known before it is there.
        made: The same, once it is there.
    """

    type: str
    made: pulumi.Output[str]


def age_metric(owner: Component, opts: pulumi.ResourceOptions) -> AgeMetric:
    """Register the metric `FeatureAgeSeconds`: an alert can't name one that does not exist."""
    kind = f"custom.googleapis.com/groundplan/{owner.context.name(limit=63, separator='_')}/feature_age_seconds"
    made = monitoring.MetricDescriptor(
        "features-age",
        project=place(owner).project,
        type=kind,
        display_name="FeatureAgeSeconds",
        description=f"Seconds since the newest value of a view of {stack_label(owner.context)} was true",
        metric_kind="GAUGE",
        value_type="DOUBLE",
        unit="s",
        labels=[monitoring.MetricDescriptorLabelArgs(key="view", value_type="STRING", description="Feature view")],
        opts=opts,
    )
    return AgeMetric(kind, made.type)


def alert(
    owner: Component, name: str, freshness: Duration, metric: AgeMetric, channels: Mapping[str, pulumi.Output[str]]
) -> pulumi.Output[str]:
    """Tell when the newest value of a view is older, or nobody has measured it for so long."""
    args = monitoring
    series = f'metric.type="{metric.type}" AND resource.type="global" AND metric.labels.view="{name}"'
    silence = max(SHORTEST_SILENCE, min(freshness.seconds, LONGEST_SILENCE.seconds) // MINUTE * MINUTE)
    known = metric.made.apply(lambda _made: series)
    made = args.AlertPolicy(
        f"{name}-freshness",
        project=place(owner).project,
        display_name=owner.context.name(name, "freshness", limit=512),
        combiner="OR",
        enabled=True,
        severity="WARNING",
        conditions=[
            args.AlertPolicyConditionArgs(
                display_name=f"The newest value is older than {freshness}",
                condition_threshold=args.AlertPolicyConditionConditionThresholdArgs(
                    filter=known,
                    comparison="COMPARISON_GT",
                    threshold_value=freshness.seconds,
                    duration="0s",
                    aggregations=[
                        args.AlertPolicyConditionConditionThresholdAggregationArgs(
                            alignment_period="60s", per_series_aligner="ALIGN_MIN"
                        )
                    ],
                ),
            ),
            args.AlertPolicyConditionArgs(
                display_name="Nothing tells how old the newest value is",
                condition_absent=args.AlertPolicyConditionConditionAbsentArgs(
                    filter=known,
                    duration=f"{silence}s",
                    aggregations=[
                        args.AlertPolicyConditionConditionAbsentAggregationArgs(
                            alignment_period="60s", per_series_aligner="ALIGN_MIN"
                        )
                    ],
                ),
            ),
        ],
        notification_channels=[channel for _, channel in sorted(channels.items())],
        documentation=args.AlertPolicyDocumentationArgs(
            content=f"Values of {name} are late, or missing: look at the executions of its materialization.",
            mime_type="text/markdown",
        ),
        user_labels=labels(owner),
        opts=owner.child(),
    )
    return made.name


def cron(field: str, every: Duration) -> str:
    """
    A clock's five fields for a recurrence.

    Raises:
        ValueError: It does not divide an hour, a day or a week; the message names the next shorter that does.
    """
    found = {
        **{n * MINUTE: f"*/{n} * * * *" for n in range(1, 60) if 60 % n == 0},
        **{n * HOUR: f"0 */{n} * * *" for n in range(1, 24) if 24 % n == 0},
        DAY: "0 0 * * *",
        7 * DAY: "0 0 * * 0",
    }
    if every.seconds in found:
        return found[every.seconds]
    shorter = max((seconds for seconds in found if seconds < every.seconds), default=MINUTE)
    raise ValueError(
        f"{field} is {every}, and Cloud Scheduler repeats by the clock: what divides an hour or a day, a day or a"
        f" week. Write {Duration(shorter)}."
    )


def clock(
    owner: Component,
    name: str,
    schedule: str,
    argument: Mapping[str, str],
    workflow: gcp.workflows.Workflow,
    ground: GcpGround,
    opts: pulumi.ResourceOptions,
) -> cloudscheduler.Job:
    """Start a workflow again and again, as the stack's pipeline account."""
    where = place(owner)
    return cloudscheduler.Job(
        name,
        name=owner.context.name(*name.rsplit("-", 1), limit=500),
        project=where.project,
        region=where.region,
        description=f"Starts {name.rpartition('-')[0]}",
        schedule=schedule,
        time_zone="Etc/UTC",
        attempt_deadline="60s",
        retry_config=cloudscheduler.JobRetryConfigArgs(retry_count=3),
        http_target=cloudscheduler.JobHttpTargetArgs(
            uri=pulumi.Output.concat("https://workflowexecutions.googleapis.com/v1/", workflow.id, "/executions"),
            http_method="POST",
            headers={"Content-Type": "application/json"},
            body=_base64({"argument": json.dumps(dict(argument))}),
            oauth_token=cloudscheduler.JobHttpTargetOauthTokenArgs(
                service_account_email=ground.accounts["pipeline"].email,
                scope="https://www.googleapis.com/auth/cloud-platform",
            ),
        ),
        opts=opts,
    )


def _base64(body: Mapping[str, str]) -> str:
    return b64encode(json.dumps(dict(body)).encode()).decode()
