"""What tells chats and pagers of an alert on Google Cloud: a workflow that the alert topic starts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pulumi
import pulumi_gcp as gcp
from pulumi_gcp import eventarc, monitoring, secretmanager, workflows

from components.base import Component
from components.clouds.gcp.ground import Account, Key, labels, place
from components.clouds.gcp.workflow import source
from components.foundation import AlertChannels
from components.outputs import together

__all__ = ["further_channel", "notices"]

NOTICE = Path(__file__).with_name("notice.yaml")
CHANNEL = re.compile(r"projects/([^/]+)/notificationChannels/[0-9]+")


def further_channel(component: Component, asked: AlertChannels) -> dict[str, pulumi.Output[str]]:
    """
    The channel of yours that alerts go to as well, by its name.

    Raises:
        ValueError: It is none, or of another project: an alert policy names channels of its own.
    """
    if not asked.topic:
        return {}
    where, found = place(component), CHANNEL.fullmatch(asked.topic)
    if found is None or found[1] not in (where.project, where.project_number):
        raise ValueError(
            f"alerts.topic is {asked.topic}, and alerts of Google Cloud go to channels of their own project."
            f" Write projects/{where.project}/notificationChannels/<number>."
        )
    return {asked.topic: pulumi.Output.from_input(asked.topic)}


def notices(
    component: Component,
    asked: AlertChannels,
    topic: pulumi.Output[str],
    secrets: Mapping[str, pulumi.Output[str]],
    key: Key,
    starter: Account,
    apis: Mapping[str, pulumi.Resource],
    told: Mapping[str, pulumi.Output[str]],
) -> None:
    """
    A workflow that each message of the alert topic starts; it alone reads the secrets that name chat and pager.

    A notification channel of type webhook would have the address in its settings, where whoever may look at alerts
    reads it. Source: https://cloud.google.com/monitoring/support/notification-options#webhooks

    Args:
        component: The foundation.
        asked: Who is told.
        topic: Alert topic.
        secrets: Name to id.
        key: Customer-managed key.
        starter: Account that starts workflows.
        apis: What is switched on.
        told: Channels that hear of it when chat or pager can't be told.
    """
    if not asked.secrets:
        return
    where, context = place(component), component.context
    account = gcp.serviceaccount.Account(
        "account-notify",
        account_id=context.name("notify", limit=30, unique=True),
        display_name=f"{context.blueprint} {context.environment}: notify",
        description="Tells chats and pagers of alerts",
        project=where.project,
        opts=component.child(depends_on=[apis["iam"]]),
    )
    readable = [
        secretmanager.SecretIamMember(
            f"notify-reads-{name}",
            project=where.project,
            secret_id=secrets[name],
            role="roles/secretmanager.secretAccessor",
            member=account.member,
            opts=component.child(),
        )
        for name in sorted(asked.secrets)
    ]

    def of(reference: str | None) -> pulumi.Input[str]:
        return secrets[reference.removeprefix("secret/")] if reference else ""

    given = {"webhook": of(asked.webhook), "pager": of(asked.pager), "source": f"{context.name()} ({where.project})"}
    notice = workflows.Workflow(
        "notify",
        name=context.name("notify", limit=63),
        project=where.project,
        region=where.region,
        description="Tells chats and pagers of alerts",
        service_account=account.email,
        source_contents=together(given).apply(lambda known: source(NOTICE, known)),
        crypto_key_name=key.of["workflows"],
        call_log_level="LOG_NONE",  # a call of it has the secret's value
        execution_history_level="EXECUTION_HISTORY_BASIC",
        deletion_protection=False,
        labels=labels(component),
        opts=component.child(depends_on=readable),
    )
    eventarc.Trigger(
        "notify",
        name=context.name("notify", limit=63),
        project=where.project,
        location=where.region,
        service_account=starter.email,
        matching_criterias=[
            eventarc.TriggerMatchingCriteriaArgs(
                attribute="type", value="google.cloud.pubsub.topic.v1.messagePublished"
            )
        ],
        transport=eventarc.TriggerTransportArgs(pubsub=eventarc.TriggerTransportPubsubArgs(topic=topic)),
        destination=eventarc.TriggerDestinationArgs(workflow=notice.id),
        labels=labels(component),
        opts=component.child(depends_on=[apis["eventarc"]]),
    )
    _unheard(component, notice, told)


def _unheard(component: Component, notice: workflows.Workflow, told: Mapping[str, pulumi.Output[str]]) -> None:
    """A chat that is not told must not look calm: the other channels hear of it, and the policy shows it."""
    context = component.context
    title = f"{context.blueprint} {context.environment}: an alert was not handed on"
    condition = monitoring.AlertPolicyConditionConditionThresholdArgs(
        filter=notice.name.apply(
            lambda name: (
                'resource.type = "workflows.googleapis.com/Workflow"'
                f' AND resource.labels.workflow_id = "{name}"'
                ' AND metric.type = "workflows.googleapis.com/finished_execution_count"'
                ' AND metric.labels.status = "FAILED"'
            )
        ),
        comparison="COMPARISON_GT",
        threshold_value=0,
        duration="0s",
        aggregations=[
            monitoring.AlertPolicyConditionConditionThresholdAggregationArgs(
                alignment_period="300s", per_series_aligner="ALIGN_SUM"
            )
        ],
    )
    monitoring.AlertPolicy(
        "notify-failed",
        display_name=title[:512],
        project=place(component).project,
        combiner="OR",
        conditions=[monitoring.AlertPolicyConditionArgs(display_name=title[:512], condition_threshold=condition)],
        notification_channels=list(told.values()),
        alert_strategy=monitoring.AlertPolicyAlertStrategyArgs(auto_close="1800s"),
        documentation=monitoring.AlertPolicyDocumentationArgs(
            content="The error of the last execution of the workflow says which channel did not take it, and why.",
            mime_type="text/markdown",
        ),
        severity="ERROR",
        user_labels=labels(component),
        opts=component.child(),
    )
