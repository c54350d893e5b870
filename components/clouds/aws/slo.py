"""CloudWatch alarms of an endpoint on how fast it uses up its error budget: composite, of a long and a short window."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_aws import cloudwatch

from components.base import Component
from components.clouds.aws.alarms import COUNTS, NAME_LIMIT, NAMESPACE, Counts
from components.clouds.aws.ground import tags
from components.endpoint import EndpointSpec
from components.endpoint.burn import Burn, burns

__all__ = ["burn_alarms"]

RESULT = "share"


def burn_alarms(
    component: Component,
    spec: EndpointSpec,
    endpoint: pulumi.Input[str],
    variant: str,
    topic: pulumi.Input[str],
    *,
    where: Mapping[str, pulumi.Input[str]] | None = None,
    model: str = "",
) -> dict[str, pulumi.Output[str]]:
    """
    An alarm for each speed, which is raised while both of its windows are, and its ARN by `errors_fast` and so on.

    CloudWatch looks at a window that ends now, every minute, as long as it is a day at most; a window without requests
    breaks nothing. The alarms of the windows tell nobody: they are there for the one above them to read.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarm-evaluation

    Args:
        component: Whose endpoint it is.
        spec: What it promises.
        endpoint: Its name.
        variant: The variant that serves.
        topic: Who is told.
        where: Dimensions of the metrics, where they are not those of the variant.
        model: Which of the endpoint's models it is about, where it has several.
    """
    where = where or {"EndpointName": endpoint, "VariantName": variant}
    parts, part = ((component.name, model), f"{model}_") if model else ((component.name,), "")
    called = f"{model} of {component.name}" if model else component.name
    made: dict[str, pulumi.Output[str]] = {}
    for burn in burns(spec):
        counts = COUNTS[spec.form]
        windows = [
            _window(component, burn, minutes, where, counts, parts, part, called) for minutes in (burn.long, burn.short)
        ]
        rule = pulumi.Output.all(*(window.name for window in windows)).apply(
            lambda names: " AND ".join(f'ALARM("{name}")' for name in names)
        )
        made[burn.key] = cloudwatch.CompositeAlarm(
            f"{component.name}-{part}burn_{burn.key}",
            alarm_name=component.context.name(*parts, "burn", burn.key, limit=NAME_LIMIT),
            alarm_description=burn.says(called),
            alarm_rule=rule,
            actions_enabled=True,
            alarm_actions=[topic],
            ok_actions=[topic],
            tags=tags(component.context),
            opts=component.child(),
        ).arn
    return made


def _window(
    component: Component,
    burn: Burn,
    minutes: int,
    where: Mapping[str, pulumi.Input[str]],
    counted: Counts,
    parts: tuple[str, ...],
    part: str,
    called: str,
) -> cloudwatch.MetricAlarm:
    span = f"{minutes}m"
    query, metric = cloudwatch.MetricAlarmMetricQueryArgs, cloudwatch.MetricAlarmMetricQueryMetricArgs
    counts = [
        query(
            id=key,
            metric=metric(namespace=NAMESPACE, metric_name=name, dimensions=where, period=60 * minutes, stat=stat),
            return_data=False,
        )
        for key, (name, stat) in counted.metrics.items()
    ]
    share = query(
        id=RESULT,
        expression=counted.errors if burn.signal == "errors" else counted.failures,
        label=f"{burn.signal} of {span}",
        return_data=True,
    )
    return cloudwatch.MetricAlarm(
        f"{component.name}-{part}burn_{burn.key}_{span}",
        name=component.context.name(*parts, "burn", burn.key, span, limit=NAME_LIMIT),
        alarm_description=f"{burn.says(called)}: the window of {minutes} minutes",
        comparison_operator="GreaterThanThreshold",
        threshold=burn.share,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        treat_missing_data="notBreaching",
        metric_queries=[*counts, share],
        tags=tags(component.context),
        opts=component.child(),
    )
