"""Property paths as Pulumi writes them: `variants[0].name`, `tags["a b"]`."""

from __future__ import annotations

import json
import re

__all__ = ["item", "member", "top"]

_PLAIN = re.compile(r"[A-Za-z_$][\w$]*")


def member(path: str, key: str) -> str:
    """Return the path of a property or map entry below `path`."""
    if not _PLAIN.fullmatch(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


def item(path: str, index: int) -> str:
    """Return the path of a list's item."""
    return f"{path}[{index}]"


def top(path: str) -> str:
    """Return the property a path starts with."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]
