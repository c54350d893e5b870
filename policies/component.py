"""Which component of a blueprint a resource belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from components.base import Component, capabilities
from policies.resource import Resource

__all__ = ["component_of"]


@cache
def _kinds() -> Mapping[str, type[Component]]:
    """Last part of a component's type token to its class; no cloud's SDK is loaded for it."""
    found: dict[str, type[Component]] = {}
    for capability in capabilities():
        module = import_module(f"components.{capability.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Component) and hasattr(value, "section"):
                found[value.kind()] = value
    return found


def component_of(resource: Resource, by_urn: Mapping[str, Resource]) -> str:
    """Label of the component, `endpoints/scorer`; "" for a resource that none of ours made."""
    urn, seen = resource.urn, set[str]()
    while urn and urn not in seen:
        seen.add(urn)
        kind, name = _read(urn)
        if kind.startswith("groundplan:") and (build := _kinds().get(kind.rpartition(":")[2])):
            return build.labelled(name)
        above = by_urn.get(urn) or (resource if urn == resource.urn else None)
        urn = above.parent if above else ""
    return ""


def _read(urn: str) -> tuple[str, str]:
    """
    Type and name of a resource.

    Source: https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
    """
    parts = urn.split("::")
    return (parts[2].rpartition("$")[2], parts[3]) if len(parts) >= 4 else ("", "")
