"""Azure's key vault: the stack's key, its secrets, and the identity that encrypts with the key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import keyvault

from components.base import Component
from components.clouds.azure.place import AzureIdentity, AzurePlace
from components.clouds.azure.roles import assign, identity
from components.foundation import Key

__all__ = ["CustomerKey", "customer_key", "secret", "vault"]

KEY_ID = re.compile(
    r"(?P<vault_id>/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.KeyVault/vaults/"
    r"(?P<vault>[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]))/keys/(?P<key>[A-Za-z0-9-]{1,127})/versions/(?P<version>[0-9a-f]{32})"
)


@dataclass(frozen=True)
class CustomerKey:
    """
    The key that data at rest is encrypted with, and who may use it.

    Attributes:
        id: ARM id of the key.
        name: Name in its vault.
        vault_id: ARM id of the vault.
        vault_uri: `https://<vault>.vault.azure.net/`, with the slash.
        versioned_uri: The key's present version, which the workspace wants named.
        user: Identity that wraps and unwraps with the key.
        ready: What must be there before the key can be used.
    """

    id: pulumi.Output[str]
    name: pulumi.Output[str]
    vault_id: pulumi.Output[str]
    vault_uri: pulumi.Output[str]
    versioned_uri: pulumi.Output[str]
    user: AzureIdentity
    ready: Sequence[pulumi.Resource]


def vault(component: Component, group: pulumi.Input[str]) -> keyvault.Vault:
    """A vault that only the private network and Azure's own services reach, with roles in place of access policies."""
    context = component.context
    place = context.place
    if not isinstance(place, AzurePlace):
        raise TypeError(f"{component.label} is built on Azure and wants an AzurePlace; got {type(place).__name__}")
    return keyvault.Vault(
        "vault",
        vault_name=context.name(limit=24, unique=True),
        resource_group_name=group,
        location=place.region,
        properties=keyvault.VaultPropertiesArgs(
            tenant_id=place.tenant,
            sku=keyvault.SkuArgs(family=keyvault.SkuFamily.A, name=keyvault.SkuName.STANDARD),
            enable_rbac_authorization=True,
            enable_soft_delete=True,
            # a customer's key demands it; the name stays taken this long after a destroy
            enable_purge_protection=True,
            soft_delete_retention_in_days=90 if context.protect else 7,
            enabled_for_deployment=False,
            enabled_for_disk_encryption=False,
            enabled_for_template_deployment=False,
            public_network_access="Disabled",
            network_acls=keyvault.NetworkRuleSetArgs(
                bypass=keyvault.NetworkRuleBypassOptions.AZURE_SERVICES,
                default_action=keyvault.NetworkRuleAction.DENY,
            ),
        ),
        tags=context.tags,
        opts=component.keeps_data(),
    )


def customer_key(component: Component, spec: Key | None, home: keyvault.Vault, group: pulumi.Input[str]) -> CustomerKey:
    """
    The stack's key: a new one in its vault, or the one that the blueprint names.

    Raises:
        ValueError: `key.existing` is not the ARM id of a key's version.
    """
    user = identity(component, "encryption", group)
    if spec is None:
        return _new_key(component, home, group, user)
    found = KEY_ID.fullmatch(spec.existing)
    if found is None:
        raise ValueError(
            f"key.existing is {spec.existing!r}; Azure wants the ARM id of a key's version. Write /subscriptions/…"
            "/resourceGroups/…/providers/Microsoft.KeyVault/vaults/<vault>/keys/<key>/versions/<version>."
        )
    granted = assign(
        component, "encryption-uses-key", "Key Vault Crypto Service Encryption User", user, found["vault_id"]
    )
    uri = f"https://{found['vault']}.vault.azure.net/"
    given = (
        spec.existing.partition("/versions/")[0],
        found["key"],
        found["vault_id"],
        uri,
        f"{uri}keys/{found['key']}/{found['version']}",
    )
    return CustomerKey(*map(pulumi.Output.from_input, given), user=user, ready=(granted,))


def _new_key(component: Component, home: keyvault.Vault, group: pulumi.Input[str], user: AzureIdentity) -> CustomerKey:
    key = keyvault.Key(
        "key",
        key_name="data",
        vault_name=home.name,
        resource_group_name=group,
        properties=keyvault.KeyPropertiesArgs(
            kty=keyvault.JsonWebKeyType.RSA,
            key_size=3072,
            key_ops=[keyvault.JsonWebKeyOperation.WRAP_KEY, keyvault.JsonWebKeyOperation.UNWRAP_KEY],
            rotation_policy=keyvault.RotationPolicyArgs(
                lifetime_actions=[
                    keyvault.LifetimeActionArgs(
                        action=keyvault.ActionArgs(type=keyvault.KeyRotationPolicyActionType.ROTATE),
                        trigger=keyvault.TriggerArgs(time_after_create="P90D"),
                    )
                ]
            ),
        ),
        tags=component.context.tags,
        opts=component.keeps_data(),
    )
    granted = assign(component, "encryption-uses-key", "Key Vault Crypto Service Encryption User", user, home.id)
    return CustomerKey(
        id=key.id,
        name=key.name,
        vault_id=home.id,
        vault_uri=home.properties.apply(lambda p: p.vault_uri or ""),
        versioned_uri=key.key_uri_with_version,
        user=user,
        ready=(granted,),
    )


def secret(component: Component, name: str, home: keyvault.Vault, group: pulumi.Input[str]) -> keyvault.Secret:
    """
    A secret without a value; its owner gives it one.

    Nothing of it is ever updated: Azure would take the empty value for a new version, in front of the owner's.
    """
    return keyvault.Secret(
        f"{name}-secret",
        secret_name=name,
        vault_name=home.name,
        resource_group_name=group,
        properties=keyvault.SecretPropertiesArgs(value=""),
        tags=component.context.tags,
        opts=component.keeps_data(ignore_changes=["properties", "tags"]),
    )
