"""The engine's events, cut down to what a person is shown while it works."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pulumi.automation import events as auto

Stage = Literal["start", "done", "failed"]

# The engine marks colours as <{%fg 1%}> for whoever prints.
_COLOUR = re.compile(r"<\{%.*?%\}>")


@dataclass(frozen=True)
class ResourceEvent:
    """One step on one resource begins or ends."""

    urn: str
    type: str
    op: str  # create, update, replace, delete, same, refresh, read, ...
    stage: Stage
    changed: tuple[str, ...] = ()  # properties that differ, by name

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True)
class DiagnosticEvent:
    """Something the engine, a provider or the program says."""

    severity: str  # info, warning, error
    message: str
    urn: str = ""  # of the resource it is about


@dataclass(frozen=True)
class PolicyEvent:
    """A policy that a resource does not keep."""

    policy: str
    pack: str
    level: str  # advisory, mandatory, remediate
    message: str
    urn: str = ""


@dataclass(frozen=True)
class SummaryEvent:
    """The end of an operation: how many resources had each op, and how long it took."""

    counts: Mapping[str, int]
    seconds: int

    @property
    def changes(self) -> int:
        """Resources that were, or would be, changed."""
        return sum(count for op, count in self.counts.items() if op not in ("same", "read"))


Event = ResourceEvent | DiagnosticEvent | PolicyEvent | SummaryEvent


def translate(event: auto.EngineEvent) -> Event | None:
    """Our event for one of the engine's; nothing for those that no one is shown."""
    if event.resource_pre_event:
        return _resource(event.resource_pre_event.metadata, "start")
    if event.res_outputs_event:
        return _resource(event.res_outputs_event.metadata, "done")
    if event.res_op_failed_event:
        return _resource(event.res_op_failed_event.metadata, "failed")
    if event.diagnostic_event:
        return _diagnostic(event.diagnostic_event)
    if event.policy_event:
        return _policy(event.policy_event)
    if event.summary_event:
        return _summary(event.summary_event)
    return None


def _resource(step: auto.StepEventMetadata, stage: Stage) -> ResourceEvent:
    changed = tuple(sorted(step.detailed_diff or step.diffs or ()))
    return ResourceEvent(step.urn, step.type, _word(step.op), stage, changed)


def _word(op: auto.OpType | str) -> str:
    return op.value if isinstance(op, auto.OpType) else str(op)


def _diagnostic(event: auto.DiagnosticEvent) -> DiagnosticEvent | None:
    message = _COLOUR.sub("", event.message).strip()
    if event.ephemeral or event.severity == "debug" or not message:
        return None
    severity = event.severity.partition("#")[0]  # info#err is info that came on stderr
    return DiagnosticEvent(severity, message, event.urn or "")


def _policy(event: auto.PolicyEvent) -> PolicyEvent:
    return PolicyEvent(
        policy=event.policy_name,
        pack=event.policy_pack_name,
        level=event.enforcement_level,
        message=_COLOUR.sub("", event.message).strip(),
        urn=event.resource_urn or "",
    )


def _summary(event: auto.SummaryEvent) -> SummaryEvent:
    counts = {_word(op): count for op, count in event.resource_changes.items() if count}
    return SummaryEvent(counts, event.duration_seconds)
