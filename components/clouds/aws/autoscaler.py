"""The autoscaler of an endpoint's variant, as Pulumi makes it: its bounds, what it holds, hours, and what wakes it."""

from __future__ import annotations

from pulumi_aws import appautoscaling, sagemaker

from components.base import Component
from components.clouds.aws.ground import tags
from components.clouds.aws.variant import DIMENSION, Scaling

__all__ = ["autoscaler"]

# with hours they are whatever hour it is: an `up` must not end the hours, nor a look at drift find any
BY_THE_HOUR = ["maxCapacity", "minCapacity"]


def autoscaler(owner: Component, endpoint: sagemaker.Endpoint, scaled: Scaling) -> None:
    """Register the scalable target, and what belongs to it."""
    target = appautoscaling.Target(
        f"{owner.name}-replicas",
        service_namespace="sagemaker",
        scalable_dimension=DIMENSION,
        resource_id=endpoint.name.apply(lambda _made: scaled.resource_id),
        min_capacity=scaled.scale.min,
        max_capacity=scaled.scale.max,
        tags=tags(owner.context),
        opts=owner.child(ignore_changes=BY_THE_HOUR) if scaled.turns else owner.child(),
    )
    appautoscaling.Policy(
        f"{owner.name}-target",
        name=scaled.policy,
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration=scaled.args(),
        opts=owner.child(),
    )
    for turn in scaled.turns:
        turn.resource(owner, target)
    if scaled.wake:
        scaled.wake.resources(owner, target)
