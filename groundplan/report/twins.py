"""Resources of a component that stand alike in the graph, so that a picture can show them as one."""

from __future__ import annotations

from groundplan.report.view import Component, Resource, View

__all__ = ["merge_twins"]

LEAST = 3  # fewer are clearer one by one


def merge_twins(component: Component, view: View) -> list[tuple[Resource, ...]]:
    """
    The component's resources in groups: three or more of a type that need, and are needed by, alike
    resources form one group (colour refinement, Weisfeiler and Leman); others stand alone.
    """
    colour = _refine(component, view)
    members: dict[int, list[Resource]] = {}
    for resource in component.resources:
        members.setdefault(colour[resource.urn], []).append(resource)
    groups: list[tuple[Resource, ...]] = []
    for found in members.values():
        groups.extend([tuple(found)] if len(found) >= LEAST else [(one,) for one in found])
    return groups


def _refine(component: Component, view: View) -> dict[str, int]:
    inner = {resource.urn for resource in component.resources}
    colour = _number({r.urn: (r.type, r.kind, r.protect) for r in component.resources})
    while True:
        seen: dict[str, tuple[object, ...]] = {
            resource.urn: (
                colour[resource.urn],
                _colours([urn for urn in resource.needs if urn in inner], colour),
                _colours([u.urn for u in view.users.get(resource.urn, ())], colour),
                _elsewhere(resource, view, inner),
            )
            for resource in component.resources
        }
        finer = _number(seen)
        if len(set(finer.values())) == len(set(colour.values())):
            return finer
        colour = finer


def _colours(urns: list[str], colour: dict[str, int]) -> tuple[int, ...]:
    return tuple(sorted(colour[urn] for urn in urns if urn in colour))


def _elsewhere(resource: Resource, view: View, inner: set[str]) -> tuple[str, ...]:
    """The other components it needs."""
    outer = [view.by_urn[urn].component for urn in resource.needs if urn in view.by_urn.keys() - inner]
    return tuple(sorted(set(outer)))


def _number(labels: dict[str, tuple[object, ...]]) -> dict[str, int]:
    """Equal labels get equal numbers, in order of appearance."""
    numbers: dict[tuple[object, ...], int] = {}
    return {urn: numbers.setdefault(label, len(numbers)) for urn, label in labels.items()}
