"""Governance: who may do what, what is recorded, and for how long."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from components.base import Spec
from components.units import Duration

__all__ = ["GovernanceSpec", "Principal"]

Principal = Annotated[
    str,
    StringConstraints(pattern=r"^(?:group|user|service):[A-Za-z0-9][A-Za-z0-9._@+-]{0,126}$"),
    Field(description="Who: group:, user: or service: and a name", examples=["group:risk-committee"]),
]


class GovernanceSpec(Spec):
    """The rules that people and models answer to."""

    audit: Duration | None = None
    """How long the audit log is kept; by default as `data.classification` says."""
    model_cards: bool = False
    """A version needs a model card before it is approved."""
    roles: dict[Literal["admin", "engineer", "approver", "auditor", "viewer"], list[Principal]] = {}
