"""The one variant of a real-time endpoint: its machines, capture and autoscaling, for Pulumi and for a release."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import appautoscaling, sagemaker

from components.catalog import Machine, NoMachine, accelerator
from components.clouds.aws.disks import has_local_disk
from components.endpoint import Capture, EndpointSpec

__all__ = ["VARIANT", "Scaling", "Variant", "scaling"]

VARIANT = "main"
# a model and its GPU libraries are large; the limit of both. Source:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html
GPU_START_SECONDS = 3600
SCALE_IN_COOLDOWN_SECONDS, SCALE_OUT_COOLDOWN_SECONDS = 300, 60
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
SUSPENDABLE = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


@dataclass(frozen=True)
class Variant:
    """
    What a configuration of the endpoint says besides its model.

    Attributes:
        machine: What serves.
        replicas: Machines that a configuration starts with.
        key_arn: For the volumes, and what is captured.
        capture: Or None.
        capture_uri: Where to.
    """

    machine: Machine
    replicas: int
    key_arn: pulumi.Output[str]
    capture: Capture | None
    capture_uri: pulumi.Output[str] | None

    @property
    def volume_key(self) -> pulumi.Output[str] | None:
        """The key of the volumes; None on a machine whose own disk is encrypted by its hardware."""
        return None if has_local_disk(self.machine.name) else self.key_arn

    @property
    def start_seconds(self) -> int | None:
        """How long the model may take to arrive, and to answer for the first time; None for the default."""
        return GPU_START_SECONDS if self.machine.accelerator else None

    @property
    def sample(self) -> int:
        """Share of the requests that is captured, in whole hundredths, never below what is asked."""
        return math.ceil(self.capture.sample.value) if self.capture else 0

    def args(self, model: pulumi.Input[str]) -> sagemaker.EndpointConfigurationProductionVariantArgs:
        """For the configuration that Pulumi makes."""
        return sagemaker.EndpointConfigurationProductionVariantArgs(
            variant_name=VARIANT,
            model_name=model,
            instance_type=self.machine.name,
            initial_instance_count=self.replicas,
            initial_variant_weight=1,
            model_data_download_timeout_in_seconds=self.start_seconds,
            container_startup_health_check_timeout_in_seconds=self.start_seconds,
        )

    def capture_args(self) -> sagemaker.EndpointConfigurationDataCaptureConfigArgs | None:
        """Likewise."""
        if self.capture is None or self.capture_uri is None:
            return None
        return sagemaker.EndpointConfigurationDataCaptureConfigArgs(
            enable_capture=True,
            initial_sampling_percentage=self.sample,
            destination_s3_uri=self.capture_uri,
            kms_key_id=self.key_arn,
            capture_options=[
                sagemaker.EndpointConfigurationDataCaptureConfigCaptureOptionArgs(capture_mode=mode)
                for mode in ("Input", "Output")
            ],
            capture_content_type_header=sagemaker.EndpointConfigurationDataCaptureConfigCaptureContentTypeHeaderArgs(
                json_content_types=["application/json"], csv_content_types=["text/csv"]
            ),
        )

    def request(self, model: str) -> dict[str, Any]:
        """The same as `CreateEndpointConfig` takes it, for a release; `model` may be an expression."""
        variant: dict[str, Any] = {
            "VariantName": VARIANT,
            "ModelName": model,
            "InstanceType": self.machine.name,
            "InitialInstanceCount": self.replicas,
            "InitialVariantWeight": 1,
        }
        if self.start_seconds:
            variant["ModelDataDownloadTimeoutInSeconds"] = self.start_seconds
            variant["ContainerStartupHealthCheckTimeoutInSeconds"] = self.start_seconds
        made: dict[str, Any] = {"ProductionVariants": [variant]}
        if self.volume_key is not None:
            made["KmsKeyId"] = self.volume_key
        if self.capture is not None and self.capture_uri is not None:
            made["DataCaptureConfig"] = {
                "EnableCapture": True,
                "InitialSamplingPercentage": self.sample,
                "DestinationS3Uri": self.capture_uri,
                "KmsKeyId": self.key_arn,
                "CaptureOptions": [{"CaptureMode": mode} for mode in ("Input", "Output")],
                "CaptureContentTypeHeader": {
                    "JsonContentTypes": ["application/json"],
                    "CsvContentTypes": ["text/csv"],
                },
            }
        return made


@dataclass(frozen=True)
class Scaling:
    """
    How the autoscaler holds the endpoint's variant.

    Attributes:
        endpoint: Its name.
        least, most: Machines.
        policy: Name of the policy.
        metric: The metric's name in CloudWatch, or of the predefined one.
        predefined: Whether it is predefined.
        value: What is held, in the metric's own unit.
        tags: Of the scalable target.
    """

    endpoint: str
    least: int
    most: int
    policy: str
    metric: str
    predefined: bool
    value: float
    tags: dict[str, str]

    @property
    def resource_id(self) -> str:
        """What Application Auto Scaling calls the variant."""
        return f"endpoint/{self.endpoint}/variant/{VARIANT}"

    def args(self) -> appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs:
        """For the policy that Pulumi makes."""
        own, ready = None, None
        if self.predefined:
            ready = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                predefined_metric_type=self.metric
            )
        else:
            own = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs(
                metric_name=self.metric,
                namespace="/aws/sagemaker/Endpoints",
                statistic="Average",
                dimensions=[
                    appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensionArgs(
                        name=name, value=value
                    )
                    for name, value in self._dimensions()
                ],
            )
        return appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
            target_value=self.value,
            scale_in_cooldown=SCALE_IN_COOLDOWN_SECONDS,
            scale_out_cooldown=SCALE_OUT_COOLDOWN_SECONDS,
            predefined_metric_specification=ready,
            customized_metric_specification=own,
        )

    def target_request(self) -> dict[str, Any]:
        """What names the variant to Application Auto Scaling."""
        return {"ServiceNamespace": "sagemaker", "ResourceId": self.resource_id, "ScalableDimension": DIMENSION}

    def limits_request(self) -> dict[str, Any]:
        """How many machines it may have, as `RegisterScalableTarget` takes it, with nothing suspended."""
        running = dict.fromkeys(SUSPENDABLE, False)
        limits = {"MinCapacity": self.least, "MaxCapacity": self.most}
        return {**self.target_request(), **limits, "SuspendedState": running, "Tags": self.tags}

    def policy_request(self) -> dict[str, Any]:
        """The same policy as `PutScalingPolicy` takes it, for a release."""
        metric: dict[str, Any] = {"PredefinedMetricSpecification": {"PredefinedMetricType": self.metric}}
        if not self.predefined:
            metric = {
                "CustomizedMetricSpecification": {
                    "MetricName": self.metric,
                    "Namespace": "/aws/sagemaker/Endpoints",
                    "Statistic": "Average",
                    "Dimensions": [{"Name": name, "Value": value} for name, value in self._dimensions()],
                }
            }
        return {
            **self.target_request(),
            "PolicyName": self.policy,
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": self.value,
                "ScaleInCooldown": SCALE_IN_COOLDOWN_SECONDS,
                "ScaleOutCooldown": SCALE_OUT_COOLDOWN_SECONDS,
                **metric,
            },
        }

    def _dimensions(self) -> list[tuple[str, str]]:
        return [("EndpointName", self.endpoint), ("VariantName", VARIANT)]


def scaling(spec: EndpointSpec, machine: Machine, endpoint: str, policy: str, tags: dict[str, str]) -> Scaling:
    """
    What holds the spec's target on such a machine.

    CPUUtilization sums over the vCPUs of a machine, GPUUtilization over its GPUs: 60% of 4 vCPUs is 240.

    Source: https://repost.aws/knowledge-center/sagemaker-cpu-gpu-utilization-100,
        https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html (burstable machines),
        https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html

    Raises:
        NoMachine: SageMaker has no such metric of the machine, or does not scale it.
    """
    if machine.name.startswith("ml.t2."):
        raise NoMachine(f"SageMaker scales no burstable machine such as {machine.name}. Write cpu and memory instead.")
    target = spec.target
    metric, predefined = "CPUUtilization", False
    if target.requests_per_replica:
        metric, predefined = "SageMakerVariantInvocationsPerInstance", True
        value = target.requests_per_replica.per_minute
    elif target.gpu_utilisation:
        metric, value = "GPUUtilization", target.gpu_utilisation.value * _gpus(machine)
    elif target.cpu_utilisation:
        value = target.cpu_utilisation.value * _vcpus(machine)
    else:
        raise NoMachine(f"SageMaker can't hold the target of this endpoint on {machine.name}. {_OTHER}")
    return Scaling(endpoint, spec.scale.min, spec.scale.max, policy, metric, predefined, value, tags)


_OTHER = "Write scale.target: {requests_per_replica: 200/min}."


def _gpus(machine: Machine) -> int:
    if not machine.accelerator or accelerator(machine.accelerator)[0].vendor != "nvidia":
        raise NoMachine(f"SageMaker measures the use of NVIDIA GPUs, and {machine.name} has none. {_OTHER}")
    return machine.accelerator_count


def _vcpus(machine: Machine) -> float:
    if machine.vcpus is None:
        raise NoMachine(f"the catalogue does not know how many vCPUs {machine.name} has. {_OTHER}")
    return machine.vcpus
