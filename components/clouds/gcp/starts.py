"""What starts a workflow by itself: a clock, files that arrive in the data bucket, alarms."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi_gcp import cloudscheduler, eventarc, pubsub, storage, workflows

from components.base import Component
from components.clouds.gcp.duties import STARTS
from components.clouds.gcp.ground import GcpGround, labels, place, without_google
from components.clouds.gcp.key import agent
from components.clouds.gcp.workflow import controller, workflow_name
from components.units import Duration, Schedule

__all__ = ["API", "STOPPED", "Starts"]

ARRIVALS = Path(__file__).with_name("arrivals.yaml")
BREACHES = Path(__file__).with_name("breaches.yaml")
STOPPED = Path(__file__).with_name("stopped.yaml")
UNLESS_STOPPED: Sequence[Mapping[str, Any]] = (
    {"budget": {"call": "stopped", "args": {"bucket": "${given.bucket}"}, "result": "stopped"}},
    {"nothing_starts": {"switch": [{"condition": "${stopped}", "return": {"stopped": True}}]}},
)
"""Steps of what an event starts: nothing, from the budget's limit on; a trigger of Eventarc can't be paused."""
API = "https://workflowexecutions.googleapis.com/v1"


@dataclass(frozen=True)
class Starts:
    """
    Starts one workflow.

    Attributes:
        owner: Component of the workflow.
        ground: What it stands on.
        workflow: What is started.
    """

    owner: Component
    ground: GcpGround
    workflow: workflows.Workflow

    @property
    def executions(self) -> pulumi.Output[str]:
        """Where an execution is asked for; known once the workflow is there."""
        return pulumi.Output.concat(f"{API}/", self.workflow.id, "/executions")

    def on_schedule(self, schedule: Schedule) -> cloudscheduler.Job:
        """At each moment of the schedule, in its own time zone."""
        return self.by_clock("schedule", schedule.cron, schedule.zone, {})

    def by_clock(self, name: str, cron: str, zone: str, start: Mapping[str, Any]) -> cloudscheduler.Job:
        """
        Again and again, as the stack's submit account.

        Args:
            name: Distinguishes it from other clocks of the component.
            cron: Five fields.
            zone: Time zone of these.
            start: What the workflow is started with.
        """
        owner, where = self.owner, place(self.owner)
        body = json.dumps({"argument": json.dumps(dict(start))})
        return cloudscheduler.Job(
            f"{owner.name}-{name}",
            name=workflow_name(owner, name),
            project=where.project,
            region=where.region,
            description=f"Starts {owner.label}",
            schedule=cron,
            time_zone=zone,
            attempt_deadline="180s",
            retry_config=cloudscheduler.JobRetryConfigArgs(
                retry_count=5, min_backoff_duration="5s", max_backoff_duration="300s"
            ),
            http_target=cloudscheduler.JobHttpTargetArgs(
                http_method="POST",
                uri=self.executions,
                headers={"Content-Type": "application/json"},
                body=base64.b64encode(body.encode()).decode(),
                oauth_token=cloudscheduler.JobHttpTargetOauthTokenArgs(
                    service_account_email=self.ground.accounts["submit"].email,
                    scope="https://www.googleapis.com/auth/cloud-platform",
                ),
            ),
            opts=owner.child(),
        )

    def on_arrivals(self, prefixes: Mapping[str, str], settle: Duration, word: str = "run") -> list[eventarc.Trigger]:
        """
        Once a window in which files arrived under prefixes of the data bucket, when the window is over.

        Each file starts a short workflow. The first of a window writes an object that only one can write, waits the
        window out, and starts the run; the others end at once.

        Args:
            prefixes: What distinguishes it in names, empty where there is one, to how names of files begin.
            settle: Length of the window.
            word: Of the start, that the window's name is given in.
        """
        owner, ground = self.owner, self.ground
        gate = self._gate(
            "arrivals",
            ARRIVALS,
            {
                "bucket": ground.artifacts,
                "prefix": f"{STARTS}{owner.section}/{owner.name}/",
                "settle": settle.seconds,
                "executions": self.executions,
                "word": word,
            },
            f"Gathers files for {owner.label}",
        )
        return [self._arrivals(part, prefix, gate) for part, prefix in sorted(prefixes.items())]

    def on_breaches(self, alarms: Mapping[str, pulumi.Output[str]]) -> eventarc.Trigger:
        """
        When an alarm goes off, with what it is of as the reason.

        The alarms of a stack share a topic: a short workflow reads each message, and starts where one of these opens.

        Args:
            alarms: Reason to the id of its alert policy.
        """
        owner = self.owner
        gate = self._gate(
            "breaches",
            BREACHES,
            {
                "alarms": [
                    {"policy": policy.apply(_within), "start": {"reason": reason}}
                    for reason, policy in sorted(alarms.items())
                ],
                "executions": self.executions,
            },
            f"Reads alarms for {owner.label}",
        )
        return self._trigger("breaches", self.ground.alert_topic, gate)

    def on_alerts(self) -> eventarc.Trigger:
        """With each message of the stack's alert topic."""
        return self._trigger("alerts", self.ground.alert_topic, self.workflow)

    def _gate(self, suffix: str, path: Path, given: Mapping[str, Any], description: str) -> workflows.Workflow:
        """A short workflow that an event starts, and that starts the other one or not."""
        if not self.ground.stops:
            return controller(self.owner, suffix, path, given, description)
        known = {**given, "bucket": self.ground.artifacts}
        return controller(self.owner, suffix, path, known, description, routines_of=[STOPPED], then=UNLESS_STOPPED)

    def _arrivals(self, part: str, prefix: str, gate: workflows.Workflow) -> eventarc.Trigger:
        name = f"arrivals-{part}" if part else "arrivals"
        return self._trigger(name, self._topic(name, prefix), gate)

    def _trigger(self, name: str, topic: pulumi.Output[str], gate: workflows.Workflow) -> eventarc.Trigger:
        """Start a workflow with each message of a topic."""
        owner, where = self.owner, place(self.owner)
        return eventarc.Trigger(
            f"{owner.name}-{name}",
            name=owner.context.name(owner.section, owner.name, name, limit=63),
            project=where.project,
            location=where.region,
            service_account=self.ground.accounts["submit"].email,
            matching_criterias=[
                eventarc.TriggerMatchingCriteriaArgs(
                    attribute="type", value="google.cloud.pubsub.topic.v1.messagePublished"
                )
            ],
            transport=eventarc.TriggerTransportArgs(pubsub=eventarc.TriggerTransportPubsubArgs(topic=topic)),
            destination=eventarc.TriggerDestinationArgs(workflow=gate.id),
            labels=labels(owner),
            opts=owner.child(),
        )

    def _topic(self, name: str, prefix: str) -> pulumi.Output[str]:
        """A topic that the bucket tells of each file under the prefix."""
        owner, where, ground = self.owner, place(self.owner), self.ground
        topic = pubsub.Topic(
            f"{owner.name}-{name}",
            name=without_google(owner.context.name(owner.section, owner.name, name, limit=255)),
            project=where.project,
            kms_key_name=ground.key.of["pubsub"],
            message_storage_policy=pubsub.TopicMessageStoragePolicyArgs(allowed_persistence_regions=[where.region]),
            labels=labels(owner),
            opts=owner.child(),
        )
        teller = pubsub.TopicIAMMember(
            f"{owner.name}-{name}-bucket",
            project=where.project,
            topic=topic.name,
            role="roles/pubsub.publisher",
            member=agent(where, "storage"),
            opts=owner.child(),
        )
        storage.Notification(
            f"{owner.name}-{name}",
            bucket=ground.data,
            topic=topic.id,
            payload_format="NONE",
            event_types=["OBJECT_FINALIZE"],
            object_name_prefix=prefix,
            opts=owner.child(depends_on=[teller]),
        )
        return topic.id


def _within(policy: str) -> str:
    """What the name of each condition of an alert policy has in it."""
    return f"/alertPolicies/{policy.rpartition('/')[2]}/"
