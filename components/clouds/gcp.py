"""Google Cloud: where a stack lives, and what its components hand to each other."""

from dataclasses import dataclass

from components.base import Place

__all__ = ["GcpPlace"]


@dataclass(frozen=True)
class GcpPlace(Place):
    """
    A region of one Google Cloud project.

    Attributes:
        project: Project id.
        project_number: Its number, which some APIs want in place of the id.
        billing_account: `XXXXXX-XXXXXX-XXXXXX`; what a budget is set on.
    """

    project: str
    project_number: str
    billing_account: str

    @property
    def account(self) -> str:
        return self.project
