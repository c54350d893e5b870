"""What starts a state machine by itself: a schedule, and files that arrive in the data bucket."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, iam, scheduler

from components.base import Component
from components.clouds.aws.ground import AwsGround, AwsPlace, Bucket, after, here, tags
from components.clouds.aws.policies import Statement, allow, document, from_stack
from components.clouds.aws.states import State, expr, machine, sdk, state_machine
from components.units import Duration, Schedule

__all__ = ["Starts", "cron"]

RETRY_SECONDS = 3600  # a start that a busy service refused is tried again so long
RETRIES = 10
GATE_TRIES = 8
LONGEST_PATTERN = 2048


def cron(schedule: Schedule) -> str:
    """
    A schedule as EventBridge Scheduler writes it; its weekdays count from 1, which is Sunday.

    Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    day, weekday = (schedule.day, "?") if schedule.weekday == "*" else ("?", str(int(schedule.weekday) + 1))
    return f"cron({schedule.minute} {schedule.hour} {day} * {weekday} *)"


@dataclass(frozen=True)
class Starts:
    """
    Starts one state machine.

    Attributes:
        owner: Component of the state machine.
        ground: What it stands on.
        machine_arn: What is started.
        machine_name: Its name.
        kind: Tells its starters' names apart from those of a batch job of the same name, which has none.
    """

    owner: Component
    ground: AwsGround
    machine_arn: pulumi.Output[str]
    machine_name: str
    kind: str = ""

    def on_schedule(self, schedule: Schedule) -> scheduler.Schedule:
        """At each moment of the schedule, in its own time zone."""
        return self.on_times({"schedule": (cron(schedule), {})}, schedule.zone)[0]

    def on_times(self, times: Mapping[str, tuple[str, Any]], zone: str = "UTC") -> list[scheduler.Schedule]:
        """At the times of each expression, by its name, with its input."""
        place = here(self.owner)
        names = {what: self._name(what, 64) for what in times}
        sources = [place.arn("scheduler", f"schedule/default/{name}") for name in names.values()]
        role = self._role("schedule", "scheduler", sources, self.machine_arn)
        return [self._schedule(what, names[what], when, zone, role) for what, when in times.items()]

    def _schedule(
        self, what: str, name: str, when: tuple[str, Any], zone: str, role: pulumi.Output[str]
    ) -> scheduler.Schedule:
        owner, (expression, given) = self.owner, when
        return scheduler.Schedule(
            self._logical(what),
            name=name,
            group_name="default",
            description=f"Starts {owner.label}",
            schedule_expression=expression,
            schedule_expression_timezone=zone,
            flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            kms_key_arn=self.ground.key_arn,
            state="ENABLED",
            target=scheduler.ScheduleTargetArgs(
                arn=self.machine_arn,
                role_arn=role,
                input=json.dumps(given),
                retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=RETRY_SECONDS, maximum_retry_attempts=RETRIES
                ),
            ),
            opts=owner.child(),
        )

    def on_arrivals(self, settle: Duration, *prefixes: str) -> cloudwatch.EventRule:
        """
        Once a window in which files arrived under the prefixes of the data bucket, when the window is over.

        Each file starts the gate, a short state machine that starts the run by the window's name: a name serves once,
        so a thousand files make one run. The run waits out its window, so that all of them are there.

        Raises:
            ValueError: The data bucket tells nobody what arrives in it.
        """
        owner, context, place = self.owner, self.owner.context, here(self.owner)
        if not self.ground.arrivals:
            raise ValueError(
                "on: data needs the events of the data bucket, and storage.existing.data names one of yours, whose"
                " notifications are not ours to set. Write a schedule, or leave storage.existing.data out."
            )
        gate_name = self._name("arrivals", 80)
        gate = state_machine(
            owner, self.ground, self._logical("arrivals"), gate_name, self._gate(settle), kind="EXPRESS"
        )
        name = self._name("arrivals", 64)
        rule = cloudwatch.EventRule(
            self._logical("arrivals"),
            name=name,
            description=f"Files that arrive for {owner.label}",
            event_pattern=self.ground.data.name.apply(lambda bucket: _pattern(bucket, prefixes)),
            state="ENABLED",
            tags=tags(context),
            opts=owner.child(),
        )
        role = self._role("arrivals", "events", [place.arn("events", f"rule/{name}")], gate.arn)
        self._target("arrivals", "gate", rule, gate.arn, role, {})
        return rule

    def on_objects(self, what: str, bucket: Bucket, prefix: str) -> None:
        """For each file that arrives under the prefix of a bucket that tells EventBridge, with the event itself."""
        owner, name = self.owner, self._name(what, 64)
        rule = cloudwatch.EventRule(
            self._logical(what),
            name=name,
            description=f"Files under {prefix} for {owner.label}",
            event_pattern=bucket.name.apply(lambda found: _pattern(found, (prefix,))),
            state="ENABLED",
            tags=tags(owner.context),
            opts=owner.child(),
        )
        role = self._role(what, "events", [here(owner).arn("events", f"rule/{name}")], self.machine_arn)
        self._target(what, "machine", rule, self.machine_arn, role, None)

    def on_alarms(self, alarms: Mapping[str, tuple[pulumi.Output[str], Any]]) -> None:
        """When an alarm is raised: event to the alarm's ARN and what the state machine is started with."""
        owner, place = self.owner, here(self.owner)
        # their own names would be more than a trust policy holds
        source = place.arn("events", f"rule/{owner.context.start(64)}*")
        role = self._role("alarms", "events", [source], self.machine_arn)
        for event, (alarm, given) in sorted(alarms.items()):
            what = f"on-{event}"
            rule = cloudwatch.EventRule(
                self._logical(what),
                name=self._name(what, 64),
                description=f"{event} starts {owner.label}",
                event_pattern=alarm.apply(_raised),
                state="ENABLED",
                tags=tags(owner.context),
                opts=owner.child(),
            )
            self._target(what, "machine", rule, self.machine_arn, role, given)

    def _name(self, what: str, limit: int) -> str:
        return self.owner.context.name(self.owner.name, f"{self.kind}-{what}" if self.kind else what, limit=limit)

    def _logical(self, what: str) -> str:
        return f"{self.owner.name}-{what}"

    def _target(
        self,
        what: str,
        target: str,
        rule: cloudwatch.EventRule,
        arn: pulumi.Output[str],
        role: pulumi.Output[str],
        given: Any,
    ) -> None:
        cloudwatch.EventTarget(
            self._logical(what),
            rule=rule.name,
            target_id=target,
            arn=arn,
            role_arn=role,
            input=None if given is None else json.dumps(given),
            retry_policy=cloudwatch.EventTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=RETRY_SECONDS, maximum_retry_attempts=RETRIES
            ),
            opts=self.owner.child(),
        )

    def _gate(self, settle: Duration) -> dict[str, Any]:
        seconds = settle.seconds
        window = f"$floor($toMillis($states.context.Execution.StartTime) / {seconds * 1000})"
        states: dict[str, State] = {
            "Window": {
                "Type": "Pass",
                "Assign": {
                    "name": expr(f"'data-' & $formatBase({window}, 36)"),
                    "until": expr(f"$fromMillis(({window} + 1) * {seconds * 1000})"),
                },
                "Next": "Start",
            },
            "Start": {
                "Type": "Task",
                "Resource": sdk("sfn", "startExecution"),
                "Arguments": {
                    "StateMachineArn": self.machine_arn,
                    "Name": expr("$name"),
                    "Input": expr("$string({'run': $name, 'not_before': $until})"),
                },
                "Retry": [
                    {
                        "ErrorEquals": ["Sfn.SfnException", "Sfn.SdkClientException", "Sfn.ThrottlingException"],
                        "IntervalSeconds": 2,
                        "MaxAttempts": GATE_TRIES,
                        "BackoffRate": 2,
                    }
                ],
                # another file of the window came first
                "Catch": [{"ErrorEquals": ["Sfn.ExecutionAlreadyExistsException"], "Next": "Gathered"}],
                "Next": "Gathered",
            },
            "Gathered": {"Type": "Succeed", "Output": {"run": expr("$name")}},
        }
        return machine(f"Gathers files for {self.machine_name}", "Window", states)

    def _role(self, what: str, service: str, sources: list[str], target: pulumi.Output[str]) -> pulumi.Output[str]:
        """A role that may start this one state machine, and that the service takes on behalf of these sources alone."""
        owner, place = self.owner, here(self.owner)
        role = iam.Role(
            f"{owner.name}-{what}-role",
            name=owner.context.name(owner.name, f"{self.kind}-{what}" if self.kind else what, limit=64, unique=True),
            description=f"Starts {owner.label}",
            assume_role_policy=_trust(place, service, sources[0] if len(sources) == 1 else sources),
            max_session_duration=3600,
            tags=tags(owner.context),
            opts=owner.child(),
        )
        policy = iam.RolePolicy(
            f"{owner.name}-{what}-policy",
            name=what,
            role=role.name,
            policy=document(*self._may(target)),
            opts=owner.child(),
        )
        return after(role.arn, policy)

    def _may(self, target: pulumi.Output[str]) -> list[Statement]:
        return [
            allow("Start", ["states:StartExecution"], target),
            # the state machine's input, and the schedule's, are encrypted with it
            allow("Key", ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], self.ground.key_arn),
        ]


def _trust(place: AwsPlace, service: str, source: str | list[str]) -> pulumi.Output[str]:
    return document(
        allow(
            service.capitalize(),
            ["sts:AssumeRole"],
            None,
            when={**from_stack(place), "ArnLike": {"aws:SourceArn": source}},
            principal={"Service": f"{service}.amazonaws.com"},
        )
    )


def _raised(alarm: str) -> str:
    """Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
    return json.dumps(
        {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "resources": [alarm],
            "detail": {"state": {"value": ["ALARM"]}},
        }
    )


def _pattern(bucket: str, prefixes: Sequence[str]) -> str:
    """
    Files with something in them: a console writes an empty object for a folder.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html

    Raises:
        ValueError: It is longer than a pattern may be.
    """
    made = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": [bucket]},
            "object": {"key": [{"prefix": prefix} for prefix in prefixes], "size": [{"numeric": [">", 0]}]},
        },
    }
    text = json.dumps(made)
    if len(text) > LONGEST_PATTERN:
        raise ValueError(
            f"on: data watches {len(prefixes)} paths, which together are more than an EventBridge rule holds,"
            f" {LONGEST_PATTERN} characters (docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html)."
            " Put the inputs under shorter paths, or write a schedule."
        )
    return text
