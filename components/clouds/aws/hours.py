"""Hours in which an endpoint has other bounds: scheduled actions, and what the bounds are at a given moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi_aws import appautoscaling

from components.base import Component
from components.clouds.aws.zone import offsets
from components.endpoint import Scale, Times

__all__ = ["Turn", "bounds_now", "clock", "see_hours", "turns"]

NAME_LIMIT = 255  # of a scheduled action
WEEK, DAY = 7 * 24 * 60, 24 * 60  # minutes
FIRST_MINUTE = 3 * DAY  # the epoch was a Thursday, and a week begins on Monday


@dataclass(frozen=True)
class Turn:
    """
    A moment of the week from which other bounds hold.

    Attributes:
        part: What it is within the endpoint.
        name: Of the scheduled action.
        cron: When, as Application Auto Scaling writes it.
        zone: In which time zone.
        least, most: Machines from then on.
    """

    part: str
    name: str
    cron: str
    zone: str
    least: int
    most: int

    def resource(self, owner: Component, target: appautoscaling.Target) -> None:
        """Register it."""
        appautoscaling.ScheduledAction(
            f"{owner.name}-{self.part}",
            name=self.name,
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            schedule=self.cron,
            timezone=self.zone,
            scalable_target_action=appautoscaling.ScheduledActionScalableTargetActionArgs(
                min_capacity=self.least, max_capacity=self.most
            ),
            opts=owner.child(),
        )

    def request(self, target: dict[str, Any]) -> dict[str, Any]:
        """The same as `PutScheduledAction` takes it, for a release; `target` is what it scales."""
        return {
            **target,
            "ScheduledActionName": self.name,
            "Schedule": self.cron,
            "Timezone": self.zone,
            "ScalableTargetAction": {"MinCapacity": self.least, "MaxCapacity": self.most},
        }


def turns(owner: Component, scale: Scale) -> list[Turn]:
    """
    Two of each entry of the schedule: the hours' bounds when they begin, the others when they end.

    Where other hours begin as these end, theirs hold: two actions of the same moment have no order.
    """
    found: list[Turn] = []
    for name, hours in sorted(scale.schedule.items()):
        every = hours.every
        least, most = scale.bounds(hours)
        moments = (
            ("begin", _cron(every.begin, every.days), least, most),
            ("end", _cron(every.end, _ending(scale, every)), scale.min, scale.max),
        )
        for what, cron, low, high in moments:
            if cron:
                made = owner.context.name(owner.name, name, what, limit=NAME_LIMIT)
                found.append(Turn(f"{name}_{what}", made, cron, every.zone, low, high))
    return found


def see_hours(scale: Scale) -> None:
    """
    Refuse hours without a machine where an endpoint always has one.

    Raises:
        ValueError: They have none.
    """
    empty = next((name for name, hours in scale.schedule.items() if not hours.min), None)
    if empty:
        raise ValueError(
            f"scale.schedule.{empty}.min is 0, and a variant of a real-time endpoint keeps at least one machine"
            " (docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html). Write min: 1, or"
            " form: async."
        )


def clock(scale: Scale) -> dict[str, Any]:
    """Variables of a state machine from which `bounds_now` reads: the time zone's offsets, and the hours of a week."""
    zone = next(iter(scale.schedule.values())).every.zone
    hours = [
        {"from": day * DAY + hours.every.begin, "length": _length(hours.every), "least": least, "most": most}
        for _name, hours in sorted(scale.schedule.items())
        for least, most in [scale.bounds(hours)]
        for day in hours.every.days
    ]
    return {"offsets": [{"since": since, "east": east} for since, east in offsets(zone)], "hours": hours}


def bounds_now(scale: Scale, which: str) -> str:
    """Expression: `least` or `most` machines by now, of the hours or of the rest of the week."""
    other = scale.min if which == "least" else scale.max
    return (
        f"($now := $floor($millis() / 60000); $east := $offsets[since <= $now][-1].east;"
        f" $minute := ($now + $east + {FIRST_MINUTE}) % {WEEK};"
        f" $hour := $hours[($minute - from + {WEEK}) % {WEEK} < length][0]; $hour ? $hour.{which} : {other})"
    )


def _cron(minute: int, days: tuple[int, ...]) -> str:
    """
    At a minute of some days, 0 being Monday; to AWS 1 is Sunday. Empty where there is no such day.

    Source: https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
    """
    weekdays = "*" if len(days) == 7 else ",".join(str(day) for day in sorted((day + 1) % 7 + 1 for day in days))
    return f"cron({minute % 60} {minute // 60} ? * {weekdays} *)" if days else ""


def _ending(scale: Scale, every: Times) -> tuple[int, ...]:
    """Days on which the hours end and none begin at that moment."""
    follow = {day for hours in scale.schedule.values() if hours.every.begin == every.end for day in hours.every.days}
    return tuple(day for day in every.end_days if day not in follow)


def _length(every: Times) -> int:
    return (every.end - every.begin) % DAY
