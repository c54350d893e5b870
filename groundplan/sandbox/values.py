"""Reads property values as Pulumi sends them: secrets, unknowns, outputs, assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi import Archive, Asset
from pulumi.output import Unknown
from pulumi.runtime import rpc

__all__ = ["UNKNOWN", "Plain", "holds_unknown", "is_asset", "is_secret", "plain", "secret"]

UNKNOWN = rpc.UNKNOWN
"""Stands for a value that exists only after an apply."""

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - Pulumi's mark of a secret, not one
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_ASSETS = ("c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7")

Plain = Any
"""A JSON value, an asset, or UNKNOWN; never a wrapper."""


def plain(value: Any) -> Plain:
    """Return a value without its secret and output wrappers; unknowns become UNKNOWN."""
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        return _plain_mapping(value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # the wire knows doubles only
    return value


def _plain_mapping(value: Mapping[str, Any]) -> Plain:
    match value.get(_SIGNATURE):
        case str(mark) if mark == _SECRET:
            return plain(value.get("value"))
        case str(mark) if mark == _OUTPUT:
            return plain(value["value"]) if "value" in value else UNKNOWN
        case str(mark) if mark == _RESOURCE:
            return value.get("id") or value.get("urn") or UNKNOWN
        case str(mark) if mark in _ASSETS:
            return dict(value)
        case _:
            return {str(key): plain(item) for key, item in value.items()}


def is_secret(value: Any) -> bool:
    """Tell whether a value, at its top, is marked secret."""
    if not isinstance(value, Mapping):
        return False
    mark = value.get(_SIGNATURE)
    return mark == _SECRET or (mark == _OUTPUT and bool(value.get("secret")))


def secret(value: Any) -> dict[str, Any]:
    """Wrap a plain value as Pulumi marks a secret on the wire."""
    return {_SIGNATURE: _SECRET, "value": value}


def is_asset(value: Any) -> bool:
    """Tell whether a value is a file, an archive or remote content."""
    if isinstance(value, Asset | Archive):
        return True
    return isinstance(value, Mapping) and value.get(_SIGNATURE) in _ASSETS


def holds_unknown(value: Plain) -> bool:
    """Tell whether a plain value is, or holds, an unknown."""
    if isinstance(value, Mapping):
        return any(holds_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(holds_unknown(item) for item in value)
    return isinstance(value, str) and UNKNOWN in value
