"""Azure ML's machines are in a subnet, or in the network that their workspace manages."""

from __future__ import annotations

from typing import Any

import pytest

from policies.pack import rule
from policies.resource import Resource, Stack
from policies.settings import Settings
from policies.values import UNKNOWN

COMPUTE = "azure-native:machinelearningservices:Compute"
WORKSPACE = "azure-native:machinelearningservices:Workspace"


def broken(name: str, kind: str, inner: dict[str, Any], workspace: dict[str, Any] | None, ml: Any = "ml") -> bool:
    machine = {"workspaceName": ml, "properties": {"computeType": kind, "properties": inner}}
    resources = [Resource("urn:c", COMPUTE, machine)]
    if workspace is not None:
        resources.append(Resource("urn:w", WORKSPACE, {"workspaceName": "ml", **workspace}))
    return bool(rule(name).breaches_across(Stack(tuple(resources)), Settings()))


@pytest.mark.parametrize(
    ("name", "kind", "other"),
    [("GP-SEC-002", "ComputeInstance", "AmlCompute"), ("GP-SEC-010", "AmlCompute", "ComputeInstance")],
)
def test_a_machine_needs_one_network_or_the_other(name: str, kind: str, other: str):
    """
    A subnet does, and so does a managed network; neither is a breach, for the kind of machine the rule is for.
    """
    subnet = {"subnet": {"id": "/subscriptions/…/subnets/ml"}}
    managed = {"managedNetwork": {"isolationMode": "AllowInternetOutbound"}}

    assert broken(name, kind, {}, {})
    assert broken(name, kind, {}, {"managedNetwork": {"isolationMode": "Disabled"}})
    assert not broken(name, kind, subnet, {})
    assert not broken(name, kind, {}, managed)
    assert not broken(name, other, {}, {})


def test_what_is_not_known_is_no_breach():
    """
    A workspace elsewhere, one not known yet, and a hub that lends its network may manage one.
    """
    for workspace in (None, {"managedNetwork": UNKNOWN}, {"hubResourceId": "/subscriptions/…/hub"}):
        assert not broken("GP-SEC-010", "AmlCompute", {}, workspace)
    assert not broken("GP-SEC-010", "AmlCompute", {}, {}, ml="another")
    assert not broken("GP-SEC-010", "AmlCompute", {"subnet": UNKNOWN}, {})
