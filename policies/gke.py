"""GKE's nodes: where a cluster or node pool describes them."""

from __future__ import annotations

import re

from policies.resource import Resource
from policies.values import ABSENT, is_known

__all__ = ["CLUSTER", "POOL", "has_gpus", "keeps_own_pool"]

CLUSTER, POOL = "gcp:container/cluster:Cluster", "gcp:container/nodePool:NodePool"
_GPU = re.compile(r"(?:a[234]x?|g[24])-")
"""Machine types that come with GPUs. Source: https://cloud.google.com/compute/docs/accelerator-optimized-machines"""


def keeps_own_pool(resource: Resource) -> bool:
    """Whether the cluster keeps the pool that its own `nodeConfig` describes; a node pool always does."""
    if resource.type != CLUSTER:
        return True
    gone = (resource.at(key) for key in ("enableAutopilot", "removeDefaultNodePool"))
    return all(found is ABSENT or found is False for found in gone) and not resource.has("nodePools")


def has_gpus(resource: Resource, machine: str, accelerators: str) -> bool:
    """Whether GPUs are attached, or come with the machine; one that is not known yet may have some."""
    found = resource.at(machine)
    if resource.has(accelerators) or (not is_known(found) and found is not ABSENT):
        return True
    return isinstance(found, str) and _GPU.match(found) is not None
