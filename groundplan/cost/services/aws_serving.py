"""What endpoints on AWS cost besides their machines: volumes, what goes in and out, and what is paid by the request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from components.clouds.aws.disks import has_local_disk
from groundplan.cost.line import Line, Pays, Sight
from groundplan.cost.services.aws_features import feature_group

__all__ = ["PAYS"]


def _configuration(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    inputs = resource["inputs"]
    variant = inputs["productionVariants"][0]
    name = sight.name(resource, "endpoints") or ""
    if serverless := variant.get("serverlessConfig"):
        yield from _serverless(name, serverless["memorySizeInMb"], sight)
        return
    yield from _volumes(name, variant["instanceType"], sight)
    yield from _queued(name, sight) if inputs.get("asyncInferenceConfig") else _data(name, sight)


def _volumes(name: str, machine: str, sight: Sight) -> Iterator[Line]:
    """
    SageMaker gives each machine a volume, whose size depends on the machine, unless it has a disk of its own.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/host-instance-storage.html and
    https://github.com/awsdocs/amazon-sagemaker-developer-guide/issues/80
    """
    if has_local_disk(machine):
        return
    disk, replicas = sight.usage.endpoint(name).disk, sight.usage.endpoint(name).replicas
    least, most = sight.blueprint.endpoints[name].scale.mean_bounds
    expected = least if replicas is None else min(max(replicas, least), most)
    low, mean, high = (number * disk.gib for number in (least, expected, most))
    told = f"{expected:g} replicas x {disk}"
    yield Line("sagemaker-hosting-storage", f"Volumes of {name}", low, mean, high, told, "always")


def _data(name: str, sight: Sight) -> Iterator[Line]:
    known = sight.usage.endpoint(name)
    for way, what, size in (("in", "requests", known.request_size), ("out", "answers", known.answer_size)):
        told = f"{known.requests} {what} of {size}"
        yield Line.used(f"sagemaker-hosting-data-{way}", f"{name}, {what}", known.requests.number * size.gib, told)


def _queued(name: str, sight: Sight) -> Iterator[Line]:
    yield _both_ways("sagemaker-async-data", name, sight)


def _serverless(name: str, memory_mb: int, sight: Sight) -> Iterator[Line]:
    """By the time that answers take, in memory; nothing while nobody asks."""
    known, memory = sight.usage.endpoint(name), memory_mb / 1024
    told = f"{known.requests} requests x {known.answer_time:g} s x {memory:g} GB"
    seconds = known.requests.number * known.answer_time * memory
    yield Line.used("sagemaker-serverless-inference", f"{name}, time", seconds, told)
    yield _both_ways("sagemaker-serverless-data", name, sight)


def _both_ways(item: str, name: str, sight: Sight) -> Line:
    known = sight.usage.endpoint(name)
    gib = known.requests.number * (known.request_size.gib + known.answer_size.gib)
    told = f"{known.requests} requests of {known.request_size} + {known.answer_size}"
    return Line.used(item, f"{name}, requests and answers", gib, told)


def _cloud_control(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """An inference component is paid for by the machines that it is on."""
    kind = resource["inputs"]["typeName"]
    body = json.loads(resource["inputs"]["desiredState"])
    if kind == "AWS::SageMaker::FeatureGroup":
        yield from feature_group(resource, body, sight)
    elif kind == "AWS::SageMaker::EndpointConfig":
        name = sight.name(resource, "endpoints") or ""
        yield from _volumes(name, body["ProductionVariants"][0]["InstanceType"], sight)
        yield from _data(name, sight)
    elif kind != "AWS::SageMaker::InferenceComponent":
        raise ValueError(f"{resource['urn']}: nothing is known of what {kind} costs. Add it to {__name__}.")


PAYS: Mapping[str, Pays] = {
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": _configuration,
    "aws:cloudcontrol/resource:Resource": _cloud_control,
}
