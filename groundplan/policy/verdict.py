"""The verdict on stacks, as one document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from groundplan.policy.subjects import Subject
from policies.configuration import Configuration
from policies.judge import Finding, judge
from policies.origin import Origin
from policies.rule import Rule
from policies.settings import environment_in

__all__ = ["SCHEMA", "Verdict", "as_json", "verdict"]

SCHEMA = "groundplan.check/1"


@dataclass(frozen=True)
class Verdict:
    """The findings of one stack, and where they come from."""

    subject: Subject
    findings: tuple[Finding, ...]
    origin: Origin | None = None

    @property
    def fails(self) -> bool:
        """Whether a mandatory rule is broken, and not waived."""
        return any(finding.fails for finding in self.findings)

    def place(self, finding: Finding) -> Mapping[str, Any] | None:
        """File and line of the blueprint that a finding is about; None without a blueprint."""
        if not self.origin or not finding.subject:
            return None
        file, line = self.origin.place(finding.subject, finding.fields)
        return {"file": file, "line": line}


def verdict(
    subject: Subject, rules: Sequence[Rule], configuration: Configuration, origin: Origin | None = None
) -> Verdict:
    """
    Judge one stack.

    Args:
        subject: Its resources.
        rules: Those of the packs that are asked for.
        configuration: The team's.
        origin: Its blueprint, whose waivers hold.
    """
    environment = subject.environment or environment_in(subject.stack)
    waivers = origin.waivers() if origin else []
    waivers += [replace(w, index=len(waivers) + w.index) for w in configuration.waivers]
    own = {rule.id for rule in rules}
    settings = configuration.settings(environment)
    found = judge(subject.resources, settings, rules, [w for w in waivers if w.rule in own], subject.estimate)
    return Verdict(subject, tuple(found), origin)


def as_json(verdicts: Iterable[Verdict]) -> dict[str, Any]:
    """The document, `groundplan.check/1`."""
    return {
        "schema": SCHEMA,
        "findings": [
            {**finding.as_json(), "stack": each.subject.stack, "blueprint": each.place(finding)}
            for each in verdicts
            for finding in each.findings
        ],
    }
