"""Findings of a stack beside those of its base: new, fixed, still there, waived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from groundplan.plan.document import REFUSED
from groundplan.policy.subjects import of_plan
from groundplan.policy.verdict import verdict
from groundplan.target import Target
from policies.configuration import Configuration
from policies.judge import EXPIRED, UNUSED, WORST_FIRST, Finding
from policies.rule import Level, Rule

__all__ = ["Told", "key", "told", "worst_first"]

Since = Literal["new", "still", "fixed"]


@dataclass(frozen=True)
class Told:
    """
    A finding as a reviewer needs it.

    Attributes:
        since: Whether the base has it too; `fixed` where the base alone does. A waived one counts as not there.
        file, line: Of the blueprint; line 0 where no line is to blame.
        rule: None where the cloud, and no rule, refuses it.
        newly_waived: Whether it is waived now and was not at the base, where it stood.
        in_blueprint: Whether the waiver stands in the blueprint, and not in the packs' configuration.
    """

    finding: Finding
    since: Since
    file: str = ""
    line: int = 0
    rule: Rule | None = None
    newly_waived: bool = False
    in_blueprint: bool = False

    @property
    def waived(self) -> bool:
        """Whether a waiver covers it."""
        return self.finding.waived is not None

    @property
    def name(self) -> str:
        """Logical name of the resource, or ""."""
        return self.finding.name

    def gates(self, only_new: bool) -> bool:
        """Whether it keeps the change from being merged."""
        return self.finding.fails and (self.since == "new" or (self.since == "still" and not only_new))

    def as_json(self) -> dict[str, Any]:
        """As documents have it."""
        place = {"file": self.file, "line": self.line} if self.file else None
        return {
            **self.finding.as_json(),
            "since": self.since,
            "newly_waived": self.newly_waived,
            "blueprint": place,
        }


def key(finding: Finding) -> tuple[str, str, str, str]:
    """What makes two findings of one stack the same, whatever lines move: rule, component, resource, property."""
    path = finding.message if finding.rule in (EXPIRED, UNUSED) else finding.path  # a waiver's place in the list moves
    return finding.rule, finding.component, finding.name, path


def told(
    before: tuple[Target, Mapping[str, Any]] | None,
    after: tuple[Target, Mapping[str, Any]] | None,
    rules: Sequence[Rule],
    configuration: Configuration,
) -> list[Told]:
    """
    All findings of a stack and its base, worst first.

    Args:
        before, after: Target and plan; None where there is no stack.
    """
    was, now = _findings(before, rules, configuration), _findings(after, rules, configuration)
    open_before = Counter(key(each.finding) for each in was if not each.waived)
    open_now = Counter(key(each.finding) for each in now if not each.waived)
    waived_now = Counter(key(each.finding) for each in now if each.waived)
    found = [_placed_in_time(each, open_before) for each in now]
    fixed = _fixed([each for each in was if not each.waived], open_now + waived_now)
    return sorted([*found, *fixed], key=worst_first)


def worst_first(each: Told) -> tuple[Any, ...]:
    """Order of findings: what fails, then what is new, then by severity."""
    finding, order = each.finding, ("new", "still", "fixed")
    standing = (each.since == "fixed", each.waived, not finding.fails, order.index(each.since))
    return *standing, WORST_FIRST.index(finding.severity), *key(finding)


def _placed_in_time(each: Told, left: Counter[tuple[str, str, str, str]]) -> Told:
    """The finding with its `since`; each one of the base stands for one of now."""
    there = left[key(each.finding)] > 0
    left[key(each.finding)] -= there
    since: Since = "still" if there else "new"
    place = {"file": each.file, "line": each.line, "rule": each.rule, "in_blueprint": each.in_blueprint}
    return Told(each.finding, since, newly_waived=each.waived and there, **place)


def _fixed(was: Iterable[Told], now: Counter[tuple[str, str, str, str]]) -> Iterable[Told]:
    for each in was:
        if now[key(each.finding)] > 0:
            now[key(each.finding)] -= 1
        else:
            yield Told(each.finding, "fixed", each.file, each.line, each.rule)


def _findings(
    side: tuple[Target, Mapping[str, Any]] | None, rules: Sequence[Rule], configuration: Configuration
) -> list[Told]:
    if side is None:
        return []
    target, plan = side
    judged = verdict(of_plan(plan), rules, configuration, target.origin)
    by_id = {rule.id: rule for rule in rules}
    own = target.origin.waivers()
    found = []
    refused = [_refused(given) for given in plan["findings"] if given["rule"] == REFUSED]
    for finding in [*judged.findings, *refused]:
        place = judged.place(finding) or {"file": target.source.file, "line": 0}
        found.append(
            Told(
                finding,
                "still",
                file=place["file"],
                line=place["line"],
                rule=by_id.get(finding.rule),
                in_blueprint=finding.waived in own,
            )
        )
    return found


def _refused(given: Mapping[str, Any]) -> Finding:
    """What the emulated cloud refuses, as a finding."""
    return Finding(
        rule=REFUSED,
        level=Level.MANDATORY,
        severity=given["severity"],
        urn=given["urn"],
        type=given["type"],
        path=given["property"],
        message=given["message"],
        fix="Ask for something that the cloud takes.",
        component=given["component"],
    )
