"""The one Pulumi program: from a target to its components, in the order they need each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pulumi

from blueprints import Blueprint
from components.base import Cloud, Component, Result, Spec, implementation
from components.catalog import NoMachine
from groundplan.target import Target

__all__ = ["Request", "Unfit", "program", "requests"]


class Unfit(ValueError):
    """
    A wish of the blueprint that the cloud can't grant.

    Attributes:
        path: Where in the blueprint it stands.
    """

    def __init__(self, path: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True)
class Request:
    """One component that a blueprint asks for."""

    capability: str
    name: str
    spec: Spec

    def implementation(self, cloud: Cloud) -> type[Component]:
        """The class that builds it on the cloud."""
        return implementation(self.capability, cloud)

    def path(self, cloud: Cloud) -> tuple[str, ...]:
        """Where the blueprint asks for it."""
        build = self.implementation(cloud)
        return (build.section,) if build.singleton else (build.section, self.name)


def requests(blueprint: Blueprint) -> Iterator[Request]:
    """Every component of a blueprint; what a later one needs comes before it."""
    yield Request("foundation", "foundation", blueprint.foundation)
    if blueprint.registry.models:
        yield Request("registry", "registry", blueprint.registry)
    if blueprint.features:
        yield Request("features", "features", blueprint.features)
    if blueprint.tracking:
        yield Request("tracking", "tracking", blueprint.tracking)
    for name, training in sorted(blueprint.training.items()):
        yield Request("training", name, training)
    for name, endpoint in sorted(blueprint.endpoints.items()):
        yield Request("endpoint", name, endpoint)
    for name, batch in sorted(blueprint.batch.items()):
        yield Request("batch", name, batch)
    for name, monitor in sorted(blueprint.monitoring.items()):
        yield Request("monitoring", name, monitor)
    for name, pipeline in sorted(blueprint.pipelines.items()):
        yield Request("pipeline", name, pipeline)
    for name, notebooks in sorted(blueprint.notebooks.items()):
        yield Request("notebooks", name, notebooks)
    if blueprint.budget:
        yield Request("budget", "budget", blueprint.budget)
    if blueprint.dashboard:
        yield Request("dashboard", "dashboard", blueprint.dashboard)


def program(target: Target) -> dict[str, Result]:
    """
    Register the target's components and export their results, one stack output a component.

    Raises:
        LookupError: A capability is not built on the cloud.
        Unfit: The cloud sells no machine as wished for in the region, or can't take another wish.
    """
    results: dict[str, Result] = {}
    for request in requests(target.blueprint):
        build = request.implementation(target.cloud)
        try:
            component = build(request.name, request.spec, target.context, results)
        except NoMachine as wish:
            raise Unfit((*request.path(target.cloud), "machine"), str(wish)) from wish
        except ValueError as wish:  # what a component finds that its cloud can't take, in its own words
            raise Unfit(request.path(target.cloud), str(wish)) from wish
        results[component.label] = component.result
        pulumi.export(component.label, component.result.outputs())
    return results
