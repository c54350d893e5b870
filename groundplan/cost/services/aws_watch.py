"""What watching a stack on AWS costs: alarms, those of autoscalers too, dashboards, and telling people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.cost.line import Line, Pays, Sight

__all__ = ["PAYS"]

SHORT_PERIOD = 60
"""Seconds; an alarm of a shorter period is of high resolution."""
SCALER_ALARMS = 2
"""
Alarms that a target-tracking policy makes for itself, to scale out and in; the scaling itself costs nothing.

Source: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html,
https://aws.amazon.com/autoscaling/pricing/
"""
HIGH_RESOLUTION = "HighResolution"
"""What a predefined metric of a policy ends with whose alarms look every 10 seconds."""
NOTICE_SECONDS = 1
"""Assumed of a call of what hands alerts on."""


def _alarm(resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    """Each metric that it reads is paid for: https://aws.amazon.com/cloudwatch/pricing/."""
    inputs = resource["inputs"]
    read = [query["metric"] for query in inputs.get("metricQueries") or [] if query.get("metric")]
    periods = [metric.get("period") for metric in read] or [inputs.get("period")]
    short = any(period is not None and period < SHORT_PERIOD for period in periods)
    item = f"cloudwatch-alarm-{'high-resolution' if short else 'standard'}-month"
    yield Line.always(item, f"Alarm {resource['name']}", len(periods), f"{len(periods)} metric(s)")


def _composite(resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    yield Line.always("cloudwatch-alarm-composite-month", f"Alarm {resource['name']}", 1, "1 alarm of alarms")


def _scaler(resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    inputs = resource["inputs"]
    tracking = inputs.get("targetTrackingScalingPolicyConfiguration")
    if tracking:
        metric = (tracking.get("predefinedMetricSpecification") or {}).get("predefinedMetricType", "")
        kind = "high-resolution" if metric.endswith(HIGH_RESOLUTION) else "standard"
        what = f"Alarms of autoscaler {resource['name']}"
        yield Line.always(f"cloudwatch-alarm-{kind}-month", what, SCALER_ALARMS, f"{SCALER_ALARMS} alarms")


def _dashboard(resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    yield Line.always("cloudwatch-dashboard-month", f"Dashboard {resource['name']}", 1, "1 dashboard")


def _topic(_resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    alerts = sight.usage.alerts
    told = f"{alerts:g} alerts"
    yield Line.used("sns-requests", "Alert topic", alerts / 1e6, told)


def _subscription(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """A function is told for nothing: https://aws.amazon.com/sns/pricing/."""
    if resource["inputs"]["protocol"] == "email":
        alerts = sight.usage.alerts
        yield Line.used("sns-email", f"Alerts to {resource['inputs']['endpoint']}", alerts / 1000, f"{alerts:g} alerts")


def _notice(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    alerts, memory = sight.usage.alerts, resource["inputs"]["memorySize"]
    yield Line.used("lambda-requests", "Alerts handed on, calls", alerts / 1e6, f"{alerts:g} alerts")
    told = f"{alerts:g} alerts x {NOTICE_SECONDS} s x {memory} MB"
    yield Line.used("lambda-gb-second", "Alerts handed on, time", alerts * NOTICE_SECONDS * memory / 1024, told)


PAYS: Mapping[str, Pays] = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _composite,
    "aws:appautoscaling/policy:Policy": _scaler,
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:sns/topic:Topic": _topic,
    "aws:sns/topicSubscription:TopicSubscription": _subscription,
    "aws:lambda/function:Function": _notice,
}
