"""Machines that resources ask for: where each type names them, how many, what they cost, and which GPUs they have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from components.catalog import Machine, accelerator
from components.catalog.machines import named
from policies.definitions import DOCUMENTS, asked
from policies.resource import Resource
from policies.values import ABSENT, is_known, look, walk

__all__ = ["MACHINES", "PLACES", "Fleet", "Place", "fleets", "has_gpus", "region_of", "sold"]

Use = Literal["training", "hosting", "notebook", "node"]
VERTEX_SHARE = 1.15
"""
Price of a machine at Vertex AI by that at Compute Engine, whose figures the catalogue's are made of.

Source: components/catalog/data/SOURCES.md.
"""


@dataclass(frozen=True)
class Place:
    """
    Where a type of resource names machines.

    Attributes:
        within: Path of the mapping that has the others; `*` for each of several.
        name: Path of the machine's name, or of a list of names.
        use: What the machines are for.
        least, most: Paths of how many machines there are, the first that is set counts; one without any.
        accelerator, gpus: Paths of an accelerator that is added, and how many a machine.
        by: Path, from the top, of how many such jobs run at a time.
        waits: Whether there are none until somebody uses it.
        sold: Whose prices hold; "" where the catalogue has none.
    """

    within: str
    name: str
    use: Use
    least: tuple[str, ...] = ()
    most: tuple[str, ...] = ()
    accelerator: str = ""
    gpus: str = ""
    by: str = ""
    waits: bool = False
    sold: Literal["managed", "compute", ""] = "managed"


_CARD, _CARDS = "machineSpec.acceleratorType", "machineSpec.acceleratorCount"
_JOBS = "config.resourceLimits.maxParallelTrainingJobs"


def _variants(within: str) -> Place:
    """Instances behind a SageMaker endpoint."""
    return Place(
        within, "instanceType", "hosting",
        least=("managedInstanceScaling.minInstanceCount", "initialInstanceCount"),
        most=("managedInstanceScaling.maxInstanceCount", "initialInstanceCount"),
    )  # fmt: skip


def _serving(within: str) -> Place:
    """Replicas of a model on Vertex AI."""
    return Place(
        within, "machineSpec.machineType", "hosting",
        ("minReplicaCount",), ("maxReplicaCount", "minReplicaCount"), _CARD, _CARDS,
    )  # fmt: skip


def _jobs(of: str, by: str = "") -> tuple[Place, ...]:
    """The machines of one SageMaker training job."""
    return (
        Place(f"{of}resourceConfig", "instanceType", "training", (), ("instanceCount",), by=by, waits=True),
        Place(
            f"{of}resourceConfig.instanceGroups.*",
            "instanceType",
            "training",
            (),
            ("instanceCount",),
            by=by,
            waits=True,
        ),
    )


PLACES: Mapping[str, tuple[Place, ...]] = {
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": (
        _variants("productionVariants.*"),
        _variants("shadowProductionVariants.*"),
    ),
    "aws:sagemaker/trainingJob:TrainingJob": _jobs(""),
    "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": (
        *_jobs("trainingJobDefinition.", by=_JOBS),
        *_jobs("trainingJobDefinitions.*.", by=_JOBS),
    ),
    "aws:sagemaker/notebookInstance:NotebookInstance": (Place("", "instanceType", "notebook"),),
    "aws:sagemaker/app:App": (Place("resourceSpec", "instanceType", "notebook"),),
    "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": (
        Place("jobResources.clusterConfig", "instanceType", "training", (), ("instanceCount",), waits=True),
    ),
    "aws:eks/nodeGroup:NodeGroup": (
        Place("", "instanceTypes", "node", ("scalingConfig.minSize",), ("scalingConfig.maxSize",), sold=""),
    ),
    "aws:batch/computeEnvironment:ComputeEnvironment": (
        Place("computeResources", "instanceTypes", "node", waits=True, sold=""),
    ),
    "gcp:workbench/instance:Instance": (
        Place(
            "gceSetup", "machineType", "notebook", sold="compute",
            accelerator="acceleratorConfigs.0.type", gpus="acceleratorConfigs.0.coreCount",
        ),
    ),
    "gcp:colab/runtimeTemplate:RuntimeTemplate": (
        Place("", "machineSpec.machineType", "notebook", (), (), _CARD, _CARDS, waits=True, sold="compute"),
    ),
    "gcp:vertex/aiPersistentResource:AiPersistentResource": (
        Place(
            "resourcePools.*", "machineSpec.machineType", "training", accelerator=_CARD, gpus=_CARDS,
            least=("autoscalingSpec.minReplicaCount", "replicaCount"),
            most=("autoscalingSpec.maxReplicaCount", "replicaCount"),
        ),
    ),
    "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool": (_serving("dedicatedResources"),),
    "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment": (
        _serving("deployConfig.dedicatedResources"),
    ),
    "gcp:container/nodePool:NodePool": (
        Place(
            "", "nodeConfig.machineType", "node", sold="compute",
            least=("autoscaling.minNodeCount", "autoscaling.totalMinNodeCount", "nodeCount", "initialNodeCount"),
            most=("autoscaling.maxNodeCount", "autoscaling.totalMaxNodeCount", "nodeCount", "initialNodeCount"),
            accelerator="nodeConfig.guestAccelerators.0.type", gpus="nodeConfig.guestAccelerators.0.count",
        ),
    ),
    "azure-native:machinelearningservices:Compute": (
        Place(
            "properties.properties", "vmSize", "training",
            ("scaleSettings.minNodeCount",), ("scaleSettings.maxNodeCount",), waits=True,
        ),
    ),
    "azure-native:machinelearningservices:OnlineDeployment": (
        Place("", "properties.instanceType", "hosting", ("sku.capacity",), ("sku.capacity",)),
    ),
    "azure-native:containerservice:AgentPool": (
        Place("", "vmSize", "node", ("minCount", "count"), ("maxCount", "count")),
    ),
}  # fmt: skip
"""Types whose inputs name machines."""

MACHINES = (*PLACES, *DOCUMENTS)
"""All types that name machines: also those that start what names them, such as a state machine."""


def sold(kind: str) -> bool:
    """Whether the catalogue has prices for the machines of a type: none of EC2's own, which EKS and Batch take."""
    return all(place.sold for place in PLACES.get(kind, ()))


