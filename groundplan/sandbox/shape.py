"""Turns inputs into outputs: what was given, in output shape, and what the cloud computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.sandbox.clouds import Cloud, Identity
from groundplan.sandbox.schema import ObjectSchema, ResourceSchema, Type
from groundplan.sandbox.seed import Seed
from groundplan.sandbox.values import UNKNOWN, holds_unknown

__all__ = ["merged", "output_shape", "planned_shape"]

_DEPTH = 4


def output_shape(
    schema: ResourceSchema, inputs: Mapping[str, Any], identity: Identity, cloud: Cloud, seed: Seed
) -> dict[str, Any]:
    """Return every output a create yields: given ones, identity's, then computed ones."""
    shaper = _Shaper(lambda name, type_: _made_up(name, type_, cloud, seed))
    given = {k: v for k, v in inputs.items() if not k.startswith("__")}
    outputs = shaper.object(schema.outputs, merged(given, identity.outputs), 0)
    kept = {k: v for k, v in given.items() if k not in schema.outputs.properties}
    return kept | outputs


def planned_shape(schema: ResourceSchema, inputs: Mapping[str, Any], *, unknown: bool) -> dict[str, Any]:
    """Return the outputs of a preview: given ones in output shape, and others as not known yet."""
    shaper = _Shaper(lambda *_: UNKNOWN if unknown else None)
    given = {k: v for k, v in inputs.items() if not k.startswith("__")}
    kept = {k: v for k, v in given.items() if k not in schema.outputs.properties}
    return kept | shaper.object(schema.outputs, given, 0)


@dataclass(frozen=True)
class _Shaper:
    """Lays values into output types; `make` makes up a required scalar nobody gave."""

    make: Callable[[str, Type], Any]

    def object(self, schema: ObjectSchema, given: Mapping[str, Any], depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for name, known in schema.properties.items():
            value = given.get(name)
            if value is not None:
                out[name] = self.value(known.type, value, depth)
            elif known.required and (made := self.computed(name, known.type, depth)) is not None:
                out[name] = made
        return out

    def value(self, type_: Type, given: Any, depth: int) -> Any:
        match type_.kind:
            case "map" if isinstance(given, list) and holds_unknown(given):
                return UNKNOWN
            case "map" if isinstance(given, list):
                # azure-native: identities go in as a list of ids and come out keyed by id
                return {str(key): self.value(type_.item or type_, {}, depth) for key in given}
            case "map" if isinstance(given, Mapping) and type_.item:
                return {k: self.value(type_.item, v, depth) for k, v in given.items()}
            case "list" if isinstance(given, list) and type_.item:
                return [self.value(type_.item, v, depth) for v in given]
            case "object" if isinstance(given, Mapping) and type_.fields:
                return self.object(type_.fields, given, depth + 1)
            case "union" if isinstance(given, Mapping):
                return self.union(type_, given, depth)
            case "str" | "enum" if isinstance(given, int | float | bool):
                return _text(given)
            case "int" if isinstance(given, str | float) and _numeric(given):
                return int(float(given))
            case "bool" if given in ("true", "false"):
                return given == "true"
        return given

    def union(self, type_: Type, given: Mapping[str, Any], depth: int) -> Any:
        for option in type_.options:
            fields = option.fields
            if fields and set(given) <= set(fields.properties):
                return self.object(fields, given, depth + 1)
        return dict(given)

    def computed(self, name: str, type_: Type, depth: int) -> Any:
        made = self.make(name, type_)
        if made is None and type_.kind == "object" and type_.fields and depth <= _DEPTH:
            return self.object(type_.fields, {}, depth + 1) or None
        return made


def _made_up(name: str, type_: Type, cloud: Cloud, seed: Seed) -> Any:
    """Make up a required output nobody gave: plausible text, else the type's empty value."""
    match type_.kind:
        case "str":
            made = cloud.computed(name, seed)
            return "" if made is None else made
        case "enum":
            return cloud.computed(name, seed) or next(iter(type_.members), "")
        case "int" | "float":
            return 0
        case "bool":
            return False
        case "list":
            return []
        case "map":
            return {}
    return None


def merged(given: Mapping[str, Any], computed: Mapping[str, Any]) -> dict[str, Any]:
    """Lay computed outputs over given ones, object by object; a given value stays."""
    out = dict(given)
    for key, value in computed.items():
        held = out.get(key)
        if isinstance(held, Mapping) and isinstance(value, Mapping):
            out[key] = merged(held, value)
        else:
            out[key] = value
    return out


def _text(given: float | bool) -> str:
    if isinstance(given, bool):
        return "true" if given else "false"
    return str(int(given)) if float(given).is_integer() else str(given)


def _numeric(given: str | float) -> bool:
    try:
        float(given)
    except ValueError:
        return False
    return True
