"""Where a stack lives on Azure, and who its duties are done as."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

import pulumi

from components.base import Context, Place

__all__ = ["ARM", "AzureIdentity", "AzurePlace", "guid", "resource_group_id"]

ARM = "https://management.azure.com"
"""Azure Resource Manager of the public cloud."""


@dataclass(frozen=True)
class AzurePlace(Place):
    """
    A region of one Azure subscription.

    Attributes:
        subscription: Subscription id, a GUID.
        tenant: Tenant id, a GUID.
    """

    subscription: str
    tenant: str

    @property
    def account(self) -> str:
        return self.subscription


@dataclass(frozen=True)
class AzureIdentity:
    """A user-assigned managed identity: its ARM id, and what directory and tokens call it."""

    id: pulumi.Output[str]
    principal_id: pulumi.Output[str]
    client_id: pulumi.Output[str]


def resource_group_id(context: Context) -> str:
    """ARM id of the stack's resource group; known before it exists, as its name is ours."""
    return f"/subscriptions/{context.place.account}/resourceGroups/{context.name(limit=90)}"


def guid(context: Context, *what: str) -> str:
    """The GUID that Azure wants as a name: the same stack and thing, the same GUID."""
    return str(uuid5(NAMESPACE_URL, "/".join((resource_group_id(context), context.salt, *what))))
