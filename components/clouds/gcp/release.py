"""What a release on Vertex AI is given: where it calls, which model it takes, what it serves a version with."""

from __future__ import annotations

from typing import Any

import pulumi

from components.base import Component
from components.catalog import Machine, image
from components.clouds.gcp.ground import GcpGround, labels, own_image, place
from components.clouds.gcp.private_endpoint import Door
from components.clouds.gcp.registry import model_id, own_container, servable_id
from components.clouds.gcp.serving import server
from components.clouds.gcp.workflow import workflow_name
from components.endpoint import EndpointSpec
from components.fields import Runtime

__all__ = ["addresses", "container", "served", "wakes"]


def wakes(spec: EndpointSpec) -> bool:
    """Whether it has no replica at times, which the v1 API does not have."""
    return not all((spec.scale.min, *(hours.min for hours in spec.scale.schedule.values())))


def addresses(component: Component, spec: EndpointSpec, door: Door, model: str, served_as: str) -> dict[str, Any]:
    """
    Addresses of what a release calls.

    Args:
        component: Whose endpoint it is.
        spec: What is asked.
        door: The endpoint that it releases to.
        model: Whose versions it releases.
        served_as: What the model is called that versions with another image become versions of.
    """
    where = place(component)
    servable = servable_id(component.context, served_as)
    return {
        "url": f"{where.vertex_url}/v1",
        "deploy_url": f"{where.vertex_url}/{'v1beta1' if wakes(spec) else 'v1'}",
        "parent": where.vertex_parent,
        "endpoint": door.path,
        "display_name": door.title,
        "model": f"{where.vertex_parent}/models/{model_id(component.context, model)}",
        "model_name": model,
        "servable": f"{where.vertex_parent}/models/{servable}",
        "servable_id": servable,
        "executions": f"https://workflowexecutions.googleapis.com/v1/{where.vertex_parent}"
        f"/workflows/{workflow_name(component, 'release')}/executions",
        "dns": pulumi.Output.concat(
            f"https://dns.googleapis.com/dns/v1/projects/{where.project}/managedZones/", door.zone.name
        ),
    }


def served(
    component: Component, spec: EndpointSpec, machine: Machine, runtime: Runtime | None, deployed: dict[str, Any]
) -> dict[str, Any]:
    """
    What a version is served with.

    Args:
        component: Whose endpoint it is.
        spec: What is asked.
        machine: What it runs on.
        runtime: Framework that serves, where no image of one's own does.
        deployed: What is deployed, but for the version.
    """
    ground = component.need(GcpGround)
    if wakes(spec):
        deployed = {**deployed, "enableContainerLogging": True}  # v1 logs by default, v1beta1 does not
    return {
        "repository": ground.image_repository,
        "container": container(component, spec, machine, runtime),
        "own_container": own_container(spec.port),
        "encryptionSpec": {"kmsKeyName": ground.key.of["aiplatform"]},
        "labels": labels(component, endpoint=component.name),
        "deployed": deployed,
    }


def container(
    component: Component, spec: EndpointSpec, machine: Machine | None, runtime: Runtime | None
) -> dict[str, Any] | None:
    """How a version is served; None: with the image it was registered with."""
    ground = component.need(GcpGround)
    if spec.image:
        return {**own_container(spec.port), "imageUri": own_image(spec.image, ground.image_repository)}
    if runtime:
        gpu = machine is not None and machine.accelerator_type is not None
        found = image(component.cloud, place(component).region, runtime, "hosting", gpu)
        uri = own_image(found.uri, ground.image_repository) if found.kind == "own" else found.uri
        return {"imageUri": uri, **(server(runtime, machine) if machine else {})}
    return None
