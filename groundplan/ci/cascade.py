"""What a replaced resource takes with it: whatever was given its id or address gets another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.sandbox.emulator import Emulator

__all__ = ["Renewed", "renewed", "with_renewed"]

Renewed = dict[str, tuple[str, dict[str, str]]]
"""URN of each replaced resource to its name and to its outputs' texts, old to new."""

_GENERATION = "replacement"
_TELLING = 4  # a shorter text may stand in an input by chance


def renewed(resource: Mapping[str, Any], inputs: Mapping[str, Any], emulator: Emulator) -> tuple[str, dict[str, str]]:
    """The name of a replaced resource, and which texts of its own making are others once it is made anew."""
    made = emulator.create(resource["type"], resource["name"], resource["urn"], inputs, _GENERATION)
    now = {"id": resource["id"], **resource["outputs"]}
    then = {"id": made.id, **{key: value for key, value in made.outputs.items() if key not in inputs}}
    changed = {old: new for old, new in _texts(now, then) if old != new and len(old) >= _TELLING}
    return resource["name"], changed


def with_renewed(resource: Mapping[str, Any], fresh: Renewed) -> tuple[dict[str, Any], dict[str, str]]:
    """
    A resource's inputs once what they come from is replaced, and, for each that is another, the name of what is.

    Args:
        fresh: What is replaced; only values that come from it, as the plan has it, are others.
    """
    inputs, because = dict(resource["inputs"]), {}
    for key, urns in resource["propertyDependencies"].items():
        for urn in urns:
            name, texts = fresh.get(urn, ("", {}))
            value = _replaced(inputs.get(key), texts)
            if value != inputs.get(key):
                inputs[key] = value
                because.setdefault(key, name)
    return inputs, because


def _texts(now: Any, then: Any) -> Iterator[tuple[str, str]]:
    if isinstance(now, Mapping) and isinstance(then, Mapping):
        for key in now.keys() & then.keys():
            yield from _texts(now[key], then[key])
    elif isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        for one, other in zip(now, then, strict=True):
            yield from _texts(one, other)
    elif isinstance(now, str) and isinstance(then, str):
        yield now, then


def _replaced(value: Any, texts: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _replaced(inner, texts) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, texts) for inner in value]
    if isinstance(value, str):
        for old in sorted(texts, key=len, reverse=True):
            if old in value:
                return value.replace(old, texts[old])
    return value
