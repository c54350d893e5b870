"""A resource's inputs as text for people: indented JSON, JSON within JSON unfolded, no secret."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["as_text"]

SIGNATURE = "4dabf18193072939515e22adb298388d"  # key that marks Pulumi's own wrapped values
SHOWN = "[secret]"
SHORT = 72  # a list of plain values up to this long stays on one line


def as_text(value: Any, indent: str = "") -> str:
    """The value as indented JSON; a string that holds JSON is unfolded after `JSON text:`."""
    if is_secret(value):
        return SHOWN
    if isinstance(value, Mapping):
        return _mapping(value, indent)
    if isinstance(value, str):
        return _string(value, indent)
    if isinstance(value, Sequence):
        return _list(value, indent)
    return json.dumps(value, ensure_ascii=False)


def is_secret(value: Any) -> bool:
    """Whether the value stands for a secret, however it is written."""
    return isinstance(value, Mapping) and (value.get("secret") is True or SIGNATURE in value)


def _mapping(value: Mapping[str, Any], indent: str) -> str:
    if not value:
        return "{}"
    deeper = indent + "  "
    lines = [
        f"{deeper}{json.dumps(str(key), ensure_ascii=False)}: {as_text(value[key], deeper)}"
        for key in sorted(value, key=str)
    ]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _list(value: Sequence[Any], indent: str) -> str:
    deeper = indent + "  "
    parts = [as_text(item, deeper) for item in value]
    inline = f"[{', '.join(parts)}]"
    if len(inline) <= SHORT and "\n" not in inline:
        return inline
    return "[\n" + ",\n".join(f"{deeper}{part}" for part in parts) + f"\n{indent}]"


def _string(value: str, indent: str) -> str:
    if value.lstrip()[:1] in ("{", "["):
        try:
            held = json.loads(value)
        except (ValueError, RecursionError):
            held = None
        if isinstance(held, (dict, list)) and held:
            return f"JSON text: {as_text(held, indent)}"
    return json.dumps(value, ensure_ascii=False)
