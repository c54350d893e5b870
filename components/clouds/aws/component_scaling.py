"""How many copies of a model there are: held by its load, none while nobody asks, one again once somebody does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pulumi_aws import appautoscaling, cloudwatch

from components.base import Component
from components.catalog import Machine, NoMachine, accelerator
from components.clouds.aws import hours
from components.clouds.aws.alarms import NAME_LIMIT
from components.clouds.aws.component import DIMENSION, NAMESPACE, Part
from components.clouds.aws.ground import after, tags
from components.clouds.aws.held import REQUESTS, Held
from components.clouds.aws.variant import SCALE_IN_COOLDOWN_SECONDS, SCALE_OUT_COOLDOWN_SECONDS, see_scalable
from components.endpoint import EndpointSpec

__all__ = ["scaled"]

IDLE_SECONDS = 900
"""How long nobody must have asked before the last copy goes: as long as target tracking looks back to scale in."""
WAKE_COOLDOWN_SECONDS = 60


def scaled(owner: Component, spec: EndpointSpec, machine: Machine, part: Part) -> None:
    """
    Register the autoscaler of a model's copies.

    Target tracking holds the target between one copy and `scale.max`. It never ends at none by a share of CPU or GPU,
    of which an idle copy uses some, and never begins at none, where nothing is measured: two alarms do that.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html

    Raises:
        NoMachine: SageMaker measures no such thing of the machine, or does not scale it.
    """
    see_scalable(machine)
    target = appautoscaling.Target(
        f"{part.logical}-copies",
        service_namespace="sagemaker",
        scalable_dimension=DIMENSION,
        resource_id=part.resource_id,
        min_capacity=spec.scale.min,
        max_capacity=spec.scale.max,
        tags=tags(owner.context),
        opts=owner.child(),
    )
    _policy(
        owner,
        part,
        "target",
        target,
        policy_type="TargetTrackingScaling",
        target_tracking_scaling_policy_configuration=_held(spec, machine, part).args(
            SCALE_IN_COOLDOWN_SECONDS, SCALE_OUT_COOLDOWN_SECONDS
        ),
    )
    for turn in hours.turns(owner, spec.scale) if spec.scale.schedule else ():
        name = owner.context.name(owner.name, part.key, turn.part, limit=NAME_LIMIT)
        replace(turn, part=f"{part.prefix}{turn.part}", name=name if part.prefix else turn.name).resource(owner, target)
    if not spec.scale.min or any(not one.min for one in spec.scale.schedule.values()):
        _wakes(owner, part, target)
        _sleeps(owner, part, target)


def _policy(
    owner: Component, part: Part, what: str, target: appautoscaling.Target, **held: Any
) -> appautoscaling.Policy:
    parts = (owner.name, part.key, what) if part.prefix else (owner.name, what)
    return appautoscaling.Policy(
        f"{part.logical}-{what}",
        name=owner.context.name(*parts, limit=255),
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        **held,
        opts=owner.child(),
    )


def _held(spec: EndpointSpec, machine: Machine, part: Part) -> Held:
    """Use is of what a copy has reserved, 0% to 100%, however many processors that is; latency is in microseconds."""
    target, where = spec.target, (("InferenceComponentName", part.name),)
    if target.requests_per_replica:
        return Held("SageMakerInferenceComponentInvocationsPerCopy", target.requests_per_replica.per_minute)
    if target.concurrent_requests:
        kind = "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution"
        return Held(kind, target.concurrent_requests)
    if target.latency:
        return Held("ModelLatency", target.latency.milliseconds * 1000.0, REQUESTS, where, sparse=True)
    if target.gpu_utilisation:
        if not machine.accelerator or accelerator(machine.accelerator)[0].vendor != "nvidia":
            raise NoMachine(
                f"SageMaker measures the use of NVIDIA GPUs, and {machine.name} has none."
                " Write scale.target: {requests_per_replica: 200/min}."
            )
        return Held("GPUUtilizationNormalized", target.gpu_utilisation.value, NAMESPACE, where)
    if target.cpu_utilisation:
        return Held("CPUUtilizationNormalized", target.cpu_utilisation.value, NAMESPACE, where)
    raise NoMachine(
        f"SageMaker can't hold the target of this endpoint on {machine.name}."
        " Write scale.target: {requests_per_replica: 200/min}."
    )


def _step(kind: str, by: int, *, below: bool) -> appautoscaling.PolicyStepScalingPolicyConfigurationArgs:
    bound = {"metric_interval_upper_bound": "0"} if below else {"metric_interval_lower_bound": "0"}
    return appautoscaling.PolicyStepScalingPolicyConfigurationArgs(
        adjustment_type=kind,
        cooldown=WAKE_COOLDOWN_SECONDS,
        metric_aggregation_type="Maximum",
        step_adjustments=[
            appautoscaling.PolicyStepScalingPolicyConfigurationStepAdjustmentArgs(scaling_adjustment=by, **bound)
        ],
    )


def _alarm_name(owner: Component, part: Part, what: str) -> str:
    parts = (owner.name, part.key, what) if part.prefix else (owner.name, what)
    return owner.context.name(*parts, limit=NAME_LIMIT)


def _wakes(owner: Component, part: Part, target: appautoscaling.Target) -> None:
    """A request that finds no copy fails, and a minute later one starts."""
    policy = _policy(
        owner,
        part,
        "wake",
        target,
        policy_type="StepScaling",
        step_scaling_policy_configuration=_step("ChangeInCapacity", 1, below=False),
    )
    cloudwatch.MetricAlarm(
        f"{part.logical}-wake",
        name=_alarm_name(owner, part, "wake"),
        alarm_description=f"Somebody asks {part.key} of {owner.name}, which has no copy",
        namespace=REQUESTS,
        metric_name="NoCapacityInvocationFailures",
        dimensions=part.dimensions,
        statistic="Sum",
        period=60,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=1,
        treat_missing_data="notBreaching",
        alarm_actions=[after(policy.arn, policy)],
        tags=tags(owner.context),
        opts=owner.child(),
    )


def _sleeps(owner: Component, part: Part, target: appautoscaling.Target) -> None:
    """
    Where nobody has asked, with or without an answer, the last copy goes, and with it the machine.

    A request that woke it counts, or the copy that it waits for would be taken away again.
    """
    policy = _policy(
        owner,
        part,
        "sleep",
        target,
        policy_type="StepScaling",
        step_scaling_policy_configuration=_step("ExactCapacity", 0, below=True),
    )
    query, metric = cloudwatch.MetricAlarmMetricQueryArgs, cloudwatch.MetricAlarmMetricQueryMetricArgs
    counts = [
        query(
            id=key,
            metric=metric(
                namespace=REQUESTS, metric_name=name, dimensions=part.dimensions, period=IDLE_SECONDS, stat="Sum"
            ),
            return_data=False,
        )
        for key, name in (("asked", "Invocations"), ("failed", "NoCapacityInvocationFailures"))
    ]
    told = query(id="all", expression="SUM([FILL(asked, 0), FILL(failed, 0)])", label="requests", return_data=True)
    cloudwatch.MetricAlarm(
        f"{part.logical}-sleep",
        name=_alarm_name(owner, part, "sleep"),
        alarm_description=f"Nobody has asked {part.key} of {owner.name} for {IDLE_SECONDS // 60} minutes",
        metric_queries=[*counts, told],
        evaluation_periods=1,
        datapoints_to_alarm=1,
        comparison_operator="LessThanThreshold",
        threshold=1,
        treat_missing_data="breaching",
        alarm_actions=[after(policy.arn, policy)],
        tags=tags(owner.context),
        opts=owner.child(),
    )
