"""Values of a resource's inputs, in whatever form they come: plan, state, engine, or pulumi-policy's proxies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, TypeGuard

from pulumi_policy import proxy
from pulumi_policy.secret import Secret

__all__ = ["ABSENT", "SECRET", "UNKNOWN", "is_known", "look", "plain", "walk", "word"]

# https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/properties.go
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 a marker of the wire format
_OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_SENTINELS = frozenset(value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_"))


class Opaque(Enum):
    """What stands where no value can be looked at."""

    ABSENT = "not set"
    UNKNOWN = "not known yet"
    SECRET = "a secret"  # noqa: S105


ABSENT, UNKNOWN, SECRET = Opaque.ABSENT, Opaque.UNKNOWN, Opaque.SECRET


def plain(value: Any) -> Any:
    """
    The value as mappings, lists, text, numbers and booleans, with UNKNOWN and SECRET where those are.

    What Pulumi adds for itself (`__defaults`) is left out, and so are keys that are null: a provider's state has null
    where the program set nothing.
    """
    if isinstance(value, Secret):
        return SECRET
    if isinstance(value, str):
        return UNKNOWN if value in _SENTINELS else value
    if value is None or isinstance(value, bool | int | float | Opaque):
        return value
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, Sequence):
        return [_item(value, index) for index in range(len(value))]
    return str(value)  # an asset or archive


def _mapping(value: Mapping[Any, Any]) -> Any:
    keys = list(value)
    if _SIGNATURE in keys:
        mark = value[_SIGNATURE]
        if mark == _SECRET_SIGNATURE:
            return SECRET
        return UNKNOWN if mark == _OUTPUT_SIGNATURE else "an asset"
    if keys == ["secret"] and value["secret"] is True:  # as a plan's document has it
        return SECRET
    found = {str(k): _item(value, k) for k in keys if not str(k).startswith("__")}
    return {key: inner for key, inner in found.items() if inner is not None}


def _item(holder: Any, key: Any) -> Any:
    try:
        return plain(holder[key])
    except proxy.UnknownValueError:
        return UNKNOWN


def look(value: Any, path: str) -> Any:
    """
    What stands at a dotted path in plain values; `0` steps into a list. ABSENT where nothing does.

    What is within something unknown is unknown, and within a secret a secret.
    """
    for key in path.split(".") if path else ():
        if value is UNKNOWN or value is SECRET:
            return value
        if isinstance(value, Mapping):
            value = value.get(key, ABSENT)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return ABSENT
    return value


def walk(value: Any, path: str, before: str = "") -> Iterator[tuple[str, Any]]:
    """
    Everything at a dotted path in which `*` is any item of a list or any key of a mapping, with its own path.

    Where a part before a `*` is unknown or secret, so is the one thing that is found there. Nothing is found under
    what is absent.
    """
    head, star, tail = path.partition("*")
    holder = look(value, head.strip("."))
    here = ".".join(part for part in (before, head.strip(".")) if part)
    if not star or holder is UNKNOWN or holder is SECRET:
        yield here, holder
    elif isinstance(holder, Mapping | list):
        items = holder.items() if isinstance(holder, Mapping) else enumerate(holder)
        for key, inner in items:
            yield from walk(inner, tail.strip("."), f"{here}.{key}" if here else str(key))


def is_known(value: Any) -> TypeGuard[Any]:
    """Whether the value is there to be looked at."""
    return not isinstance(value, Opaque)


def word(value: Any) -> str:
    """The value as a message shows it; never a secret, and never a long text."""
    if isinstance(value, Opaque):
        return value.value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Mapping | list):
        return f"{len(value)} {'keys' if isinstance(value, Mapping) else 'items'}"
    text = str(value)
    return repr(text if len(text) <= 60 else text[:57] + "…") if isinstance(value, str) else text
