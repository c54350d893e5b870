"""Holds a request against the AWS API's own model: names, types, enums, lengths, ranges, patterns, what is required."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session

__all__ = ["operation", "problems"]

_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "blob": (str, bytes),
    "timestamp": (str,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}
# Java's classes in the words of Python's `re`, for use inside brackets
_CLASSES = {
    r"[\p{Print}]": "[ -~]",
    r"\p{ASCII}*": r"[\x00-\x7f]*",
    r"\z": r"\Z",
    r"\p{L}": "a-zA-Z\u00aa-\uffdc",
    r"\p{M}": "\u0300-\u036f",
    r"\p{N}": "0-9",
    r"\p{Z}": " \u00a0",
    r"\p{S}": "$+<=>^`|~",
    r"\p{P}": r"!-#%-*,-/:;?@\[-\]_{}",
    r"\p{IsPrint}": " -~",
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\p{ASCII}": "\x00-\x7f",
    r"\uD800\uDC00-\uDBFF\uDFFF": "\U00010000-\U0010ffff",
}


@cache
def _service(name: str) -> Any:
    return botocore.session.get_session().get_service_model(name)


def operation(service: str, name: str) -> Any:
    """
    The botocore model of an operation, by its API name.

    Raises:
        OperationNotFoundError: The service has none of that name.
    """
    return _service(service).operation_model(name)


def problems(service: str, name: str, request: Mapping[str, Any]) -> list[str]:
    """Why the API would refuse the request; a line each."""
    shape = operation(service, name).input_shape
    return list(_walk(shape, dict(request), "")) if shape else []


@cache
def _pattern(text: str) -> re.Pattern[str]:
    # `${1,128}` repeats an end, which Java bears
    python = re.sub(r"\$\{\d+,\d+\}", "$", text.replace("\\p{Print}+", "[ -~]+"))
    for java, ours in _CLASSES.items():
        python = python.replace(java, ours)
    return re.compile(python.replace("(?i)", ""), re.IGNORECASE if "(?i)" in text else 0)


def _is_of(kind: str, value: Any) -> bool:
    kinds = _KINDS[kind]
    return isinstance(value, kinds) and not (isinstance(value, bool) and bool not in kinds)


def _walk(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not _is_of(shape.type_name, value):
        yield f"{path}: {value!r} is a {type(value).__name__}, not a {shape.type_name}"
        return
    if shape.type_name == "structure":
        yield from _structure(shape, value, path)
    elif shape.type_name == "list":
        yield from _size(shape, len(value), path)
        for index, item in enumerate(value):
            yield from _walk(shape.member, item, f"{path}[{index}]")
    elif shape.type_name == "map":
        yield from _size(shape, len(value), path)
        for key, item in value.items():
            yield from _walk(shape.key, key, f"{path}.{key} (key)")
            yield from _walk(shape.value, item, f"{path}.{key}")
    elif shape.type_name in ("string", "character"):
        yield from _text(shape, value, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _size(shape, value, path)


def _structure(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if name not in value:
            yield f"{path}.{name}: required, and not there"
    for name, item in value.items():
        if name in shape.members:
            yield from _walk(shape.members[name], item, f"{path}.{name}")
        else:
            yield f"{path}.{name}: the API has no such member"


def _text(shape: Any, value: str, path: str) -> Iterator[str]:
    yield from _size(shape, len(value), path)
    if shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is not one of its values"
    pattern = shape.metadata.get("pattern")
    if pattern and not _pattern(pattern).fullmatch(value):
        yield f"{path}: {value!r} does not match {pattern}"


def _size(shape: Any, size: float, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield f"{path}: {size} is below {least}"
    if most is not None and size > most:
        yield f"{path}: {size} is above {most}"
