"""What SageMaker enforces between an endpoint, its configuration and its components, which come as JSON bodies."""

from __future__ import annotations

from collections.abc import Iterator

from groundplan.sandbox.rules import cloudcontrol
from groundplan.sandbox.values import UNKNOWN
from groundplan.sandbox.world import Resource, World

__all__ = ["configured", "missing", "users"]

CONFIGURATION, COMPONENT = "AWS::SageMaker::EndpointConfig", "AWS::SageMaker::InferenceComponent"
ENDPOINT, MODEL = "aws:sagemaker/endpoint:Endpoint", "aws:sagemaker/model:Model"


def _bodies(world: World, kind: str) -> Iterator[tuple[Resource, dict]]:
    for resource in world.resources(cloudcontrol.TOKEN):
        if resource.inputs.get("typeName") == kind:
            yield resource, cloudcontrol.body(resource.inputs) or {}


def configured(world: World, name: str) -> bool:
    """Whether there is an endpoint configuration of that name that Cloud Control made."""
    return any(body.get("EndpointConfigName") == name for _, body in _bodies(world, CONFIGURATION))


def missing(world: World, new: Resource) -> Iterator[str]:
    """Yield what an inference component names that is not there: its endpoint, and its model."""
    if new.type != cloudcontrol.TOKEN or new.inputs.get("typeName") != COMPONENT:
        return
    body = cloudcontrol.body(new.inputs) or {}
    model = (body.get("Specification") or {}).get("ModelName")
    for field, kind, name in (("EndpointName", ENDPOINT, body.get("EndpointName")), ("ModelName", MODEL, model)):
        if isinstance(name, str) and name and UNKNOWN not in name and not any(world.named(kind, name)):
            yield f"{field} names {name!r}, but there is no such {kind}; create it first, or World.assume it"


def users(world: World, old: Resource) -> Iterator[tuple[Resource, str]]:
    """
    Yield the inference components that an endpoint hosts: it can't be deleted before them.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-delete-resources.html
    """
    if old.type == ENDPOINT:
        for resource, body in _bodies(world, COMPONENT):
            if body.get("EndpointName") == old.name:
                yield resource, "EndpointName"
