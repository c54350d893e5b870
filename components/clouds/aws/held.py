"""The metric that an endpoint's autoscaler holds at a value, for Pulumi and for a release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi_aws import appautoscaling

__all__ = ["MACHINES", "REQUESTS", "Held"]

MACHINES, REQUESTS = "/aws/sagemaker/Endpoints", "AWS/SageMaker"
"""Name spaces of what machines, and of what requests say."""
FILLED = "FILL(measured, 0)"

_Args = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs
_Predefined = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs
_Own = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs
_Dimension = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensionArgs
_Query = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs
_Stat = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatArgs
_Metric = (
    appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricArgs
)
_OfMetric = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArgs  # noqa: E501


@dataclass(frozen=True)
class Held:
    """
    A metric and its target.

    Attributes:
        metric: Its name in CloudWatch, or of the predefined one.
        value: What is held, in the metric's own unit.
        namespace: Where the metric is; empty for a predefined one.
        dimensions: Likewise.
        sparse: Whether a minute without requests has no value, which then counts as 0: an autoscaler that sees nothing
            takes no machine away.
    """

    metric: str
    value: float
    namespace: str = ""
    dimensions: tuple[tuple[str, str], ...] = ()
    sparse: bool = False

    def args(self, scale_in: int, scale_out: int) -> appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs:
        """For the policy that Pulumi makes; seconds after either scaling before the next of its kind."""
        own = self._own() if self.namespace else None
        return _Args(
            target_value=self.value,
            scale_in_cooldown=scale_in,
            scale_out_cooldown=scale_out,
            predefined_metric_specification=None if own else _Predefined(predefined_metric_type=self.metric),
            customized_metric_specification=own,
        )

    def _own(self) -> appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs:
        if not self.sparse:
            return _Own(
                metric_name=self.metric,
                namespace=self.namespace,
                statistic="Average",
                dimensions=[_Dimension(name=name, value=value) for name, value in self.dimensions],
            )
        where = [_OfMetric(name=name, value=value) for name, value in self.dimensions]
        measured = _Metric(metric_name=self.metric, namespace=self.namespace, dimensions=where)
        return _Own(
            metrics=[
                _Query(id="measured", metric_stat=_Stat(metric=measured, stat="Average"), return_data=False),
                _Query(id="held", expression=FILLED, label=self.metric, return_data=True),
            ]
        )

    def request(self, scale_in: int, scale_out: int) -> dict[str, Any]:
        """The same as `PutScalingPolicy` takes it."""
        made = {"TargetValue": self.value, "ScaleInCooldown": scale_in, "ScaleOutCooldown": scale_out}
        if not self.namespace:
            return {**made, "PredefinedMetricSpecification": {"PredefinedMetricType": self.metric}}
        metric: dict[str, Any] = {"MetricName": self.metric, "Namespace": self.namespace}
        where = [{"Name": name, "Value": value} for name, value in self.dimensions]
        if not self.sparse:
            return {
                **made,
                "CustomizedMetricSpecification": {**metric, "Statistic": "Average", "Dimensions": where},
            }
        measured = {"Metric": {**metric, "Dimensions": where}, "Stat": "Average"}
        queries = [
            {"Id": "measured", "MetricStat": measured, "ReturnData": False},
            {"Id": "held", "Expression": FILLED, "Label": self.metric, "ReturnData": True},
        ]
        return {**made, "CustomizedMetricSpecification": {"Metrics": queries}}
