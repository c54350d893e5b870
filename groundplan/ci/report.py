"""The report on a change: every stack that differs, planned and judged on both sides."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from blueprints import BlueprintError
from groundplan.ci.base import Repository
from groundplan.ci.changes import Broken, Change, Changes
from groundplan.ci.delta import ACTIONS, Cost, Step, cost, left_alone, steps
from groundplan.ci.findings import Told, told
from groundplan.plan.document import emulated
from groundplan.plan.parallel import side_by_side
from groundplan.target import Target
from policies.configuration import Configuration
from policies.rule import Rule

__all__ = ["SCHEMA", "Report", "StackReport", "report"]

SCHEMA = "groundplan.ci/1"
Plan = dict[str, Any]
Planner = Callable[[Target], Plan]


@dataclass(frozen=True)
class StackReport:
    """
    What a change does to one stack.

    Attributes:
        status: `new`, `changed` or `removed`.
        looked: Rules that looked at a resource of the stack as it is.
        note: What a reader must know of the comparison, or "".
        moved: Region before and after, where the present one is no longer allowed: all is then made anew.
        left_alone: Resource and input that differ and that an `up` leaves as they are.
    """

    change: Change
    status: str
    steps: tuple[Step, ...]
    cost: Cost
    findings: tuple[Told, ...]
    looked: tuple[Rule, ...] = ()
    note: str = ""
    moved: tuple[str, str] | None = None
    left_alone: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """Of the stack."""
        return self.change.target.stack

    @property
    def counts(self) -> dict[str, int]:
        """How many resources are created, updated, replaced, deleted."""
        found = Counter(step.action for step in self.steps)
        return {action: found[action] for action in ACTIONS}

    @property
    def stopped(self) -> list[Step]:
        """Replacements and deletions that the engine refuses, as the resource is protected."""
        return [step for step in self.steps if step.stopped]

    def of(self, since: str) -> list[Told]:
        """Findings that are new, fixed or still there, without the waived."""
        return [each for each in self.findings if each.since == since and not each.waived]

    @property
    def waived(self) -> list[Told]:
        """Findings that a waiver covers."""
        return [each for each in self.findings if each.waived]

    def gating(self, only_new: bool) -> list[Told]:
        """Findings that keep the change from being merged."""
        return [each for each in self.findings if each.gates(only_new)]

    def as_json(self, only_new: bool) -> dict[str, Any]:
        """As documents have it."""
        return {
            **self.change.target.identity(),
            "file": self.change.file,
            "status": self.status,
            "note": self.note,
            "moved": {"from": self.moved[0], "to": self.moved[1]} if self.moved else None,
            "resources": self.counts,
            "steps": [step.as_json() for step in self.steps],
            "left_alone": [{"name": name, "path": path} for name, path in self.left_alone],
            "cost": self.cost.as_json(),
            "findings": [each.as_json() for each in self.findings],
            "fails": bool(self.gating(only_new)),
        }


@dataclass(frozen=True)
class Report:
    """
    All stacks that differ, and blueprints that have errors.

    Attributes:
        only_new: Whether only new findings keep the change from being merged.
    """

    repository: Repository
    stacks: tuple[StackReport, ...]
    broken: tuple[Broken, ...]
    rules: tuple[Rule, ...]
    only_new: bool = False

    @property
    def failing(self) -> list[StackReport]:
        """Stacks that keep the change from being merged."""
        return [stack for stack in self.stacks if stack.gating(self.only_new)]

    @property
    def code(self) -> int:
        """The command's exit code."""
        return 2 if self.broken else 1 if self.failing else 0

    def as_json(self) -> dict[str, Any]:
        """The document, `groundplan.ci/1`."""
        repository = self.repository
        return {
            "schema": SCHEMA,
            "base": {"ref": repository.ref, "commit": repository.base, "forked": repository.forked},
            "head": repository.head,
            "only_new": self.only_new,
            "exit_code": self.code,
            "stacks": [stack.as_json(self.only_new) for stack in self.stacks],
            "errors": [
                {"file": each.file, "stack": each.stack, "problems": [problem.as_json() for problem in each.problems]}
                for each in self.broken
            ],
        }


def report(
    repository: Repository,
    changes: Changes,
    plan: Planner,
    rules: Sequence[Rule],
    configuration: Configuration,
    only_new: bool = False,
) -> Report:
    """
    Plan and judge every stack that differs.

    Args:
        plan: Makes the plan of a target, or raises BlueprintError where the cloud can't grant a wish.
        rules: Those to hold the stacks against.
    """
    targets = [target for change in changes.stacks for target in (change.before, change.after) if target]
    made = dict(zip(map(id, targets), _planned(plan, targets), strict=True))
    stacks: list[StackReport] = []
    broken = [*changes.broken]
    for change in changes.stacks:
        before, after = (made.get(id(target)) for target in (change.before, change.after))
        if isinstance(after, BlueprintError):
            broken.append(Broken(change.file, after.problems, change.target.stack))
        else:
            stacks.append(_stack(change, before, after, rules, configuration))
    stacks.sort(key=lambda stack: (not stack.gating(only_new), stack.name))
    return Report(repository, tuple(stacks), tuple(broken), tuple(rules), only_new)


def _planned(plan: Planner, targets: Sequence[Target]) -> Iterator[Plan | BlueprintError]:
    """The plan of each target or why it has none, as many at a time as there are processors."""

    def tried(target: Target) -> Plan | BlueprintError:
        try:
            return plan(target)
        except BlueprintError as error:
            return error

    left = iter(targets)
    while batch := list(islice(left, max(2, os.cpu_count() or 1))):
        yield from side_by_side(tried, batch)


def _stack(
    change: Change,
    before: Plan | BlueprintError | None,
    after: Plan | None,
    rules: Sequence[Rule],
    configuration: Configuration,
) -> StackReport:
    note = change.note
    if isinstance(before, BlueprintError):
        before, note = None, "the cloud can't grant what the base asks for: it counts as absent there"
    sides = [
        (target, plan) if target and plan else None for target, plan in ((change.before, before), (change.after, after))
    ]
    types = {resource["type"] for resource in (after or {}).get("resources", ())}
    regions = (before["region"], after["region"]) if before and after else ("", "")
    emulator = emulated(change.target)
    return StackReport(
        change=change,
        status="changed" if before and after else "new" if after else "removed",
        steps=tuple(steps(before, after, emulator)),
        cost=cost(before, after),
        findings=tuple(told(sides[0], sides[1], rules, configuration)),
        looked=tuple(rule for rule in rules if types & set(rule.types)),
        note=note,
        moved=regions if regions[0] != regions[1] else None,
        left_alone=tuple(left_alone(before, after, emulator)),
    )
