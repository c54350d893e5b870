"""Properties off the wire, which become plain values once somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from google.protobuf import json_format, struct_pb2

from policies.values import plain

__all__ = ["Late"]


class Late(Mapping[str, Any]):
    """
    What a resource is told to be; in a stack most are of types that no rule asks, and need no values.

    Args:
        told: As the engine sends it.
    """

    def __init__(self, told: struct_pb2.Struct) -> None:
        self._told = told

    @cached_property
    def _known(self) -> Mapping[str, Any]:
        return plain(json_format.MessageToDict(self._told))

    def __getitem__(self, key: str) -> Any:
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
