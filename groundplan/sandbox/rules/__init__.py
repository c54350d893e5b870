"""What the SDKs' types don't tell: allowed values, lengths, patterns, and what a change replaces."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any

__all__ = ["Rule", "Rules", "load"]


@dataclass(frozen=True)
class Rule:
    """
    What a value must obey; unset parts allow everything.

    `pattern` must match the whole value. `shortest` and `longest` count characters, `least` and
    `most` bound a number. `json` says the text is JSON.
    """

    enum: frozenset[str] = frozenset()
    pattern: str = ""
    shortest: int = 0
    longest: int = 0
    least: float | None = None
    most: float | None = None
    json: bool = False
    source: str = ""

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def refusal(self, given: Any) -> str | None:
        """Say why a value is refused; None where it is fine, or not of the kind ruled on."""
        if isinstance(given, bool) or not isinstance(given, str | int | float):
            return None
        return self._number(given) if isinstance(given, int | float) else self._text(given)

    def _number(self, given: float) -> str | None:
        if self.least is not None and given < self.least:
            return f"{given:g} is below the least allowed, {self.least:g}"
        if self.most is not None and given > self.most:
            return f"{given:g} is above the most allowed, {self.most:g}"
        return None

    def _text(self, given: str) -> str | None:
        if self.enum and given not in self.enum:
            return f"{given!r} is not one of {_few(self.enum)}{_nearest(given, self.enum)}"
        if len(given) < self.shortest:
            return f"{given!r} is shorter than the least allowed, {self.shortest} characters"
        if self.longest and len(given) > self.longest:
            return f"{given[:60]!r} has {len(given)} characters, more than {self.longest}"
        if self.pattern and not self._regex.fullmatch(given):
            return f"{given[:80]!r} does not match {self.pattern}"
        return _json_refusal(given) if self.json else None


@dataclass(frozen=True)
class Rules:
    """The rules of one resource type, by property path without indices."""

    values: Mapping[str, Rule] = field(default_factory=dict)
    replaces: frozenset[str] = frozenset()
    keeps: frozenset[str] = frozenset()

    def get(self, path: str) -> Rule | None:
        """Return the rule on the values at a path such as `productionVariants.instanceType`."""
        return self.values.get(path)


@lru_cache(maxsize=512)
def load(token: str) -> Rules:
    """Return the rules of a type; a type without any has an empty set."""
    return Rules()


def _few(values: frozenset[str], limit: int = 8) -> str:
    shown = sorted(values)
    more = len(shown) - limit
    return f"{shown[:limit]}" + (f" and {more} more" if more > 0 else "")


def _nearest(given: str, known: frozenset[str]) -> str:
    import difflib

    near = difflib.get_close_matches(given, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def _json_refusal(given: str) -> str | None:
    try:
        json.loads(given)
    except json.JSONDecodeError as error:
        return f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    return None
