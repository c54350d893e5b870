"""Azure ML's machines: in a subnet of yours, or in the network that their workspace manages."""

from __future__ import annotations

from collections.abc import Iterator

from policies.checks import known, sample
from policies.resource import Resource, Stack
from policies.rule import Breach, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, is_known

__all__ = ["networked"]

COMPUTE = "azure-native:machinelearningservices:Compute"
WORKSPACE = "azure-native:machinelearningservices:Workspace"
_KIND, _SUBNET = "properties.computeType", "properties.properties.subnet.id"
_MODE = "managedNetwork.isolationMode"
_URN = "urn:pulumi:dev::ml::"


def networked(kind: str) -> StackCheck:
    """
    Machines of a kind are in a network. One whose workspace is not in the stack may be: that is not known.

    Args:
        kind: `ComputeInstance` or `AmlCompute`.

    Source: https://learn.microsoft.com/azure/machine-learning/how-to-managed-network
    """
    wanted = known(_KIND, kind)

    def run(stack: Stack, settings: Settings) -> Iterator[Breach]:
        for compute in stack.of(COMPUTE):
            bare = compute.at(_SUBNET) is ABSENT and compute.at("properties.properties.isolatedNetwork") is not True
            if bare and wanted(compute, settings):
                spaces = [
                    w for w in stack.of(WORKSPACE) if stack.joined(w, compute, {"workspaceName": "workspaceName"})
                ]
                if any(map(_unmanaged, spaces)):
                    message = f"{_SUBNET} is not set, and the workspace manages no network"
                    yield Breach(message, _SUBNET, compute.urn)

    def made(mode: str) -> tuple[Resource, ...]:
        machine = sample({"workspaceName": "ml", _KIND: kind})
        space = sample({"workspaceName": "ml", _MODE: mode})
        return Resource(_URN + "machine", COMPUTE, machine), Resource(_URN + "workspace", WORKSPACE, space)

    return StackCheck(
        run=run,
        types=(COMPUTE, WORKSPACE),
        passes=made("AllowOnlyApprovedOutbound"),
        fails=made("Disabled"),
    )


def _unmanaged(workspace: Resource) -> bool:
    """Whether the workspace is known to leave its machines without a network; a hub's projects have the hub's."""
    mode = workspace.at(_MODE)
    alone = not workspace.has("hubResourceId")
    return alone and (mode is ABSENT or (is_known(mode) and str(mode).lower() == "disabled"))
