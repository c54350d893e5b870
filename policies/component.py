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
    above: Resource | None = resource
    while above:
        if above.type.startswith("groundplan:"):
            build = _kinds().get(above.type.rpartition(":")[2])
            if build:
                return build.labelled(above.name)
        above = by_urn.get(above.parent)
    return ""
