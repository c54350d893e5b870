"""Audit logs and alerts of a stack on Google Cloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_gcp as gcp

from components.base import Component
from components.clouds.gcp.ground import Key, labels, place, without_google
from components.clouds.gcp.key import agent
from components.clouds.gcp.stores import Action, Rule, When, bucket
from components.naming import digest
from components.units import Duration

__all__ = ["alerts", "audit"]

Apis = Mapping[str, pulumi.Resource]
# Data Access audit logs of Vertex AI, admin activity of what the stack is made of, and what its jobs write.
FILTER = (
    '(logName:"cloudaudit.googleapis.com" AND protoPayload.serviceName="aiplatform.googleapis.com")'
    ' OR (logName:"cloudaudit.googleapis.com%2Factivity" AND protoPayload.serviceName=("cloudkms.googleapis.com"'
    ' OR "iam.googleapis.com" OR "storage.googleapis.com" OR "workflows.googleapis.com"))'
    ' OR resource.type=("ml_job" OR "aiplatform.googleapis.com/Endpoint" OR "workflows.googleapis.com/Workflow")'
)


def _calls(component: Component, name: str, service: str, api: pulumi.Resource) -> None:
    """Record who called a service of the project, reads included."""
    gcp.projects.IAMAuditConfig(
        f"audit-{name}",
        project=place(component).project,
        service=service,
        audit_log_configs=[
            gcp.projects.IAMAuditConfigAuditLogConfigArgs(log_type=kind)
            for kind in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
        ],
        # one a project, shared by its stacks: it outlives this one
        opts=component.child(depends_on=[api], retain_on_delete=True),
    )


def audit(component: Component, key: Key, retention: Duration, apis: Apis) -> gcp.storage.Bucket:
    """
    Turn on the audit log of every call to Vertex AI, and keep it under the customer's key for `retention`.

    The bucket's key is granted to Cloud Storage by an account whose name is known beforehand; Cloud Logging tells
    the name of the one that its own buckets need only to who asks it.
    """
    where = place(component)
    _calls(component, "vertex", "aiplatform.googleapis.com", apis["aiplatform"])
    if component.context.classification in ("confidential", "restricted"):  # each read of a file is a line, and a price
        _calls(component, "storage", "storage.googleapis.com", apis["storage"])
    old = Rule(action=Action(type="Delete"), condition=When(age=retention.days))
    store = bucket(component, "logs", key, apis, [old])
    sink = gcp.logging.ProjectSink(
        "logs-sink",
        name=component.context.name("logs", limit=100, unique=True),
        project=where.project,
        destination=pulumi.Output.concat("storage.googleapis.com/", store.name),
        filter=FILTER,
        unique_writer_identity=True,
        opts=component.child(depends_on=[apis["logging"]]),
    )
    gcp.storage.BucketIAMMember(
        "logs-writer",
        bucket=store.name,
        role="roles/storage.objectCreator",
        member=sink.writer_identity,
        opts=component.child(),
    )
    return store


def alerts(
    component: Component, emails: Sequence[str], key: Key, apis: Apis, made: Mapping[str, pulumi.Resource]
) -> tuple[pulumi.Output[str], pulumi.Output[str], dict[str, pulumi.Output[str]]]:
    """A topic that alerts are published to, its channel, and a channel for each address."""
    where = place(component)
    topic = gcp.pubsub.Topic(
        "alerts",
        name=without_google(component.context.name("alerts", limit=255, unique=True)),
        project=where.project,
        kms_key_name=key.of["pubsub"],
        message_storage_policy=gcp.pubsub.TopicMessageStoragePolicyArgs(allowed_persistence_regions=[where.region]),
        labels=labels(component),
        opts=component.child(depends_on=[apis["pubsub"]]),
    )
    publisher = gcp.pubsub.TopicIAMMember(
        "alerts-monitoring",
        project=where.project,
        topic=topic.name,
        role="roles/pubsub.publisher",
        member=agent(where, "monitoring"),
        opts=component.child(depends_on=[made["monitoring"]]),
    )
    after = [publisher, apis["monitoring"]]
    published = _channel(component, "alerts-topic", "pubsub", "topic", {"topic": topic.id}, after)
    channels = {
        email: _channel(
            component, f"alerts-{digest(email)}", "email", email, {"email_address": email}, [apis["monitoring"]]
        )
        for email in sorted(set(emails))
    }
    return topic.id, published, channels


def _channel(
    component: Component,
    name: str,
    kind: str,
    title: str,
    settings: Mapping[str, pulumi.Input[str]],
    after: Sequence[pulumi.Resource],
) -> pulumi.Output[str]:
    channel = gcp.monitoring.NotificationChannel(
        name,
        type=kind,
        display_name=f"{component.context.blueprint} {component.context.environment}: {title}"[:512],
        labels=settings,
        user_labels=labels(component),
        project=place(component).project,
        opts=component.child(depends_on=after),
    )
    return channel.name
