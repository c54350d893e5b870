"""What a release may do with the autoscaler of an endpoint."""

from __future__ import annotations

from components.base import Component
from components.clouds.aws.ground import AwsPlace, tags
from components.clouds.aws.policies import Statement, allow

__all__ = ["scaling"]


def scaling(owner: Component, place: AwsPlace) -> list[Statement]:
    """
    To take the autoscaler off an endpoint while its machines change, and put it back with the stack's tags.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html and
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html: a request to
    tag does not say which service the target is of.
    """
    targets = place.arn("application-autoscaling", "scalable-target/*")
    return [
        allow(
            "Scaling",
            [
                "application-autoscaling:DeregisterScalableTarget",
                "application-autoscaling:PutScalingPolicy",
                "application-autoscaling:RegisterScalableTarget",
            ],
            targets,
            when={"StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}},
        ),
        allow(
            "ScalingTags",
            ["application-autoscaling:TagResource"],
            targets,
            when={"StringEquals": {"aws:RequestTag/stack": tags(owner.context)["stack"]}},
        ),
        allow(
            "ScalingAlarms",
            ["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"],
            place.arn("cloudwatch", f"alarm:TargetTracking-endpoint/{owner.context.start(63)}*"),
        ),
    ]
