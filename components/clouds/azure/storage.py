"""Azure's object stores: storage accounts that keep versions, and the containers in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import storage

from components.base import Component
from components.clouds.azure.vault import CustomerKey
from components.foundation import Storage
from components.units import Duration

__all__ = ["MOST_PREFIXES", "ZONAL", "Store", "account", "container", "existing", "keep_versions", "lifecycle"]

ZONAL = frozenset(
    {
        *(
            "australiaeast",
            "brazilsouth",
            "canadacentral",
            "centralindia",
            "centralus",
            "eastasia",
            "eastus",
            "eastus2",
        ),
        *("francecentral", "germanywestcentral", "israelcentral", "italynorth", "japaneast", "koreacentral"),
        *("mexicocentral", "newzealandnorth", "northeurope", "norwayeast", "polandcentral", "qatarcentral"),
        *("southafricanorth", "southcentralus", "southeastasia", "spaincentral", "swedencentral", "switzerlandnorth"),
        *("uaenorth", "uksouth", "westeurope", "westus2", "westus3"),
    }
)
"""
Regions with availability zones, in which a store outlives a data centre.

Source: https://learn.microsoft.com/azure/reliability/regions-list
"""

MOST_RULES, MOST_PREFIXES = 100, 10
"""
Rules of a management policy, and prefixes of a rule.

