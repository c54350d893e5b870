"""GKE's nodes: their metadata, their start, and who they run as."""

from __future__ import annotations

from typing import Any

import pytest

from policies.gke import CLUSTER, POOL
from policies.pack import rule
from policies.resource import Resource, Stack
from policies.settings import Settings

NODES = ("GP-SEC-004", "GP-SEC-023", "GP-SEC-024")


def said(name: str, kind: str, inputs: dict[str, Any]) -> list[str]:
    return [breach.path for breach in rule(name).breaches(Resource("urn:r", kind, inputs), Settings())]


@pytest.mark.parametrize("name", NODES)
def test_a_cluster_without_a_pool_of_its_own_has_no_nodes(name: str):
    """
    Autopilot's nodes are Google's, and a pool that is removed at once is nobody's; a default pool counts.
    """
    assert [] == said(name, CLUSTER, {"enableAutopilot": True})
    assert [] == said(name, CLUSTER, {"removeDefaultNodePool": True, "initialNodeCount": 1})
    assert said(name, CLUSTER, {"initialNodeCount": 3})


@pytest.mark.parametrize(
    ("config", "asked"),
    [
        ({"machineType": "n2-standard-4"}, True),
        ({}, True),
        ({"machineType": "a2-highgpu-1g"}, False),
        ({"machineType": "a3-megagpu-8g"}, False),
        ({"machineType": "g2-standard-12"}, False),
        ({"machineType": "n1-standard-8", "guestAccelerators": [{"type": "nvidia-tesla-t4", "count": 1}]}, False),
    ],
)
def test_secure_boot_is_not_asked_for_with_gpus(config: dict[str, Any], asked: bool):
    """
    Drivers of GPUs may be unsigned; integrity monitoring is asked for all the same.
    """
    boot = "nodeConfig.shieldedInstanceConfig.enableSecureBoot"
    watch = "nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring"
    assert asked == (boot in said("GP-SEC-023", POOL, {"nodeConfig": config}))
    unwatched = {**config, "shieldedInstanceConfig": {"enableIntegrityMonitoring": False}}
    assert watch in said("GP-SEC-023", POOL, {"nodeConfig": unwatched})


@pytest.mark.parametrize(
    ("cluster", "pool", "safe"),
    [
        ({}, {}, False),
        ({"workloadIdentityConfig": {"workloadPool": "p.svc.id.goog"}}, {}, True),
        ({"workloadIdentityConfig": {"workloadPool": "p.svc.id.goog"}}, {"mode": "GCE_METADATA"}, False),
    ],
)
def test_pods_are_kept_from_the_machines_metadata(cluster: dict[str, Any], pool: dict[str, Any], safe: bool):
    """
    A pool that says nothing is as its cluster makes it; one that asks for the machine's metadata is never safe.
    """
    config = {"nodeConfig": {"workloadMetadataConfig": pool}} if pool else {}
    nodes = Resource("urn:pool", POOL, {"cluster": "ml", **config})
    stack = Stack((Resource("urn:cluster", CLUSTER, {"name": "ml", **cluster}), nodes))
    found = rule("GP-SEC-004").breaches(nodes, Settings()) + rule("GP-SEC-004").breaches_across(stack, Settings())
    assert safe == (not found)


def test_windows_nodes_and_clusters_elsewhere_are_left_alone():
    """
    Windows has no server for it; what a cluster in another stack has is not known.
    """
    assert [] == said("GP-SEC-004", POOL, {"nodeConfig": {"imageType": "WINDOWS_LTSC_CONTAINERD"}})
    stack = Stack((Resource("urn:pool", POOL, {"cluster": "elsewhere"}),))
    assert [] == rule("GP-SEC-004").breaches_across(stack, Settings())


@pytest.mark.parametrize(
    ("member", "refused"),
    [
        ("serviceAccount:123456789012-compute@developer.gserviceaccount.com", True),
        ("serviceAccount:my-project@appspot.gserviceaccount.com", True),
        ("serviceAccount:train@my-project.iam.gserviceaccount.com", False),
        ("serviceAccount:service-123456789012@gcp-sa-aiplatform.iam.gserviceaccount.com", False),
        ("serviceAccount:service-123456789012@compute-system.iam.gserviceaccount.com", False),
        ("user:someone@example.com", False),
    ],
)
def test_default_accounts_get_no_role(member: str, refused: bool):
    """
    Default accounts are refused; Google's agents and people are not their business.
    """
    kind = "gcp:projects/iAMMember:IAMMember"
    assert refused == bool(said("GP-SEC-024", kind, {"member": member, "role": "roles/viewer", "project": "p"}))
