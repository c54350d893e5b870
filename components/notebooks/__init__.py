"""Notebooks: managed machines for exploration, inside the private network, that stop when idle."""

import re
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

import pulumi
from pydantic import Field, StringConstraints, model_validator

from components.base import Component, Result, Spec
from components.fields import Email, Machine
from components.naming import digest
from components.notebooks.parity import FEATURES
from components.units import Duration, Size

__all__ = ["FEATURES", "NotebookResult", "NotebookSpec", "Notebooks", "user_key"]

ObjectId = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"),
    Field(description="Object id of a user in Microsoft Entra ID", examples=["7f1e0c7a-4a0b-4f43-9a3d-0c5c1de8a111"]),
]


class NotebookSpec(Spec):
    """One kind of notebook; each user has a machine of their own, and a stopped one costs its disk alone."""

    machine: Machine = Machine(cpu=4, memory=Size.parse("16GiB"))
    idle_stop: Duration = Duration.parse("60m")
    """A machine that did nothing for so long is stopped; whole minutes."""
    disk: Size = Size.parse("50GiB")
    """Where a user's files are, of each machine."""
    users: list[Email] = Field(min_length=1, max_length=100, examples=[["asha@example.com"]])
    """Who has one: the address that the person logs in to the cloud with."""
    object_ids: dict[Email, ObjectId] = Field(default={}, max_length=100)
    """Each user's id in Microsoft Entra ID, which Azure knows people by; only under `overrides.azure`."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        seen: set[str] = set()
        for user in self.users:
            if user.lower() in seen:
                raise ValueError(f"users has {user} twice. Leave one of them out.")
            seen.add(user.lower())
        stranger = next((u for u in self.object_ids if u not in self.users), None)
        if stranger:
            raise ValueError(f"object_ids has {stranger}, who is not in users. Add them there, or leave the id out.")
        return self

    @model_validator(mode="after")
    def _whole_minutes(self) -> Self:
        if self.idle_stop.seconds % 60:
            raise ValueError(f"idle_stop is {self.idle_stop}, and clouds count minutes. Write 60m or so.")
        return self


@dataclass(frozen=True)
class NotebookResult(Result):
    """
    What users of notebooks need, on every cloud.

    Attributes:
        notebook_ids: User to the cloud's id of the machine (on AWS, of the space that has it).
        urls: User to where the notebook opens; each lets in its user alone.
        machine: The cloud's name of the machine.
    """

    notebook_ids: dict[str, pulumi.Output[str]]
    urls: dict[str, pulumi.Output[str]]
    machine: str


def user_key(email: str, limit: int) -> str:
    """
    A user as part of a name: readable, of lower-case letters, digits and `-`, a letter first and last.

    Two addresses that read alike (`a.b@…`, `a-b@…`) have different keys; one address always has the same.
    """
    address = email.lower()
    end = f"{digest(address)}u"  # a letter last: some names may not end in a number
    words = re.findall(r"[a-z0-9]+", address.partition("@")[0])
    return "-".join(filter(None, ("u", "-".join(words)[: limit - len(end) - 3].rstrip("-"), end)))


class Notebooks(Component):
    """Base of `aws.py`, `gcp.py`, `azure.py`: same spec in, same result out."""

    capability: ClassVar[str] = "notebooks"
    section: ClassVar[str] = "notebooks"
    spec: NotebookSpec
    result: NotebookResult

    def refuse_idle(self, least: str, most: str, service: str, source: str) -> None:
        """
        See that the cloud stops a machine after so long.

        Raises:
            ValueError: It stops one sooner at most, or later at least.
        """
        asked, shortest, longest = self.spec.idle_stop, Duration.parse(least), Duration.parse(most)
        if not shortest <= asked <= longest:
            nearest = least if asked < shortest else most
            raise ValueError(
                f"idle_stop is {asked}; {service} stops a machine after {least} to {most} without use ({source})."
                f" Write idle_stop: {nearest}."
            )
