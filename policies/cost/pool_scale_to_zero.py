"""GP-COST-006: compute pools scale to zero."""

from collections.abc import Iterator
from typing import Any

from policies.checks import at_most, known
from policies.machines import fleets, has_gpus
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, is_known, word


def _pool(scaled: str, least: tuple[str, ...], passes: dict[str, Any], fails: tuple[dict[str, Any], ...]) -> Check:
    """A pool of GPU machines that is scaled, and down to none; others may have system pods to run."""

    def run(resource: Resource, _settings: Settings) -> Iterator[Breach]:
        if not has_gpus(resource) or resource.at("mode") == "System":
            return
        scaling = resource.at(scaled)
        if scaling is ABSENT or scaling is False:
            yield Breach(f"{scaled} is not set: the pool keeps its GPU machines", scaled)
        for path in least:
            found = resource.at(path)
            if is_known(found) and float(found) > 0:
                yield Breach(f"{path} is {float(found):g}; it must be 0", path)

    return Check(
        run=run,
        reads=(scaled,),
        passes=passes,
        fails=fails,
        absent=Absent.FAILS,
        because="the pool keeps its machines",
    )


def _persistent(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    """Vertex AI takes no fewer than one."""
    for fleet in fleets(resource):
        if fleet.least > 1:
            yield Breach(f"it keeps {fleet.least} of {word(fleet.name)}; it must be 1", fleet.path)


_REPLICAS = {"machineSpec": {"machineType": "n2-standard-4"}, "replicaCount": "2"}
_L4 = {"guestAccelerators": [{"type": "nvidia-l4", "count": 1}]}
_A100 = {"vmSize": "Standard_NC24ads_A100_v4"}

RULE = Rule(
    id="GP-COST-006",
    demand="Clusters for training, and pools of GPU machines, shrink to none when nothing runs.",
    why="The machines of a pool are paid for whether or not a job is on them.",
    fix="Let the least size of the pool be 0; the blueprint's training clusters are so by themselves.",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
    severity=Severity.HIGH,
    external=("CKV_AZURE_150",),
    checks={
        "azure-native:machinelearningservices:Compute": at_most(
            "properties.properties.scaleSettings.minNodeCount",
            0,
            absent=Absent.PASSES,
            because="Azure ML starts with none",
            given={"properties.computeType": "AmlCompute"},
            when=known("properties.computeType", "AmlCompute"),
            remedy=0,
        ),
        "gcp:container/nodePool:NodePool": _pool(
            "autoscaling",
            ("autoscaling.minNodeCount", "autoscaling.totalMinNodeCount"),
            {"nodeConfig": _L4, "autoscaling": {"minNodeCount": 0, "maxNodeCount": 2}},
            ({"nodeConfig": _L4, "autoscaling": {"minNodeCount": 1, "maxNodeCount": 2}},),
        ),
        "azure-native:containerservice:AgentPool": _pool(
            "enableAutoScaling",
            ("minCount",),
            {**_A100, "enableAutoScaling": True, "minCount": 0, "maxCount": 2},
            (
                {**_A100, "enableAutoScaling": True, "minCount": 1, "maxCount": 2},
                {**_A100, "enableAutoScaling": False, "count": 1},
            ),
        ),
        "aws:eks/nodeGroup:NodeGroup": at_most(
            "scalingConfig.minSize",
            0,
            absent=Absent.PASSES,
            because="EKS needs it to be said",
            given={"instanceTypes": ["g5.xlarge"]},
            when=lambda resource, _: has_gpus(resource),
        ),
        "gcp:vertex/aiPersistentResource:AiPersistentResource": Check(
            run=_persistent,
            reads=("resourcePools.*.autoscalingSpec.minReplicaCount",),
            passes={"resourcePools": [{**_REPLICAS, "autoscalingSpec": {"minReplicaCount": "1"}}]},
            fails=({"resourcePools": [{**_REPLICAS, "autoscalingSpec": {"minReplicaCount": "2"}}]},),
            absent=Absent.FAILS,
            because="Vertex AI keeps all replicas of the pool",
        ),
        "aws:batch/computeEnvironment:ComputeEnvironment": at_most(
            "computeResources.minVcpus", 0, absent=Absent.PASSES, because="Batch starts with none", remedy=0
        ),
    },
)
