"""Inputs at a path as Pulumi writes it: `variants[0].name`, `tags["a b"]`, `variants[*].weight`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["kept", "look"]

_PART = re.compile(r'\.?(?P<name>[^.\[\]"]+)|\[(?P<index>\d+|\*)\]|\[(?P<key>"(?:[^"\\]|\\.)*")\]')
_MISSING: Any = object()


def _parts(path: str) -> list[str | int]:
    found: list[str | int] = []
    for match in _PART.finditer(path):
        index = match["index"]
        if match["name"]:
            found.append(match["name"])
        elif match["key"]:
            found.append(json.loads(match["key"]))
        else:
            found.append(int(index) if index.isdigit() else index)
    return found


def look(inputs: Any, path: str) -> Any:
    """The value at a path; None where there is none."""
    value = inputs
    for part in _parts(path):
        value = _member(value, part)
    return None if value is _MISSING else value


def _member(value: Any, part: str | int) -> Any:
    if isinstance(part, int):
        there = isinstance(value, Sequence) and not isinstance(value, str) and part < len(value)
        return value[part] if there else _MISSING
    return value.get(part, _MISSING) if isinstance(value, Mapping) else _MISSING


def kept(old: Any, new: Any, path: str) -> Any:
    """New inputs with what the old ones have at a path, as the engine does with what a resource ignores."""
    return _kept(old, new, _parts(path))


def _kept(old: Any, new: Any, parts: list[str | int]) -> Any:
    if not parts:
        return old
    head, *rest = parts
    if head == "*":
        return _each_kept(old, new, rest)
    if isinstance(new, Mapping) and isinstance(head, str):
        value = _kept(_member(old, head), new.get(head, _MISSING), rest)
        others = {key: inner for key, inner in new.items() if key != head}
        return others if value is _MISSING else {**others, head: value}
    if isinstance(new, list) and isinstance(head, int) and head < len(new):
        value = _kept(_member(old, head), new[head], rest)
        return new if value is _MISSING else [*new[:head], value, *new[head + 1 :]]
    return new


def _each_kept(old: Any, new: Any, rest: list[str | int]) -> Any:
    if isinstance(new, list):
        return [_kept(_member(old, index), inner, rest) for index, inner in enumerate(new)]
    if isinstance(new, Mapping):
        return {key: _kept(_member(old, key), inner, rest) for key, inner in new.items()}
    return new
