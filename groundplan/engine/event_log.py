"""Takes the engine's events from a file."""

from __future__ import annotations

import json
import threading
import warnings
from collections.abc import Callable
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from pulumi import automation as auto

__all__ = ["EventReader", "by_file"]

_OnEvent = Callable[[auto.EngineEvent], object]
_PAUSE = 0.05  # seconds until a file that had no more is looked at again
_ASKED_AS = "_setup_event_log"  # the method of a stack that says where its events go
_ASKED_FOR = ["self", "command", "on_event", "pulumi_version"]
_ANSWERS = 5  # where they go, who reads them, what stops that one, what goes away then, and the server


def by_file(stack: auto.Stack) -> auto.Stack:
    """
    Have a stack's operations write their events to a file, which is read as it grows.

    The SDK would have them by a gRPC stream, where each event costs Python more than all that is done with it. They
    stay there with an SDK that asks for its log in another way than those that are known.
    """
    if _as_known():
        setattr(stack, _ASKED_AS, _log)
    return stack


def _as_known() -> bool:
    asked = getattr(auto.Stack, _ASKED_AS, None)
    if asked is None:
        return False
    known = signature(asked)
    return list(known.parameters) == _ASKED_FOR and len(get_args(known.return_annotation)) == _ANSWERS


def _log(
    command: str, on_event: _OnEvent, _version: str
) -> tuple[str, threading.Thread, None, TemporaryDirectory[str], None]:
    folder = TemporaryDirectory(prefix=f"groundplan-{command}-")
    file = Path(folder.name) / "events.json"
    file.touch()
    reader = EventReader(file, on_event)
    reader.start()
    return str(file), reader, None, folder, None


class EventReader(threading.Thread):
    """Passes on what is in a file and what comes, until it is joined: then no more will come."""

    def __init__(self, file: Path, on_event: _OnEvent) -> None:
        super().__init__(name="events", daemon=True)
        self._file, self._on_event = file, on_event
        self._over = threading.Event()

    def join(self, timeout: float | None = None) -> None:
        """Pass on the rest, however long it takes whoever is told: a result lacks nothing that the engine said."""
        del timeout
        self._over.set()
        super().join()

    def run(self) -> None:
        """Read line by line; one that is half written is left until its end is there."""
        begun = b""
        with self._file.open("rb") as lines:
            while True:
                over = self._over.is_set()  # asked before reading: what was written before it is all there
                for line in lines:
                    begun += line
                    if line.endswith(b"\n"):
                        self._pass(begun)
                        begun = b""
                if over:
                    return
                self._over.wait(_PAUSE)

    def _pass(self, line: bytes) -> None:
        try:
            event = auto.EngineEvent.from_json(json.loads(line))
        except (KeyError, TypeError, ValueError) as error:  # of an engine that is newer than the SDK
            warnings.warn(f"the engine told what this SDK does not know: {error!r}", stacklevel=2)
        else:
            self._on_event(event)
