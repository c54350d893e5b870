"""Checks inputs against a resource type's schema and rules, as its cloud would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.sandbox import paths
from groundplan.sandbox.docs import allowed_values
from groundplan.sandbox.rules import Rule, Rules
from groundplan.sandbox.rules.rule import nearest, not_one_of
from groundplan.sandbox.schema import ObjectSchema, Property, ResourceSchema, Type
from groundplan.sandbox.values import UNKNOWN, is_asset, is_secret, plain

__all__ = ["Failure", "check_inputs"]


@dataclass(frozen=True)
class Failure:
    """One refusal: the camelCase path of the property, and why."""

    property: str
    reason: str


@dataclass(frozen=True)
class _Spot:
    """Where in the inputs a value sits: for people, and for the rules (no indices)."""

    path: str = ""
    rule: str = ""

    def member(self, name: str) -> _Spot:
        return _Spot(paths.member(self.path, name), f"{self.rule}.{name}" if self.rule else name)

    def entry(self, key: str) -> _Spot:
        return _Spot(paths.member(self.path, key), self.rule)

    def item(self, index: int) -> _Spot:
        return _Spot(paths.item(self.path, index), self.rule)


@dataclass(frozen=True)
class _Checker:
    rules: Rules
    bridged: bool  # a bridged Terraform provider turns "3" into 3; azure-native does not
    doc_enums: bool

    def object(self, schema: ObjectSchema, value: Mapping[str, Any], at: _Spot) -> Iterator[Failure]:
        for name in schema.required:
            if value.get(name) is None and schema.properties[name].constant is None:
                yield Failure(at.member(name).path, "is required but was not given")
        for name, given in value.items():
            if name.startswith("__") or given is None:
                continue
            known = schema.properties.get(name)
            if known is None:
                yield Failure(at.member(name).path, _unknown_reason(name, schema))
            else:
                yield from self.property(known, given, at.member(name))

    def property(self, known: Property, given: Any, at: _Spot) -> Iterator[Failure]:
        if isinstance(given, str) and UNKNOWN in given:
            return
        rule = self.rules.get(at.rule)
        if rule is None or not rule.enum:
            wrong = [*self.value(known.type, given, at)]
            yield from wrong
            if wrong:
                return
        if known.constant is not None and given != known.constant:
            yield Failure(at.path, f"must be {known.constant!r}, not {given!r}")
            return
        values = allowed_values(known.doc) if self.doc_enums and known.type.kind == "str" else ()
        if values and rule is None:
            rule = Rule(enum=frozenset(values))
        if rule is not None:
            yield from _obey(rule, given, at)

    def value(self, type_: Type, given: Any, at: _Spot) -> Iterator[Failure]:
        if given is None or (isinstance(given, str) and UNKNOWN in given):
            return
        match type_.kind:
            case "object":
                yield from self.nested(type_, given, at)
            case "list":
                yield from self.items(type_, given, at)
            case "map":
                yield from self.entries(type_, given, at)
            case "union":
                yield from self.union(type_, given, at)
            case "enum":
                yield from _enum(type_, given, at)
            case "any":
                return
            case _:
                if not _fits(type_.kind, given, self.bridged):
                    yield Failure(at.path, f"must be {_NAMES[type_.kind]}, not {_shown(given)}")

    def nested(self, type_: Type, given: Any, at: _Spot) -> Iterator[Failure]:
        if not isinstance(given, Mapping) or is_asset(given):
            yield Failure(at.path, f"must be an object, not {_shown(given)}")
        elif type_.fields is not None:
            yield from self.object(type_.fields, given, at)

    def items(self, type_: Type, given: Any, at: _Spot) -> Iterator[Failure]:
        if not isinstance(given, list):
            yield Failure(at.path, f"must be a list, not {_shown(given)}")
            return
        for index, item in enumerate(given):
            if type_.item is not None:
                yield from self.value(type_.item, item, at.item(index))

    def entries(self, type_: Type, given: Any, at: _Spot) -> Iterator[Failure]:
        if not isinstance(given, Mapping) or is_asset(given):
            yield Failure(at.path, f"must be a map, not {_shown(given)}")
            return
        keys, values = self.rules.get(f"{at.rule}#"), self.rules.get(at.rule)
        for key, item in given.items():
            if keys is not None and (reason := keys.refusal(key)):
                yield Failure(at.entry(key).path, f"has a key that is refused: {reason}")
            if type_.item is not None:
                yield from self.value(type_.item, item, at.entry(key))
            if values is not None:
                yield from _obey(values, item, at.entry(key))

    def union(self, type_: Type, given: Any, at: _Spot) -> Iterator[Failure]:
        if isinstance(given, Mapping) and not is_asset(given):
            chosen = _discriminate(type_, given, at)
            if isinstance(chosen, Failure):
                yield chosen
                return
            if chosen is not None:
                yield from self.nested(chosen, given, at)
                return
        tries = [[*self.value(option, given, at)] for option in type_.options]
        if all(tries):
            yield from min(tries, key=len)


_NAMES = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "asset": "an asset or archive",
}


def check_inputs(schema: ResourceSchema, rules: Rules, inputs: Mapping[str, Any], *, package: str) -> list[Failure]:
    """Return every reason the cloud of `package` would refuse `inputs`; none means accepted."""
    checker = _Checker(rules, bridged=package in ("aws", "gcp"), doc_enums=package == "gcp")
    given = plain(inputs)
    found = [*checker.object(schema.inputs, given, _Spot())]
    found += [Failure(path, reason) for path, reason in rules.cross(given)]
    return _without_secrets(found, inputs) if found else found


def _without_secrets(found: list[Failure], inputs: Any) -> list[Failure]:
    """Take what was marked secret out of the reasons: they are shown and logged."""
    hidden = sorted({text for text in _secret_texts(inputs, False) if text}, key=len, reverse=True)
    clean = []
    for failure in found:
        reason = failure.reason
        for text in hidden:
            reason = reason.replace(text, "[secret]")
        clean.append(Failure(failure.property, reason))
    return clean


def _secret_texts(value: Any, inside: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        inside = inside or is_secret(value)
        for item in value.values():
            yield from _secret_texts(item, inside)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _secret_texts(item, inside)
    elif inside and isinstance(value, str | int | float):
        yield str(value)


def _discriminate(type_: Type, given: Mapping[str, Any], at: _Spot) -> Type | Failure | None:
    """Pick the option of a tagged union whose constant the value carries."""
    constants: dict[str, dict[str, Type]] = {}
    for option in type_.options:
        fields = option.fields
        for name, known in fields.properties.items() if fields else ():
            if known.constant is not None:
                constants.setdefault(name, {})[known.constant] = option
    for name, options in constants.items():
        if len(options) < len([o for o in type_.options if o.kind == "object"]):
            continue
        tag = given.get(name)
        if tag is None:
            return Failure(at.member(name).path, f"is required: one of {sorted(options)}")
        if isinstance(tag, str) and UNKNOWN in tag:
            return None
        if tag not in options:
            return Failure(at.member(name).path, f"{tag!r} is not one of {sorted(options)}")
        return options[tag]
    return None


def _enum(type_: Type, given: Any, at: _Spot) -> Iterator[Failure]:
    members = type_.members
    folded = {str(m).casefold() for m in members}
    if isinstance(given, list | Mapping):
        yield Failure(at.path, f"must be one of {[*members]}, not {_shown(given)}")
    elif members and str(given).casefold() not in folded:
        yield Failure(at.path, not_one_of(given, members))


def _obey(rule: Rule, given: Any, at: _Spot) -> Iterator[Failure]:
    for index, item in enumerate(given) if isinstance(given, list) else [(None, given)]:
        if isinstance(item, str) and (UNKNOWN in item or not item):
            continue  # unknown until an apply; or empty, which providers take as unset
        reason = rule.refusal(item)
        if reason:
            yield Failure((at if index is None else at.item(index)).path, reason)


def _fits(kind: str, given: Any, bridged: bool) -> bool:
    match kind:
        case "asset":
            return is_asset(given)
        case "bool":
            return isinstance(given, bool) or (bridged and given in ("true", "false"))
        case "str":
            return isinstance(given, str) or (bridged and isinstance(given, bool | int | float))
        case "int":
            return _is_number(given, bridged) and float(given).is_integer()
        case _:
            return _is_number(given, bridged)


def _is_number(given: Any, bridged: bool) -> bool:
    if isinstance(given, bool):
        return False
    if isinstance(given, str) and bridged:
        try:
            float(given)
        except ValueError:
            return False
        return True
    return isinstance(given, int | float)


def _unknown_reason(name: str, schema: ObjectSchema) -> str:
    return f"is not a property of {schema.name.removesuffix('Args')}{nearest(name, schema.properties)}"


def _shown(given: Any) -> str:
    """Show a wrong value's kind; its content may be a secret."""
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list"}
    return names.get(type(given), "an object" if isinstance(given, Mapping) else "an asset")
