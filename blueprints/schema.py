"""JSON Schema of blueprints, for completion and checks in editors; `python -m blueprints.schema` writes the file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema

from blueprints.model import Blueprint
from blueprints.rules import built_on
from blueprints.sections import CALLED, CAPABILITY
from blueprints.structure import FIXED
from components.base import Cloud
from components.fields import FILLED_IN
from components.units import Quantity

__all__ = ["FILE", "schema", "written"]

FILE = Path(__file__).with_name("schema.json")
_CLOUD_ONLY = {"Machine": ("type",), "Network": ("existing",), "Storage": ("existing",), "Blueprint": ("key",)}
_REF = "#/definitions/"

Json = dict[str, Any]


class _Generator(GenerateJsonSchema):
    """Pydantic's own, but for the defaults of quantities, which it would show as they are stored."""

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, Quantity):
            return str(dft)
        if isinstance(dft, list):
            return [self.encode_default(item) for item in dft]
        return super().encode_default(dft)

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        found = super().generate(schema, mode)
        return {"Blueprint": {k: v for k, v in found.items() if k != "$defs"}, **found.get("$defs", {})}


def schema() -> Json:
    """
    The language as JSON Schema.

    Draft 7, the newest that YAML language servers take in full. Overlays have definitions of their own: nothing is
    required in them, and `null` removes.
    """
    plain = Blueprint.model_json_schema(ref_template=f"{_REF}{{model}}", schema_generator=_Generator)
    models = {name: _tidy(model) for name, model in plain.items()}
    touched = _reaching(models, set(_CLOUD_ONLY))
    definitions = {name: _without(model, _CLOUD_ONLY.get(name, ())) for name, model in models.items()}
    overlays = {f"{name}.overlay": _partial(model, lambda n: f"{n}.overlay") for name, model in definitions.items()}
    overrides = {
        f"{name}.override": _partial(models[name], lambda n: f"{n}.override" if n in touched else f"{n}.overlay")
        for name in touched
    }
    found = {**definitions, **overlays, **overrides}
    _place_overlays(found)
    top = found.pop("Blueprint")
    used = _used(top, found)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "groundplan blueprint",
        **top,
        "definitions": {name: found[name] for name in sorted(used)},
    }


def written() -> str:
    """Text of the file `schema.json`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _place_overlays(found: dict[str, Json]) -> None:
    """Put the overlays' definitions where the blueprint and the environments hold them."""
    environment, override = found["Blueprint.overlay"], found["Blueprint.override"]
    fixed = (*FIXED, "environments")
    environment["description"] = "What is otherwise in this environment, merged by key; null removes."
    override["description"] = "What is otherwise on this cloud, merged by key; null removes."
    section = found["Blueprint"]["properties"]["overrides"]
    by_cloud = {str(cloud): {"$ref": f"{_REF}Blueprint.override"} for cloud in Cloud}
    section.update(properties=by_cloud, additionalProperties=False)
    section.pop("propertyNames")
    for overlay, gone in ((environment, fixed), (override, (*fixed, "overrides"))):
        overlay["properties"] = {k: v for k, v in overlay["properties"].items() if k not in gone}
    environment["properties"]["overrides"] = section
    names = found["Blueprint"]["properties"]["environments"]["patternProperties"]
    found["Blueprint"]["properties"]["environments"]["patternProperties"] = {
        pattern: {"anyOf": [{"$ref": f"{_REF}Blueprint.overlay"}, {"type": "null"}]} for pattern in names
    }


def _tidy(node: Json) -> Json:
    """Pydantic's schema as an editor should show it: no titles, no `null`, what is not built yet said so."""
    node = _inside(node, _tidy)
    branches = [b for b in node.pop("anyOf", ()) if b != {"type": "null"}]
    if len(branches) == 1:
        node = {**branches[0], **node}
    elif branches:
        node["anyOf"] = branches
    if node.get("default") in (None, {}, []) or isinstance(node["default"], dict):
        node.pop("default", None)
    if "patternProperties" in node:
        node["additionalProperties"] = False
    if "properties" in node:
        node["properties"] = {k: v for k, v in node["properties"].items() if FILLED_IN not in v}
    if "description" in node:
        node["description"] = " ".join(node["description"].split("\n\nRaises:")[0].split())
    _say_unbuilt(node)
    return {k: v for k, v in node.items() if k not in ("title", CALLED, CAPABILITY)}


def _say_unbuilt(node: Json) -> None:
    if CAPABILITY in node and not built_on(node[CAPABILITY]):
        node["description"] = f"Not built yet: {node[CALLED]}."
        node["deprecationMessage"] = f"Not built yet: {node[CALLED]}. Leave it out."


def _inside(node: Json, change: Callable[[Json], Json]) -> Json:
    """A copy of the schema with each schema directly inside changed."""
    changed: Json = {}
    for key, value in node.items():
        if key in ("properties", "patternProperties"):
            changed[key] = {name: change(inner) for name, inner in value.items()}
        elif key == "anyOf":
            changed[key] = [change(inner) for inner in value]
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            changed[key] = change(value)
        else:
            changed[key] = value
    return changed


def _without(node: Json, names: tuple[str, ...]) -> Json:
    """A copy of the model without some of its properties."""
    properties = {k: v for k, v in node.get("properties", {}).items() if k not in names}
    return {**node, "properties": properties}


def _partial(node: Json, rename: Callable[[str], str]) -> Json:
    """The schema of an overlay: nothing required, all that has a key removable; lists stay whole."""
    if "$ref" in node:
        return {**node, "$ref": _REF + rename(node["$ref"].removeprefix(_REF))}
    if node.get("type") == "array":
        return node
    part = _inside(node, lambda inner: _partial(inner, rename))
    for key in ("properties", "patternProperties"):
        if key in part:
            part[key] = {name: _nullable(inner) for name, inner in part[key].items()}
    if isinstance(part.get("additionalProperties"), dict):
        part["additionalProperties"] = _nullable(part["additionalProperties"])
    return {k: v for k, v in part.items() if k not in ("required", "minProperties", "default")}


def _nullable(node: Json) -> Json:
    said = {k: v for k, v in node.items() if k in ("description", "deprecationMessage")}
    inner = {k: v for k, v in node.items() if k not in said}
    return {**said, "anyOf": [*inner.pop("anyOf", ()), *([inner] if inner else []), {"type": "null"}]}


def _references(node: Any) -> set[str]:
    if isinstance(node, Mapping):
        own = {node["$ref"].removeprefix(_REF)} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(_references(value) for value in node.values()))
    return set().union(*(_references(item) for item in node)) if isinstance(node, list) else set()


def _reaching(models: dict[str, Json], found: set[str]) -> set[str]:
    """The models that refer to one of those, however far."""
    while more := {name for name, model in models.items() if _references(model) & found} - found:
        found = found | more
    return found


def _used(top: Json, models: dict[str, Json]) -> set[str]:
    """The definitions that the schema refers to, however far."""
    found: set[str] = set()
    waiting = _references(top)
    while waiting:
        found |= waiting
        waiting = set().union(*(_references(models[name]) for name in waiting)) - found
    return found


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
