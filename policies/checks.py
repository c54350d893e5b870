"""Checks of one resource's inputs, to put rules together from."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from policies.resource import Resource
from policies.rule import Absent, Breach, Check
from policies.settings import Settings
from policies.values import ABSENT, is_known, look, word

__all__ = [
    "Good",
    "all_of",
    "any_of",
    "at_least",
    "at_most",
    "known",
    "must_equal",
    "must_have",
    "must_not_have",
    "sample",
    "value",
    "when_known",
]

Good = Callable[[Any, Settings], str | None]
"""What is wrong with a known value, as the end of a sentence ("it must be …"); None where nothing is."""
When = Callable[[Resource, Settings], bool]
"""Whether the demand is made of a resource at all."""


def known(path: str, *values: Any) -> When:
    """The input is known to be one of the values; text is compared without regard to case."""
    wanted = {_folded(v) for v in values}
    return lambda resource, _: is_known(found := resource.at(path)) and _hashable(found) and _folded(found) in wanted


def when_known(path: str, good: Callable[[Any], bool]) -> When:
    """The input is known, and `good` of it."""
    return lambda resource, _: is_known(found := resource.at(path)) and good(found)


def value(
    path: str,
    good: Good,
    *,
    passes: Any,
    fails: Iterable[Any],
    absent: Absent,
    because: str = "",
    given: Mapping[str, Any] | None = None,
    when: When | None = None,
    remedy: Any = None,
) -> Check:
    """
    A check of the value at a path.

    Args:
        path: Dotted; `*` is every item of a list or key of a mapping. Where there is no item, nothing is demanded.
        good: What is wrong with a value that is known.
        passes: A good value.
        fails: Bad ones.
        absent: What the cloud's default is worth.
        because: What the cloud does by default: "SageMaker gives it internet".
        given: Other inputs that the resource needs for `when`; dotted path to value.
        when: Where the demand is made; everywhere without it.
        remedy: What to set in its place, where that is safe for every stack.
    """

    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        if when and not when(resource, settings):
            return
        for where, found in resource.all(path):
            if found is ABSENT and absent is Absent.FAILS:
                yield Breach(f"{where} is not set" + (f": {because}" if because else ""), where)
            elif is_known(found) and (wrong := good(found, settings)):
                yield Breach(f"{where} is {word(found)}; {wrong}", where)

    base = given or {}
    return Check(
        run=run,
        reads=(path,),
        passes=sample({**base, path: passes}),
        fails=tuple(sample({**base, path: bad}) for bad in fails),
        absent=absent,
        because=because,
        remedy={} if remedy is None else {path: remedy},
    )


def must_equal(path: str, *right: Any, wrong: Any, absent: Absent = Absent.FAILS, **options: Any) -> Check:
    """
    The value is one of `right`; text is compared without regard to case, as the clouds do.

    Args:
        path: As in `value`.
        right: Good values.
        wrong: A bad one.
        absent: As in `value`, and so `options`: because, given, when, remedy.
    """
    wanted = {_folded(v) for v in right}
    told = " or ".join(map(word, right))

    def good(found: Any, _settings: Settings) -> str | None:
        return None if _hashable(found) and _folded(found) in wanted else f"it must be {told}"

    return value(path, good, passes=right[0], fails=[wrong], absent=absent, **options)


def must_have(path: str, *, passes: Any, because: str = "", **options: Any) -> Check:
    """Something is set there, known or not; an empty text, list or mapping is nothing. Options as in `value`."""
    empty = {str: "", list: [], dict: {}}.get(type(passes))
    return value(
        path,
        lambda found, _: "it must not be empty" if found in ("", [], {}) else None,
        passes=passes,
        fails=[] if empty is None else [empty],
        absent=Absent.FAILS,
        because=because,
        **options,
    )


def must_not_have(path: str, *, fails: Any, wrong: str, **options: Any) -> Check:
    """Nothing is set there: `wrong` ends the sentence that says why not. Options as in `value`."""
    base = options.pop("given", None) or {}
    made = value(
        path,
        lambda found, _: None if found in ("", [], {}) else wrong,
        passes=[],
        fails=[fails],
        absent=Absent.PASSES,
        given=base,
        **options,
    )
    return Check(
        run=made.run, reads=made.reads, passes=sample(base), fails=made.fails, absent=made.absent, because=made.because
    )


def at_least(path: str, least: float | Callable[[Settings], float], *, absent: Absent, **options: Any) -> Check:
    """The number is not below a limit, one of the settings' perhaps. Options as in `value`."""
    limit = least if callable(least) else lambda _: least
    usual = limit(Settings())

    def good(found: Any, settings: Settings) -> str | None:
        number = _number(found)
        return None if number is None or number >= limit(settings) else f"it must be {limit(settings):g} or more"

    return value(path, good, passes=usual, fails=[usual - 1], absent=absent, **options)


