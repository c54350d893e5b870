"""What a rule finds wrong in a blueprint, and how rules look for it in values of any shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from blueprints.problems import Path

__all__ = ["Finding", "at", "names_at", "nearest"]


@dataclass(frozen=True)
class Finding:
    """
    A rule that the blueprint breaks.

    Attributes:
        path: Where.
        message: What is wrong, and what to write instead.
        at_key: Whether the key is to blame, not its value.
        hides: Whether whatever else is wrong inside does not matter.
    """

    path: Path
    message: str
    at_key: bool = False
    hides: bool = False


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most likely meant."""
    words = list(known)
    folded = {w.lower(): w for w in words}
    near = get_close_matches(word.lower()[:80], folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def at(data: Any, pattern: str) -> Iterator[tuple[Path, Any]]:
    """Yield path and value of what matches a dotted pattern, in which `*` is any key or item."""
    found: list[tuple[Path, Any]] = [((), data)]
    for part in pattern.split("."):
        found = [((*path, key), value) for path, here in found for key, value in _children(here, part)]
    yield from found


def _children(value: Any, part: str) -> Iterable[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        return value.items() if part == "*" else [(part, value[part])] if part in value else []
    return enumerate(value) if part == "*" and isinstance(value, list) else []


def names_at(data: Any, *patterns: str) -> list[str]:
    """Keys (of `section.*`) or values (of `section.list.*`) at the patterns."""
    names: list[str] = []
    for pattern in patterns:
        for path, value in at(data, pattern):
            name = value if isinstance(path[-1], int) else path[-1]
            names += [name] if isinstance(name, str) else []
    return names
