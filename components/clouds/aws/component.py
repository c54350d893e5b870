"""
Inference components: models that share an endpoint's machines, or that leave it without one while nobody asks.

`scale.min` and `scale.max` are of the endpoint's machines. A machine has room for a copy of each model, so each model
has as many copies as there may be machines: between `scale.min` and `scale.max`. Copies are what the autoscaler counts,
and SageMaker adds and takes machines as copies need them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.catalog import Machine, NoMachine, Wish, resolve
from components.clouds.aws.variant import VARIANT, Variant
from components.endpoint import EndpointSpec

__all__ = [
    "DIMENSION",
    "NAMESPACE",
    "TYPE",
    "Part",
    "by_components",
    "configuration",
    "copies",
    "needs",
    "see_components",
    "start_parameters",
]

TYPE = "AWS::SageMaker::InferenceComponent"
DIMENSION = "sagemaker:inference-component:DesiredCopyCount"
NAMESPACE = "/aws/sagemaker/InferenceComponents"
"""Of their log groups, and of the metrics of the machines' use. Source:
https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html"""
# What SageMaker's own agents take of a machine is not published: a quarter is theirs
USABLE = 0.75
LEAST_MEMORY_MIB = 1024  # what a framework's server takes before it has a model
LEAST_CORES = 0.25  # Source: API_InferenceComponentComputeResourceRequirements
_ZERO = "https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html"
_NOT_AT_ZERO = {
    "capture": "SageMaker's data capture is of a variant with a model"
    " (https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html)",
    "rollout": "SageMaker updates its copies in batches, and gives no version a share of the traffic"
    " (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_InferenceComponentRollingUpdatePolicy.html)",
    "shadow": "a shadow variant is beside a variant with a model"
    " (https://docs.aws.amazon.com/sagemaker/latest/dg/model-shadow-deployment.html)",
}


@dataclass(frozen=True)
class Part:
    """
    One model of the endpoint.

    Attributes:
        key: What a caller, and a release, names; of an endpoint with one model, that model.
        model: Whose versions serve.
        name: Of the inference component.
        logical: What the resources of the part are called after.
        prefix: Of the keys of its alarms; empty where there is one model.
        made: The name, for those who may have it only once the component is there.
    """

    key: str
    model: str
    name: str
    logical: str
    prefix: str
    made: pulumi.Input[str] = ""

    @property
    def resource_id(self) -> pulumi.Output[str]:
        """What Application Auto Scaling calls it."""
        return pulumi.Output.concat("inference-component/", self.made)

    @property
    def dimensions(self) -> Mapping[str, pulumi.Input[str]]:
        """Of its metrics."""
        return {"InferenceComponentName": self.made}


def by_components(spec: EndpointSpec) -> bool:
    """Whether the endpoint hosts inference components: only they share machines, and only with them it has none."""
    return spec.form == "realtime" and bool(spec.models or not spec.scale.min)


def see_components(spec: EndpointSpec) -> None:
    """
    Refuse what SageMaker can't combine with inference components.

    Raises:
        ValueError: It is asked for.
    """
    for field, why in _NOT_AT_ZERO.items():
        if getattr(spec, field):
            raise ValueError(
                f"{field} and scale.min: 0 are not to be had together: an endpoint without a machine hosts inference"
                f" components ({_ZERO}), and {why}. Write scale.min: 1, or leave {field} out."
            )


def copies(spec: EndpointSpec) -> tuple[int, int]:
    """Least and most machines, and copies of each model, at any hour."""
    bounds = [(spec.scale.min, spec.scale.max), *(spec.scale.bounds(hours) for hours in spec.scale.schedule.values())]
    return min(least for least, _ in bounds), max(most for _, most in bounds)


def needs(machine: Machine, models: int) -> dict[str, Any]:
    """
    `ComputeResourceRequirements` of each of so many models that share the machine evenly.

    Raises:
        NoMachine: They don't fit, or the catalogue does not know the machine's size.
    """
    if machine.memory_gib is None or machine.vcpus is None:
        raise NoMachine(
            f"the catalogue does not know the size of {machine.name}, which {models} model(s) would share."
            " Write cpu and memory instead."
        )
    memory = math.floor(machine.memory_gib * 1024 * USABLE / models)
    cores = math.floor(machine.vcpus * USABLE / models * 4) / 4
    found: dict[str, Any] = {"MinMemoryRequiredInMb": memory, "NumberOfCpuCoresRequired": cores}
    if memory < LEAST_MEMORY_MIB or cores < LEAST_CORES:
        _too_small(machine, models)
    if machine.accelerator:
        share = machine.accelerator_count // models
        if not share:
            _too_few(machine, models)
        found["NumberOfAcceleratorDevicesRequired"] = share
    return found


def _too_small(machine: Machine, models: int) -> None:
    memory, cpu = math.ceil(models * LEAST_MEMORY_MIB / 1024 / USABLE), math.ceil(models * LEAST_CORES / USABLE)
    raise NoMachine(
        f"{models} models share {machine.name}, which has {machine.vcpus:g} vCPUs and {machine.memory_gib:g} GiB, a"
        f" quarter of them SageMaker's own; each takes {LEAST_CORES:g} vCPUs and {LEAST_MEMORY_MIB // 1024} GiB at"
        f" least. Write machine: {{cpu: {cpu}, memory: {memory}GiB}} or more, or fewer models."
    )


def _too_few(machine: Machine, models: int) -> None:
    if machine.accelerator_count > 1:
        nearest = f"write {machine.accelerator_count} models or fewer"
    else:
        nearest = "give each model an endpoint of its own"
    for count in range(models, 4 * models + 1):
        try:
            found = resolve(Wish(accelerator=machine.accelerator, count=count), "aws", machine.region, "hosting")
        except NoMachine:
            continue
        nearest = f"write machine: {{accelerator: {machine.accelerator}, count: {found.accelerator_count}}}"
        break
    raise NoMachine(
        f"{models} models share {machine.name}, which has {machine.accelerator_count} {machine.accelerator}, and"
        " SageMaker gives each model whole accelerators"
        " (https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
        f"API_InferenceComponentComputeResourceRequirements.html). To have them on one endpoint, {nearest}."
    )


def start_parameters(variant: Variant) -> dict[str, Any]:
    """`StartupParameters`, where the default of SageMaker is too short."""
    if not variant.start_seconds:
        return {}
    keys = ("ModelDataDownloadTimeoutInSeconds", "ContainerStartupHealthCheckTimeoutInSeconds")
    return {"StartupParameters": dict.fromkeys(keys, variant.start_seconds)}


def configuration(
    spec: EndpointSpec,
    variant: Variant,
    role_arn: Any,
    subnets: list[Any],
    groups: list[Any],
    tags: list[Any],
    *,
    stops: bool = False,
) -> dict[str, Any]:
    """
    Body of `AWS::SageMaker::EndpointConfig`: a variant without a model, in the network, isolated.

    It may have a machine more than `scale.max`: there the copies of a version start that takes over. Where the stack
    stops at its budget's limit it may have none, once no model has a copy; until then copies keep `scale.min` machines.
    """
    least, most = copies(spec)
    scaled = {"Status": "ENABLED", "MinInstanceCount": 0 if stops else least, "MaxInstanceCount": most + 1}
    served: dict[str, Any] = {
        "VariantName": VARIANT,
        "InstanceType": variant.machine.name,
        "InitialInstanceCount": max(least, 1),
        "ManagedInstanceScaling": scaled,
        "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
    }
    if variant.start_seconds:
        served["ModelDataDownloadTimeoutInSeconds"] = variant.start_seconds
        served["ContainerStartupHealthCheckTimeoutInSeconds"] = variant.start_seconds
    if variant.driver:
        served["InferenceAmiVersion"] = variant.driver
    body: dict[str, Any] = {
        "ProductionVariants": [served],
        "ExecutionRoleArn": role_arn,
        "EnableNetworkIsolation": True,
        "VpcConfig": {"Subnets": subnets, "SecurityGroupIds": groups},
        "Tags": tags,
    }
    if variant.volume_key is not None:
        body["KmsKeyId"] = variant.volume_key
    return body
