"""The workflow definition language's expressions: parsed and evaluated as Logic Apps does, as far as we write them."""

from __future__ import annotations

import json
import operator
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

__all__ = ["FUNCTIONS", "BadExpression", "Call", "Clock", "Environment", "evaluate", "expressions", "parse"]

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z][A-Za-z0-9]*)|(?P<mark>\?\[|[()\[\],]))"
)


class BadExpression(ValueError):
    """An expression that Logic Apps would refuse when the workflow is saved, or that fails when it runs."""


@dataclass(frozen=True)
class Call:
    """A function call, or an access (`[]`, `?[]`) with its object first."""

    name: str
    arguments: tuple[Any, ...]


def parse(text: str) -> Any:
    """
    Parse an expression without its leading `@`.

    Raises:
        BadExpression: It is not of the language.
    """
    tokens, at = [], 0
    while at < len(text.rstrip()):
        found = TOKEN.match(text, at)
        if found is None:
            raise BadExpression(f"can't read {text[at : at + 20]!r} in {text!r}")
        tokens.append((found.lastgroup, found[found.lastgroup or 0]))
        at = found.end()
    tree, rest = _term(tokens)
    if rest:
        raise BadExpression(f"{rest[0][1]!r} is too much in {text!r}")
    return tree


def _term(tokens: list[tuple[str | None, str]]) -> tuple[Any, list[tuple[str | None, str]]]:
    if not tokens:
        raise BadExpression("the expression ends too early")
    (kind, text), rest = tokens[0], tokens[1:]
    if kind == "text":
        tree: Any = text[1:-1].replace("''", "'")
    elif kind == "number":
        tree = float(text) if "." in text else int(text)
    elif kind == "word" and text in ("true", "false", "null"):
        tree = {"true": True, "false": False, "null": None}[text]
    elif kind == "word" and rest and rest[0][1] == "(":
        arguments, rest = _arguments(rest[1:], ")")
        tree = Call(text, tuple(arguments))
    else:
        raise BadExpression(f"{text!r} is not expected")
    while rest and rest[0][1] in ("[", "?["):
        mark = rest[0][1]
        key, rest = _arguments(rest[1:], "]")
        tree = Call(mark, (tree, *key))
    return tree, rest


def _arguments(tokens: list[tuple[str | None, str]], end: str) -> tuple[list[Any], list[tuple[str | None, str]]]:
    found: list[Any] = []
    if tokens and tokens[0][1] == end:
        return found, tokens[1:]
    while True:
        tree, tokens = _term(tokens)
        found.append(tree)
        if not tokens or tokens[0][1] not in (",", end):
            raise BadExpression(f"`,` or `{end}` is missing")
        mark, tokens = tokens[0][1], tokens[1:]
        if mark == end:
            return found, tokens


def expressions(value: str) -> list[Any]:
    """The expressions in a string of a definition, parsed; none in plain text."""
    if value.startswith("@@"):
        value = value[2:]
    elif value.startswith("@") and not value.startswith("@{"):
        return [parse(value[1:])]
    return [parse(part) for part in _parts(value) if isinstance(part, _Inner)]


class _Inner(str):
    """The inside of `@{…}`."""


def _parts(value: str) -> list[str]:
    parts, at = [], 0
    while at < len(value):
        start = value.find("@{", at)
        if start < 0:
            parts.append(value[at:])
            break
        if value[start - 1 : start] == "@" and start > at:
            parts.append(value[at : start - 1] + "@{")
            at = start + 2
            continue
        parts.append(value[at:start])
        end, quoted = start + 2, False
        while end < len(value) and (quoted or value[end] != "}"):
            quoted ^= value[end] == "'"
            end += 1
        if end == len(value):
            raise BadExpression(f"`}}` is missing in {value!r}")
        parts.append(_Inner(value[start + 2 : end]))
        at = end + 1
    return parts


