"""The verdict: every rule on every resource, in the same words wherever it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from policies.cloud_control import as_made
from policies.component import component_of
from policies.estimate import Estimate
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity
from policies.settings import Settings
from policies.waivers import Waived, covers, today

__all__ = ["EXPIRED", "UNUSED", "WORST_FIRST", "Finding", "across", "alone", "judge", "waive", "without_estimate"]

EXPIRED, UNUSED = "GP-GOV-018", "GP-GOV-019"
WORST_FIRST = tuple(severity.value for severity in reversed(Severity))
"""Severities, as findings have them."""


@dataclass(frozen=True)
class Finding:
    """
    One breach of a rule.

    Attributes:
        path: Dotted path of the input, or "".
        component: As the plan labels it (`endpoints/scorer`), or "" for a resource of no component of ours.
        waived: The waiver that covers it, if one does; it then fails nothing.
        broken: Whether the rule itself could not be run on the resource.
        fields: Of the component's section in a blueprint, those whose value decides, the nearest first.
    """

    rule: str
    level: Level
    severity: str
    urn: str
    type: str
    path: str
    message: str
    fix: str
    external: tuple[str, ...] = ()
    component: str = ""
    waived: Waived | None = None
    broken: bool = False
    fields: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Logical name of the resource, or ""."""
        return self.urn.rpartition("::")[2]

    @property
    def subject(self) -> str:
        """What of a blueprint it is about: a component's label, `waivers[0]`, or ""."""
        return self.path if self.path.startswith("waivers[") else self.component

    @property
    def fails(self) -> bool:
        """Whether it stops an `up` or a merge."""
        return self.level is Level.MANDATORY and self.waived is None

    def as_json(self) -> dict[str, Any]:
        """As documents have it."""
        waived = self.waived and {
            "reason": self.waived.reason,
            "owner": self.waived.owner,
            "until": self.waived.until.isoformat(),
        }
        return {
            "rule": self.rule,
            "level": str(self.level),
            "severity": self.severity,
            "urn": self.urn,
            "type": self.type,
            "property": self.path,
            "message": self.message,
            "fix": self.fix,
            "external": list(self.external),
            "component": self.component,
            "waived": waived,
        }


def judge(
    resources: Iterable[Resource],
    settings: Settings,
    rules: Sequence[Rule],
    waivers: Sequence[Waived] = (),
    estimate: Estimate | None = None,
) -> list[Finding]:
    """
    All findings of a stack, ordered by rule and URN.

    A rule that errs is an advisory finding with the rule's id: nothing that a stack holds ends the others.
    """
    stack = Stack(tuple(map(as_made, resources)), estimate)
    found = [finding for resource in stack.resources for finding in alone(resource, settings, rules, stack.by_urn)]
    found += across(stack, settings, rules)
    found = waive(found, settings, waivers, without_estimate(rules) if estimate is None else ())
    return sorted(found, key=lambda f: (f.rule, f.urn, f.path, f.message))


def alone(
    resource: Resource, settings: Settings, rules: Iterable[Rule], by_urn: Mapping[str, Resource] | None = None
) -> Iterator[Finding]:
    """What a resource breaks by itself."""
    for rule in rules:
        if resource.type not in rule.checks:
            continue
        level = rule.level_in(settings)
        if level is Level.DISABLED:
            continue
        for breach in _tried(rule, lambda rule=rule: rule.breaches(resource, settings)):
            yield _finding(rule, level, breach, resource, by_urn)


def across(stack: Stack, settings: Settings, rules: Iterable[Rule]) -> Iterator[Finding]:
    """What resources break together."""
    for rule in rules:
        level = rule.level_in(settings)
        if not rule.across or level is Level.DISABLED:
            continue
        for breach in _tried(rule, lambda rule=rule: rule.breaches_across(stack, settings)):
            yield _finding(rule, level, breach, stack.by_urn.get(breach.urn), stack.by_urn)


class _BrokenRule(Breach):
    """Stands for what a rule could not say."""


def _tried(rule: Rule, run: Callable[[], list[Breach]]) -> list[Breach]:
    try:
        return run()
    except Exception as error:  # noqa: BLE001 a fault of one rule must not end the others, whatever it is
        at = error.__traceback__
        while at and at.tb_next:
            at = at.tb_next
        where = f", line {at.tb_lineno} of {at.tb_frame.f_code.co_name}" if at else ""
        # its text may quote a value
        return [_BrokenRule(f"{rule.id} could not be run on this: {type(error).__name__}{where}. Please report it.")]


def _finding(
    rule: Rule, level: Level, breach: Breach, resource: Resource | None, by_urn: Mapping[str, Resource] | None
) -> Finding:
    broken = isinstance(breach, _BrokenRule)
    return Finding(
        rule=rule.id,
        level=Level.ADVISORY if broken else breach.level or level,
        severity=rule.severity.value,
        urn=resource.urn if resource else breach.urn,
        type=resource.type if resource else "",
        path=breach.path,
        message=breach.message,
        fix=rule.fix,
        external=rule.external,
        component=component_of(resource, by_urn or {}) if resource else "",
        broken=broken,
        fields=rule.fields,
    )


def without_estimate(rules: Iterable[Rule]) -> frozenset[str]:
    """Ids of the rules that say nothing of a stack whose month nobody estimated."""
    return frozenset(rule.id for rule in rules if rule.of_estimate)


def waive(
    found: Sequence[Finding], settings: Settings, waivers: Sequence[Waived], silent: Collection[str] = ()
) -> list[Finding]:
    """
    Findings with the waivers that cover them, and one more for each waiver that is over or that nothing needs.

    A waiver that is over covers nothing; one of a rule that was `silent` may well be needed.
    """
    day = today(settings.today)
    used: set[int] = set()
    kept: list[Finding] = []
    for finding in found:
        names = [finding.component, finding.name, finding.urn, finding.type]
        cover = [] if finding.broken else [w for w in waivers if covers(w, finding.rule, filter(None, names))]
        used.update(w.index for w in cover)
        held = next((w for w in cover if not w.expired(day)), None)
        kept.append(replace(finding, waived=held) if held else finding)
    idle = {w.index for w in waivers if w.index not in used and w.rule not in silent}
    return kept + [_stale(w, day > w.until) for w in waivers if w.index in idle or day > w.until]


def _stale(waived: Waived, expired: bool) -> Finding:
    what = f"the waiver of {waived.rule} for {waived.resource!r}"
    return Finding(
        rule=EXPIRED if expired else UNUSED,
        level=Level.MANDATORY if expired else Level.ADVISORY,
        severity="medium" if expired else "low",
        urn="",
        type="",
        path=f"waivers[{waived.index}]",
        message=f"{what} ended on {waived.until}" if expired else f"{what} covers nothing",
        fix="Mend what it covers, or agree on a later day." if expired else "Take it out of the blueprint.",
    )
