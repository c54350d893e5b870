"""What becomes of a stack's resources and of its cost, from the plan before to the plan after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from groundplan.ci.cascade import Renewed, renewed, with_renewed
from groundplan.ci.inner import differences
from groundplan.ci.inputs import kept, look
from groundplan.report.json_text import is_secret
from groundplan.sandbox import paths
from groundplan.sandbox.emulator import Emulator

__all__ = ["ACTIONS", "Cost", "Input", "Step", "cost", "left_alone", "steps"]

Action = Literal["create", "update", "replace", "delete"]
ACTIONS: tuple[Action, ...] = ("create", "update", "replace", "delete")
OURS = ("groundplan:", "pulumi:")  # groups and providers: nothing of a cloud's
SHORT = 60  # a value up to this long is shown


@dataclass(frozen=True)
class Input:
    """
    One input that changes.

    Attributes:
        path: As Pulumi writes it, `variants[0].name`; it goes on into a text that holds JSON.
        replaces: Whether the cloud can't change it in place.
        refused: Whether the cloud takes no change of it, while the engine would try.
        old, new: As text where short and no secret; "" otherwise, or where there is none.
    """

    path: str
    replaces: bool = False
    refused: bool = False
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class Step:
    """
    What becomes of one resource.

    Attributes:
        protected: Whether the engine refuses to take the present one away.
        because: Name of the replaced resource that takes this one with it, or "".
    """

    action: Action
    urn: str
    type: str
    name: str
    component: str
    inputs: tuple[Input, ...] = ()
    protected: bool = False
    because: str = ""

    @property
    def stopped(self) -> bool:
        """Whether the engine refuses it until someone unprotects the resource."""
        return self.protected and self.action in ("replace", "delete")

    def as_json(self) -> dict[str, Any]:
        """As documents have it."""
        shown = {key: getattr(self, key) for key in ("action", "urn", "type", "name", "component", "protected")}
        return {**shown, "because": self.because, "inputs": [vars(changed) for changed in self.inputs]}


def steps(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, emulator: Emulator) -> list[Step]:
    """
    What the engine would do to the resources, in the order of the plan; those deleted come last.

    Args:
        before: The plan's document at the base; None of a new stack.
        after: None of a stack that is gone.
        emulator: Knows which inputs the cloud can't change.
    """
    olds, news = _resources(before), _resources(after)
    moved = bool(before and after and before["region"] != after["region"])
    fresh: Renewed = {}
    found = [step for urn in _in_order(news) for step in _step(olds.get(urn), news[urn], emulator, fresh, moved)]
    rank = {urn: index for index, urn in enumerate(news)}
    gone = [_made("delete", old) for urn, old in olds.items() if urn not in news]
    return [*sorted(found, key=lambda step: rank[step.urn]), *gone]


def _resources(plan: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    return {r["urn"]: r for r in (plan["resources"] if plan else ()) if not r["type"].startswith(OURS)}


def _in_order(resources: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """URNs, each after all that it depends on: what is replaced is known before what depends on it."""
    done: set[str] = set()
    for start in resources:
        waiting = [start]
        while waiting:
            urn = waiting[-1]
            ahead = [d for d in resources[urn]["dependencies"] if d in resources and d not in done and d not in waiting]
            if ahead:
                waiting.append(ahead[0])
                continue
            waiting.pop()
            if urn not in done:
                done.add(urn)
                yield urn


def _step(
    old: Mapping[str, Any] | None, new: Mapping[str, Any], emulator: Emulator, fresh: Renewed, moved: bool
) -> Iterator[Step]:
    if old is None:
        yield _made("create", new)
        return
    inputs, because = with_renewed(new, fresh)
    own = _changed(old, new, emulator)
    changed = _without_made_up(_changed(old, {**new, "inputs": inputs}, emulator), own)
    if moved and not any(each.replaces for each in changed):
        changed.insert(0, Input("region", replaces=True))
    replacing = [each for each in changed if each.replaces]
    if replacing:
        fresh[new["urn"]] = renewed(new, inputs, emulator)
        by_itself = moved or any(each.replaces for each in own)
        yield _made("replace", new, changed, bool(old["protect"]), "" if by_itself else _cause(replacing, because))
    elif changed:
        yield _made("update", new, changed, bool(old["protect"]), "" if own else _cause(changed, because))


def _cause(changed: Iterable[Input], because: Mapping[str, str]) -> str:
    """Name of the replaced resource that the first of the inputs comes from, or ""."""
    return next((because[paths.top(each.path)] for each in changed if paths.top(each.path) in because), "")


def _without_made_up(changed: Iterable[Input], own: Iterable[Input]) -> list[Input]:
    """Changes without the values that a replacement elsewhere brings: nobody knows them yet."""
    known = {each.path for each in own}
    return [each if each.path in known else replace(each, old="", new="") for each in changed]


def _made(
    action: Action,
    resource: Mapping[str, Any],
    inputs: Sequence[Input] = (),
    protected: bool | None = None,
    because: str = "",
) -> Step:
    held = bool(resource["protect"]) if protected is None else protected
    named = {key: resource[key] for key in ("urn", "type", "name", "component")}
    return Step(action, **named, inputs=tuple(inputs), protected=held, because=because)


def _changed(old: Mapping[str, Any], new: Mapping[str, Any], emulator: Emulator) -> list[Input]:
    """Inputs that differ and that the engine would not ignore."""
    inputs = new["inputs"]
    for ignored in new["ignoreChanges"]:
        inputs = kept(old["inputs"], inputs, ignored)
    diff = emulator.diff(new["type"], old["inputs"], inputs)
    return [
        Input(leaf, path in diff.replaces, path in diff.refused, _shown(one), _shown(other))
        for path in diff.changed
        for leaf, one, other in differences(path, look(old["inputs"], path), look(inputs, path))
    ]


def left_alone(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, emulator: Emulator
) -> list[tuple[str, str]]:
    """Resource and path of each input that differs and that the engine leaves as it is: a release sets it."""
    olds = _resources(before)
    found: list[tuple[str, str]] = []
    for urn, new in _resources(after).items():
        if urn in olds and new["ignoreChanges"]:
            all_of_it = _changed(olds[urn], {**new, "ignoreChanges": ()}, emulator)
            done = {changed.path for changed in _changed(olds[urn], new, emulator)}
            found += [(new["name"], changed.path) for changed in all_of_it if changed.path not in done]
    return found


def _shown(value: Any) -> str:
    if value is None or isinstance(value, dict | list) or is_secret(value):
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= SHORT and "\n" not in text else ""


@dataclass(frozen=True)
class Cost:
    """
    The cost of a stack, US$ a month, before and after.

    Attributes:
        before, after: `min`, `expected` and `max`; None where there is no stack.
        unknown_before, unknown_after: What has no price, as (URN, item): the totals are then lower bounds.
    """

    before: Mapping[str, float] | None
    after: Mapping[str, float] | None
    unknown_before: frozenset[tuple[str, str]] = field(default=frozenset())
    unknown_after: frozenset[tuple[str, str]] = field(default=frozenset())

    @property
    def delta(self) -> dict[str, float]:
        """What is added to a month: least, expected, most."""
        kinds = ("min", "expected", "max")
        return {kind: round((self.after or {}).get(kind, 0) - (self.before or {}).get(kind, 0), 2) for kind in kinds}

    @property
    def newly_unknown(self) -> list[tuple[str, str]]:
        """What has no price now, and was not there or had one."""
        return sorted(self.unknown_after - self.unknown_before)

    def as_json(self) -> dict[str, Any]:
        """As documents have it."""
        return {
            "currency": "USD",
            "before": self.before,
            "after": self.after,
            "delta": self.delta,
            "at_least": {"before": bool(self.unknown_before), "after": bool(self.unknown_after)},
            "newly_unknown": [{"urn": urn, "item": item} for urn, item in self.newly_unknown],
        }


def cost(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Cost:
    """The cost delta of two plans' documents; None where there is no stack."""
    unknown = [
        frozenset((each["urn"], each["item"]) for each in plan["cost"]["unknown"]) if plan else frozenset()
        for plan in (before, after)
    ]
    monthly = [plan["cost"]["monthly"] if plan else None for plan in (before, after)]
    return Cost(monthly[0], monthly[1], *unknown)
