"""
Rewrites `aws.json` and `cloudformation.json` from botocore's service models and cfn-lint's CloudFormation schemas.

Both are development dependencies: run `python -m groundplan.sandbox.rules.refresh` after an update.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from groundplan.sandbox.rules.aws_sources import SOURCES, ApiSource
from groundplan.sandbox.schema import ObjectSchema, Type, resource_schema

__all__ = ["build", "build_cloudformation", "main", "render", "render_cloudformation"]

TARGET = Path(__file__).with_name("aws.json")
CLOUDFORMATION = Path(__file__).with_name("cloudformation.json")
_CLOUD_CONTROL = re.compile(r"AWS::(SageMaker|ApplicationSignals|Batch|OpenSearchServerless)::\w+")
_ANYTHING = re.compile(r"\^?(\.\*|\[\\s\\S\]\*|\(\?s\)\.\*|\[\^\]\*)\$?")
_DEPTH = 7
_LOADER = Loader()
_CFN = resources.files("cfnlint") / "data" / "schemas"


def build() -> dict[str, Any]:
    """Return the rules of every type in SOURCES: values by path, and what a change replaces."""
    rules: list[dict[str, Any]] = []
    index: dict[str, int] = {}
    types: dict[str, Any] = {}
    for token, source in sorted(SOURCES.items()):
        values = {}
        for path, rule in sorted(_values(token, source)):
            key = json.dumps(rule, sort_keys=True)
            if key not in index:
                index[key] = len(rules)
                rules.append(rule)
            values[path] = index[key]
        types[token] = {"values": values, "replaces": sorted(_create_only(token, source))}
    return {"rules": rules, "types": types}


def render(built: dict[str, Any], date: str) -> str:
    """Return the file's text: where it is from, then one line a rule and a type."""
    head = {
        "botocore": importlib.metadata.version("botocore"),
        "cfn-lint": importlib.metadata.version("cfn-lint"),
        "date": date,
    }
    rules = ",\n".join(json.dumps(rule, sort_keys=True) for rule in built["rules"])
    types = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in built["types"].items())
    return f'{{"source": {json.dumps(head)},\n"rules": [\n{rules}\n],\n"types": {{\n{types}\n}}}}\n'


def build_cloudformation() -> dict[str, Any]:
    """Return what Cloud Control checks of the CloudFormation types that an ML stack may use."""
    names = sorted(name for name in _registry() if _CLOUD_CONTROL.fullmatch(name))
    return {name: _known_type(_cfn_schema(name)) for name in names}


def render_cloudformation(built: dict[str, Any], date: str) -> str:
    """Return that file's text: where it is from, then one line a type."""
    types = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in built.items())
    head = {"cfn-lint": importlib.metadata.version("cfn-lint"), "date": date}
    return f'{{"source": {json.dumps(head)},\n"types": {{\n{types}\n}}}}\n'


def main() -> None:
    """Write both files beside this module."""
    date = datetime.now(UTC).date().isoformat()
    TARGET.write_text(render(build(), date), encoding="utf-8")
    CLOUDFORMATION.write_text(render_cloudformation(build_cloudformation(), date), encoding="utf-8")


def _values(token: str, source: ApiSource) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (path, rule) for each input the API's model rules on."""
    shape = _service(source.service).operation_model(source.operation).input_shape
    yield from _object(resource_schema(token).inputs, shape, source, "", 0)


@lru_cache(maxsize=64)
def _service(name: str) -> ServiceModel:
    return ServiceModel(_LOADER.load_service_model(name, "service-2"))


