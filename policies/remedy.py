"""Sets what a rule wants, where that is safe: what is unknown or secret, and all else, stays as it is."""

from __future__ import annotations

from typing import Any

from google.protobuf import struct_pb2

from policies.resource import Resource
from policies.rule import Check
from policies.settings import Settings
from policies.values import ABSENT, is_known

__all__ = ["mended"]


def mended(
    properties: struct_pb2.Struct, resource: Resource, check: Check, settings: Settings
) -> struct_pb2.Struct | None:
    """
    The properties, as the wire has them, with the check's remedy in place; None where nothing is to mend.

    A value that is unknown or a secret, or lies within one, is never replaced.
    """
    broken = {breach.path for breach in check.run(resource, settings)}
    changed = struct_pb2.Struct()
    changed.CopyFrom(properties)
    done = False
    for path, value in check.remedy.items():
        there = resource.at(path)
        if path in broken and (there is ABSENT or is_known(there)) and _reachable(resource, path):
            _set(changed, path.split("."), value)
            done = True
    return changed if done else None


def _reachable(resource: Resource, path: str) -> bool:
    """Whether every mapping above the path is there to be written to, or absent."""
    parts = path.split(".")
    above = [resource.at(".".join(parts[:count])) for count in range(1, len(parts))]
    return all(holder is ABSENT or isinstance(holder, dict) for holder in above)


def _set(holder: struct_pb2.Struct, parts: list[str], value: Any) -> None:
    head, *rest = parts
    if not rest:
        holder[head] = value
        return
    if head not in holder.fields or holder.fields[head].WhichOneof("kind") != "struct_value":
        holder[head] = {}
    _set(holder.fields[head].struct_value, rest, value)
