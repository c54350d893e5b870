"""Values that other resources are part of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi

__all__ = ["as_json", "together"]


def together(value: Any) -> pulumi.Output[Any]:
    """
    One Output of a value that has Outputs anywhere in its mappings, lists and tuples.

    The same as `pulumi.Output.from_input`, which makes an Output of each mapping, list and text within: of a policy
    that is a hundred, where this makes one.
    """
    leaves = list(_leaves(value))
    if not leaves:
        return pulumi.Output.from_input(None).apply(lambda _: value)
    return pulumi.Output.all(*leaves).apply(lambda known: _filled(value, iter(known)))


def as_json(value: Any) -> pulumi.Output[str]:
    """JSON of a value that may have Outputs in it."""
    return together(value).apply(json.dumps)


def _leaves(value: Any) -> Iterator[pulumi.Output[Any]]:
    if isinstance(value, pulumi.Output):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)


def _filled(value: Any, known: Iterator[Any]) -> Any:
    if isinstance(value, pulumi.Output):
        return next(known)
    if isinstance(value, Mapping):
        return {key: _filled(inner, known) for key, inner in value.items()}
    return [_filled(inner, known) for inner in value] if isinstance(value, list | tuple) else value
