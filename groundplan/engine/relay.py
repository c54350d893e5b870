"""Passes the engine's events on as they come, and keeps what a result or an error is made of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pulumi import automation as auto

from groundplan.engine.events import (
    DiagnosticEvent,
    Event,
    PolicyEvent,
    ResourceEvent,
    SummaryEvent,
    translate,
)

OnEvent = Callable[[Event], object]

_CANCELLING = (
    "cancelling: operations in progress are left to finish; interrupt again to give up on them",
    "giving up: what was in progress may be half done; interrupt again to kill the engine",
    "killing the engine",
)


@dataclass(frozen=True)
class Result:
    """How an operation that succeeded ended."""

    summary: SummaryEvent
    diagnostics: tuple[DiagnosticEvent, ...]
    policies: tuple[PolicyEvent, ...]
    outputs: Mapping[str, auto.OutputValue] = field(default_factory=dict)


class Relay:
    """The `on_event` of the Automation API, for one operation. Calls may come from any thread."""

    def __init__(self, on_event: OnEvent | None) -> None:
        self.diagnostics: list[DiagnosticEvent] = []
        self.policies: list[PolicyEvent] = []
        self._summary = SummaryEvent({}, 0)
        self._steps: set[ResourceEvent] = set()
        self._on_event = on_event
        self._failure: Exception | SystemExit | None = None
        # Reentrant: a signal's handler may speak up while its thread is passing an event on.
        self._lock = threading.RLock()

    def __call__(self, event: auto.EngineEvent) -> None:
        """Pass one of the engine's events on."""
        ours = translate(event)
        if isinstance(ours, ResourceEvent):
            if ours in self._steps:  # a component is done twice: registered, and with its outputs
                return
            self._steps.add(ours)
        if ours:
            self._pass(ours)

    def say(self, severity: str, message: str) -> None:
        """Add a diagnostic of our own."""
        self._pass(DiagnosticEvent(severity, message))

    def cancelling(self, times: int) -> None:
        """Tell what the interrupt that was just made, the nth, does."""
        self.say("warning", _CANCELLING[min(times, len(_CANCELLING)) - 1])

    def result(self, outputs: Mapping[str, auto.OutputValue]) -> Result:
        """
        What came of it.

        Raises:
            Exception: What `on_event` raised, first of all.
        """
        if self._failure:
            raise self._failure
        return Result(self._summary, tuple(self.diagnostics), tuple(self.policies), outputs)

    def _pass(self, event: Event) -> None:
        with self._lock:
            if isinstance(event, DiagnosticEvent):
                self.diagnostics.append(event)
            elif isinstance(event, PolicyEvent):
                self.policies.append(event)
            elif isinstance(event, SummaryEvent):
                self._summary = event
            if self._on_event and not self._failure:
                try:
                    self._on_event(event)
                # raised by `result`, in its thread; where nobody reads the output any more, that is a SystemExit
                except (Exception, SystemExit) as failure:  # noqa: BLE001
                    self._failure = failure
