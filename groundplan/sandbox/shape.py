"""Turns inputs into outputs: what was given, in output shape, and what the cloud computes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundplan.sandbox.clouds import Cloud, Identity
from groundplan.sandbox.schema import ObjectSchema, ResourceSchema, Type
from groundplan.sandbox.seed import Seed

__all__ = ["output_shape"]

_DEPTH = 4


def output_shape(
    schema: ResourceSchema, inputs: Mapping[str, Any], identity: Identity, cloud: Cloud, seed: Seed
) -> dict[str, Any]:
    """Return every output a create yields: given ones, identity's, then computed ones."""
    shaper = _Shaper(cloud, seed)
    given = {k: v for k, v in inputs.items() if not k.startswith("__")}
    outputs = shaper.object(schema.outputs, _merged(given, identity.outputs), 0)
    kept = {k: v for k, v in given.items() if k not in schema.outputs.properties}
    return kept | outputs


class _Shaper:
    def __init__(self, cloud: Cloud, seed: Seed) -> None:
        self.cloud = cloud
        self.seed = seed

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
        """Make up a required output nobody gave: plausible text, else the type's empty value."""
        if depth > _DEPTH:
            return None
        match type_.kind:
            case "str":
                made = self.cloud.computed(name, self.seed)
                return "" if made is None else made
            case "enum":
                return self.cloud.computed(name, self.seed) or next(iter(type_.members), "")
            case "int" | "float":
                return 0
            case "bool":
                return False
            case "list":
                return []
            case "map":
                return {}
            case "object" if type_.fields:
                return self.object(type_.fields, {}, depth + 1)
        return None


def _merged(given: Mapping[str, Any], computed: Mapping[str, Any]) -> dict[str, Any]:
    """Lay computed outputs over given ones, object by object; a given value stays."""
    out = dict(given)
    for key, value in computed.items():
        held = out.get(key)
        if isinstance(held, Mapping) and isinstance(value, Mapping):
            out[key] = _merged(held, value)
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
