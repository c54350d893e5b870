"""How many steps an execution of a Google Cloud workflow comes to when all goes well, read off its definition."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import ceil
from typing import Any

__all__ = ["Definition", "Wait", "definition", "given"]

Step = Mapping[str, Any]
A_WAIT = 60.0
"""Seconds that is waited for where nothing else is known: an operation of an API."""
_NULL = re.compile(r"\$\{(given(?:\.\w+)+) (==|!=) null(?: (and|or) .*)?\}")
_PATH = re.compile(r"\$\{(\w+(?:\.\w+)*)\}")


@dataclass(frozen=True)
class Wait:
    """
    A loop that looks whether something is over, and sleeps.

    Attributes:
        routine: That has the loop.
        site: Step that calls it; the same in `main`.
        steps: Of one turn.
        every: Seconds of sleep.
        times: How often it is entered.
    """

    routine: str
    site: str
    steps: float
    every: float
    times: float = 1


@dataclass(frozen=True)
class Definition:
    """
    What an execution comes to.

    Attributes:
        steps: With one turn of each loop that waits.
        waits: Those loops.
    """

    steps: float
    waits: tuple[Wait, ...] = ()

    def __add__(self, other: Definition) -> Definition:
        return Definition(self.steps + other.steps, self.waits + other.waits)

    def times(self, n: float) -> Definition:
        """So often."""
        return Definition(n * self.steps, tuple(replace(wait, times=n * wait.times) for wait in self.waits))

    def executed(self, lasts: Mapping[str, float]) -> float:
        """
        Steps of one execution.

        Args:
            lasts: Site, or else routine, to the seconds that is waited there; `A_WAIT` where neither is named.
        """
        turns = 0.0
        for wait in self.waits:
            seconds = lasts.get(wait.site, lasts.get(wait.routine, A_WAIT))
            turns += wait.times * wait.steps * max(0, ceil(seconds / wait.every) - 1)
        return self.steps + turns


@cache
def definition(source: str) -> Definition:
    """
    Reads a definition as `components/clouds/gcp/workflow.py` writes it.

    Of branches the longest counts that neither fails nor ends early; a list of the settings counts each member, any
    other one.
    """
    return _Reader(json.loads(source)).routine("main", "main", {})


def given(source: str) -> Mapping[str, Any]:
    """The settings of a definition."""
    return json.loads(source)["main"]["steps"][0]["given"]["assign"][0]["given"]


@dataclass(frozen=True)
class _Place:
    """Where a step stands: its routine, who called that, and with what."""

    routine: str
    site: str
    arguments: Mapping[str, Any]


class _Reader:
    def __init__(self, routines: Mapping[str, Any]) -> None:
        self.routines = routines
        self.given = routines["main"]["steps"][0]["given"]["assign"][0]["given"]

    def routine(self, name: str, site: str, arguments: Mapping[str, Any]) -> Definition:
        return self._list(self.routines[name]["steps"], _Place(name, site, arguments))

    def _list(self, steps: Sequence[Step], place: _Place) -> Definition:
        names = [next(iter(step)) for step in steps]
        found, at = Definition(0, tuple(self._waits(steps, names, place))), 0
        while at < len(steps):
            body = steps[at][names[at]]
            found += Definition(1) + self._step(names[at], body, place)
            if "return" in body or "raise" in body:
                break
            target = self._jump(body)
            at = names.index(target) if target in names[at + 1 :] else at + 1
        return found

    def _step(self, name: str, body: Step, place: _Place) -> Definition:
        if "try" in body:
            return self._step(name, body["try"], place)
        if "steps" in body:
            return self._list(body["steps"], place)
        if "for" in body:
            loop = body["for"]
            turns = 1 if _ends_well(loop["steps"]) else self._length(loop["in"])
            return self._list(loop["steps"], place).times(turns)
        if "switch" in body:
            return self._switch(body["switch"], place)
        if body.get("call") in self.routines:
            arguments = {key: self._value(value, place) for key, value in body.get("args", {}).items()}
            return self.routine(body["call"], name, arguments)
        return Definition(0)

    def _switch(self, branches: Sequence[Step], place: _Place) -> Definition:
        open_to = [branch for branch in branches if self._holds(branch["condition"]) is not False]
        parts = [self._list(branch["steps"], place) for branch in open_to if not _ends(branch)]
        return max(parts, key=lambda part: part.steps, default=Definition(0))

    def _jump(self, body: Step) -> str | None:
        """Where a branch that is sure to be taken leads."""
        for branch in body.get("switch", ()):
            if self._holds(branch["condition"]):
                return branch.get("next")
        return None

    def _holds(self, condition: str) -> bool | None:
        """Whether a condition on what the settings leave out holds; None where that is not known."""
        match = _NULL.fullmatch(condition)
        if match is None:
            return None
        path, sign, more = match.groups()
        first = (self._at(path.split(".")[1:]) is None) == (sign == "==")
        if more is None or first == (more == "or"):  # what follows changes nothing
            return first
        return None

    def _waits(self, steps: Sequence[Step], names: Sequence[str], place: _Place) -> Iterator[Wait]:
        """The shortest way back that has a sleep in it."""
        spans = [
            steps[names.index(target) : at + 1]
            for at, step in enumerate(steps)
            for target in _targets(step)
            if target in names[: at + 1]
        ]
        spans = [span for span in spans if any(list(_sleeps(step)) for step in span)]
        if spans:
            span = min(spans, key=len)
            turn = sum((Definition(1) + self._step(*next(iter(step.items())), place) for step in span), Definition(0))
            seconds = next(sleep for step in span for sleep in _sleeps(step))
            yield Wait(place.routine, place.site, turn.steps, float(self._value(seconds, place) or A_WAIT))

    def _length(self, listed: Any) -> int:
        known = self._value(listed, _Place("", "", {}))
        return len(known) if isinstance(known, list) else 1

    def _value(self, value: Any, place: _Place) -> Any:
        """What an expression that only names something stands for; None where that is known to an execution alone."""
        if not isinstance(value, str) or not (match := _PATH.fullmatch(value)):
            return None if isinstance(value, str) and value.startswith("${") else value
        head, *rest = match[1].split(".")
        if head == "given":
            return self._at(rest)
        return None if rest else place.arguments.get(head)

    def _at(self, path: Sequence[str]) -> Any:
        found: Any = self.given
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found


def _ends(branch: Step) -> bool:
    """Whether a branch has no steps of a run that goes well to its end."""
    steps = branch.get("steps")
    if not steps:
        return True
    last = next(iter(steps[-1].values()))
    return "return" in last or "raise" in last


def _ends_well(steps: Sequence[Step]) -> bool:
    """Whether a loop's steps answer for their routine, so that the first turn is the last."""
    branches = [branch for step in steps for branch in next(iter(step.values())).get("switch", ())]
    lasts = [next(iter(branch["steps"][-1].values())) for branch in branches if branch.get("steps")]
    return any("return" in one for one in (*branches, *lasts))


def _targets(step: Step) -> Iterator[str]:
    body = next(iter(step.values()))
    for one in (body, *body.get("switch", ())):
        if "next" in one:
            yield one["next"]


def _sleeps(value: Any) -> Iterator[Any]:
    """Seconds of each sleep in it, as written."""
    if isinstance(value, Mapping):
        if value.get("call") == "sys.sleep":
            yield value["args"]["seconds"]
        for inner in value.values():
            yield from _sleeps(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _sleeps(inner)
