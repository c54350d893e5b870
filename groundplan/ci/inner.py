"""What differs within a text that holds JSON: a state machine, a policy, a dashboard."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.sandbox import paths

__all__ = ["differences"]

_ABSENT = object()
Difference = tuple[str, Any, Any]
"""Path, old value and new value; None where there is none."""


def differences(path: str, old: Any, new: Any) -> list[Difference]:
    """
    The leaves that differ between two values.

    Args:
        path: Where the values stand; texts that both hold JSON are looked into, all else is one leaf.
    """
    one, other = _held(old), _held(new)
    if one is None or other is None or isinstance(one, list) != isinstance(other, list):
        return [(path, old, new)]
    return list(_leaves(path, one, other)) or [(path, None, None)]  # it is written another way


def _held(value: Any) -> Any:
    """The mapping or list that a text holds as JSON, or None."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _leaves(path: str, old: Any, new: Any) -> Iterator[Difference]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _leaves(paths.member(path, str(key)), old.get(key, _ABSENT), new.get(key, _ABSENT))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _leaves(paths.item(path, index), one, other)
    else:
        yield path, None if old is _ABSENT else old, None if new is _ABSENT else new
