"""Azure: where a stack lives, and what its components hand to each other."""

from dataclasses import dataclass

from components.base import Place

__all__ = ["AzurePlace"]


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
