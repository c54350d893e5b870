"""The Azure ML workspace: private, in a network of its own, with its stores and who works in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import applicationinsights, containerregistry, keyvault, machinelearningservices, storage

from components.base import Component
from components.clouds.azure.actions import WORKSPACE
from components.clouds.azure.place import AzureIdentity
from components.clouds.azure.roles import assign, define, identity
from components.clouds.azure.storage import Store
from components.clouds.azure.vault import CustomerKey

__all__ = ["Linked", "datastore", "workspace", "workspace_rights"]


@dataclass(frozen=True)
class Linked:
    """What a workspace keeps its own things in."""

    account: storage.StorageAccount
    vault: keyvault.Vault
    images: containerregistry.Registry
    insights: applicationinsights.Component
    key: CustomerKey


def workspace_rights(
    component: Component,
    to: Linked,
    stores: Mapping[str, Store],
    group: pulumi.Input[str],
    group_id: pulumi.Input[str],
) -> tuple[AzureIdentity, list[pulumi.Resource]]:
    """
    The workspace's own identity and its roles, which must be there before the workspace.

    Args:
        component: Owner.
        to: What the workspace is linked to.
        stores: Further stores in other accounts, which its network gets private endpoints to.
        group: Resource group.
        group_id: Its ARM id.
    """
    made = identity(component, "workspace", group)
    role, definition = define(
        component, "workspace", "What a workspace does to the resources it is linked to", WORKSPACE, group_id
    )
    approver = "Azure AI Enterprise Network Connection Approver"
    granted: list[pulumi.Resource] = [
        assign(component, "workspace-keeps-house", role, made, group_id, [definition]),
        # it approves the private endpoints that its managed network makes
        assign(component, "workspace-connects", approver, made, group_id),
        assign(component, "workspace-writes-blobs", "Storage Blob Data Contributor", made, to.account.id),
        assign(component, "workspace-writes-files", "Storage File Data Privileged Contributor", made, to.account.id),
        assign(component, "workspace-keeps-secrets", "Key Vault Secrets Officer", made, to.vault.id),
    ]
    for name, store in stores.items():
        granted.append(assign(component, f"workspace-reads-{name}", "Storage Blob Data Reader", made, store.id))
        if store.is_yours:  # what is ours lies in the resource group
            granted.append(assign(component, f"workspace-connects-{name}", approver, made, store.account_id))
    return made, granted


def workspace(
    component: Component,
    to: Linked,
    as_: AzureIdentity,
    stores: Mapping[str, Store],
    group: pulumi.Input[str],
    *,
    high_impact: bool,
    depends_on: Sequence[pulumi.Resource],
) -> machinelearningservices.Workspace:
    """
    The workspace, with every outbound rule of its network inside it.

    Rules made as resources of their own and in parallel delete each other, so none is made that way.

    Source: https://github.com/Azure/terraform-provider-azapi/issues/453
    """
    ml = machinelearningservices
    context = component.context
    return ml.Workspace(
        "workspace",
        workspace_name=context.name(limit=33, unique=True),
        resource_group_name=group,
        location=context.place.region,
        kind="Default",
        sku=ml.SkuArgs(name="Basic", tier=ml.SkuTier.BASIC),
        friendly_name=f"{context.blueprint} {context.environment}",
        identity=ml.ManagedServiceIdentityArgs(
            type=ml.ManagedServiceIdentityType.USER_ASSIGNED, user_assigned_identities=[as_.id, to.key.user.id]
        ),
        primary_user_assigned_identity=as_.id,
        storage_account=to.account.id,
        key_vault=to.vault.id,
        container_registry=to.images.id,
        application_insights=to.insights.id,
        encryption=ml.EncryptionPropertyArgs(
            status=ml.EncryptionStatus.ENABLED,
            identity=ml.IdentityForCmkArgs(user_assigned_identity=to.key.user.id),
            key_vault_properties=ml.KeyVaultPropertiesArgs(
                key_vault_arm_id=to.key.vault_id, key_identifier=to.key.versioned_uri
            ),
        ),
        enable_service_side_cmk_encryption=True,  # Microsoft hosts the workspace's metadata, under our key
        hbi_workspace=high_impact,
        managed_network=ml.ManagedNetworkSettingsArgs(
            isolation_mode=ml.IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND,
            outbound_rules={
                name: ml.PrivateEndpointOutboundRuleArgs(
                    type="PrivateEndpoint",
                    category=ml.RuleCategory.USER_DEFINED,
                    destination=ml.PrivateEndpointDestinationArgs(
                        service_resource_id=store.account_id, subresource_target="blob", spark_enabled=False
                    ),
                )
                for name, store in stores.items()
            },
        ),
        provision_network_now=True,  # an online deployment can't start a network that is not there
        public_network_access=ml.PublicNetworkAccessType.DISABLED,
        system_datastores_auth_mode=ml.SystemDatastoresAuthMode.IDENTITY,
        v1_legacy_mode=False,
        tags=context.tags,
        opts=component.keeps_data(depends_on=list(depends_on)),
    )


def datastore(
    component: Component, name: str, of: Store, home: machinelearningservices.Workspace, group: pulumi.Input[str]
) -> pulumi.Output[str]:
    """
    What jobs and endpoints call a container by; who reads it proves who it is.

    Returns:
        Its URI, `azureml://datastores/<name>/paths`.
    """
    ml = machinelearningservices
    made = ml.Datastore(
        f"{name}-datastore",
        name=name,
        workspace_name=home.name,
        resource_group_name=group,
        skip_validation=True,  # Azure ML would look from outside the network
        properties=ml.AzureBlobDatastoreArgs(
            datastore_type="AzureBlob",
            account_name=of.account,
            container_name=of.container,
            subscription_id=of.id.apply(lambda i: i.split("/")[2]),
            resource_group=of.id.apply(lambda i: i.split("/")[4]),
            credentials=ml.NoneDatastoreCredentialsArgs(credentials_type="None"),
            service_data_access_auth_identity=ml.ServiceDataAccessAuthIdentity.WORKSPACE_USER_ASSIGNED_IDENTITY,
            tags=component.context.tags,
        ),
        opts=component.child(),
    )
    return pulumi.Output.concat("azureml://datastores/", made.name, "/paths")
