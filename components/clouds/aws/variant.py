"""The one variant of a real-time endpoint: its machines, capture and autoscaling, for Pulumi and for a release."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import appautoscaling, sagemaker

from components.catalog import Machine, NoMachine, accelerator
from components.clouds.aws.answers import Answers
from components.clouds.aws.disks import has_local_disk
from components.clouds.aws.held import MACHINES, REQUESTS, Held
from components.clouds.aws.hours import Turn, bounds_now
from components.clouds.aws.states import expr
from components.clouds.aws.wake import Wake
from components.endpoint import Capture, EndpointSpec, Scale

__all__ = ["DIMENSION", "SERVING", "VARIANT", "Scaling", "Variant", "held", "scaling", "see_scalable"]

VARIANT = "main"
SERVING = f"$endpoint.ProductionVariants[VariantName = '{VARIANT}'][0].DesiredInstanceCount"
"""Expression: machines of the variant that serves."""
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
        queue: `AsyncInferenceConfig` of an asynchronous endpoint.
        driver: `InferenceAmiVersion` of the machine; None for SageMaker's own choice.
    """

    machine: Machine
    replicas: int
    key_arn: pulumi.Output[str]
    capture: Capture | None
    capture_uri: pulumi.Output[str] | None
    queue: Answers | None = None
    driver: str | None = None

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
            inference_ami_version=self.driver,
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
            # one that stands by shows that the version starts, where the queue had none
            "InitialInstanceCount": expr(f"$max([1, {SERVING}])") if self.queue else self.replicas,
            "InitialVariantWeight": 1,
        }
        if self.start_seconds:
            variant["ModelDataDownloadTimeoutInSeconds"] = self.start_seconds
            variant["ContainerStartupHealthCheckTimeoutInSeconds"] = self.start_seconds
        if self.driver:
            variant["InferenceAmiVersion"] = self.driver
        made: dict[str, Any] = {"ProductionVariants": [variant]}
        if self.volume_key is not None:
            made["KmsKeyId"] = self.volume_key
        if self.queue:
            made["AsyncInferenceConfig"] = self.queue.request()
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
        scale: Least and most machines, at whichever hours.
        policy: Name of the policy.
        held: What it holds.
        tags: Of the scalable target.
        turns: When hours with other bounds begin and end.
        wake: What brings the first machine, where there may be none.
    """

    endpoint: str
    scale: Scale
    policy: str
    held: Held
    tags: dict[str, str]
    turns: tuple[Turn, ...] = ()
    wake: Wake | None = None

    @property
    def resource_id(self) -> str:
        """What Application Auto Scaling calls the variant."""
        return f"endpoint/{self.endpoint}/variant/{VARIANT}"

    def args(self) -> appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs:
        """For the policy that Pulumi makes."""
        return self.held.args(SCALE_IN_COOLDOWN_SECONDS, SCALE_OUT_COOLDOWN_SECONDS)

    def target_request(self) -> dict[str, Any]:
        """What names the variant to Application Auto Scaling."""
        return {"ServiceNamespace": "sagemaker", "ResourceId": self.resource_id, "ScalableDimension": DIMENSION}

    def limits_request(self) -> dict[str, Any]:
        """How many machines it may have by now, as `RegisterScalableTarget` takes it, with nothing suspended."""
        running = dict.fromkeys(SUSPENDABLE, False)
        least: Any = self.scale.min
        most: Any = self.scale.max
        if self.turns:
            least, most = expr(bounds_now(self.scale, "least")), expr(bounds_now(self.scale, "most"))
        limits = {"MinCapacity": least, "MaxCapacity": most}
        return {**self.target_request(), **limits, "SuspendedState": running, "Tags": self.tags}

    def policy_request(self) -> dict[str, Any]:
        """The same policy as `PutScalingPolicy` takes it, for a release."""
        held = self.held.request(SCALE_IN_COOLDOWN_SECONDS, SCALE_OUT_COOLDOWN_SECONDS)
        return {
            **self.target_request(),
            "PolicyName": self.policy,
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": held,
        }


def scaling(
    spec: EndpointSpec,
    machine: Machine,
    endpoint: str,
    policy: str,
    tags: dict[str, str],
    turns: Iterable[Turn] = (),
) -> Scaling:
    """
    What holds the spec's target on such a machine.

    Raises:
        NoMachine: SageMaker has no such metric of the machine, or does not scale it.
    """
    see_scalable(machine)
    return Scaling(endpoint, spec.scale, policy, held(spec, machine, endpoint), tags, tuple(turns))


def see_scalable(machine: Machine) -> None:
    """
    Refuse a machine that can't be scaled.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html

    Raises:
        NoMachine: It is burstable.
    """
    if machine.name.startswith("ml.t2."):
        raise NoMachine(f"SageMaker scales no burstable machine such as {machine.name}. Write cpu and memory instead.")


def held(spec: EndpointSpec, machine: Machine, endpoint: str) -> Held:
    """
    The spec's target in the units of SageMaker's metrics.

    CPUUtilization sums over the vCPUs of a machine, GPUUtilization over its GPUs: 60% of 4 vCPUs is 240. ModelLatency
    is in microseconds.

    Source: https://repost.aws/knowledge-center/sagemaker-cpu-gpu-utilization-100,
        https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html,
        https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html

    Raises:
        NoMachine: SageMaker has no such metric of the machine.
    """
    target, where = spec.target, (("EndpointName", endpoint), ("VariantName", VARIANT))
    if target.requests_per_replica:
        return Held("SageMakerVariantInvocationsPerInstance", target.requests_per_replica.per_minute)
    if target.concurrent_requests:
        return Held("SageMakerVariantConcurrentRequestsPerModelHighResolution", target.concurrent_requests)
    if target.latency:
        return Held("ModelLatency", target.latency.milliseconds * 1000.0, REQUESTS, where, sparse=True)
    if target.gpu_utilisation:
        return Held("GPUUtilization", target.gpu_utilisation.value * _gpus(machine), MACHINES, where)
    if target.cpu_utilisation:
        return Held("CPUUtilization", target.cpu_utilisation.value * _vcpus(machine), MACHINES, where)
    raise NoMachine(f"SageMaker can't hold the target of this endpoint on {machine.name}. {_OTHER}")


_OTHER = "Write scale.target: {requests_per_replica: 200/min}."


def _gpus(machine: Machine) -> int:
    if not machine.accelerator or accelerator(machine.accelerator)[0].vendor != "nvidia":
        raise NoMachine(f"SageMaker measures the use of NVIDIA GPUs, and {machine.name} has none. {_OTHER}")
    return machine.accelerator_count


def _vcpus(machine: Machine) -> float:
    if machine.vcpus is None:
        raise NoMachine(f"the catalogue does not know how many vCPUs {machine.name} has. {_OTHER}")
    return machine.vcpus
