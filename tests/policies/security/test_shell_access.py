"""Nobody logs in to training machines."""

from __future__ import annotations

from typing import Any

import pytest

from policies.pack import rule
from policies.resource import Resource
from policies.settings import Settings
from policies.values import UNKNOWN

COMPUTE = "azure-native:machinelearningservices:Compute"
SUBNET = {"subnet": {"id": "/subscriptions/…/subnets/ml"}}


@pytest.mark.parametrize(
    ("inner", "open_"),
    [
        ({}, True),
        ({"remoteLoginPortPublicAccess": "NotSpecified"}, True),
        ({"remoteLoginPortPublicAccess": "Enabled", **SUBNET}, True),
        ({"remoteLoginPortPublicAccess": "Disabled"}, False),
        ({"enableNodePublicIp": False}, False),
        (SUBNET, False),
        ({"subnet": UNKNOWN}, False),
        ({"remoteLoginPortPublicAccess": UNKNOWN}, False),
    ],
)
def test_a_clusters_ssh_port(inner: dict[str, Any], open_: bool):
    """
    The port is open where it is said to be, and where it is left to Azure ML on nodes with a public address.
    """
    inputs = {"properties": {"computeType": "AmlCompute", "properties": inner}}
    assert open_ == bool(rule("GP-SEC-019").breaches(Resource("urn:r", COMPUTE, inputs), Settings()))


def test_an_attached_cluster_has_no_such_port():
    """
    Azure ML opens no port on an AKS or Databricks that is only attached to it.
    """
    for kind in ("AKS", "Kubernetes", "Databricks", "VirtualMachine"):
        resource = Resource("urn:r", COMPUTE, {"properties": {"computeType": kind, "resourceId": "/subscriptions/…"}})
        for name in ("GP-SEC-001", "GP-SEC-019"):
            assert [] == rule(name).breaches(resource, Settings())
