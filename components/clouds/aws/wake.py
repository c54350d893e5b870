"""What brings the first machine of an asynchronous endpoint that has none: a step policy, and its alarm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import appautoscaling, cloudwatch

from components.base import Component
from components.clouds.aws.ground import tags
from components.clouds.aws.held import REQUESTS

__all__ = ["Wake"]

COOLDOWN_SECONDS = 300  # a machine takes minutes to start; until then the backlog is no reason for another one
PERIOD_SECONDS, PERIODS = 60, 2
# the release makes the policy anew where the kind of machine changes, and tells the alarm its new ARN
RELEASED = ["alarmActions"]


@dataclass(frozen=True)
class Wake:
    """
    One machine more while requests wait and there is none: target tracking divides by the machines there are.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html

    Attributes:
        policy, alarm: Names.
        endpoint: Its name.
        says: What it means that the alarm is raised.
    """

    policy: str
    alarm: str
    endpoint: str
    says: str

    def resources(self, owner: Component, target: appautoscaling.Target) -> None:
        """Register both."""
        made = appautoscaling.Policy(
            f"{owner.name}-wake",
            name=self.policy,
            policy_type="StepScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            step_scaling_policy_configuration=appautoscaling.PolicyStepScalingPolicyConfigurationArgs(
                adjustment_type="ChangeInCapacity",
                metric_aggregation_type="Average",
                cooldown=COOLDOWN_SECONDS,
                step_adjustments=[
                    appautoscaling.PolicyStepScalingPolicyConfigurationStepAdjustmentArgs(
                        metric_interval_lower_bound="0", scaling_adjustment=1
                    )
                ],
            ),
            opts=owner.child(),
        )
        cloudwatch.MetricAlarm(
            f"{owner.name}-wake",
            name=self.alarm,
            alarm_description=self.says,
            namespace=REQUESTS,
            metric_name="HasBacklogWithoutCapacity",
            dimensions={"EndpointName": self.endpoint},
            statistic="Average",
            period=PERIOD_SECONDS,
            evaluation_periods=PERIODS,
            datapoints_to_alarm=PERIODS,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[made.arn],
            tags=tags(owner.context),
            opts=owner.child(ignore_changes=RELEASED),
        )

    def policy_request(self, target: dict[str, Any]) -> dict[str, Any]:
        """The policy as `PutScalingPolicy` takes it, for a release; `target` is what it scales."""
        return {
            **target,
            "PolicyName": self.policy,
            "PolicyType": "StepScaling",
            "StepScalingPolicyConfiguration": {
                "AdjustmentType": "ChangeInCapacity",
                "MetricAggregationType": "Average",
                "Cooldown": COOLDOWN_SECONDS,
                "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
            },
        }

    def alarm_request(self, policy: pulumi.Input[str]) -> dict[str, Any]:
        """The alarm as `PutMetricAlarm` takes it; `policy` is the ARN, or an expression of it."""
        return {
            "AlarmName": self.alarm,
            "AlarmDescription": self.says,
            "Namespace": REQUESTS,
            "MetricName": "HasBacklogWithoutCapacity",
            "Dimensions": [{"Name": "EndpointName", "Value": self.endpoint}],
            "Statistic": "Average",
            "Period": PERIOD_SECONDS,
            "EvaluationPeriods": PERIODS,
            "DatapointsToAlarm": PERIODS,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [policy],
        }
