"""What the language has at a path: the types, the field and its keys, whatever the value there is."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from blueprints.problems import Path

__all__ = ["Place", "fields", "pattern_of"]


@dataclass(frozen=True)
class Place:
    """
    A place of the language.

    Attributes:
        types: What may stand here, `Optional` and `Annotated` taken off.
        notes: What `Annotated` says of them.
        field: The model's field, where it is one.
    """

    types: tuple[Any, ...]
    notes: tuple[Any, ...] = ()
    field: FieldInfo | None = None

    @classmethod
    def of(cls, annotation: Any, field: FieldInfo | None = None) -> Place:
        """The place that an annotation makes."""
        found, notes = _options(annotation)
        return cls(found, (*notes, *(field.metadata if field else ())), field)

    @property
    def models(self) -> list[type[BaseModel]]:
        """The specs that may stand here."""
        return [t for t in self.types if isinstance(t, type) and issubclass(t, BaseModel)]

    @property
    def keys(self) -> list[str]:
        """The keys of the specs that may stand here."""
        return [field.alias or name for model in self.models for name, field in model.model_fields.items()]

    @property
    def is_open(self) -> bool:
        """Whether the keys are names that the author chooses."""
        return any(get_origin(t) is dict for t in self.types)

    @property
    def examples(self) -> list[Any]:
        """What one could write here."""
        fields = [self.field, *(n for n in self.notes if isinstance(n, FieldInfo))]
        listed = [e for f in fields if f and f.examples for e in f.examples]
        return listed or [e for t in self.types for e in _examples(t)]

    def step(self, part: str | int) -> Place | None:
        """The place of one key or item; None where the language has none."""
        for model in self.models:
            for name, field in model.model_fields.items():
                if part == (field.alias or name):
                    return Place.of(field.annotation, field)
        for found in self.types:
            arguments = get_args(found)
            if get_origin(found) is dict and isinstance(part, str):
                return Place.of(arguments[1])
            if get_origin(found) is list and isinstance(part, int):
                return Place.of(arguments[0])
        return None

    @property
    def key(self) -> Place:
        """The place of the keys themselves, where the author chooses them."""
        return next((Place.of(get_args(t)[0]) for t in self.types if get_origin(t) is dict), Place(()))

    def at(self, path: Path) -> Place | None:
        """The place at the end of the path."""
        here: Place | None = self
        for part in path:
            here = here.step(part) if here else None
        return here


def _examples(kind: Any) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        extra = kind.model_config.get("json_schema_extra")
        found = extra.get("examples") if isinstance(extra, dict) else None
        return list(found) if isinstance(found, list) else []
    return list(getattr(kind, "examples", ()))


def _options(annotation: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    if get_origin(annotation) is Annotated:
        inner, *notes = get_args(annotation)
        found, more = _options(inner)
        return found, (*notes, *more)
    if get_origin(annotation) in (Union, types.UnionType):
        pairs = [_options(a) for a in get_args(annotation)]
        return tuple(t for p in pairs for t in p[0]), tuple(n for p in pairs for n in p[1])
    return () if annotation is type(None) else (annotation,), ()


def pattern_of(kind: Any) -> str:
    """The regular expression of a text type such as `Name`."""
    return next(str(n.pattern) for n in get_args(kind)[1:] if isinstance(n, StringConstraints) and n.pattern)


def fields(place: Place, value: Any, path: Path = ()) -> Iterator[tuple[Path, Place, Any]]:
    """Yield every field of the language that a plain value sets, with its path and what it is set to."""
    if isinstance(value, dict):
        items: Any = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return
    for part, item in items:
        inner = place.step(part)
        if inner is not None:
            if inner.field is not None:
                yield (*path, part), inner, item
            yield from fields(inner, item, (*path, part))
