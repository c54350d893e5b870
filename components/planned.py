"""Fields of the language whose capability is not built yet: they are refused with the reason, never ignored."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pydantic.fields import FieldInfo

__all__ = ["planned", "what_is_planned"]

KEY = "x-planned"


def planned(what: str, default: Any = None) -> Any:
    """
    A field that the language has and no cloud builds yet.

    Args:
        what: The capability that will bring it, as the message names it.
        default: Its value where the blueprint does not set it.
    """
    return Field(default, json_schema_extra={KEY: what})


def what_is_planned(field: FieldInfo) -> str | None:
    """The capability that will bring the field; None where it is built."""
    extra = field.json_schema_extra
    found = extra.get(KEY) if isinstance(extra, dict) else None
    return found if isinstance(found, str) else None