@dataclass
class Clock:
    """The time in the workflow; it passes only while the workflow waits."""

    now: datetime = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Environment:
    """What an expression may ask for."""

    parameters: Mapping[str, Any]
    trigger: Any
    clock: Clock = field(default_factory=Clock)
    variables: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)
    items: dict[str, Any] = field(default_factory=dict)
    item: Any = None
    guids: int = 0
    workflow: Mapping[str, Any] = field(default_factory=dict)

    def guid(self) -> str:
        self.guids += 1
        return f"{self.guids:08x}-0000-4000-8000-000000000000"


def evaluate(value: Any, world: Environment) -> Any:
    """A value of a definition with its expressions evaluated."""
    if isinstance(value, Mapping):
        return {key: evaluate(inner, world) for key, inner in value.items()}
    if isinstance(value, list):
        return [evaluate(inner, world) for inner in value]
    if not isinstance(value, str):
        return value
    if value.startswith("@@"):
        return "@" + "".join(_shown(part, world) for part in _parts(value[2:]))
    if value.startswith("@") and not value.startswith("@{"):
        return _value(parse(value[1:]), world)
    return "".join(_shown(part, world) for part in _parts(value))


def _shown(part: str, world: Environment) -> str:
    return _text(_value(parse(part), world)) if isinstance(part, _Inner) else part


def _value(tree: Any, world: Environment) -> Any:
    if not isinstance(tree, Call):
        return tree
    # every argument is evaluated, also the branch that `if` does not take: what holds then holds on Azure too
    arguments = [_value(argument, world) for argument in tree.arguments]
    match tree.name:
        case "[":
            return _member(arguments[0], arguments[1])
        case "?[":
            return _perhaps(arguments[0], arguments[1])
        case "parameters" | "variables" | "outputs" | "body" | "items":
            return _member(_known(world)[tree.name], arguments[0], tree.name)
        case "item":
            return world.item
        case "workflow":
            return world.workflow
        case "triggerBody":
            return world.trigger
        case "guid":
            return world.guid()
        case "utcNow":
            return _now(world.clock.now, *arguments)
    if tree.name not in FUNCTIONS:
        raise BadExpression(f"{tree.name} is no function that these definitions may use")
    try:
        return FUNCTIONS[tree.name](*arguments)
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        raise BadExpression(f"{tree.name}{tuple(arguments)}: {error}") from error


def _known(world: Environment) -> dict[str, Any]:
    return {
        "parameters": world.parameters,
        "variables": world.variables,
        "outputs": world.outputs,
        "body": world.bodies,
        "items": world.items,
    }


def _member(of: Any, key: Any, where: str = "object") -> Any:
    try:
        return of[key]
    except (KeyError, TypeError, IndexError) as error:
        raise BadExpression(
            f"{where} has no {key!r}; it has {sorted(of) if isinstance(of, Mapping) else of!r}"
        ) from error


def _perhaps(of: Any, key: Any) -> Any:
    """`?[]`: null of null, and of an object without the key; of a list it has to be there."""
    if of is None:
        return None
    if isinstance(of, list):
        return _member(of, key)
    return _object(of).get(key)


def _object(value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise BadExpression(f"{value!r} is no object, and has no properties")
    return value


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, Mapping | list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)


def _now(now: datetime, form: str = "") -> str:
    if not form:
        return now.strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
    for theirs, ours in (
        ("yyyy", "%Y"),
        ("yy", "%y"),
        ("MM", "%m"),
        ("dd", "%d"),
        ("HH", "%H"),
        ("mm", "%M"),
        ("ss", "%S"),
    ):
        form = form.replace(theirs, ours)
    return now.strftime(form)


def _moment(text: str) -> datetime:
    return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)


