"""How many states of a state machine a run goes through, from the definition alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

__all__ = ["longest_way", "shortest_way", "volume"]


def longest_way(definition: Mapping[str, Any]) -> int:
    """
    States on the longest way from the start to a success, each once, and those of a loop all of them.

    A run without errors takes this way or a shorter one, so it errs to the dear side, but for the further rounds of a
    loop. Ways of caught errors are not looked at, nor those that end in a failure.
    """
    states: Mapping[str, Any] = definition["States"]
    after = {name: _following(state) for name, state in states.items()}
    reach = {name: _reached(name, after) for name in states}
    ends = {name for name, state in states.items() if state["Type"] == "Succeed" or state.get("End")}
    good = {name for name in states if ends & (reach[name] | {name})}

    @cache
    def best(name: str) -> int:
        loop = {other for other in reach[name] if name in reach[other]} | {name}
        onward = {other for one in loop for other in after[one]} - loop
        return len(loop) + max((best(other) for other in onward & good), default=0)

    return best(definition["StartAt"])


def shortest_way(definition: Mapping[str, Any]) -> int:
    """States on the shortest way from the start to a success: that of a look which finds nothing to do."""
    states: Mapping[str, Any] = definition["States"]
    ends = {name for name, state in states.items() if state["Type"] == "Succeed" or state.get("End")}
    reached, steps = {str(definition["StartAt"])}, 1
    while not reached & ends:
        reached, steps = {other for name in reached for other in _following(states[name])}, steps + 1
    return steps


def _following(state: Mapping[str, Any]) -> set[str]:
    found = {choice["Next"] for choice in state.get("Choices", [])}
    return found | {state[key] for key in ("Next", "Default") if key in state}


def _reached(start: str, after: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(after[start])
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += after[name]
    return found


def volume(definition: str) -> tuple[int, int] | None:
    """
    GB of the volume of each machine of the jobs that it starts, and how many machines; None where they have none.

    A request may be the text of an expression, so that it is found by its words.
    """
    size, number = (re.search(rf"{word}\W+(\d+)", definition) for word in ("VolumeSizeInGB", "InstanceCount"))
    return (int(size[1]), int(number[1])) if size and number else None
