"""Ids, names and computed outputs: one file a cloud."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from groundplan.sandbox.schema import ResourceSchema
from groundplan.sandbox.seed import Seed

__all__ = ["Cloud", "Identity", "Template", "camel", "kebab", "snake"]


@dataclass(frozen=True)
class Identity:
    """What a cloud made of a create: the provider's id, and the outputs that follow from it."""

    id: str
    outputs: dict[str, Any]


class Cloud(Protocol):
    """How one cloud names and identifies what it creates."""

    def name_property(self, schema: ResourceSchema) -> str | None:
        """Return the input that holds the physical name, if the type has one."""
        ...

    def fixed(self, schema: ResourceSchema) -> frozenset[str]:
        """Return the inputs that identify a resource: a change of one is another resource."""
        ...

    def named(self, schema: ResourceSchema, name: str, seed: Seed, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return inputs with what the provider fills in: a physical name, a location."""
        ...

    def identify(self, schema: ResourceSchema, inputs: Mapping[str, Any], seed: Seed) -> Identity:
        """Return the id and the computed outputs of a created resource."""
        ...

    def computed(self, name: str, seed: Seed) -> Any:
        """Return what the cloud puts in a computed text output, or None where it has no habit."""
        ...


class Template(dict[str, Any]):
    """Values for `str.format_map`; a missing one is an empty text."""

    def __missing__(self, key: str) -> str:
        return ""


def snake(name: str) -> str:
    """Return `some_name` of `someName`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def kebab(name: str) -> str:
    """Return `some-name` of `SomeName`."""
    return snake(name).replace("_", "-")


def camel(name: str) -> str:
    """Return `someName` of `some_name`."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
