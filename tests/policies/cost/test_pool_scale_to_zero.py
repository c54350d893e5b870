"""GP-COST-006 asks pools of GPU machines to shrink, and leaves the others alone."""

from policies.cost.pool_scale_to_zero import RULE
from policies.judge import judge
from policies.resource import Resource
from policies.settings import Settings

POOL = "gcp:container/nodePool:NodePool"
AGENTS = "azure-native:containerservice:AgentPool"


def found(kind, inputs):
    """Messages on a pool."""
    return [f.message for f in judge([Resource("urn", kind, inputs)], Settings(), [RULE])]


def test_a_fixed_pool_of_gpu_machines_is_told():
    """
    Also where the GPU is part of the machine's type.
    """
    assert 1 == len(found(POOL, {"nodeCount": 1, "nodeConfig": {"machineType": "g2-standard-4"}}))


def test_a_pool_for_system_pods_keeps_its_machines():
    """
    A cluster needs somewhere to run its own pods.
    """
    assert [] == found(POOL, {"nodeCount": 1, "nodeConfig": {"machineType": "e2-standard-4"}})
    assert [] == found(AGENTS, {"mode": "System", "count": 3, "vmSize": "Standard_NC24ads_A100_v4"})


def test_a_persistent_pool_of_one_machine_is_as_small_as_can_be():
    """
    Vertex AI takes no fewer, so one that is not scaled will do; two will not.
    """
    pool = {"machineSpec": {"machineType": "n2-standard-4"}, "replicaCount": "1"}
    kind = "gcp:vertex/aiPersistentResource:AiPersistentResource"

    assert [] == found(kind, {"resourcePools": [pool]})
    assert 1 == len(found(kind, {"resourcePools": [{**pool, "replicaCount": "2"}]}))
