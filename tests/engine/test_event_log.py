"""The file that the engine writes its events to, read while it grows."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import cast

import pytest
from pulumi import automation as auto

from groundplan.engine import event_log
from groundplan.engine.event_log import EventReader


class _Log:
    """A log that is being read; `write` is the engine's part."""

    def __init__(self, file: Path) -> None:
        self.seen: list[str] = []
        self.arrived = threading.Event()
        self._file = file
        self._file.touch()
        self._reader = EventReader(file, self._hear)
        self._reader.start()

    def _hear(self, event: auto.EngineEvent) -> None:
        self.seen.append(cast("auto.StdoutEngineEvent", event.stdout_event).message)
        self.arrived.set()

    def write(self, text: bytes) -> None:
        with self._file.open("ab") as file:
            file.write(text)

    def close(self) -> None:
        """The operation is over."""
        self._reader.join(5)


def _line(sequence: int, message: str) -> bytes:
    event = {"sequence": sequence, "timestamp": 1, "stdoutEvent": {"message": message, "color": "never"}}
    return json.dumps(event, ensure_ascii=False).encode() + b"\n"


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> _Log:
    return _Log(tmp_path / "events.json")


def test_an_event_is_heard_while_the_operation_runs(log: _Log):
    """A display does not wait for the end."""
    log.write(_line(1, "first"))

    assert log.arrived.wait(5)
    log.close()
    assert ["first"] == log.seen


def test_what_is_written_last_is_heard(log: _Log):
    """However many events came just before the engine ended."""
    log.write(b"".join(_line(n, str(n)) for n in range(500)))
    log.close()

    assert [str(n) for n in range(500)] == log.seen


def test_half_a_line_waits_for_its_other_half(log: _Log):
    """Even where a letter of two bytes is cut."""
    whole = _line(1, "größer")
    cut = whole.index("ö".encode()) + 1
    log.write(_line(0, "before") + whole[:cut])
    assert log.arrived.wait(5)
    log.write(whole[cut:])
    log.close()

    assert ["before", "größer"] == log.seen


def test_an_engine_that_says_nothing_is_not_waited_for(log: _Log):
    """It may fail before it begins."""
    log.close()

    assert [] == log.seen


def test_an_event_that_nobody_knows_costs_none_of_the_others(log: _Log):
    """An engine may be newer than the SDK; that it said something is told."""
    event = {"metadata": {"op": "teleport", "urn": "urn:pulumi:dev::tiny::a:b:C::c", "type": "a:b:C", "provider": ""}}
    odd = json.dumps({"sequence": 1, "timestamp": 1, "resourcePreEvent": event}).encode() + b"\n"

    def operation() -> None:
        log.write(odd + _line(2, "after"))
        log.close()

    with pytest.warns(UserWarning, match="teleport"):
        operation()
    assert ["after"] == log.seen


def test_the_installed_sdk_takes_its_events_by_a_file():
    """
    Else they come by its stream again, and every operation takes longer, without anything being broken.
    """
    assert event_log._as_known()


def test_an_sdk_that_asks_otherwise_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch):
    """
    A stack of a later SDK works, by its own way of telling events.
    """
    stack = object.__new__(auto.Stack)
    monkeypatch.setattr(auto.Stack, event_log._ASKED_AS, auto.Stack.refresh)  # has other arguments

    assert "_setup_event_log" not in vars(event_log.by_file(stack))
