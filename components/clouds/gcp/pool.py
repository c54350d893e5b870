"""Several models on Vertex AI: an endpoint for each, and one pool of machines where the cloud lets them share it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.base import Component
from components.catalog import Machine
from components.clouds.gcp.alarms import alarms
from components.clouds.gcp.ground import GcpGround, place
from components.clouds.gcp.hours import AT_THIS_HOUR, HOURS, REPLICAS, keep_hours, of_release
from components.clouds.gcp.private_endpoint import Door, private_endpoint
from components.clouds.gcp.release import addresses, container, served
from components.clouds.gcp.replicas import resources, sizes
from components.clouds.gcp.serving import verb
from components.clouds.gcp.sharing import POOL_DIGITS, pool_base, shared_runtime
from components.clouds.gcp.slo import burn_alarms
from components.clouds.gcp.workflow import TRAFFIC, controller
from components.endpoint import EndpointResult, EndpointSpec
from components.machine import pick
from components.naming import digest

__all__ = ["several_models"]

MAIN, PARTS = (Path(__file__).with_name(f"{name}.yaml") for name in ("models_release", "pool"))
WORDS = ("model", "version", "image", "withdraw")
OF_A_MODEL = ("endpoint", "display_name", "model", "model_name", "servable", "servable_id", "dns")


def several_models(component: Component, spec: EndpointSpec, release: Path) -> EndpointResult:
    """
    A private endpoint for each model, and one workflow that releases versions to them.

    Args:
        component: Whose endpoints they are.
        spec: What is asked.
        release: YAML file of a release to one endpoint, some of whose routines are called.

    Raises:
        ValueError: Models that share machines are to scale to zero.
    """
    machine = pick(component, spec.machine, "hosting", runtimes=spec.frameworks)
    doors = {
        name: private_endpoint(component, spec.models[name], name, verb=verb(spec.runtime))
        for name in sorted(spec.models)
    }
    pool = _pool(component, spec, machine) if shared_runtime(spec) else None
    given = _given(component, spec, machine, doors, pool)
    routines = (release, PARTS, TRAFFIC)
    hours = bool(spec.scale.schedule)
    workflow = controller(
        component,
        "release",
        MAIN,
        given,
        f"Releases versions of models to {component.name} on Vertex AI",
        "Name fewer models.",
        (*routines, HOURS) if hours else routines,
        AT_THIS_HOUR if hours else (),
    )
    if hours:
        paths = [door.path for door in doors.values()]
        keep_hours(component, spec, given, paths, PARTS if pool else REPLICAS)
    first = next(iter(doors.values()))
    return EndpointResult(
        endpoint_id=first.endpoint.id,
        endpoint_name=first.endpoint.name,
        url=first.url,
        capture_uri=None,
        release_id=workflow.id,
        alarm_ids=_each(component, spec, doors, alarms),
        machine=machine.name,
        burn_alarm_ids=_each(component, spec, doors, burn_alarms),
        model_urls={name: door.url for name, door in doors.items()},
    )


def _each(component: Component, spec: EndpointSpec, doors: Mapping[str, Door], made: Any) -> dict[str, Any]:
    """Alarms of each endpoint, under its name and theirs."""
    return {
        f"{name}_{key}": alarm
        for name, door in doors.items()
        for key, alarm in made(component, spec, door.endpoint.name, name).items()
    }


def _given(
    component: Component,
    spec: EndpointSpec,
    machine: Machine,
    doors: Mapping[str, Door],
    pool: dict[str, Any] | None,
) -> dict[str, Any]:
    ground, wanted = component.need(GcpGround), resources(spec, machine)
    own = {"serviceAccount": ground.accounts["serve"].email, "dedicatedResources": wanted}
    deployed = {"sharedResources": pool["name"]} if pool else own
    models, given = {}, {}
    for name, door in doors.items():
        given = addresses(component, spec, door, spec.models[name], f"{component.name}-{name}")
        models[name] = {
            **{key: given[key] for key in OF_A_MODEL},
            "host": f"{door.host}.",
            "predict_url": door.url,
            "container": container(component, spec, machine, spec.runtime or spec.runtimes.get(name)),
        }
    return {
        **{key: value for key, value in given.items() if key not in OF_A_MODEL},
        **served(component, spec, machine, spec.runtime, deployed),
        "words": list(WORDS),
        "models": models,
        "names": ", ".join(models),
        "endpoints": [door.path for door in doors.values()],
        "pool": pool,
        "pools": pool_base(component.context, component.name),
        **(of_release(spec, wanted, sizes) if spec.scale.schedule else {}),
    }


def _pool(component: Component, spec: EndpointSpec, machine: Machine) -> dict[str, Any]:
    """
    Machines that the models share; a first release makes them.

    The provider's class of it has neither key nor service account, and a pool without them would hold models in the
    clear. What can't be changed of a pool stands in its name, so that another machine is another pool.
    """
    ground, where = component.need(GcpGround), place(component)
    wanted = resources(spec, machine)
    if not spec.scale.min or not all(hours.min for hours in spec.scale.schedule.values()):
        raise ValueError(
            "min is 0, and machines that several models share are never less than one"
            " (https://cloud.google.com/vertex-ai/docs/reference/rest/v1/DedicatedResources). Write min: 1, or give"
            " each model an endpoint of its own."
        )
    kept = {key: wanted[key] for key in ("machineSpec", "autoscalingMetricSpecs")}
    own = f"{pool_base(component.context, component.name)}-{digest(repr(kept), length=POOL_DIGITS)}"
    return {
        "id": own,
        "name": f"{where.vertex_parent}/deploymentResourcePools/{own}",
        "dedicatedResources": wanted,
        "mask": "dedicatedResources.minReplicaCount,dedicatedResources.maxReplicaCount",
        "serviceAccount": ground.accounts["serve"].email,
        "encryptionSpec": {"kmsKeyName": ground.key.of["aiplatform"]},
    }
