"""Spans of time as clouds write them: `PT30M`, `7200s`."""

from __future__ import annotations

import re

__all__ = ["seconds"]

_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_PLAIN = re.compile(r"(\d+(?:\.\d+)?)s?")


def seconds(found: object) -> float | None:
    """Seconds of an ISO 8601 duration up to days, of `7200s`, or of a number; None of what is neither."""
    text = str(found)
    if plain := _PLAIN.fullmatch(text):
        return float(plain[1])
    parts = _ISO.fullmatch(text)
    if not parts or not any(parts.groups()):
        return None
    days, hours, minutes, rest = (float(part or 0) for part in parts.groups())
    return days * 86_400 + hours * 3600 + minutes * 60 + rest
