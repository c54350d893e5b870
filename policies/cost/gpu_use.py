"""GP-COST-010: accelerators fit what they are for."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from policies.fleet_checks import of_fleets
from policies.kubernetes import containers, pod_checks
from policies.machines import Fleet
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Level, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, look, word

GPU = "nvidia.com/gpu"
COMPUTE = "azure-native:machinelearningservices:Compute"
NOTEBOOKS = (
    "aws:sagemaker/notebookInstance:NotebookInstance",
    "aws:sagemaker/app:App",
    "gcp:workbench/instance:Instance",
    "gcp:colab/runtimeTemplate:RuntimeTemplate",
    COMPUTE,
)


def _idle(fleet: Fleet, _settings: Settings) -> Breach | None:
    if fleet.use != "notebook" or not fleet.gpus:
        return None
    return Breach(f"{word(fleet.name)} is a notebook with {fleet.gpus} x {fleet.accelerator or 'GPU'}", fleet.path)


def _whole(resource: Resource, settings: Settings) -> Iterator[Breach]:
    """Cards of a development's pool that only one pod at a time can use."""
    for where, card in resource.all("nodeConfig.guestAccelerators.*"):
        shared = [look(card, key) for key in ("gpuSharingConfig", "gpuPartitionSize")]
        if settings.development and isinstance(card, Mapping) and not any(_is_set(found) for found in shared):
            yield Breach("each of its GPUs is for one pod, though development could share them", where)


def _is_set(found: Any) -> bool:
    return found is not ABSENT and found not in ("", {})


def _many(_resource: Resource, path: str, spec: Mapping[str, Any], settings: Settings) -> Iterator[Breach]:
    for where, container in containers(path, spec):
        limits = look(container, "resources.limits")
        found = limits.get(GPU) if isinstance(limits, Mapping) else None
        if settings.development and str(found).isdigit() and int(str(found)) > 1:
            yield Breach(f"it asks for {found} GPUs; one will do in development", f"{where}.resources.limits")


def _container(gpus: str) -> dict[str, Any]:
    return {"containers": [{"name": "serve", "resources": {"limits": {GPU: gpus}}}]}


def _instance(size: str) -> dict[str, Any]:
    return {"properties": {"computeType": "ComputeInstance", "properties": {"vmSize": size}}}


_CARD = {"type": "nvidia-l4", "count": 1}
_SHARED = {"gpuSharingStrategy": "TIME_SHARING", "maxSharedClientsPerGpu": 4}
_NOTEBOOKS = of_fleets(
    _idle,
    passes={"aws": "ml.t3.medium", "gcp": "e2-standard-4", "azure": "Standard_D4s_v3"},
    fails={"aws": "ml.g5.xlarge", "gcp": "g2-standard-4", "azure": "Standard_NC4as_T4_v3"},
    types=NOTEBOOKS,
)

RULE = Rule(
    id="GP-COST-010",
    demand="Notebooks have no accelerator, and development shares those of its clusters.",
    why="A card in a notebook waits for its user most of the day; in development, several pods fit on one.",
    fix="Train in a training, not in the notebook; share GPUs by time or by partition; ask for one a pod.",
    fields=("machine",),
    source="https://cloud.google.com/kubernetes-engine/docs/concepts/timesharing-gpus",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("FinOps:GPU",),
    checks={
        **_NOTEBOOKS,
        COMPUTE: replace(
            _NOTEBOOKS[COMPUTE], passes=_instance("Standard_D4s_v3"), fails=(_instance("Standard_NC4as_T4_v3"),)
        ),
        "gcp:container/nodePool:NodePool": Check(
            run=_whole,
            reads=("nodeConfig.guestAccelerators",),
            passes={"nodeConfig": {"guestAccelerators": [{**_CARD, "gpuSharingConfig": _SHARED}]}},
            fails=({"nodeConfig": {"guestAccelerators": [_CARD]}},),
            absent=Absent.PASSES,
        ),
        **pod_checks(
            _many,
            reads=("containers.*.resources.limits",),
            passes=_container("1"),
            fails=[_container("4")],
            absent=Absent.PASSES,
        ),
    },
)