def _object(
    schema: ObjectSchema, shape: Any, source: ApiSource, at: str, depth: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, known in schema.properties.items():
        path = f"{at}.{name}" if at else name
        if renamed := source.renames.get(path):
            member = _follow(shape if not at else None, renamed) or _nested(shape, renamed)
        else:
            member = _member(shape, name)
        if member is not None and depth < _DEPTH:
            yield from _property(known.type, member, source, path, depth)
        elif not member and any(r.startswith(f"{path}.") for r in source.renames):
            yield from _renamed_children(known.type, shape, source, path)


def _renamed_children(type_: Type, shape: Any, source: ApiSource, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield rules of properties whose parent the API spells another way altogether."""
    inner = type_.item or type_
    for path, renamed in source.renames.items():
        head, _, name = path.rpartition(".")
        member = _follow(shape, renamed)
        if head == at and inner.fields and name in inner.fields.properties and member is not None:
            known = inner.fields.properties[name]
            yield from _property(known.type, member, source, path, 1)


def _property(
    type_: Type, shape: Any, source: ApiSource, path: str, depth: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    shape = _unlisted(shape)
    inner = type_.item if type_.kind == "list" and type_.item else type_
    if inner.kind == "object" and inner.fields and shape.type_name == "structure":
        yield from _object(inner.fields, shape, source, path, depth + 1)
    elif inner.kind in ("str", "enum", "int", "float") and (rule := _rule(shape, inner.kind)):
        yield path, rule


def _rule(shape: Any, kind: str) -> dict[str, Any]:
    """Return what a scalar shape rules, in the words of `Rule`."""
    meta = shape.metadata
    if shape.type_name == "string":
        rule: dict[str, Any] = {"enum": sorted(shape.enum)} if shape.enum else {}
        if not rule:
            rule = {"shortest": meta.get("min", 0), "longest": meta.get("max", 0)}
            rule["pattern"] = _pattern(meta.get("pattern", ""))
        return {k: v for k, v in rule.items() if v}
    if shape.type_name in ("integer", "long", "float", "double") and kind in ("int", "float"):
        rule = {"least": meta.get("min"), "most": meta.get("max")}
        return {k: v for k, v in rule.items() if v is not None}
    return {}


def _pattern(pattern: str) -> str:
    """Return a pattern Python understands the same way; none for one it doesn't."""
    if not pattern or _ANYTHING.fullmatch(pattern):
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except (re.error, FutureWarning, DeprecationWarning):
        return ""
    return pattern


def _member(shape: Any, name: str) -> Any:
    """Return the member a property maps to: same letters, but for a plural."""
    shape = _unlisted(shape)
    if shape is None or shape.type_name != "structure":
        return None
    wanted = _letters(name)
    for member, found in shape.members.items():
        if _letters(member) == wanted:
            return found
    return None


def _follow(shape: Any, path: str) -> Any:
    """Return the member at an API path such as `Targets.Arn`, through lists."""
    for part in path.split("."):
        shape = _unlisted(shape)
        if shape is None or shape.type_name != "structure" or part not in shape.members:
            return None
        shape = shape.members[part]
    return shape


def _nested(shape: Any, renamed: str) -> Any:
    return _follow(shape, renamed.rsplit(".", 1)[-1])


def _unlisted(shape: Any) -> Any:
    while shape is not None and shape.type_name == "list":
        shape = shape.member
    return shape


def _letters(name: str) -> str:
    lowered = name.lower().replace("_", "")
    if lowered.endswith("ies"):
        return lowered[:-3] + "y"
    return lowered.removesuffix("s")


def _create_only(token: str, source: ApiSource) -> Iterator[str]:
    """Yield the property paths CloudFormation cannot change in place."""
    if source.cfn is None:
        return
    names = {v: k for k, v in source.renames.items()}
    for pointer in _cfn_schema(source.cfn).get("createOnlyProperties", []):
        parts = [p for p in pointer.removeprefix("/properties/").split("/") if p != "*"]
        path = _pulumi_path(resource_schema(token).inputs, parts, names)
        if path:
            yield path


def _pulumi_path(schema: ObjectSchema | None, parts: list[str], names: dict[str, str]) -> str | None:
    found: list[str] = []
    for part in parts:
        if schema is None:
            return None
        renamed = names.get(part) if not found else None
        name = renamed or next((n for n in schema.properties if _letters(n) == _letters(part)), None)
        if name is None or name not in schema.properties:
            return None
        found.append(name)
        known = schema.properties[name].type
        schema = (known.item or known).fields
    return ".".join(found)


def _known_type(schema: dict[str, Any]) -> dict[str, list[str]]:
    def paths(key: str) -> list[str]:
        return sorted(p.removeprefix("/properties/") for p in schema.get(key, []) if "*" not in p)

    return {
        "properties": sorted(schema["properties"]),
        "required": sorted(schema.get("required", [])),
        "createOnly": paths("createOnlyProperties"),
        "readOnly": paths("readOnlyProperties"),
        "identifier": [p.removeprefix("/properties/") for p in schema.get("primaryIdentifier", [])],
    }


def _cfn_schema(kind: str) -> dict[str, Any]:
    text = (_CFN / "resources" / f"{_registry()[kind]}.json").read_text(encoding="utf-8")
    return json.loads(text)


@lru_cache(maxsize=1)
def _registry() -> dict[str, str]:
    return json.loads((_CFN / "providers" / "us-east-1.json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
