"""A blueprint's layers, one over the other: the base, what an environment has otherwise, what a cloud overrides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from blueprints.document import Mark, Node
from blueprints.problems import Path

__all__ = ["apart", "entries", "find", "merge", "named_environments", "overlays", "values"]

LAYERS = ("environments", "overrides")


def entries(node: Node | None) -> dict[str, Node]:
    """The entries of a mapping; none where it is something else."""
    return node.value if node and isinstance(node.value, dict) else {}


def merge(base: Node, over: Node) -> Node:
    """
    The base with the overlay's entries: mappings by key, anything else replaced, what is null removed.

    A mapping that both have stands where the overlay has it, as whatever is new in it came from there.
    """
    if not isinstance(over.value, dict):
        return over
    merged = dict(base.value) if isinstance(base.value, dict) else {}
    for key, node in over.value.items():
        if node.value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key, Node({}, node.mark)), node)
    return replace(over, value=merged)


def apart(root: Node, *keys: str) -> Node:
    """The mapping without some of its keys."""
    return replace(root, value={k: n for k, n in entries(root).items() if k not in keys})


def _stamp(node: Node, layer: Path) -> Node:
    if isinstance(node.value, dict):
        return replace(node, value={k: _stamp(n, layer) for k, n in node.value.items()}, layer=layer)
    if isinstance(node.value, list):
        return replace(node, value=[_stamp(n, layer) for n in node.value], layer=layer)
    return replace(node, layer=layer)


def overlays(root: Node) -> dict[Path, Node]:
    """Every overlay of the file by its path, each value marked with where it was written."""
    found: dict[Path, Node] = {}
    for cloud, node in entries(entries(root).get("overrides")).items():
        found["overrides", cloud] = node
    for name, environment in entries(entries(root).get("environments")).items():
        found["environments", name] = apart(environment, "overrides")
        for cloud, node in entries(entries(environment).get("overrides")).items():
            found["environments", name, "overrides", cloud] = node
    return {path: _stamp(node, path) for path, node in found.items() if isinstance(node.value, dict)}


def named_environments(root: Node) -> Node:
    """The `environments` section with its names only, so that what refers to them can be checked."""
    section = entries(root).get("environments", Node({}, Mark(1, 1)))
    return replace(section, value={name: replace(node, value={}) for name, node in entries(section).items()})


def find(root: Node, path: Path) -> tuple[Node, int]:
    """The innermost value on the path that the file has, and how many steps it is in."""
    node = root
    for steps, part in enumerate(path):
        inner: Node | None = None
        if isinstance(node.value, dict) and isinstance(part, str):
            inner = node.value.get(part)
        elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
            inner = node.value[part]
        if inner is None:
            return node, steps
        node = inner
    return node, len(path)


def values(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Yield every value below with its path, the outer before the inner."""
    items = node.value.items() if isinstance(node.value, dict) else ()
    if isinstance(node.value, list):
        items = enumerate(node.value)
    for part, inner in items:
        yield (*path, part), inner
        yield from values(inner, (*path, part))
