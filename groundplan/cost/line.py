"""What a resource makes one pay for, before it has a price; and what an estimate sees of a stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from blueprints import Blueprint
from components.usage import UsageSpec

__all__ = ["HOURS_A_MONTH", "Line", "Pays", "Sight", "When"]

HOURS_A_MONTH = 730  # 365 days x 24 h / 12, as the clouds' own calculators have it
When = Literal["always", "use"]
"""`always`: it is paid for while the resource is there. `use`: by what is done with it."""


@dataclass(frozen=True)
class Line:
    """
    A quantity of one thing that has a price.

    Attributes:
        item: Key of the thing in `services_<cloud>.csv`.
        what: What it is, for people: `NAT gateway, hours`.
        low, expected, high: Units in the cheapest, the expected and the dearest month.
        told: How the quantity comes about: `3 zones x 730 h`.
        when: Whether it is paid for without being used.
    """

    item: str
    what: str
    low: float
    expected: float
    high: float
    told: str
    when: When

    @classmethod
    def always(cls, item: str, what: str, quantity: float, told: str) -> Line:
        """So much, whatever is done."""
        return cls(item, what, quantity, quantity, quantity, told, "always")

    @classmethod
    def used(cls, item: str, what: str, quantity: float, told: str) -> Line:
        """Nothing where nobody uses it, and as much as is assumed otherwise."""
        return cls(item, what, 0, quantity, quantity, told, "use")


@dataclass(frozen=True)
class Sight:
    """
    What an estimate sees of a stack.

    Attributes:
        cloud, region: Where it is.
        blueprint: What was asked for.
        resources: As the plan's document has them: `type`, `name`, `urn`, `component`, `inputs`, `outputs`.
    """

    cloud: str
    region: str
    blueprint: Blueprint
    resources: Sequence[Mapping[str, Any]]

    @property
    def usage(self) -> UsageSpec:
        """What is assumed."""
        return self.blueprint.usage

    @cached_property
    def _by_type(self) -> dict[str, list[Mapping[str, Any]]]:
        found: dict[str, list[Mapping[str, Any]]] = {}
        for resource in self.resources:
            found.setdefault(resource["type"], []).append(resource)
        return found

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        """The resources of a type."""
        return self._by_type.get(kind, [])

    def count(self, kind: str) -> int:
        """How many there are of a type."""
        return len(self.of(kind))

    def name(self, resource: Mapping[str, Any], section: str) -> str | None:
        """Name that the blueprint has for the resource's component, such as `scorer` of `endpoints/scorer`."""
        head, _, name = str(resource["component"]).partition("/")
        return name if head == section else None


Pays = Callable[[Mapping[str, Any], Sight], Iterator[Line]]
"""What a resource of a type makes one pay for."""
