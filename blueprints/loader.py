"""A blueprint file: read once, checked for every environment and cloud, resolved for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath

from pydantic import ValidationError

from blueprints.document import Mark, Node, read
from blueprints.file import text_of
from blueprints.layers import apart, entries, find, merge, named_environments, overlays
from blueprints.model import API_VERSION, Blueprint
from blueprints.problems import BlueprintError, Path, Problem, shown_path
from blueprints.rules import Finding, findings, nearest
from blueprints.shape import Place
from blueprints.structure import misplaced
from blueprints.wording import shown, wording
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
        what = f"a blueprint is a mapping, not {shown(root.plain) if root.value is not None else 'empty'}."
        _refuse(file, root.mark, (), f"{what} Write apiVersion: {API_VERSION} first.")
    version = root.value.get("apiVersion")
    if version and version.value != API_VERSION:
        message = f"{shown(version.plain)} is not known to this version of groundplan. Write {API_VERSION}."
        _refuse(file, version.place, ("apiVersion",), message)
    return Source(file, root)


def _refuse(file: str, mark: Mark, path: Path, message: str) -> None:
    raise BlueprintError([Problem(file, mark.line, mark.column, shown_path(path), message)])


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

    @cached_property
    def _layers(self) -> dict[Path, Node]:
        return overlays(self.root)

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
        checked = _Check(self, [(environment, Cloud(cloud))])
        if checked.problems:
            raise BlueprintError(checked.problems)
        return checked.blueprints[-1]

    def check(self, clouds: Iterable[Cloud] = tuple(Cloud)) -> list[Problem]:
        """All that is wrong with the file, in every environment on each of the clouds, in the file's order."""
        names = self.environments or (None,)
        return _Check(self, [(name, cloud) for name in names for cloud in (None, *clouds)]).problems

    def _known(self, environment: str, cloud: Cloud | str) -> None:
        if cloud not in list(Cloud):
            meant = nearest(cloud, Cloud) or "aws, gcp or azure"
            _refuse(self.file, Mark(0, 0), (), f"{shown(str(cloud))} is no cloud. Write {meant}.")
        if self.environments and environment not in self.environments:
            section = entries(self.root)["environments"]
            meant = nearest(environment, self.environments) or f"one of {', '.join(self.environments)}"
            message = f"there is no environment {shown(environment)}. Write {meant}."
            _refuse(self.file, section.key or section.mark, ("environments",), message)

    def _tree(self, environment: str | None, cloud: Cloud | None) -> Node:
        tree = apart(self.root, "environments", "overrides")
        for path in (("environments", environment), ("overrides", cloud), ("environments", environment, "overrides", cloud)):
            layer = self._layers.get(path)
            if layer:
                tree = merge(tree, apart(layer, "environments", "overrides", "apiVersion", "name"))
        names = named_environments(self.root)
        return Node({**entries(tree), **({"environments": names} if entries(names) else {})}, self.root.mark)


@dataclass
class _Check:
    """Validates a source's variants, and keeps each problem once."""

    source: Source
    variants: list[tuple[str | None, Cloud | None]]
    problems: list[Problem] = field(default_factory=list)
    blueprints: list[Blueprint] = field(default_factory=list)

    def __post_init__(self) -> None:
        found: dict[Problem, list[tuple[str | None, Cloud | None]]] = {}
        self._known: set[tuple[Path, str]] = set()
        for finding in misplaced(self.source.root, self.source._layers):
            node, steps = find(self.source.root, finding.path)
            self._hidden = finding.path
            found[self._problem(node, finding, finding.path[:steps])] = [(None, None)]
