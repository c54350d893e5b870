"""Tells how long a silent step has been running, so that it does not look hung."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from groundplan.engine.cache import Progress

_EVERY_SECONDS = 5.0


@contextmanager
def elapsed(what: str, progress: Progress, every: float = _EVERY_SECONDS) -> Iterator[None]:
    """Report `what` at once, then with its elapsed seconds every so often, until it is done."""
    begin = time.monotonic()
    done = threading.Event()

    def tick() -> None:
        while not done.wait(every):
            progress(f"{what}: {time.monotonic() - begin:.0f} s")

    progress(what)
    thread = threading.Thread(target=tick, name="elapsed", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
