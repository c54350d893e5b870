"""Monitoring on AWS: a state machine that looks at windows of captured requests, its schedules, and the alarms."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from components.clouds.aws.alarms import NAME_LIMIT
from components.clouds.aws.grants import grant, may_read
from components.clouds.aws.ground import AwsGround, here, input_uri, tags
from components.clouds.aws.policies import allow
from components.clouds.aws.starts import Starts
from components.clouds.aws.states import state_machine
from components.clouds.aws.step import LONGEST_SETTINGS, Step, bucket_and_key, step
from components.clouds.aws.watch import LARGEST_DRIFT, Truth, Watch
from components.endpoint import EndpointResult
from components.monitoring import Monitoring, MonitoringResult, Signal
from components.units import Duration

__all__ = ["SageMakerMonitoring"]

KIND, FOLDER = "monitor", "monitoring"
MINUTE = 20
"""Minute of an hour at which the hours before are looked at: what was asked is in S3 some minutes after."""
LONGEST_LOOK = Duration.parse("2h")


class SageMakerMonitoring(Monitoring):
    """A monitor of one endpoint."""

    def build(self) -> MonitoringResult:
        ground, endpoint = self.need(AwsGround), self.need(EndpointResult, f"endpoints/{self.name}")
        runs = step(self, ground, FOLDER, min(next(iter(self.spec.schedules)), LONGEST_LOOK))
        definition = self._watch(ground, endpoint, runs).definition()
        name = self.context.name(self.name, KIND, limit=80)
        made = state_machine(self, ground, f"{self.name}-{KIND}", name, definition)
        times = {
            f"every-{every}": (_cron(every), {"signals": list(signals), "hours": every.seconds // 3600})
            for every, signals in self.spec.schedules.items()
        }
        Starts(self, ground, made.arn, name, KIND).on_times(times)
        self._failure(ground, made.arn)
        alarms = {signal: self._alarm(ground, endpoint, signal) for signal in self.spec.signals}
        return MonitoringResult(
            monitor_id=made.arn,
            alarm_ids={signal: alarm.arn for signal, alarm in alarms.items()},
            reports_uri=runs.output,
        )

    def _watch(self, ground: AwsGround, endpoint: EndpointResult, runs: Step) -> Watch:
        spec = self.spec
        if spec.baseline is None:
            raise ValueError(
                "windows have nothing to be held against: no training of the blueprint makes the endpoint's model, or"
                " it reads several inputs of which none is called train. Write baseline: data/train/."
            )
        if endpoint.capture_uri is None:
            raise ValueError("its endpoint records nothing to watch. Write capture: {sample: 100%} there.")
        bucket, prefix = bucket_and_key(endpoint.capture_uri)
        paths = [spec.baseline, *([spec.quality.labels] if spec.quality else [])]
        if ground.steps:
            may_read(self, ground.steps.role, [path for path in paths if "://" in path])
        return Watch(
            label=self.label,
            endpoint=endpoint.endpoint_name,
            namespace=self.context.name(),
            settings=self._settings(),
            fixed={"step": "monitor", "target": spec.target},
            truth=self._truth(ground),
            hours=next(iter(spec.schedules)).seconds // 3600,
            baseline=input_uri(spec.baseline, ground.data),
            bucket=bucket,
            prefix=prefix,
            step=runs,
        )

    def _settings(self) -> dict[str, dict[str, Any]]:
        """What the step is told of each signal: how it is measured; the bounds are the alarms'."""
        spec = self.spec
        told: dict[str, dict[str, Any]] = {}
        if spec.drift:
            told["drift"] = {"metric": spec.drift.metric, "columns": list(spec.drift.columns)}
        if spec.data_quality:
            told["data_quality"] = {"above": spec.data_quality.above.fraction}
        if spec.quality:
            told["quality"] = {"metric": spec.quality.metric, "key": spec.quality.key, "label": spec.quality.label}
        if spec.bias:
            told["bias"] = {"metric": spec.bias.metric, "facet": spec.bias.facet}
        if spec.explain:
            told["explain"] = spec.explain.model_dump(mode="json", include={"sample", "answers"}, exclude_none=True)
        if (size := len(str(told))) > LONGEST_SETTINGS - 1000:
            raise ValueError(f"its settings have {size} characters; a job of SageMaker is told {LONGEST_SETTINGS}.")
        return told

    def _truth(self, ground: AwsGround) -> Truth | None:
        """Of the signals that need it; the pipeline's role sees whether labels have come."""
        spec = self.spec
        if not spec.quality:
            return None
        signals = ["quality", *(["bias"] if spec.bias and spec.bias.metric.endswith("_difference") else [])]
        path = input_uri(spec.quality.labels, ground.data)
        bucket, prefix = bucket_and_key(path)
        if "://" in spec.quality.labels:
            where = bucket.apply(lambda name: f"arn:{here(self).partition}:s3:::{name}")
            grant(self, ground.roles["pipeline"], "labels", [allow("SeeLabels", ["s3:ListBucket"], where)])
        return Truth(signals, spec.quality.delay.seconds, path, bucket, prefix)

    def _alarm(self, ground: AwsGround, endpoint: EndpointResult, signal: Signal) -> cloudwatch.MetricAlarm:
        asked = getattr(self.spec, signal)
        above, bound = _bound(asked)
        return cloudwatch.MetricAlarm(
            f"{self.name}-{signal}",
            name=self.context.name(self.name, KIND, signal, limit=NAME_LIMIT),
            alarm_description=f"{signal.replace('_', ' ')} of {self.name} is {'above' if above else 'below'} {bound:g}",
            namespace=self.context.name(),
            metric_name=LARGEST_DRIFT if signal == "drift" else signal,
            dimensions={"Endpoint": endpoint.endpoint_name},
            # the worst of what one period has, where somebody looked by hand as well
            statistic="Maximum" if above else "Minimum",
            comparison_operator="GreaterThanThreshold" if above else "LessThanThreshold",
            threshold=bound,
            period=asked.every.seconds,
            evaluation_periods=asked.windows.of,
            datapoints_to_alarm=asked.windows.breaches,
            treat_missing_data="notBreaching",
            alarm_actions=[ground.topic_arn],
            ok_actions=[ground.topic_arn],
            tags=tags(self.context),
            opts=self.child(),
        )

    def _failure(self, ground: AwsGround, machine: pulumi.Output[str]) -> None:
        """A monitor that is broken must not look calm."""
        cloudwatch.MetricAlarm(
            f"{self.name}-failed",
            name=self.context.name(self.name, "monitor failed", limit=NAME_LIMIT),
            alarm_description=f"The monitor of {self.name} failed: what its endpoint is asked is not watched",
            namespace="AWS/States",
            metric_name="ExecutionsFailed",
            dimensions={"StateMachineArn": machine},
            statistic="Sum",
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            period=next(iter(self.spec.schedules)).seconds,
            evaluation_periods=1,
            datapoints_to_alarm=1,
            treat_missing_data="notBreaching",
            alarm_actions=[ground.topic_arn],
            ok_actions=[ground.topic_arn],
            tags=tags(self.context),
            opts=self.child(),
        )


def _cron(every: Duration) -> str:
    hours = every.seconds // 3600
    return f"cron({MINUTE} {'*' if hours == 1 else '0' if hours == 24 else f'0/{hours}'} * * ? *)"


def _bound(asked: Any) -> tuple[bool, float]:
    """Whether a window breaches above the bound, else below; and the bound."""
    below = getattr(asked, "below", None)
    if below is not None:
        return False, float(below)
    return True, float(getattr(asked.above, "fraction", asked.above))
