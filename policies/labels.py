"""Tags and labels that a resource carries: its own, and those that its provider puts on each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from policies.resource import Resource
from policies.values import ABSENT

__all__ = ["carried"]


def carried(resource: Resource, path: str) -> Mapping[str, Any] | None:
    """
    Tags or labels at a path, with the provider's defaults beneath; None where they are not known.

    The engine adds a provider's defaults to a resource's own only after the rules have looked.
    """
    own = resource.at(path)
    usual = [_plain(resource.provider.get("defaultTags", {})), _plain(resource.provider.get("defaultLabels", {}))]
    if isinstance(usual[0], Mapping):
        usual[0] = usual[0].get("tags", {})
    parts = [*usual, {} if own is ABSENT else own]
    if not all(isinstance(part, Mapping) for part in parts):
        return None
    return {key: value for part in parts for key, value in part.items()}


def _plain(found: Any) -> Any:
    """Nested settings of a provider are JSON text in the engine's hands."""
    if not isinstance(found, str):
        return found
    try:
        return json.loads(found)
    except ValueError:
        return None
