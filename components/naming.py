"""Names a service accepts: its characters, its length, and no two things of one name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

__all__ = ["PRODUCTION", "digest", "fit", "stack_name", "start"]

MARK = 5  # characters of a digest within a name
ENVIRONMENTS = frozenset(
    {"dev", "development", "preprod", "prod", "production", "qa", "sandbox", "staging", "test", "uat"}
)
"""Words that end the blueprint's part of a name; an environment called otherwise gives its stacks a mark."""
PRODUCTION = ("prod", "production", "prd", "live")
"""Names of environments that users depend on."""
KINDS = frozenset({"endpoint", "endpoints", "models", "private", "registry", "training"})
"""First parts that components put before the name of what they make."""
ROLES = frozenset({"capture", "capture-expiry", "register", "release", "run", "target", "train"})
"""Last parts that components put after it; a pair that is not here gets a mark, and is just as unique."""


def digest(*parts: str, length: int = 6) -> str:
    """Lower-case hexadecimal that stands for the parts: the same parts, the same digits."""
    return sha256("\0".join(parts).encode()).hexdigest()[:length]


def stack_name(blueprint: str, environment: str) -> str:
    """
    What all names of a stack start with: `fraud-detection-prod`.

    Blueprint `a-dev` in `prod` and blueprint `a` in `dev` with a component `prod-b` would share a name, and the
    permissions of the second would reach the first. So words alone are enough only where the environment is the first
    word that can be one; else a digest follows the first: `a-1b2c3-dev-prod`.
    """
    first, *others = _words(blueprint)
    plain = "-".join((first, *others)) == blueprint and not ENVIRONMENTS.intersection(others)
    if plain and environment in ENVIRONMENTS:
        return "-".join((first, *others, environment))
    return "-".join((first, digest(blueprint, environment, length=MARK), *others, *_words(environment)))


def start(stack: str, limit: int, *, separator: str = "-", suffix: str = "") -> str:
    """
    What every name that `fit` makes for the stack with this limit starts with, and no other stack's does.

    It leaves a quarter of the limit, and nine characters at least, to what the name is of.
    """
    room = limit - len(_tail(suffix, separator))
    return _shortened(stack, room - max(9, room // 4) - len(separator), separator) + separator


def fit(*parts: str, limit: int, separator: str = "-", suffix: str = "", stack: str = "") -> str:
    """
    Join the parts into a name of at most `limit` characters, which no other parts have.

    Parts are lower-cased and what is neither letter nor digit becomes the separator (dropped where that is
    empty). A name that is too long is cut before its last part, which says what the thing is, and a digest of
    the whole stands in the gap; so it does where the words could come of other parts: `x`, `train` and `x-train`.

    Args:
        parts: From the widest scope to the narrowest: component, role.
        limit: The service's own limit, in characters.
        separator: `-`, `_` or empty: what the service allows between words.
        suffix: Kept whole at the end: what makes a global name unique.
        stack: Its name, before the parts; `start` says what becomes of it where the limit is tight.
    """
    tail = _tail(suffix, separator)
    if not stack:
        return _joined(parts, limit - len(tail), separator) + tail
    if not parts:
        return _shortened(stack, limit - len(tail), separator) + tail
    begin = start(stack, limit, separator=separator, suffix=suffix)
    return begin + _joined(parts, limit - len(begin) - len(tail), separator) + tail


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9]+", text.lower()) if word]


def _tail(suffix: str, separator: str) -> str:
    return f"{separator}{suffix}" if suffix else ""


def _shortened(stack: str, room: int, separator: str) -> str:
    text = separator.join(stack.split("-"))
    if len(text) <= room:
        return text
    end = separator + digest(stack, length=MARK)
    return text[: room - len(end)].rstrip("-_") + end


def _joined(parts: tuple[str, ...], room: int, separator: str) -> str:
    words = [word for part in parts for word in _words(part)]
    text, last = separator.join(words), separator.join(_words(parts[-1]))
    plain = parts == tuple(_read(words)) and (separator or len(words) == 1)
    if plain and len(text) <= room:
        return text
    end = digest(*parts, length=MARK)
    if len(parts) > 1 and len(end) + len(separator) + len(last) <= room:
        text, end = text[: -len(last)], f"{end}{separator}{last}"
    begin = text[: max(room - len(end) - len(separator), 0)].rstrip("-_")
    return separator.join(filter(None, (begin, end)))


def _read(words: list[str]) -> Iterator[str]:
    """The parts that words are of, where nothing but the words is known; one reading only, so that it is unique."""
    kind = words[:1] if len(words) > 1 and words[0] in KINDS else []
    left = words[len(kind) :]
    ends = (left[i:] for i in range(0 if kind else 1, len(left)))
    role = next((end for end in ends if "-".join(end) in ROLES), [])
    yield from kind
    name = left[: len(left) - len(role)]
    yield from filter(None, ("-".join(name), "-".join(role)))