def at_most(path: str, most: float | Callable[[Settings], float], *, absent: Absent, **options: Any) -> Check:
    """The number is not above a limit, one of the settings' perhaps. Options as in `value`."""
    limit = most if callable(most) else lambda _: most
    usual = limit(Settings())

    def good(found: Any, settings: Settings) -> str | None:
        number = _number(found)
        return None if number is None or number <= limit(settings) else f"it must be {limit(settings):g} or less"

    return value(path, good, passes=usual, fails=[usual + 1], absent=absent, **options)


def all_of(*checks: Check) -> Check:
    """Every one of the checks."""
    passes = _merged(check.passes for check in checks)
    return Check(
        run=lambda resource, settings: [b for check in checks for b in check.run(resource, settings)],
        reads=tuple(path for check in checks for path in check.reads),
        passes=passes,
        fails=tuple(_merged([passes, bad]) for check in checks for bad in check.fails),
        absent=Absent.FAILS if any(c.absent is Absent.FAILS for c in checks) else Absent.PASSES,
        because="; ".join(dict.fromkeys(check.because for check in checks if check.because)),
        remedy={path: to for check in checks for path, to in check.remedy.items()},
    )


def any_of(*checks: Check) -> Check:
    """At least one of the checks; a breach is told in the words of the first."""

    def run(resource: Resource, settings: Settings) -> list[Breach]:
        found = [list(check.run(resource, settings)) for check in checks]
        return found[0] if all(found) else []

    return Check(
        run=run,
        reads=tuple(path for check in checks for path in check.reads),
        passes=checks[0].passes,
        fails=(_merged(check.fails[0] for check in checks if check.fails),),
        absent=Absent.FAILS if all(c.absent is Absent.FAILS for c in checks) else Absent.PASSES,
        because=checks[0].because,
        remedy=checks[0].remedy,
    )


def sample(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Nested inputs of dotted paths: a number or `*` in a path makes a list."""
    made: dict[str, Any] = {}
    for path, inner in inputs.items():
        _put(made, path.split("."), copy.deepcopy(inner))
    return made


def _put(holder: Any, parts: list[str], inner: Any) -> None:
    head, *rest = parts
    key: Any = 0 if head == "*" else int(head) if isinstance(holder, list) else head
    if isinstance(holder, list):
        while len(holder) <= key:
            holder.append({})
    if not rest:
        holder[key] = inner
        return
    listed = rest[0] == "*" or rest[0].isdigit()
    there = look(holder, str(key))
    if not isinstance(there, list if listed else dict):
        holder[key] = [] if listed else {}
    _put(holder[key], rest, inner)


def _merged(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in parts:
        for key, inner in part.items():
            found[key] = _both(found[key], inner) if key in found else copy.deepcopy(inner)
    return found


def _both(one: Any, other: Any) -> Any:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return _merged([one, other])
    if isinstance(one, list) and isinstance(other, list) and other:
        return [_both(a, b) for a, b in zip(one, other, strict=False)] + one[len(other) :] + other[len(one) :]
    return copy.deepcopy(other)


def _folded(found: Any) -> Any:
    return (bool, found) if isinstance(found, bool) else found.lower() if isinstance(found, str) else found


def _hashable(found: Any) -> bool:
    return isinstance(found, str | int | float | bool)


def _number(found: Any) -> float | None:
    """The number, of text too; None of what is none, which the cloud refuses by itself."""
    try:
        return None if isinstance(found, bool) else float(found)
    except (TypeError, ValueError):
        return None
