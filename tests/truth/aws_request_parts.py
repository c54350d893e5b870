"""Pieces of the API requests that create planned AWS resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["Inputs", "Request", "pascal", "tags", "without"]

Inputs = Mapping[str, Any]
Request = tuple[str, str, dict[str, Any]]


def pascal(value: Any, renames: Mapping[str, str] | None = None) -> Any:
    """Keys as the API spells them: `volumeSizeInGb` as `VolumeSizeInGb`, or as `renames` says."""
    names = renames or {}
    if isinstance(value, Mapping):
        return {names.get(k, k[0].upper() + k[1:]): pascal(v, names) for k, v in value.items()}
    return [pascal(v, names) for v in value] if isinstance(value, list) else value


def tags(inputs: Inputs, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """The planned tags as a list."""
    return [{key: k, value: v} for k, v in inputs.get("tags", {}).items()]


def without(inputs: Inputs, *names: str) -> dict[str, Any]:
    """The inputs but for some."""
    return {k: v for k, v in inputs.items() if k not in names}
