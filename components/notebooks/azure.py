"""Notebooks on Azure ML: a compute instance a user, assigned to them alone."""

from __future__ import annotations

from typing import cast

import pulumi
from pulumi_azure_native import authorization, machinelearningservices

from components.clouds.azure.actions import NOTEBOOK
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.place import AzureIdentity, AzurePlace, guid
from components.clouds.azure.roles import assign, define, definition_id, identity
from components.machine import pick
from components.naming import digest
from components.notebooks import NotebookResult, Notebooks, user_key
from components.notebooks.parity import AZURE_IDLE

__all__ = ["AzureMLNotebooks"]

LONGEST_NAME = 24
"""
Of a compute instance, which has it alone in its region.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance
"""


class AzureMLNotebooks(Notebooks):
    """One kind of notebook on Azure ML."""

    def build(self) -> NotebookResult:
        self.refuse_idle("15m", "3d", "Azure ML", AZURE_IDLE)
        ground = self.need(AzureGround)
        ids = self._object_ids()
        machine = pick(self, self.spec.machine, "training")
        acts = self._identity(ground)
        role, defined = define(
            self, f"{self.name}-notebook-user", "Use a notebook, and look at the workspace", NOTEBOOK, ground.group_id
        )
        made = {user: self._instance(user, ids[user], machine.name, acts, ground) for user in self.spec.users}
        for user in self.spec.users:
            self._rights(user, ids[user], role, defined, ground)
        region = self.context.place.region
        return NotebookResult(
            notebook_ids={user: instance.id for user, instance in made.items()},
            urls={
                user: pulumi.Output.concat("https://", instance.name, f".{region}.instances.azureml.ms")
                for user, instance in made.items()
            },
            machine=machine.name,
        )

    def _object_ids(self) -> dict[str, str]:
        """
        Raises:
            ValueError: Somebody's is not told: an address alone says nothing to Azure.
        """
        known = self.spec.object_ids
        unknown = next((user for user in self.spec.users if user not in known), None)
        if unknown:
            raise ValueError(
                f"{unknown} has no object id, and Azure ML assigns a notebook to an id of Microsoft Entra ID, not to an"
                f" address. Write overrides: {{azure: {{notebooks: {{{self.name}: {{object_ids:"
                f" {{{unknown}: <id>}}}}}}}}}}, which `az ad user show --id {unknown} --query id` tells."
            )
        return known

    def _identity(self, ground: AzureGround) -> AzureIdentity:
        """Who notebooks of this kind act as: reads both stores, and pulls images."""
        acts = identity(self, f"{self.name}-notebook", ground.group)
        reader = "Storage Blob Data Reader"
        assign(self, f"{self.name}-notebook-reads-data", reader, acts, ground.data.id)
        assign(self, f"{self.name}-notebook-reads-artifacts", reader, acts, ground.artifacts.id)
        assign(self, f"{self.name}-notebook-pulls-images", "AcrPull", acts, ground.images_id)
        return acts

    def _called(self, user: str) -> str:
        """A name that no other stack of the region has, for it is the region's: digits of the stack are in it."""
        context = self.context
        whose = digest(context.suffix, self.name, user.lower(), length=8)
        return f"{user_key(user, LONGEST_NAME - len(whose) - 1).rpartition('-')[0]}-{whose}n"

    def _instance(
        self, user: str, object_id: str, size: str, acts: AzureIdentity, ground: AzureGround
    ) -> machinelearningservices.Compute:
        ml, place = machinelearningservices, cast(AzurePlace, self.context.place)
        return ml.Compute(
            f"{self.name}-{user}",
            compute_name=self._called(user),
            workspace_name=ground.workspace,
            resource_group_name=ground.group,
            location=place.region,
            identity=ml.ManagedServiceIdentityArgs(
                type=ml.ManagedServiceIdentityType.USER_ASSIGNED, user_assigned_identities=[acts.id]
            ),
            properties=ml.ComputeInstanceArgs(
                compute_type="ComputeInstance",
                disable_local_auth=True,
                properties=ml.ComputeInstancePropertiesArgs(
                    vm_size=size,
                    idle_time_before_shutdown=f"PT{self.spec.idle_stop.minutes}M",
                    enable_node_public_ip=False,
                    enable_sso=True,
                    application_sharing_policy=ml.ApplicationSharingPolicy.PERSONAL,
                    compute_instance_authorization_type=ml.ComputeInstanceAuthorizationType.PERSONAL,
                    personal_compute_instance_settings=ml.PersonalComputeInstanceSettingsArgs(
                        assigned_user=ml.AssignedUserArgs(object_id=object_id, tenant_id=place.tenant)
                    ),
                    ssh_settings=ml.ComputeInstanceSshSettingsArgs(ssh_public_access=ml.SshPublicAccess.DISABLED),
                ),
            ),
            tags=self.context.tags,
            # nothing of it can change, and the name is taken while the old one is there; files are in the workspace
            opts=self.child(delete_before_replace=True),
        )

    def _rights(self, user: str, object_id: str, role: str, defined: pulumi.Resource, ground: AzureGround) -> None:
        """What the person may do, and which data they see with their own identity."""
        for what, given, scope, before in (
            ("uses", role, ground.workspace_id, [defined]),
            ("reads-data", "Storage Blob Data Reader", ground.data.id, []),
        ):
            name = f"{self.name}-{user}-{what}"
            authorization.RoleAssignment(
                name,
                role_assignment_name=guid(self.context, "assignment", name),
                role_definition_id=definition_id(self, given),
                principal_id=object_id,
                principal_type=authorization.PrincipalType.USER,
                scope=scope,
                opts=self.child(depends_on=before, delete_before_replace=True),
            )
