"""What stands beside an online endpoint on Azure: where its images and code are versioned, and what it records."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import machinelearningservices

from components.base import Component
from components.catalog import image as runtime_image
from components.clouds.azure.deployment import COLLECTIONS, ReleasePlan, routes
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.images import full_name
from components.clouds.azure.models import environment_parameters
from components.clouds.azure.workflow import environment
from components.endpoint import Capture
from components.naming import digest

__all__ = ["captured", "environments"]


def environments(
    component: Component, plan: ReleasePlan, ground: AzureGround, *, accelerated: bool
) -> tuple[Mapping[str, pulumi.Input[str]], list[pulumi.Resource]]:
    """
    By the definition's parameter, ARM or registry id of what serves where a release names no image; and what makes it.

    Args:
        component: Owner.
        plan: What a release makes.
        ground: The foundation.
        accelerated: Whether the machine has a GPU.
    """
    spec, name, region = plan.spec, plan.environment, component.context.place.region
    home = environment(component, name, ground)
    made: list[pulumi.Resource] = [home]
    if spec.image:
        version = _image(component, plan, home, ground)
        return {"environment": version.id}, [*made, version]
    if plan.by_model:
        return {"environment": ""}, made
    frameworks = {"environment": spec.runtime} if spec.runtime else environment_parameters(spec)
    if not frameworks:
        return {} if spec.models else {"environment": ""}, made
    serves = spec.model or ", ".join(sorted(set(spec.models.values())))
    code = machinelearningservices.CodeContainer(
        f"{component.name}-code",
        name=name,
        workspace_name=ground.workspace,
        resource_group_name=ground.group,
        properties=machinelearningservices.CodeContainerPropertiesArgs(
            description=f"Serving code that versions of {serves} bring along", tags=component.context.tags
        ),
        opts=component.child(),
    )
    known = {
        parameter: runtime_image("azure", region, runtime, "hosting", accelerated).uri
        for parameter, runtime in frameworks.items()
    }
    return known, [*made, code]


def _image(
    component: Component, plan: ReleasePlan, home: machinelearningservices.EnvironmentContainer, ground: AzureGround
) -> machinelearningservices.EnvironmentVersion:
    ml, spec = machinelearningservices, plan.spec
    image = spec.image or ""
    named = ("liveness_route", "readiness_route", "scoring_route")
    return ml.EnvironmentVersion(
        f"{component.name}-image",
        name=home.name,
        version=digest(image, str(spec.port), length=12),
        workspace_name=ground.workspace,
        resource_group_name=ground.group,
        properties=ml.EnvironmentVersionPropertiesArgs(
            image=full_name(image, ground.image_repository),
            os_type=ml.OperatingSystemType.LINUX,
            inference_config=ml.InferenceContainerPropertiesArgs(
                **{
                    route: ml.RouteArgs(path=to["path"], port=to["port"])
                    for route, to in zip(named, routes(spec.port).values(), strict=True)
                }
            ),
            tags=component.context.tags,
        ),
        opts=component.child(retain_on_delete=True),  # past deployments still refer to it
    )


def captured(component: Component, capture: Capture | None, ground: AzureGround) -> dict[str, pulumi.Output[str]]:
    """
    The data assets that requests and answers are recorded in, by collection.

    Raises:
        ValueError: The foundation, which deletes the records, was not told of them.
    """
    if capture is None:
        return {}
    name = component.name
    if ground.captures.get(name) != capture.retain:
        told = ground.captures.get(name, "nothing")
        raise ValueError(
            f"{component.label} keeps what it captures for {capture.retain}, and the foundation was told {told}: it"
            f" deletes the records. Give FoundationSpec captures={{'{name}': '{capture.retain}'}}."
        )
    return {collection: _asset(component, collection, ground) for collection in COLLECTIONS}


def _asset(component: Component, collection: str, ground: AzureGround) -> pulumi.Output[str]:
    ml, name = machinelearningservices, f"{component.name}-{collection}"
    home = ml.DataContainer(
        name,
        name=name,
        workspace_name=ground.workspace,
        resource_group_name=ground.group,
        properties=ml.DataContainerPropertiesArgs(
            data_type=ml.DataType.URI_FOLDER,
            description=f"Each {collection} of the endpoint {component.name}",
            tags=component.context.tags,
        ),
        opts=component.child(),
    )
    version = ml.DataVersion(
        f"{name}-1",
        name=home.name,
        version="1",
        workspace_name=ground.workspace,
        resource_group_name=ground.group,
        properties=ml.UriFolderDataVersionArgs(
            data_type="uri_folder",
            data_uri=f"azureml://datastores/capture/paths/{component.name}/{collection}",
            tags=component.context.tags,
        ),
        opts=component.child(),
    )
    return version.id
