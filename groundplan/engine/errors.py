"""What went wrong in an engine run, as its causes and not as its output."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pulumi.automation.errors import CommandError, ConcurrentUpdateError, StackNotFoundError

from groundplan.engine.events import DiagnosticEvent, PolicyEvent

Reason = Literal["failed", "policy", "locked", "cancelled"]

_INLINE = "python inline source runtime error: "
_UNHANDLED = "Program failed with an unhandled exception:"
# Said after the cause, and of no use beside it.
_AFTERTHOUGHT = re.compile(
    r"(preview|update|refresh|destroy) (failed|canceled)$"
    r"|an unhandled error occurred: "
    r"|resource registration failed"
    r"|program exited with non-zero exit code",
    re.IGNORECASE,
)
_LAST_LINES = 5  # of what an engine wrote that named no error
_ERROR_LINE = re.compile(r"^(?:error: )+(.*)$", re.MULTILINE)


class EngineError(Exception):
    """
    An engine operation that did not succeed.

    `str()` names the operation and each cause, one a line, without tracebacks; `diagnostics` has
    them whole and `__cause__` what the program raised.
    """

    def __init__(
        self,
        operation: str,
        reason: Reason,
        diagnostics: Sequence[DiagnosticEvent] = (),
        policies: Sequence[PolicyEvent] = (),
    ) -> None:
        self.operation = operation
        self.reason: Reason = reason
        self.diagnostics = tuple(diagnostics)
        self.policies = tuple(policies)
        super().__init__(self._text())

    def _text(self) -> str:
        what = "was cancelled" if self.reason == "cancelled" else "failed"
        told = [_with_name(one.urn, condensed(one.message)) for one in self.diagnostics]
        told += [_with_name(one.urn, f"{one.policy}: {one.message}") for one in self.policies]
        causes = list(dict.fromkeys(told))
        if len(causes) == 1:
            return f"{self.operation} {what}: {causes[0]}"
        return "\n".join([f"{self.operation} {what}", *(f"  {cause}" for cause in causes)])


def condensed(message: str) -> str:
    """A message without the traceback it may carry: what was raised, in its own words."""
    text = message.removeprefix(_INLINE).removeprefix(_UNHANDLED).strip()
    head, traced, trace = text.partition("Traceback (most recent call last):\n")
    if not traced:
        return text
    return _raised(trace) or head.strip()


def engine_error(
    operation: str,
    error: CommandError,
    diagnostics: Sequence[DiagnosticEvent],
    policies: Sequence[PolicyEvent],
    cancelled: bool,
) -> EngineError:
    """The error of an operation whose command failed, from what it said meanwhile."""
    errors = [one for one in diagnostics if one.severity == "error"]
    causes = [one for one in errors if not _AFTERTHOUGHT.match(one.message)]
    broken = [one for one in policies if one.level == "mandatory"]
    stderr = str(error).partition("\n stderr: ")[2]  # a CommandError has its parts in its text only
    said = [DiagnosticEvent("error", text) for text in _ERROR_LINE.findall(stderr)] or _last_words(stderr)
    if cancelled:
        return EngineError(operation, "cancelled", causes)
    if isinstance(error, StackNotFoundError):
        hint = "create it with `pulumi stack init`"
        return EngineError(operation, "failed", [replace(one, message=f"{one.message}: {hint}") for one in said])
    if isinstance(error, ConcurrentUpdateError):
        whole = stderr.strip().removeprefix("error: ")  # who holds it is in the lines below
        return EngineError(operation, "locked", [DiagnosticEvent("error", whole)])
    if broken and not causes:
        return EngineError(operation, "policy", policies=broken)
    return EngineError(operation, "failed", causes or errors or said, broken)


def _last_words(stderr: str) -> list[DiagnosticEvent]:
    """What an engine that broke down wrote, without the trace of each of its threads."""
    words = re.split(r"^goroutine \d+ ", stderr, maxsplit=1, flags=re.MULTILINE)[0].strip().splitlines()
    return [DiagnosticEvent("error", "\n".join(words[-_LAST_LINES:]))] if words else []


def _raised(trace: str) -> str:
    """What follows a traceback's frames, which are indented."""
    lines = trace.splitlines()
    start = next((at for at, line in enumerate(lines) if line and not line[0].isspace()), None)
    return "" if start is None else "\n".join(lines[start:]).strip()


def _with_name(urn: str, message: str) -> str:
    name = urn.rpartition("::")[2]
    stack = "pulumi:pulumi:Stack" in urn
    return message if not name or stack else f"{name}: {message}"
