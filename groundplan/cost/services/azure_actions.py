"""How many actions a run of a Logic App performs: what is billed, counted along the way that a run normally takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Course", "performed"]

UNUSUAL = ("_outcome", "in_time", "restored", "settled", "spot_fallback", "publish_once", "new_image")
"""Ends of the names of conditions whose first branch is for when something went wrong, or is new."""

Actions = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Course:
    """
    What is known of a run before it begins.

    Attributes:
        lasts: Seconds that the loop of a name waits for what it is about; 0 is looked at once.
        turns: Turns of the loop of a name, where they are known by themselves; None where they are not.
        skipped: Conditions of which the first branch is not taken.
        all_of_it: Whether also what goes wrong, and then right, is counted.
    """

    lasts: Callable[[str], float]
    turns: Callable[[str], int | None]
    skipped: Collection[str] = ()
    all_of_it: bool = False


def performed(actions: Actions, course: Course) -> int:
    """
    Executions that Logic Apps bills, without the trigger's.

    Each action counts, also a condition, a loop and a wait; one in a loop counts each turn, and one that is skipped
    does not.

    Source: https://learn.microsoft.com/azure/logic-apps/logic-apps-pricing
    """
    return sum(1 + _within(name, action, actions, course) for name, action in actions.items() if _normal(action))


def _normal(action: Mapping[str, Any]) -> bool:
    """Whether it follows what went well."""
    return all("Succeeded" in status for status in action.get("runAfter", {}).values())


def _within(name: str, action: Mapping[str, Any], beside: Actions, course: Course) -> int:
    kind = action["type"]
    if kind == "If":
        return _branch(name, action, course)
    inner: Actions = action.get("actions", {})
    if kind == "Until":
        return _turns(name, inner, course) * performed(inner, course)
    if kind == "Foreach":
        return _items(name, beside) * performed(inner, course)
    return performed(inner, course) if kind == "Scope" else 0


def _branch(name: str, action: Mapping[str, Any], course: Course) -> int:
    """The branch that does not fail; of two, the one that does more."""
    first, second = action.get("actions", {}), action.get("else", {}).get("actions", {})
    unusual = name in course.skipped or (not course.all_of_it and name.lower().endswith(UNUSUAL))
    ways = [way for way in ([second] if unusual else [first, second]) if not _fails(way)]
    return max((performed(way, course) for way in ways), default=0)


def _fails(actions: Actions) -> bool:
    """Whether who goes this way comes to a failure."""
    return any(_is_failure(action) for action in actions.values() if _normal(action))


def _is_failure(action: Mapping[str, Any]) -> bool:
    if action["type"] == "Terminate":
        return action["inputs"]["runStatus"] == "Failed"
    if action["type"] == "If":
        second = action.get("else", {}).get("actions", {})
        return _fails(action.get("actions", {})) and _fails(second)
    return action["type"] in ("Scope", "Until") and _fails(action.get("actions", {}))


def _turns(name: str, inner: Actions, course: Course) -> int:
    known = course.turns(name)
    return max(1, math.ceil(course.lasts(name) / _pause(inner))) if known is None else known


def _pause(actions: Actions) -> int:
    """Seconds that a turn waits."""
    found = 0
    for action in actions.values():
        if action["type"] == "Wait":
            found += action["inputs"]["interval"]["count"]
        elif action["type"] == "If":
            found += _pause(action.get("actions", {})) + _pause(action.get("else", {}).get("actions", {}))
    return found or 1


def _items(name: str, beside: Actions) -> int:
    """Figures that a monitor publishes; nothing else that is gone through is there in a normal run."""
    figures = beside.get(name.replace("_publish", "_figures")) if name.endswith("_publish") else None
    return len(figures["inputs"]) if figures else 0
