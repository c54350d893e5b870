"""What a file must keep to before its layers can be put together: overlays of the right shape, `null` only there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from blueprints.document import Node
from blueprints.finding import Finding, nearest
from blueprints.layers import LAYERS, entries, find, values
from blueprints.model import Blueprint
from blueprints.problems import Path
from blueprints.shape import Place, pattern_of
from blueprints.wording import shown
from components.base import Cloud
from components.fields import Name

__all__ = ["misplaced"]

FIXED = ("apiVersion", "name")
CLOUD_ONLY = ("network.existing", "key", "storage.existing")
_NAME = pattern_of(Name)


def misplaced(root: Node, layers: dict[Path, Node]) -> Iterator[Finding]:
    """Yield what stands where it can't: paths are those of the file."""
    base = Node({k: n for k, n in entries(root).items() if k not in LAYERS}, root.mark)
    yield from _empty(base)
    yield from _cloud_only(base, ())
    yield from _environments(entries(root).get("environments"))
    yield from _overrides(entries(root).get("overrides"), ("overrides",))
    for path, layer in layers.items():
        yield from _fixed(layer, path)
        yield from _removals(layer, path, [base, *layers.values()])
        if path[-2] != "overrides":
            yield from _cloud_only(layer, path)


def _empty(base: Node) -> Iterator[Finding]:
    for path, node in values(base):
        if node.value is None:
            yield Finding(path, "it is empty. Write a value, or leave it out.", hides=True)


def _cloud_only(layer: Node, prefix: Path) -> Iterator[Finding]:
    for path, node in values(layer):
        dotted = ".".join(map(str, path))
        if node.value is not None and (dotted in CLOUD_ONLY or path[-2:] == ("machine", "type")):
            message = "a cloud's own name stands only under overrides.aws, overrides.gcp or overrides.azure. Move it."
            yield Finding((*prefix, *path), message, at_key=True, hides=True)


def _environments(section: Node | None) -> Iterator[Finding]:
    if section is None:
        return
    if not isinstance(section.value, dict):
        said = shown(section.plain)
        yield Finding(("environments",), f"{said} is not a mapping. Write dev: {{budget: {{monthly_usd: 300}}}}.")
        return
    for name, node in section.value.items():
        path = ("environments", name)
        if not isinstance(node.value, dict | None):
            yield Finding(path, f"{shown(node.plain)} is not a mapping. Write {{budget: {{monthly_usd: 300}}}}.")
        if re.fullmatch(_NAME, name):
            yield from _overrides(entries(node).get("overrides"), (*path, "overrides"))


def _overrides(section: Node | None, path: Path) -> Iterator[Finding]:
    if section is None or section.value is None:
        return
    if not isinstance(section.value, dict):
        yield Finding(path, f"{shown(section.plain)} is not a mapping. Write aws: {{…}}, gcp: {{…}} or azure: {{…}}.")
        return
    for cloud, node in section.value.items():
        if cloud not in list(Cloud):
            meant = nearest(cloud, Cloud) or "aws, gcp or azure"
            yield Finding((*path, cloud), f"{shown(cloud)} is no cloud. Write {meant}.", at_key=True, hides=True)
        elif not isinstance(node.value, dict | None):
            message = f"{shown(node.plain)} is not a mapping. Write what differs on {cloud}, in the shape of the top."
            yield Finding((*path, cloud), message)


def _fixed(layer: Node, path: Path) -> Iterator[Finding]:
    nested = LAYERS if path[-2] == "overrides" else LAYERS[:1]
    for key in entries(layer):
        if key in (*FIXED, *nested):
            yield Finding((*path, key), "it can't differ here. Write it at the top of the file.", at_key=True)


def _removals(layer: Node, prefix: Path, everywhere: list[Node]) -> Iterator[Finding]:
    """A `null` must remove something: an unknown name is more likely mistyped than already gone."""
    for path, node in values(layer):
        if node.value is not None:
            continue
        around = Place.of(Blueprint).at(path[:-1])
        key = path[-1]
        if isinstance(key, int):
            yield Finding((*prefix, *path), "it is empty. Write a value, or leave it out.", hides=True)
        elif around is None or key in around.keys:
            continue
        elif not around.is_open:
            near = nearest(key, around.keys)
            advice = f"Write {near}." if near else "Leave it out."
            yield Finding((*prefix, *path), f"unknown key {shown(key)}. {advice}", at_key=True)
        else:
            yield from _nothing_to_remove((*prefix, *path), path, everywhere)


def _nothing_to_remove(place: Path, path: Path, everywhere: list[Node]) -> Iterator[Finding]:
    beside = {
        key: node
        for layer in everywhere
        for around, steps in [find(layer, path[:-1])]
        if steps == len(path) - 1
        for key, node in entries(around).items()
        if node.value is not None
    }
    if path[-1] not in beside:
        near = nearest(str(path[-1]), beside)
        advice = f"Write {near}." if near else "Leave it out."
        yield Finding(place, f"there is no {shown(path[-1])} to remove. {advice}", at_key=True)