@dataclass(frozen=True)
class Fleet:
    """
    Machines of one kind that a resource asks for.

    Attributes:
        path: Of the input that names them.
        name: As the cloud's API has it.
        region: "" where the resource does not tell.
        least, most: How many there are at a time; 0 where they come only as needed.
        accelerator: Neutral name of the accelerator; "" without one, or where the catalogue does not know it.
        gpus: Accelerators of one machine.
        usd: Price of one machine an hour, on demand; None where the catalogue has none.
    """

    path: str
    cloud: str
    name: str
    region: str
    use: Use
    least: int
    most: int
    accelerator: str
    gpus: int
    usd: float | None


def fleets(resource: Resource) -> list[Fleet]:
    """Machines that the resource asks for, of those whose names are known."""
    return resource.once("fleets", lambda: list(_fleets(resource)))


def _fleets(resource: Resource) -> Iterator[Fleet]:
    region = region_of(resource)
    for place in PLACES.get(resource.type, ()):
        for where, holder in resource.all(place.within):
            yield from _at(resource, place, where, holder, region)
    for found in asked(resource):
        use: Use = "training" if found.use == "training" else "hosting"
        yield _fleet(found.path, resource, found.name, region, use, found.least, found.most, found.added, "managed")


def has_gpus(resource: Resource) -> bool:
    """Whether its machines are known to have accelerators, of their kind or added to them."""
    added = (f"{p.within}.{p.accelerator}".strip(".") for p in PLACES.get(resource.type, ()) if p.accelerator)
    given = (found for path in added for _, found in resource.all(path))
    return any(isinstance(found, str) and found for found in given) or any(f.gpus for f in fleets(resource))


def _at(resource: Resource, place: Place, where: str, holder: Any, region: str) -> Iterator[Fleet]:
    names = look(holder, place.name)
    path = f"{where}.{place.name}" if where else place.name
    interactive = resource.at("properties.computeType") == "ComputeInstance"
    use: Use = "notebook" if interactive else place.use
    times = _count(resource.inputs, (place.by,), 1) if place.by else 1
    most = _count(holder, place.most, 1) * times
    least = _count(holder, place.least, 0 if place.waits else min(most, 1))
    card, cards = look(holder, place.accelerator) if place.accelerator else "", _count(holder, (place.gpus,), 0)
    added = (card, cards) if isinstance(card, str) else ("", 0)
    for name in names if isinstance(names, list) else [names]:
        if isinstance(name, str) and name:
            yield _fleet(path, resource, name, region, use, min(least, most), most, added, place.sold)


def _fleet(
    path: str, resource: Resource, name: str, region: str, use: Use, least: int, most: int,
    added: tuple[str, int], sold: str,
) -> Fleet:  # fmt: skip
    cloud = resource.type.partition(":")[0].removesuffix("-native")
    api = f"ml.{name}" if cloud == "aws" and not name.startswith("ml.") else name
    card = _neutral(*added)
    known = _known(cloud, api, region, card, added[1])
    usd = known.usd_per_hour if known and sold and region else None
    return Fleet(
        path=path,
        cloud=cloud,
        name=name,
        region=region,
        use=use,
        least=least,
        most=most,
        accelerator=card or (known.accelerator or "" if known else ""),
        gpus=added[1] if added[0] else known.accelerator_count if known else 0,
        usd=usd / VERTEX_SHARE if usd and sold == "compute" and cloud == "gcp" else usd,
    )


def _known(cloud: str, name: str, region: str, card: str, cards: int) -> Machine | None:
    """The catalogue's machine of that name: with the accelerators that are added, else as it is by itself."""
    found = named(cloud, name, region)
    if card:
        return next((m for m in found if (m.accelerator, m.accelerator_count) == (card, cards)), None)
    return next((m for m in found if m.accelerator is None), found[0] if found else None)


def _neutral(spelling: str, count: int) -> str:
    if not spelling or not count:
        return ""
    try:
        return accelerator(spelling)[0].name
    except ValueError:
        return ""


def _count(holder: Any, paths: tuple[str, ...], usual: int) -> int:
    """The first number that is set at one of the paths; what is not known yet counts as usual."""
    for path in paths:
        found = look(holder, path) if path else ABSENT
        if found is not ABSENT:
            return int(float(found)) if is_known(found) and re.fullmatch(r"\d+(\.0+)?", str(found)) else usual
    return usual


_ZONE = re.compile(r"([a-z]+-[a-z]+\d+)-[a-z]$")
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:([a-z]{2}(?:-[a-z]+)+-\d):")


def region_of(resource: Resource) -> str:
    """Region that the resource is in: its own, its provider's, or that of what it names; "" where none tells."""
    given = (resource.at("region"), resource.at("location"), look(resource.provider, "region"))
    for found in given:
        if isinstance(found, str) and found:
            zone = _ZONE.fullmatch(found)
            return zone[1] if zone else found.replace(" ", "").lower()
    if resource.type.startswith("aws:"):
        return next((arn[1] for text in _texts(resource.inputs) for arn in _ARN.finditer(text)), "")
    return ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for _, inner in walk(value, "*"):
            yield from _texts(inner)