def _ticks(text: str) -> int:
    return int((_moment(text) - datetime(1, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000


def _contains(of: Any, what: Any) -> bool:
    return what in of if of is not None else False


def _union(*values: Any) -> Any:
    if all(isinstance(value, list) for value in values):
        merged: list[Any] = []
        for one in (item for value in values for item in value):
            merged += [] if one in merged else [one]
        return merged
    whole: dict[str, Any] = {}
    for one in values:
        whole |= one
    return whole


def _compared(one: Any, other: Any) -> tuple[Any, Any]:
    """Two numbers, or two texts: nothing else has an order, and null has none."""
    if any(isinstance(value, bool | None) for value in (one, other)):
        raise TypeError(f"{one!r} and {other!r} can't be compared")
    return one, other


FORMATS = {"yyyy-MM-ddTHH:mm:ssZ": "%Y-%m-%dT%H:%M:%SZ", "yyyy/MM/dd/HH": "%Y/%m/%d/%H"}


def _formatted(text: str, form: str) -> str:
    if form not in FORMATS:
        raise ValueError(f"{form!r} is a format that these definitions may not use")
    return _moment(text).strftime(FORMATS[form])


def _substring(text: str, start: int, length: int) -> str:
    if start < 0 or length < 0 or start + length > len(text):
        raise ValueError(f"substring {start}+{length} is outside {text!r}")
    return text[start : start + length]


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _all_text(*values: Any) -> str:
    if any(not isinstance(value, str | int | float | bool) for value in values):
        raise TypeError("concat joins texts")
    return "".join(map(_text, values))


def _int(text: Any) -> int:
    if isinstance(text, bool | None):
        raise TypeError(f"{text!r} is no number")
    return int(text)


def _float(text: Any) -> float:
    if isinstance(text, bool | None):
        raise TypeError(f"{text!r} is no number")
    return float(text)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "addHours": lambda text, hours: _now(_moment(text) + timedelta(hours=hours)),
    "addSeconds": lambda text, seconds: _now(_moment(text) + timedelta(seconds=seconds)),
    "and": lambda *values: all(values),
    "base64": lambda text: b64encode(text.encode()).decode(),
    "coalesce": _coalesce,
    "concat": _all_text,
    "contains": _contains,
    "createArray": lambda *values: list(values),
    "div": lambda one, other: one // other,
    "encodeUriComponent": lambda text: quote(text, safe="-_.!~*'()"),
    "equals": lambda one, other: one == other,
    "first": lambda of: of[0],
    "float": _float,
    "formatDateTime": _formatted,
    "greater": lambda one, other: operator.gt(*_compared(one, other)),
    "greaterOrEquals": lambda one, other: operator.ge(*_compared(one, other)),
    "if": lambda test, yes, no: yes if test else no,
    "int": _int,
    "join": lambda texts, by: by.join(texts),
    "json": lambda value: json.loads(value) if isinstance(value, str) else value,
    "last": lambda of: of[-1],
    "length": len,
    "less": lambda one, other: operator.lt(*_compared(one, other)),
    "max": max,
    "not": lambda value: not value,
    "or": lambda *values: any(values),
    "range": lambda start, count: list(range(start, start + count)),
    "removeProperty": lambda of, key: {k: v for k, v in of.items() if k != key},
    "replace": lambda text, old, new: text.replace(old, new),
    "setProperty": lambda of, key, value: {**of, key: value},
    "skip": lambda of, count: of[count:],
    "split": lambda text, by: text.split(by),
    "startsWith": lambda text, start: text.lower().startswith(start.lower()),
    "startOfHour": lambda text: _now(_moment(text).replace(minute=0, second=0)),
    "string": _text,
    "sub": lambda one, other: one - other,
    "substring": _substring,
    "take": lambda of, count: of[:count],
    "ticks": _ticks,
    "toLower": lambda text: text.lower(),
    "toUpper": lambda text: text.upper(),
    "union": _union,
}
"""
The functions that our definitions use, each as its page describes it.

Source: https://learn.microsoft.com/azure/logic-apps/workflow-definition-language-functions-reference
"""
