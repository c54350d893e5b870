"""AWS: where a stack lives, and what its components hand to each other."""

from dataclasses import dataclass

from components.base import Place

__all__ = ["AwsPlace"]


@dataclass(frozen=True)
class AwsPlace(Place):
    """
    A region of one AWS account.

    Attributes:
        account_id: Twelve digits.
    """

    account_id: str

    @property
    def account(self) -> str:
        return self.account_id
