"""Azure roles: the built-in ones we give, the custom ones we define, and who is given what."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_azure_native import authorization, managedidentity

from components.base import Component
from components.clouds.azure.place import AzureIdentity, guid

__all__ = ["BUILT_IN", "assign", "define", "identity", "operator"]

BUILT_IN = {
    "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "AcrPush": "8311e382-0749-4cb8-b61a-304f252e45ec",
    "Azure AI Enterprise Network Connection Approver": "b556d68e-0be0-4f35-a333-ad7ee1ce17ea",
    "AzureML Metrics Writer": "635dd51f-9968-44d3-b7fb-6d9a6bd613ae",
    "Key Vault Crypto Service Encryption User": "e147488a-f6f5-4113-8e2d-b22465e65bf6",
    "Key Vault Secrets Officer": "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    "Key Vault Secrets User": "4633458b-17de-408a-b874-0445c86b69e6",
    "Managed Identity Operator": "f1a07417-d97a-45cb-824c-7a7467783830",
    "Monitoring Metrics Publisher": "3913510d-42f4-4e42-8a64-420c390055eb",
    "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    "Storage File Data Privileged Contributor": "69566ab7-960f-475b-8e7c-b3118f30c6bd",
}
"""
Built-in roles by name, with their GUIDs, which are the same in every tenant.

Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
"""


def identity(component: Component, duty: str, group: pulumi.Input[str]) -> AzureIdentity:
    """A user-assigned identity for one duty of the stack, such as `train`."""
    context = component.context
    made = managedidentity.UserAssignedIdentity(
        f"{duty}-identity",
        resource_name_=context.name(duty, limit=128),
        resource_group_name=group,
        location=context.place.region,
        tags=context.tags,
        opts=component.child(),
    )
    return AzureIdentity(made.id, made.principal_id, made.client_id)


def definition_id(component: Component, name: str) -> str:
    """ARM id of a role, as an assignment refers to it: under the subscription, whatever its scope."""
    return (
        f"/subscriptions/{component.context.place.account}"
        f"/providers/Microsoft.Authorization/roleDefinitions/{BUILT_IN.get(name, name)}"
    )


def assign(
    component: Component,
    name: str,
    role: str,
    to: AzureIdentity,
    scope: pulumi.Input[str],
    depends_on: Sequence[pulumi.Resource] = (),
) -> authorization.RoleAssignment:
    """
    Give an identity a role on a scope.

    Args:
        component: Owner of the assignment.
        name: Logical name, such as `train-reads-data`.
        role: Name of a built-in role, or the GUID of one that `define` made.
        to: Who is given the role.
        scope: ARM id of what it holds for.
        depends_on: What must be there before, such as a custom role.
    """
    return authorization.RoleAssignment(
        name,
        role_assignment_name=guid(component.context, "assignment", name),
        role_definition_id=definition_id(component, role),
        principal_id=to.principal_id,
        principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,  # does not wait for the directory to replicate
        scope=scope,
        # an assignment can't change and its name is fixed, so the old one goes first
        opts=component.child(depends_on=list(depends_on), delete_before_replace=True),
    )


def define(
    component: Component, name: str, description: str, actions: Sequence[str], group_id: pulumi.Input[str]
) -> tuple[str, pulumi.Resource]:
    """
    Define a custom role of exact actions for this stack's resource group.

    Args:
        component: Owner of the role.
        name: What the role is for, such as `submit`.
        description: The same as a sentence.
        actions: Each by its whole name.
        group_id: ARM id of the resource group, in which alone it can be given.

    Returns:
        The role's GUID, for `assign`, and its resource.
    """
    context = component.context
    role = guid(context, "role", name)
    made = authorization.RoleDefinition(
        f"{name}-role",
        role_definition_id=role,
        # a role's name is unique in the tenant
        role_name=context.name(name, limit=128, unique=True),
        role_type="CustomRole",
        description=description,
        scope=group_id,
        assignable_scopes=[group_id],
        permissions=[authorization.PermissionArgs(actions=sorted(actions), not_actions=[])],
        opts=component.child(),
    )
    return role, made


def operator(component: Component, name: str, to: AzureIdentity, of: AzureIdentity) -> authorization.RoleAssignment:
    """Let one identity attach another to what it makes, and no other than that."""
    return assign(component, name, "Managed Identity Operator", to, of.id)
