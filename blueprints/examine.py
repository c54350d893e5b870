"""One variant of a blueprint held against the language; what is wrong is told once, where it was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from blueprints.document import Mark, Node
from blueprints.finding import Finding
from blueprints.layers import find
from blueprints.model import Blueprint
from blueprints.problems import Path, Problem, shown_path
from blueprints.rules import findings
from blueprints.shape import Place
from blueprints.wording import wording
from components.base import Cloud

__all__ = ["Collection", "Variant", "examine"]


@dataclass(frozen=True)
class Variant:
    """A blueprint in an environment, on a cloud; None stands for what all have in common."""

    environment: str | None = None
    cloud: Cloud | None = None

    @property
    def layers(self) -> list[Path]:
        """Paths of the overlays that make it, the first applied first."""
        paths: list[Path] = []
        if self.environment is not None:
            paths.append(("environments", self.environment))
        if self.cloud:
            paths += [(*path, "overrides", str(self.cloud)) for path in ((), *paths)]
        return paths

    @property
    def wider(self) -> list[Variant]:
        """Those that it is a case of, the widest first."""
        found = [Variant(), Variant(self.environment), Variant(None, self.cloud)]
        return [v for i, v in enumerate(found) if v != self and v not in found[:i]]


def examine(tree: Node, variant: Variant) -> tuple[Blueprint | None, list[Finding]]:
    """The typed blueprint, or None, and all that is wrong with it."""
    plain = tree.plain
    found = list(findings(Blueprint, plain, variant.cloud, variant.environment))
    blueprint = None
    try:
        blueprint = Blueprint.model_validate(plain, strict=True, context={"apart": True})
    except ValidationError as error:
        found += _translated(error, plain, variant.cloud)
    hidden = [finding.path for finding in found if finding.hides]
    return blueprint, [f for f in found if f.hides or not any(_inside(f.path, h) for h in hidden)]


def _inside(path: Path, outer: Path) -> bool:
    return path[: len(outer)] == outer


def _translated(error: ValidationError, plain: Any, cloud: Cloud | None) -> list[Finding]:
    groups: dict[tuple[Path, bool], list[Any]] = {}
    for item in error.errors(include_url=False):
        path, at_key, branches = _data_path(item, plain)
        if not any(_of_another(branch, cloud) for branch in branches):
            groups.setdefault((path, at_key), []).append(item)
    language = Place.of(Blueprint)
    found = []
    for (path, at_key), items in groups.items():
        around = language.at(path[:-1])
        place = around.key if at_key and around and items[0]["type"] != "extra_forbidden" else language.at(path)
        found.append(Finding(path, wording(items, place, around), at_key))
    return found


def _of_another(branch: str, cloud: Cloud | None) -> bool:
    """Whether a union's branch is a spec of another cloud, whose class's name begins with that cloud's."""
    return any(branch.lower().startswith(c) for c in Cloud if cloud and c != cloud)


def _data_path(error: Any, plain: Any) -> tuple[Path, bool, list[str]]:
    """The error's path in the data, whether its key is to blame, and the branches of unions it went through."""
    path: list[str | int] = []
    branches: list[str] = []
    here = plain
    for index, part in enumerate(error["loc"]):
        last = index == len(error["loc"]) - 1
        if last and part == "[key]":
            return tuple(path), True, branches
        inside = part in here if isinstance(here, dict) else isinstance(here, list) and isinstance(part, int)
        if inside:
            here = here[part]
            path.append(part)
        elif last and error["type"] == "missing":
            path.append(part)
        else:
            branches.append(str(part))
    return tuple(path), error["type"] == "extra_forbidden", branches


@dataclass
class Collection:
    """
    Problems of one file, each once, though several variants have it.

    Attributes:
        file: As it was named by who asked.
    """

    file: str
    _seen: dict[Problem, set[Variant]] = field(default_factory=dict)
    _layer: dict[Problem, Path] = field(default_factory=dict)
    _told: dict[tuple[Path, str], Problem] = field(default_factory=dict)
    _faults: dict[tuple[Path, Mark], dict[str, set[Variant]]] = field(default_factory=dict)
    _hidden: list[Path] = field(default_factory=list)

    def add_finding(self, tree: Node, finding: Finding) -> None:
        """Take up what is wrong whichever the variant."""
        self._add(tree, finding, None)

    def add_of_file(self, root: Node, finding: Finding, layers: Sequence[Path]) -> None:
        """Take up what is wrong with the file's structure; its path is that of the file."""
        self._add(root, finding, ())
        prefix = max((p for p in ((), *layers) if _inside(finding.path, p)), key=len)
        if finding.hides and finding.path != prefix:
            self._hidden.append(finding.path[len(prefix) :])

    def add(self, variant: Variant, tree: Node) -> Blueprint | None:
        """Take up what is wrong with a variant."""
        blueprint, found = examine(tree, variant)
        for finding in found:
            if any(_inside(finding.path, h) for h in self._hidden) or self._is_consequence(variant, tree, finding):
                continue
            self._seen[self._add(tree, finding, None)].add(variant)
        return blueprint

    def _is_consequence(self, variant: Variant, tree: Node, finding: Finding) -> bool:
        """Whether the same value is at fault in a wider variant already, for another reason: one at a time."""
        node, steps = find(tree, finding.path)
        if steps < len(finding.path) or isinstance(node.value, dict | list):
            return False
        wider, messages = variant.wider, self._faults.setdefault((finding.path, node.place), {})
        messages.setdefault(finding.message, set()).add(variant)
        return any(v in wider for m, seen in messages.items() if m != finding.message for v in seen) and not any(
            v in wider for v in messages[finding.message]
        )

    def _add(self, tree: Node, finding: Finding, layer: Path | None) -> Problem:
        node, steps = find(tree, finding.path)
        missing = steps < len(finding.path)
        mark = node.key if finding.at_key and node.key and not missing else node.place
        layer = node.layer if layer is None else layer
        path = shown_path((*layer, *finding.path))
        problem = Problem(self.file, mark.line, mark.column, path, finding.message)
        if missing or isinstance(node.value, dict):  # put together from layers: the first to have it is to blame
            problem = self._told.setdefault((finding.path, finding.message), problem)
        self._seen.setdefault(problem, set())
        self._layer.setdefault(problem, layer)
        return problem

    def problems(self, variants: Sequence[Variant]) -> list[Problem]:
        """Those of the file's structure and those that one of the variants has, in the file's order."""
        kept = [p for p, seen in self._seen.items() if not seen or seen.intersection(variants)]
        return sorted({replace(p, message=self._where(p) + p.message) for p in kept})

    def _where(self, problem: Problem) -> str:
        """In which variants, where the position does not tell."""
        seen, layer = self._seen[problem], self._layer[problem]
        if not seen or Variant() in seen:
            return ""
        clouds = sorted({v.cloud for v in seen if v.cloud})
        environments = sorted({v.environment for v in seen if v.environment is not None})
        text = ""
        if environments and "environments" not in layer and not any(v.environment is None for v in seen):
            text += f"in environment {', '.join(environments)}"
        told = "overrides" in layer or any(f"on {c}" in problem.message for c in clouds)
        if clouds and not told and not any(v.cloud is None for v in seen):
            text += f"{' ' if text else ''}on {', '.join(clouds)}"
        return f"{text}: " if text else ""
