"""Names a service accepts: its characters, its length, unique where strangers share the name space."""

from __future__ import annotations

import re
from hashlib import sha256

__all__ = ["digest", "fit"]


def digest(*parts: str, length: int = 6) -> str:
    """Lower-case hexadecimal that stands for the parts: the same parts, the same digits."""
    return sha256("\0".join(parts).encode()).hexdigest()[:length]


def fit(*parts: str, limit: int, separator: str = "-", suffix: str = "") -> str:
    """
    Join the parts into a name of at most `limit` characters.

    Parts are lower-cased and what is neither letter nor digit becomes the separator (dropped where that is
    empty). A name that is too long is cut before its last part, which says what the thing is, and a digest of
    the whole stands in the gap: two long names never become one.

    Args:
        parts: From the widest scope to the narrowest: blueprint, environment, component, role.
        limit: The service's own limit, in characters.
        separator: `-`, `_` or empty: what the service allows between words.
        suffix: Kept whole at the end: what makes a global name unique.
    """
    words = [w for part in parts for w in re.split(r"[^a-z0-9]+", part.lower()) if w]
    tail = f"{separator}{suffix}" if suffix else ""
    name = separator.join(words)
    room = limit - len(tail)
    if len(name) > room:
        name = _cut(name, room, separator, last=separator.join(re.split(r"[^a-z0-9]+", parts[-1].lower())))
    return name + tail


def _cut(name: str, room: int, separator: str, last: str) -> str:
    """The name in `room` characters: its beginning, a digest of it, and its last part where that leaves a beginning."""
    mark = digest(name, length=5)
    end = f"{separator}{mark}{separator}{last}"
    if len(end) > room * 2 // 3:
        end = separator + mark
    return name[: room - len(end)].rstrip("-_") + end
