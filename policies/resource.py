"""Resources as rules see them: the same of a plan, a state, or the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from policies.estimate import Estimate
from policies.values import ABSENT, is_known, look, walk

__all__ = ["Resource", "Stack"]

T = TypeVar("T")


@dataclass(frozen=True)
class Resource:
    """
    One resource.

    Attributes:
        urn: Of the stack's state.
        type: Pulumi's token: `aws:sagemaker/model:Model`.
        inputs: Plain values, as `policies.values.plain` gives them; keys as the engine has them (camelCase).
        name: Last part of the URN.
        parent: URN of the component it is in, or "".
        protect: Whether Pulumi refuses to delete it.
        dependencies: URNs of all it depends on.
        property_dependencies: Input to the URNs its value comes from: known even while the value is not.
        provider: Inputs of the provider that makes it, such as `region`.
    """

    urn: str
    type: str
    inputs: Mapping[str, Any]
    name: str = ""
    parent: str = ""
    protect: bool = False
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    provider: Mapping[str, Any] = field(default_factory=dict)
    _made: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def sources(self) -> frozenset[str]:
        """URNs of all it takes a value of or waits for."""
        return frozenset((*self.dependencies, *(urn for urns in self.property_dependencies.values() for urn in urns)))

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What `make` gives, made the first time it is asked for under the key: rules read the same texts often."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def at(self, path: str) -> Any:
        """The input at a dotted path; ABSENT, UNKNOWN or SECRET where it can't be looked at."""
        return look(self.inputs, path)

    def all(self, path: str) -> Iterator[tuple[str, Any]]:
        """All inputs at a path with `*` in it, each with its own path."""
        return walk(self.inputs, path)

    def has(self, path: str) -> bool:
        """Whether anything is set there, known or not: empty text, empty lists and mappings of those are nothing."""
        return not _empty(self.at(path))

    @property
    def labels(self) -> Any:
        """Its tags or labels, wherever its type has them; ABSENT without any."""
        for path in ("tags", "labels", "userLabels", "metadata.labels", "effectiveLabels"):
            if self.at(path) is not ABSENT:
                return self.at(path)
        return ABSENT

    def label(self, key: str) -> Any:
        """One tag or label, ABSENT without it."""
        return look(self.labels, key)


@dataclass(frozen=True)
class Stack:
    """
    All resources of a stack, for rules on how they stand together.

    Attributes:
        estimate: What a month is expected to cost; None of what no plan is of, such as a state.
    """

    resources: tuple[Resource, ...]
    estimate: Estimate | None = None

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """URN to resource."""
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    def of(self, *types: str) -> list[Resource]:
        """Resources of the types, in the order of the stack."""
        return [resource for kind in types for resource in self._by_type.get(kind, ())]

    @cached_property
    def _named(self) -> dict[tuple[str, str], Mapping[str, list[Resource]]]:
        return {}

    def named(self, kind: str, path: str, name: Any) -> list[Resource]:
        """Resources of a type whose input at the path is the name; none for a name that is not known."""
        if not isinstance(name, str):
            return []
        if (kind, path) not in self._named:
            found: dict[str, list[Resource]] = {}
            for resource in self.of(kind):
                if isinstance(there := resource.at(path), str):
                    found.setdefault(there, []).append(resource)
            self._named[kind, path] = found
        return list(self._named[kind, path].get(name, ()))

    def joined(self, one: Resource, other: Resource, paths: Mapping[str, str] | None = None) -> bool:
        """
        Whether `other` is about `one`: it takes a value of it, or names it.

        Args:
            one: What is spoken of, such as a bucket.
            other: What speaks of it, such as its public access block.
            paths: Input of `other` to input of `one` that is the same where neither is an Output of the other.
        """
        if one.urn in other.sources:
            return True
        for theirs, ours in (paths or {}).items():
            named, name = other.at(theirs), one.at(ours)
            if is_known(named) and is_known(name) and named == name:
                return True
        return False


def _empty(value: Any) -> bool:
    """As providers give back what was never set."""
    if isinstance(value, Mapping):
        return all(map(_empty, value.values()))
    return value is ABSENT or value in ("", [])
