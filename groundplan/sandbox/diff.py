"""Tells what a change of inputs means: update in place, or replace, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.sandbox import paths
from groundplan.sandbox.docs import never_changes, replaces_on_change
from groundplan.sandbox.rules import Rules, cloudcontrol
from groundplan.sandbox.schema import ObjectSchema, ResourceSchema, Type
from groundplan.sandbox.values import plain

__all__ = ["Diff", "compare"]


@dataclass(frozen=True)
class Diff:
    """
    What changed, as paths, and what that means.

    Attributes:
        changed: Every changed path.
        replaces: Those that need a new resource.
        delete_before_replace: The new one can't exist beside the old: both bear one given name.
        refused: Those the service refuses to change, while the provider would try in place.
    """

    changed: list[str] = field(default_factory=list)
    replaces: list[str] = field(default_factory=list)
    delete_before_replace: bool = False
    refused: list[str] = field(default_factory=list)


def compare(
    schema: ResourceSchema,
    rules: Rules,
    fixed: frozenset[str],
    name_property: str | None,
    olds: Mapping[str, Any],
    news: Mapping[str, Any],
) -> Diff:
    """
    Compare old and new inputs of a resource.

    `fixed` holds the inputs that identify it; `name_property` is the one it is named by, which
    was made up where the inputs list it under `__defaults`.
    """
    old, new = _clean(olds), _clean(news)
    azure = schema.token.startswith("azure-native:")
    changed, replaces, refused = [], [], []
    for path, rule_path, doc in _differences(schema.inputs, old, new):
        changed.append(path)
        if _forces_new(rules, fixed, rule_path, "" if azure else doc):
            replaces.append(path)
        elif azure and never_changes(doc):
            refused.append(path)
    if schema.token == cloudcontrol.TOKEN and cloudcontrol.replaces(old, new):
        replaces.append("desiredState")
    named = name_property in new and name_property not in news.get("__defaults", [])
    same_name = named and old.get(str(name_property)) == new[str(name_property)]
    return Diff(changed, replaces, bool(replaces) and same_name, refused)


def _forces_new(rules: Rules, fixed: frozenset[str], path: str, doc: str) -> bool:
    """Tell whether a change at a path, or above it, replaces."""
    parts = path.split(".")
    prefixes = [".".join(parts[: n + 1]) for n in range(len(parts))]
    if any(prefix in rules.keeps for prefix in prefixes):
        return False
    if parts[0] in fixed or any(prefix in rules.replaces for prefix in prefixes):
        return True
    if parts[0] in _MUTABLE:
        return False
    return "*" in rules.replaces or replaces_on_change(doc)


_MUTABLE = frozenset({"tags", "labels", "tagsAll", "deletionPolicy"})


def _differences(
    schema: ObjectSchema | None,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    at: str = "",
    rule: str = "",
) -> list[tuple[str, str, str]]:
    """List (path, path without indices, docstring) of each changed leaf."""
    found: list[tuple[str, str, str]] = []
    for name in sorted({*old, *new}):
        known = schema.properties.get(name) if schema else None
        path = paths.member(at, name)
        rule_path = f"{rule}.{name}" if rule else name
        doc = known.doc if known else ""
        for sub, sub_rule, sub_doc in _value(
            known.type if known else None, old.get(name), new.get(name), path, rule_path
        ):
            found.append((sub, sub_rule, f"{doc}\n{sub_doc}"))
    return found


def _value(type_: Type | None, old: Any, new: Any, path: str, rule: str) -> list[tuple[str, str, str]]:
    if _same(old, new):
        return []
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        if type_ is not None and type_.kind == "map":
            keys = sorted({*old, *new})
            return [(paths.member(path, k), rule, "") for k in keys if not _same(old.get(k), new.get(k))]
        return _differences(_fields(type_, new), old, new, path, rule)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        item = type_.item if type_ else None
        pairs = enumerate(zip(old, new, strict=True))
        return [hit for i, (a, b) in pairs for hit in _value(item, a, b, paths.item(path, i), rule)]
    return [(path, rule, "")]


def _fields(type_: Type | None, value: Mapping[str, Any]) -> ObjectSchema | None:
    if type_ is None:
        return None
    for option in (type_, *type_.options):
        fields = option.fields
        if fields and set(value) <= set(fields.properties):
            return fields
    return None


def _same(old: Any, new: Any) -> bool:
    if old == new:
        return True
    return _empty(old) and _empty(new)


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, list | Mapping) and not value)


def _clean(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {k: plain(v) for k, v in inputs.items() if not k.startswith("__")}
