"""Expressions of Google Cloud Workflows: the part of the language that we use, and nothing else."""

from __future__ import annotations

import ast
import base64
import io
import json
import re
import tokenize
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from components.clouds.gcp.workflow import LONGEST_EXPRESSION

__all__ = ["Raised", "check", "evaluate", "is_expression"]

WORDS = {"true": True, "false": False, "null": None}
TYPES = {str: "string", bool: "boolean", int: "integer", float: "double", list: "list", dict: "map", type(None): "null"}
ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
}
COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.In: lambda a, b: a in b,
}
KNOWN = (
    ast.Name,
    ast.Constant,
    ast.Attribute,
    ast.Subscript,
    ast.Call,
    ast.BoolOp,
    ast.UnaryOp,
    ast.Compare,
    ast.BinOp,
)


class Raised(Exception):
    """An error of a workflow, with the value that `except … as` gets."""

    def __init__(self, value: Any) -> None:
        super().__init__(value if isinstance(value, str) else json.dumps(value))
        self.value = value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Raised({"tags": ["TypeError"], "message": f"{value!r} is no string"})
    return value


def _split(source: str, separator: str) -> list[str]:
    return _text(source).split(separator)


def _merge(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    return {**first, **second}


def _get(source: Any, key: str) -> Any:
    if not isinstance(source, dict):
        raise Raised({"tags": ["TypeError"], "message": f"map.get of {TYPES[type(source)]}"})
    return source.get(key)


def _moment(seconds: float, zone: str) -> str:
    if zone:
        return datetime.fromtimestamp(seconds, ZoneInfo(zone)).isoformat(timespec="microseconds")
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _decoded(data: bytes | str) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        raise Raised({"tags": ["ValueError"], "message": str(error)}) from error


# Source: https://cloud.google.com/workflows/docs/reference/stdlib/overview
LIBRARY: dict[str, Callable[..., Any]] = {
    "base64.decode": lambda text: base64.b64decode(_text(text), validate=True),
    "default": lambda value, other: other if value is None else value,
    "int": int,
    "double": float,
    "get_type": lambda value: TYPES[type(value)],
    "json.decode": _decoded,
    "json.encode_to_string": json.dumps,
    "keys": sorted,
    "len": len,
    "list.concat": lambda values, value: [*values, value],
    "map.get": _get,
    "map.merge": _merge,
    "string": str,
    "text.decode": lambda data: data.decode("utf-8"),
    "text.match_regex": lambda source, pattern: re.search(pattern, _text(source)) is not None,
    "text.replace_all": lambda source, old, new: _text(source).replace(old, new),
    "text.replace_all_regex": lambda source, pattern, new: re.sub(pattern, new, _text(source)),
    "text.split": _split,
    "text.substring": lambda source, start, end: _text(source)[start:end],
    "text.to_lower": lambda source: _text(source).lower(),
    "text.to_upper": lambda source: _text(source).upper(),
    "time.format": lambda seconds, zone="": _moment(seconds, zone),
    "time.parse": lambda text: datetime.fromisoformat(_text(text)).timestamp(),
}


def is_expression(value: Any) -> bool:
    """Whether Workflows evaluates a value; text with `${` elsewhere than at both ends is an error in ours."""
    if not isinstance(value, str) or "${" not in value:
        return False
    assert value.startswith("${"), f"{value!r}: an expression is the whole of a text"
    assert value.endswith("}"), f"{value!r}: an expression is the whole of a text"
    return True


@cache
def _parsed(text: str) -> ast.expr:
    assert len(text) <= LONGEST_EXPRESSION, f"{text!r} has {len(text)} characters"
    source = text[2:-1]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        assert token.type != tokenize.STRING or token.string.startswith('"'), f"{text!r}: strings have double quotes"
    return ast.parse(source, mode="eval").body


@cache
def check(text: str) -> None:
    """Hold an expression against the language: its operators, its functions, no literal list or map."""
    tree = _parsed(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            assert isinstance(node, KNOWN), f"{text!r}: no {type(node).__name__} in the language"
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            assert name in LIBRARY or name in ("sys.get_env", "sys.now"), f"{text!r}: no {name}"
            assert not node.keywords, f"{text!r}: arguments are by place"
        if isinstance(node, ast.Compare):
            assert len(node.ops) == 1, f"{text!r}: one comparison at a time"
            assert type(node.ops[0]) in COMPARE, text
        if isinstance(node, ast.UnaryOp):
            assert isinstance(node.op, ast.Not | ast.USub), text


def evaluate(text: str, variables: Callable[[str], Any], system: Mapping[str, Callable[..., Any]]) -> Any:
    """The value of an expression; both sides of `and` and `or` are evaluated, as the language promises no less."""
    check(text)
    return _value(_parsed(text), variables, {**LIBRARY, **system})


def _value(node: ast.expr, names: Callable[[str], Any], library: Mapping[str, Callable[..., Any]]) -> Any:
    def of(inner: ast.expr) -> Any:
        return _value(inner, names, library)

    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return WORDS[name] if name in WORDS else names(name)
        case ast.Call(func=func, args=args):
            return library[ast.unparse(func)](*map(of, args))
        case ast.Attribute(value=value, attr=key):
            return _member(of(value), key)
        case ast.Subscript(value=value, slice=key):
            return _member(of(value), of(key))
        case ast.UnaryOp(op=ast.Not(), operand=value):
            return not _truth(of(value))
        case ast.UnaryOp(operand=value):
            return -of(value)
        case ast.BoolOp(op=op, values=values):
            truths = [_truth(of(v)) for v in values]
            return all(truths) if isinstance(op, ast.And) else any(truths)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return COMPARE[type(op)](of(left), of(right))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _sum(of(left), of(right))
        case ast.BinOp(left=left, op=op, right=right):
            return ARITHMETIC[type(op)](of(left), of(right))
    raise AssertionError(ast.dump(node))


def _member(value: Any, key: Any) -> Any:
    try:
        return value[key]
    except (KeyError, IndexError, TypeError) as error:
        raise Raised({"tags": ["KeyError"], "message": f"no {key!r} in {value!r}"}) from error


def _truth(value: Any) -> bool:
    assert isinstance(value, bool), f"{value!r} is no boolean"
    return value


def _sum(left: Any, right: Any) -> Any:
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left + right
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    raise Raised({"tags": ["TypeError"], "message": f"can't add {left!r} and {right!r}"})
