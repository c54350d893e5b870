"""One rule on a value: what it must be, and how a refusal reads."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

__all__ = ["Refusal", "Rule"]

Refusal = tuple[str, str]
"""The path of a refused property, and why."""


@dataclass(frozen=True)
class Rule:
    """
    What a value must obey; unset parts allow everything.

    `pattern` must match the whole value. `shortest` and `longest` count characters, `least` and
    `most` bound a number, `one_of` lists numbers. `json` says the text is JSON.
    `says` puts the pattern in words: "lower-case letters and digits".
    """

    enum: frozenset[str] = frozenset()
    pattern: str = ""
    shortest: int = 0
    longest: int = 0
    least: float | None = None
    most: float | None = None
    one_of: tuple[float, ...] = ()
    json: bool = False
    says: str = ""
    source: str = ""

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def refusal(self, given: Any) -> str | None:
        """Say why a value is refused; None where it is fine, or not of the kind ruled on."""
        if isinstance(given, bool) or not isinstance(given, str | int | float):
            return None
        return self._text(given) if isinstance(given, str) else self._number(given)

    def also(self, other: Rule) -> Rule:
        """Return this rule with what only `other` rules on; a list of values stands alone."""
        if self.enum:
            return self
        mine = {k: v for k, v in vars(self).items() if k in self.__dataclass_fields__ and v}
        theirs = {k: v for k, v in vars(other).items() if k in self.__dataclass_fields__}
        return Rule(**(theirs | mine))

    def _number(self, given: float) -> str | None:
        if self.least is not None and given < self.least:
            return f"{given:g} is below the least allowed, {self.least:g}"
        if self.most is not None and given > self.most:
            return f"{given:g} is above the most allowed, {self.most:g}"
        if self.one_of and given not in self.one_of:
            near = min(self.one_of, key=lambda n: abs(n - given))
            return f"{given:g} is not one of the allowed numbers; the nearest is {near:g}"
        return None

    def _text(self, given: str) -> str | None:
        if self.enum:
            return None if given in self.enum else not_one_of(given, self.enum)
        if len(given) < self.shortest:
            return f"{given!r} is shorter than {self.shortest} characters"
        if self.longest and len(given) > self.longest:
            return f"{given[:60]!r} has {len(given)} characters, more than {self.longest}"
        if self.pattern and not self._regex.fullmatch(given):
            return (
                f"{given[:80]!r} is not {self.says}" if self.says else f"{given[:80]!r} does not match {self.pattern}"
            )
        return _json_refusal(given) if self.json else None


def not_one_of(given: Any, known: Collection[Any], limit: int = 8) -> str:
    """Say that a value is not among the known ones, and which of them is near."""
    shown = sorted(str(k) for k in known)
    more = f" and {len(shown) - limit} more" if len(shown) > limit else ""
    return f"{given!r} is not one of {shown[:limit]}{more}{nearest(given, known)}"


def nearest(given: Any, known: Collection[Any]) -> str:
    """Return a hint at the known word that looks most like the given one, or nothing."""
    near = difflib.get_close_matches(str(given), [str(k) for k in known], n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def _json_refusal(given: str) -> str | None:
    try:
        json.loads(given)
    except json.JSONDecodeError as error:
        return f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    return None
