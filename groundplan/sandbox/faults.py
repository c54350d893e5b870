"""Faults on request: `faults.json` in a world's folder says which calls fail, how, how often."""

from __future__ import annotations

import fnmatch
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from groundplan.sandbox.world import World

__all__ = ["Fault", "FaultFileError", "Kind", "strike"]

Kind = Literal["throttle", "quota", "denied", "timeout", "half-created"]
_OPERATIONS = ("create", "read", "update", "delete")
_KEYS = {"type", "name", "operation", "kind", "times", "message"}
_SAYS: dict[str, str] = {
    "throttle": "rate exceeded: too many requests",
    "quota": "the quota of this account does not allow it: ask for an increase",
    "denied": "the identity has no permission for this operation",
    "timeout": "timed out while waiting for it to become ready",
    "half-created": "it was created, but did not become ready",
}


class FaultFileError(ValueError):
    """`faults.json` is not what it should be."""


@dataclass(frozen=True)
class Fault:
    """
    One fault: calls it fits fail, `times` times.

    `type` and `name` are shell patterns over the type token and the logical name.
    """

    kind: Kind
    type: str = "*"
    name: str = "*"
    operation: str = "create"
    times: int = 1
    message: str = ""

    def fits(self, type_: str, name: str, operation: str) -> bool:
        """Tell whether a call is one this fault is for."""
        return (
            fnmatch.fnmatchcase(type_, self.type)
            and fnmatch.fnmatchcase(name, self.name)
            and self.operation == operation
        )

    @property
    def text(self) -> str:
        """What the cloud says."""
        return self.message or _SAYS[self.kind]


def strike(world: World, type_: str, name: str, operation: str) -> Fault | None:
    """
    Return the fault that strikes this call, counting it, or None.

    Raises:
        FaultFileError: The folder's `faults.json` can't be read as faults.
    """
    for index, fault in enumerate(_load(world.folder / "faults.json")):
        if fault.fits(type_, name, operation) and world.use_fault(f"{index}:{fault}", fault.times):
            return fault
    return None


def _load(path: Path) -> list[Fault]:
    if not path.exists():
        return []
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise FaultFileError(f"{path} is not JSON: {error}") from None
    if not isinstance(entries, list):
        raise FaultFileError(f"{path} must hold a list of faults")
    return [_fault(path, entry) for entry in entries]


def _fault(path: Path, entry: object) -> Fault:
    if not isinstance(entry, dict) or not set(entry) <= _KEYS:
        raise FaultFileError(f"{path}: {entry!r} must be an object with keys from {sorted(_KEYS)}")
    if entry.get("kind") not in get_args(Kind):
        raise FaultFileError(f"{path}: kind must be one of {get_args(Kind)}: {entry!r}")
    if entry.get("operation", "create") not in _OPERATIONS:
        raise FaultFileError(f"{path}: operation must be one of {_OPERATIONS}: {entry!r}")
    return Fault(**entry)
