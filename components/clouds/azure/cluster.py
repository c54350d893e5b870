"""A cluster of Azure ML on which jobs run: in the stack's network, without a login, without a machine while idle."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_azure_native import machinelearningservices as ml

from components.base import Component
from components.catalog import Machine
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.place import AzureIdentity

__all__ = ["NAME_LIMIT", "cluster"]

NAME_LIMIT = 24
"""Characters of a name, which may not end in a hyphen and digits. Source: schema of `Compute`, as the portal has it."""


def cluster(
    owner: Component,
    logical: str,
    machine: Machine,
    ground: AzureGround,
    *,
    identity: AzureIdentity,
    name: str,
    nodes: int = 1,
    spot: bool = True,
    before: Sequence[pulumi.Resource] = (),
) -> ml.Compute:
    """
    Register it.

    Args:
        owner: The component it belongs to.
        logical: Its name in the stack.
        machine: What it is of.
        ground: The foundation.
        identity: As whom its jobs act.
        name: On Azure, at most `NAME_LIMIT` characters.
        nodes: Most machines.
        spot: Whether Azure may reclaim them.
        before: What has to be there first.
    """
    return ml.Compute(
        logical,
        compute_name=name,
        workspace_name=ground.workspace,
        resource_group_name=ground.group,
        location=owner.context.place.region,
        identity=ml.ManagedServiceIdentityArgs(
            type=ml.ManagedServiceIdentityType.USER_ASSIGNED, user_assigned_identities=[identity.id]
        ),
        properties=ml.AmlComputeArgs(
            compute_type="AmlCompute",
            disable_local_auth=True,
            properties=ml.AmlComputePropertiesArgs(
                vm_size=machine.name,
                # since 2026-03-31 Azure gives spot machines for it; it is still what the API calls them
                vm_priority=ml.VmPriority.LOW_PRIORITY if spot else ml.VmPriority.DEDICATED,
                os_type=ml.OsType.LINUX,
                enable_node_public_ip=False,
                remote_login_port_public_access=ml.RemoteLoginPortPublicAccess.DISABLED,
                scale_settings=ml.ScaleSettingsArgs(
                    min_node_count=0, max_node_count=nodes, node_idle_time_before_scale_down="PT5M"
                ),
            ),
        ),
        tags=owner.context.tags,
        # size, priority and identity can't change, and the name is taken while the old one is there
        opts=owner.child(delete_before_replace=True, depends_on=list(before)),
    )
