"""Fields of the language whose capability is not built yet: they are refused with the reason, never ignored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

__all__ = ["asked_in_vain", "planned", "what_is_planned"]

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


def asked_in_vain(model: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the path and capability of every planned field that is set to other than its default."""
    if isinstance(model, BaseModel):
        for name, field in type(model).model_fields.items():
            here = (*path, field.alias or name)
            value = getattr(model, name)
            what = what_is_planned(field)
            if what is not None and name in model.model_fields_set and value != field.default:
                yield here, what
            else:
                yield from asked_in_vain(value, here)
    elif isinstance(model, dict):
        for key, value in model.items():
            yield from asked_in_vain(value, (*path, key))
    elif isinstance(model, list | tuple):
        for index, value in enumerate(model):
            yield from asked_in_vain(value, (*path, index))
