"""CloudWatch alarms of an endpoint: on what its `slo` promises, and on numbers of the team's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from components.base import Component
from components.clouds.aws.ground import tags
from components.endpoint import EndpointSpec, Metric, Signal
from components.endpoint.forms import Form
from components.units import Duration

__all__ = [
    "COUNTS",
    "NAMESPACE",
    "NAME_LIMIT",
    "Alarm",
    "Counts",
    "Datapoints",
    "alarms",
    "of_release",
]

NAMESPACE = "AWS/SageMaker"
PERIOD_SECONDS = 60
NAME_LIMIT = 255


@dataclass(frozen=True)
class Counts:
    """
    What is counted of the requests to an endpoint of one form, and the shares made of it, in hundredths.

    Attributes:
        metrics: What a count is called here, to its metric and statistic.
        errors: Expression: of the requests, those answered with an error.
        failures: Likewise those that failed through no fault of the caller.
    """

    metrics: Mapping[str, tuple[str, str]]
    errors: str
    failures: str

    @property
    def availability(self) -> str:
        """Expression: the rest."""
        return f"100 - {self.failures}"


# SageMaker sends a 0 or a 1 of each with every request, so a minute without requests has no value of any of them.
# InvocationModelErrors has what no status tells too: time-outs, broken connections, answers that are no HTTP. Source:
# https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-endpoint-invocation
REALTIME = Counts(
    {
        "requests": ("Invocations", "Sum"),
        "e4xx": ("Invocation4XXErrors", "Sum"),
        "e5xx": ("Invocation5XXErrors", "Sum"),
        "failed": ("InvocationModelErrors", "Sum"),
    },
    errors="100 * MAX([e4xx + e5xx, failed]) / requests",
    failures="100 * MAX([e5xx, failed - e4xx]) / requests",
)
# Source: https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-monitoring.html (all that there is)
SERVERLESS = Counts(
    {key: REALTIME.metrics[key] for key in ("requests", "e4xx", "e5xx")},
    errors="100 * (e4xx + e5xx) / requests",
    failures="100 * e5xx / requests",
)
# Invocations are not counted, but each sends a 0 or a 1 of either error; one that waited too long sends neither.
# Source: https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
_EXPIRED, _ASKED = "FILL(expired, 0)", "(FILL(answered, 0) + FILL(expired, 0))"
ASYNC = Counts(
    {
        "answered": ("Invocation5XXErrors", "SampleCount"),
        "e4xx": ("Invocation4XXErrors", "Sum"),
        "e5xx": ("Invocation5XXErrors", "Sum"),
        "expired": ("ExpiredRequests", "Sum"),
    },
    errors=f"100 * (FILL(e4xx, 0) + FILL(e5xx, 0) + {_EXPIRED}) / {_ASKED}",
    failures=f"100 * (FILL(e5xx, 0) + {_EXPIRED}) / {_ASKED}",
)
COUNTS: Mapping[Form, Counts] = {"realtime": REALTIME, "serverless": SERVERLESS, "async": ASYNC}
RESULT = "share"


@dataclass(frozen=True)
class Datapoints:
    """
    How many minutes of the last few must be bad.

    A minute's numbers arrive up to two minutes after it, and a bad version must be seen while its step is watched.
    """

    bad: int = 3
    last: int = 5

    @classmethod
    def within(cls, bake: Duration | None) -> Datapoints:
        """As many as a bake time of that length lets be seen; the most, where nothing is baked."""
        if bake is None or bake.minutes >= 5:
            return cls()
        return cls(2, 3) if bake.minutes == 4 else cls(1, 1)


@dataclass(frozen=True)
class Alarm:
    """
    One alarm, for Pulumi and for a release.

    Attributes:
        key: Part of `slo`, or metric of `rollout`.
        part: What it is within the endpoint: with a `_` where a name of another endpoint could not have it.
        name: In CloudWatch.
        says: What it means that it is raised.
        threshold: In the unit of what is watched.
        above: Whether it is raised above the threshold, else below.
        seen: How many minutes must be bad.
        metric, statistic, namespace: What is watched; no metric where `expression` is.
        expression: Of the counts; empty where a metric is watched.
        counts: What the expression is made of.
        dimensions: Of the metric, or of every count.
    """

    key: str
    part: str
    name: pulumi.Input[str]
    says: str
    threshold: float
    above: bool
    seen: Datapoints
    dimensions: Mapping[str, pulumi.Input[str]]
    metric: str = ""
    statistic: str = ""
    namespace: str = NAMESPACE
    expression: str = ""
    counts: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def comparison(self) -> str:
        """As CloudWatch calls it."""
        return "GreaterThanThreshold" if self.above else "LessThanThreshold"

    def request(self, dimensions: str | list[dict[str, str]], topic: pulumi.Input[str]) -> dict[str, Any]:
        """As `PutMetricAlarm` takes it, for a release, with other dimensions: a list, or an expression of one."""
        body: dict[str, Any] = {
            "AlarmName": self.name,
            "AlarmDescription": self.says,
            "ComparisonOperator": self.comparison,
            "Threshold": self.threshold,
            "EvaluationPeriods": self.seen.last,
            "DatapointsToAlarm": self.seen.bad,
            "TreatMissingData": "notBreaching",
            "AlarmActions": [topic],
            "OKActions": [topic],
        }
        if not self.expression:
            watched = {"Namespace": self.namespace, "MetricName": self.metric, "Dimensions": dimensions}
            percentile = self.statistic.startswith("p")
            statistic = {"ExtendedStatistic" if percentile else "Statistic": self.statistic}
            few = {"EvaluateLowSampleCountPercentile": "evaluate"} if percentile else {}
            return {**body, **watched, **statistic, **few, "Period": PERIOD_SECONDS}
        counts = [
            {
                "Id": key,
                "ReturnData": False,
                "MetricStat": {
                    "Metric": {"Namespace": self.namespace, "MetricName": metric, "Dimensions": dimensions},
                    "Period": PERIOD_SECONDS,
                    "Stat": statistic,
                },
            }
            for key, (metric, statistic) in self.counts.items()
        ]
        result = {"Id": RESULT, "Expression": self.expression, "Label": self.key, "ReturnData": True}
        return {**body, "Metrics": [*counts, result]}

    def _queries(self) -> list[cloudwatch.MetricAlarmMetricQueryArgs]:
        counts = [
            cloudwatch.MetricAlarmMetricQueryArgs(
                id=key,
                metric=cloudwatch.MetricAlarmMetricQueryMetricArgs(
                    namespace=self.namespace,
                    metric_name=metric,
                    dimensions=self.dimensions,
                    period=PERIOD_SECONDS,
                    stat=statistic,
                ),
                return_data=False,
            )
            for key, (metric, statistic) in self.counts.items()
        ]
        result = cloudwatch.MetricAlarmMetricQueryArgs(
            id=RESULT, expression=self.expression, label=self.key, return_data=True
        )
        return [*counts, result]

    def resource(
        self, owner: Component, logical: str, topic: pulumi.Input[str], opts: pulumi.ResourceOptions
    ) -> cloudwatch.MetricAlarm:
        """Register it."""
        percentile = self.statistic.startswith("p")
        plain = not self.expression
        return cloudwatch.MetricAlarm(
            logical,
            name=self.name,
            alarm_description=self.says,
            comparison_operator=self.comparison,
            threshold=self.threshold,
            evaluation_periods=self.seen.last,
            datapoints_to_alarm=self.seen.bad,
            treat_missing_data="notBreaching",
            alarm_actions=[topic],
            ok_actions=[topic],
            namespace=self.namespace if plain else None,
            metric_name=self.metric if plain else None,
            dimensions=self.dimensions if plain else None,
            period=PERIOD_SECONDS if plain else None,
            statistic=self.statistic if plain and not percentile else None,
            extended_statistic=self.statistic if plain and percentile else None,
            evaluate_low_sample_count_percentiles="evaluate" if percentile else None,
            metric_queries=None if plain else self._queries(),
            tags=tags(owner.context),
            opts=opts,
        )


def alarms(owner: Component, spec: EndpointSpec, endpoint: pulumi.Input[str], variant: str) -> list[Alarm]:
    """
    The alarms that stand for as long as the endpoint does: on each promise, then on each metric of the rollout.

    Latency is that of the model, the container's start of an answer to its end: what SageMaker adds is the same
    for every version, and percentiles can't be added up.
    """
    seen = Datapoints.within(spec.rollout.bake if spec.rollout else None)
    where = {"EndpointName": endpoint, "VariantName": variant}
    found = [_promise(owner, spec, signal, where, seen) for signal in spec.promised]
    metrics = spec.rollout.metrics if spec.rollout else {}
    return found + [_own(owner, key, metric, endpoint, seen) for key, metric in sorted(metrics.items())]


def of_release(alarm: Alarm, name: str, variant: str) -> Alarm:
    """The same alarm by another name, which a release puts on its own machines; there is no such variant at rest."""
    says, where = f"{alarm.says}, in a release", {**alarm.dimensions, "VariantName": variant}
    return replace(alarm, part=f"released_{alarm.key}", name=name, says=says, dimensions=where)


def _promise(
    owner: Component, spec: EndpointSpec, signal: Signal, where: Mapping[str, pulumi.Input[str]], seen: Datapoints
) -> Alarm:
    name, slo, counts = owner.context.name(owner.name, signal, limit=NAME_LIMIT), spec.slo, COUNTS[spec.form]
    shared: dict[str, Any] = {"counts": counts.metrics}
    if slo and slo.latency_p99 and signal == "latency_p99":
        says = f"1 of 100 answers of {owner.name} takes longer than {slo.latency_p99}"
        limit = slo.latency_p99.milliseconds * 1000.0  # the metric is in microseconds
        return Alarm(signal, signal, name, says, limit, True, seen, where, metric="ModelLatency", statistic="p99")
    if slo and slo.errors and signal == "errors":
        says = f"{owner.name} answers more than {slo.errors} of its requests with an error"
        shared["expression"] = counts.errors
        return Alarm(signal, signal, name, says, slo.errors.value, True, seen, where, **shared)
    if slo and slo.availability:
        says = f"{owner.name} fails more of its requests than {slo.availability} availability lets it"
        bound, shared["expression"] = slo.availability.value, counts.availability
        return Alarm(signal, signal, name, says, bound, False, seen, where, **shared)
    raise ValueError(f"slo has no {signal}")


def _own(owner: Component, key: str, metric: Metric, endpoint: pulumi.Input[str], seen: Datapoints) -> Alarm:
    above = metric.above is not None
    bound = metric.above if metric.above is not None else metric.below
    return Alarm(
        key=key,
        part=f"metric_{key}",
        name=owner.context.name(owner.name, "metric", key, limit=NAME_LIMIT),
        says=f"{key} of {owner.name} is {'above' if above else 'below'} {bound}",
        threshold=float(bound or 0),
        above=above,
        seen=seen,
        dimensions={"Endpoint": endpoint},
        metric=key,
        statistic="Average",
        namespace=owner.context.name(),
    )