Source: https://learn.microsoft.com/azure/storage/blobs/lifecycle-management-overview
"""

CONTAINER_ID = re.compile(
    r"(?P<account_id>/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Storage/storageAccounts/"
    r"(?P<account>[a-z0-9]{3,24}))/blobServices/default/containers/(?P<container>[a-z0-9](?:-?[a-z0-9]){2,62})"
)


@dataclass(frozen=True)
class Store:
    """
    A blob container, by its ARM id, its name and its account's.

    Attributes:
        is_yours: Whether it existed before the stack.
    """

    id: pulumi.Output[str]
    account_id: pulumi.Output[str]
    account: pulumi.Output[str]
    container: pulumi.Output[str]
    is_yours: bool = False


def existing(field: str, container_id: str) -> Store:
    """
    A container of yours.

    Raises:
        ValueError: The id is not that of a blob container.
    """
    found = CONTAINER_ID.fullmatch(container_id)
    if found is None:
        raise ValueError(
            f"{field} is {container_id!r}, which is no blob container's ARM id. Write /subscriptions/…/resourceGroups/…"
            "/providers/Microsoft.Storage/storageAccounts/<account>/blobServices/default/containers/<container>."
        )
    given = (container_id, found["account_id"], found["account"], found["container"])
    return Store(*map(pulumi.Output.from_input, given), is_yours=True)


def account(
    component: Component,
    name: str,
    key: CustomerKey,
    group: pulumi.Input[str],
    labels: Mapping[str, str],
    *,
    folders: bool = False,
) -> storage.StorageAccount:
    """
    A storage account that is private, takes no keys, and is encrypted with the customer's key.

    Args:
        component: Owner.
        name: What it is for.
        key: That it is encrypted with.
        group: Resource group.
        labels: Further tags.
        folders: Whether it is a data lake, with true folders; it keeps no versions then.
    """
    context = component.context
    whole = storage.EncryptionServiceArgs(enabled=True, key_type=storage.KeyType.ACCOUNT)
    zonal = context.place.region in ZONAL
    return storage.StorageAccount(
        f"{name}-account",
        account_name=context.name(name, limit=24, separator="", unique=True),
        resource_group_name=group,
        location=context.place.region,
        kind=storage.Kind.STORAGE_V2,
        sku=storage.SkuArgs(name=storage.SkuName.STANDARD_ZRS if zonal else storage.SkuName.STANDARD_LRS),
        identity=storage.IdentityArgs(type=storage.IdentityType.USER_ASSIGNED, user_assigned_identities=[key.user.id]),
        encryption=storage.EncryptionArgs(
            key_source=storage.KeySource.MICROSOFT_KEYVAULT,
            encryption_identity=storage.EncryptionIdentityArgs(encryption_user_assigned_identity=key.user.id),
            # no version: Azure follows the key's rotation by itself
            key_vault_properties=storage.KeyVaultPropertiesArgs(key_name=key.name, key_vault_uri=key.vault_uri),
            services=storage.EncryptionServicesArgs(blob=whole, file=whole, queue=whole, table=whole),
        ),
        allow_blob_public_access=False,
        allow_cross_tenant_replication=False,
        allow_shared_key_access=False,
        default_to_o_auth_authentication=True,
        enable_https_traffic_only=True,
        is_hns_enabled=folders,
        is_local_user_enabled=False,
        minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
        public_network_access=storage.PublicNetworkAccess.DISABLED,
        network_rule_set=storage.NetworkRuleSetArgs(
            bypass=storage.Bypass.AZURE_SERVICES, default_action=storage.DefaultAction.DENY
        ),
        tags={**context.tags, **labels},
        opts=component.keeps_data(depends_on=list(key.ready)),
    )


def container(component: Component, name: str, of: storage.StorageAccount, group: pulumi.Input[str]) -> Store:
    """A container that nobody reads without a role."""
    made = storage.BlobContainer(
        f"{name}-container",
        container_name=name,
        account_name=of.name,
        resource_group_name=group,
        public_access=storage.PublicAccess.NONE,
        opts=component.keeps_data(),
    )
    return Store(made.id, of.id, of.name, made.name)


def keep_versions(
    component: Component, name: str, of: storage.StorageAccount, spec: Storage, group: pulumi.Input[str]
) -> storage.BlobServiceProperties:
    """Let an overwritten or deleted blob, and a deleted container, be brought back."""
    # Azure keeps what was deleted for a year at most; older versions go by the lifecycle
    kept = storage.DeleteRetentionPolicyArgs(enabled=True, days=min(spec.keep_versions.days, 365))
    return storage.BlobServiceProperties(
        f"{name}-versions",
        blob_services_name="default",
        account_name=of.name,
        resource_group_name=group,
        is_versioning_enabled=True,
        delete_retention_policy=kept,
        container_delete_retention_policy=kept,
        opts=component.child(),
    )


def lifecycle(
    component: Component,
    name: str,
    of: storage.StorageAccount,
    spec: Storage,
    expiring: Sequence[tuple[str, Sequence[str], Duration]],
    group: pulumi.Input[str],
    depends_on: Sequence[pulumi.Resource],
) -> None:
    """
    Delete what has had its time: old versions, and blobs under some prefixes.

    Args:
        component: Owner.
        name: Of the store.
        of: Its account, which has one policy alone.
        spec: How long versions are kept.
        expiring: Rule name, prefixes (`<container>/<path>`) and how long after its last change a blob is kept.
        group: Resource group.
        depends_on: What else sets up the account: Azure refuses two changes of it at once.

    Raises:
        ValueError: There are more rules than a policy has.
    """
    if len(expiring) >= MOST_RULES:
        raise ValueError(
            f"what is kept has {len(expiring) + 1} different ends, and an Azure storage account knows {MOST_RULES}."
            " Give the same capture.retain to more endpoints."
        )
    old = storage.DateAfterCreationArgs(days_after_creation_greater_than=spec.keep_versions.days)
    versions = storage.ManagementPolicyRuleArgs(
        name="old-versions",
        type=storage.RuleType.LIFECYCLE,
        enabled=True,
        definition=storage.ManagementPolicyDefinitionArgs(
            filters=storage.ManagementPolicyFilterArgs(blob_types=["blockBlob"]),
            actions=storage.ManagementPolicyActionArgs(
                version=storage.ManagementPolicyVersionArgs(delete=old),
                snapshot=storage.ManagementPolicySnapShotArgs(delete=old),
            ),
        ),
    )
    storage.ManagementPolicy(
        f"{name}-lifecycle",
        management_policy_name="default",
        account_name=of.name,
        resource_group_name=group,
        policy=storage.ManagementPolicySchemaArgs(rules=[versions, *(_expiry(*rule) for rule in expiring)]),
        opts=component.child(depends_on=list(depends_on)),
    )


def _expiry(name: str, prefixes: Sequence[str], kept: Duration) -> storage.ManagementPolicyRuleArgs:
    return storage.ManagementPolicyRuleArgs(
        name=name,
        type=storage.RuleType.LIFECYCLE,
        enabled=True,
        definition=storage.ManagementPolicyDefinitionArgs(
            filters=storage.ManagementPolicyFilterArgs(
                blob_types=["blockBlob", "appendBlob"], prefix_match=list(prefixes)
            ),
            actions=storage.ManagementPolicyActionArgs(
                base_blob=storage.ManagementPolicyBaseBlobArgs(
                    delete=storage.DateAfterModificationArgs(days_after_modification_greater_than=kept.days)
                )
            ),
        ),
    )
