"""A blueprint file: read once, checked for every environment and cloud, resolved for one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath
from typing import NoReturn

from blueprints.document import Mark, Node, read
from blueprints.examine import Collection, Variant, examine
from blueprints.file import text_of
from blueprints.finding import Finding, nearest
from blueprints.layers import LAYERS, apart, entries, find, merge, named_environments, overlays
from blueprints.model import API_VERSION, Blueprint
from blueprints.problems import BlueprintError, Path, Problem, shown_path
from blueprints.structure import FIXED, misplaced
from blueprints.wording import shown
from components.base import Cloud

__all__ = ["Source", "load", "parse"]


def load(path: str | FilePath) -> Source:
    """
    Read a blueprint file.

    Raises:
        BlueprintError: It can't be read, or is not YAML that a blueprint could be.
    """
    return parse(text_of(FilePath(path), str(path)), str(path))


def parse(text: str, file: str = "blueprint.yaml") -> Source:
    """
    Read a blueprint's text.

    Args:
        text: YAML.
        file: What messages call it.

    Raises:
        BlueprintError: As `load`.
    """
    root = read(text, file)
    if not isinstance(root.value, dict):
        message = f"a blueprint is a mapping, not {shown(root.plain)}. Write apiVersion: {API_VERSION} first."
        _refuse(file, root.mark, (), message)
    version = root.value.get("apiVersion")
    if version and version.value != API_VERSION:
        message = f"{shown(version.plain)} is not known to this version of groundplan. Write {API_VERSION}."
        _refuse(file, version.place, ("apiVersion",), message)
    return Source(file, root)


def _refuse(file: str, mark: Mark, path: Path, message: str) -> NoReturn:
    raise BlueprintError([Problem(file, mark.line, mark.column, shown_path(path), message)])


def _without_itself(blueprint: Blueprint, environment: str) -> Blueprint:
    """An environment that shares its models with itself shares nothing."""
    registry = blueprint.registry
    others = [name for name in registry.share_with if name != environment]
    return blueprint.model_copy(update={"registry": registry.model_copy(update={"share_with": others})})


@dataclass(frozen=True)
class Source:
    """
    A blueprint as its file has it.

    Attributes:
        file: As it was named by who asked.
        root: Its values, with their places.
    """

    file: str
    root: Node = field(repr=False)

    @property
    def environments(self) -> tuple[str, ...]:
        """Environments that the file tells apart, in its order; none where it tells none apart."""
        return tuple(entries(entries(self.root).get("environments")))

    def resolve(self, environment: str, cloud: Cloud | str) -> Blueprint:
        """
        The blueprint of one environment on one cloud.

        Args:
            environment: One of `environments`; any name where the file tells none apart.
            cloud: Where it is to run.

        Raises:
            BlueprintError: With all that is wrong with it.
        """
        self._known(environment, cloud)
        variant = Variant(environment, Cloud(cloud))
        blueprint, found = examine(self._tree(variant), variant)
        if blueprint is None or found or self._misplaced:
            raise BlueprintError(self._problems([variant]))
        return _without_itself(blueprint, environment)

    def check(self, clouds: Iterable[Cloud] = tuple(Cloud)) -> list[Problem]:
        """All that is wrong with the file, in every environment on each of the clouds, in the file's order."""
        names = self.environments or (None,)
        return self._problems([Variant(name, cloud) for name in names for cloud in clouds], strict=True)

    def problem(self, environment: str, cloud: Cloud | str, path: Path, message: str) -> Problem:
        """What is wrong with a value of a resolved blueprint, at the place that the file has it from."""
        collection = Collection(self.file)
        collection.add_finding(self._tree(Variant(environment, Cloud(cloud))), Finding(tuple(path), message))
        return collection.problems([])[0]

    def line(self, environment: str, cloud: Cloud | str, path: Path) -> int | None:
        """Line that a value of a resolved blueprint is written on, the overlay's of two; None where it is nowhere."""
        node, steps = find(self._tree(Variant(environment, Cloud(cloud))), path)
        return node.place.line if steps == len(path) else None

    def _known(self, environment: str, cloud: Cloud | str) -> None:
        if cloud not in list(Cloud):
            meant = nearest(str(cloud), Cloud) or "aws, gcp or azure"
            _refuse(self.file, Mark(0, 0), (), f"{shown(str(cloud))} is no cloud. Write {meant}.")
        if self.environments and environment not in self.environments:
            section = entries(self.root)["environments"]
            meant = nearest(environment, self.environments) or f"one of {', '.join(self.environments)}"
            message = f"there is no environment {shown(environment)}. Write {meant}."
            _refuse(self.file, section.key or section.mark, ("environments",), message)

    def _problems(self, variants: list[Variant], *, strict: bool = False) -> list[Problem]:
        """What is wrong with the variants, and, if strict, with what they have in common."""
        collection = Collection(self.file)
        for finding in self._misplaced:
            collection.add_of_file(self.root, finding, list(self._layers))
        wider = sorted({w for v in variants for w in v.wider}, key=lambda v: (len(v.layers), str(v)))
        for variant in [*wider, *variants]:
            collection.add(variant, self._tree(variant))
        return collection.problems([Variant(), *wider, *variants] if strict else variants)

    @cached_property
    def _layers(self) -> dict[Path, Node]:
        return overlays(self.root)

    @cached_property
    def _misplaced(self) -> list[Finding]:
        return list(misplaced(self.root, self._layers))

    def _tree(self, variant: Variant) -> Node:
        tree = apart(self.root, *LAYERS)
        for path in variant.layers:
            layer = self._layers.get(path)
            if layer:
                tree = merge(tree, apart(layer, *LAYERS, *FIXED))
        names = named_environments(self.root)
        return Node({**entries(tree), **({"environments": names} if entries(names) else {})}, self.root.mark)
