"""What the SDKs' docstrings tell in a form that can be relied on: enums and replacements."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["allowed_values", "never_changes", "replaces_on_change"]

# Magic Modules writes these two forms from the enum in the API's definition.
_BACKTICKED = re.compile(r"Possible values are: ((?:`[^`]+`(?:, )?)+)\.?(?:\s|$)")
_BRACKETED = re.compile(r"Possible values: \[((?:\"[^\"]+\"(?:, )?)+)\]")
_REPLACES = re.compile(
    r"(?:\b(?:changing|updating|modifying) (?:this|it|the)\b[^.]{0,40}?"
    r"\b(?:forces?|recreates?|will recreate|(?:will )?force)\b"
    r"|\bforces? (?:a )?(?:new (?:resource|interface)|replacement|recreation)"
    r"|\bforce recreation of the resource"
    r"|\bcannot be updated and changing it will recreate)",
    re.I,
)
_FIXED = re.compile(r"\b(?:cannot|can't|can not) be (?:changed|updated|modified)\b|\bis immutable\b", re.I)
_CONDITIONAL = re.compile(
    r"to an empty|from empty|at any other time|from non|unless|only if|if you|downstream"
    r"|without forcing|does not force|from `?true|from `?false",
    re.I,
)


@lru_cache(maxsize=2048)
def allowed_values(doc: str) -> tuple[str, ...]:
    """Return the values a docstring lists as the only possible ones, or nothing."""
    if found := _BACKTICKED.search(doc):
        return tuple(re.findall(r"`([^`]+)`", found[1]))
    if found := _BRACKETED.search(doc):
        return tuple(re.findall(r"\"([^\"]+)\"", found[1]))
    return ()


@lru_cache(maxsize=2048)
def replaces_on_change(doc: str) -> bool:
    """Tell whether a docstring says, without condition, that a change replaces the resource."""
    sentences = re.split(r"(?<=[.!])\s|\n", doc)
    return any(_REPLACES.search(s) and not _CONDITIONAL.search(s) for s in sentences)


@lru_cache(maxsize=2048)
def never_changes(doc: str) -> bool:
    """Tell whether a docstring says, without condition, that a value stays as created."""
    sentences = re.split(r"(?<=[.!])\s|\n", doc)
    return any(_FIXED.search(s) and not _CONDITIONAL.search(s) for s in sentences)
