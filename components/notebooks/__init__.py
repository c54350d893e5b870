"""Notebooks: managed machines for exploration, inside the private network, that stop when idle."""

from __future__ import annotations

from pydantic import Field

from components.base import Spec
from components.fields import Email, Machine
from components.units import Duration, Size

__all__ = ["NotebookSpec"]


class NotebookSpec(Spec):
    """One kind of notebook; each user has a machine of their own."""

    machine: Machine = Machine(cpu=4, memory=Size.parse("16GiB"))
    idle_stop: Duration = Duration.parse("60m")
    """A machine that did nothing for so long is stopped."""
    disk: Size = Size.parse("50GiB")
    users: list[Email] = Field(min_length=1, max_length=100, examples=[["asha@example.com"]])
