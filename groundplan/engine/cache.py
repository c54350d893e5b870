"""Where built and downloaded Pulumi CLIs are kept, and who may write there."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Progress = Callable[[str], None]

_PARTIAL = ".partial-"
_POLL_SECONDS = 0.5


def engine_cache() -> Path:
    """
    The folder that holds one folder a CLI version, and the language host's shims.

    `$GROUNDPLAN_CACHE/engine`, else `$XDG_CACHE_HOME/groundplan/engine`, else
    `~/.cache/groundplan/engine`.

    Source: XDG Base Directory Specification 0.8 (a relative `XDG_CACHE_HOME` is ignored).
    """
    if own := os.environ.get("GROUNDPLAN_CACHE"):
        return Path(own).expanduser().absolute() / "engine"
    xdg = Path(os.environ.get("XDG_CACHE_HOME", ""))
    base = xdg if xdg.is_absolute() else Path.home() / ".cache"
    return base / "groundplan" / "engine"


@contextmanager
def exclusive(cache: Path, progress: Progress) -> Iterator[None]:
    """Hold the cache's lock: a second process waits for the first one's CLI instead of making it twice."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        _wait_for(lock.fileno(), progress)
        for leftover in cache.glob(f"{_PARTIAL}*"):  # of a process that was killed
            shutil.rmtree(leftover, ignore_errors=True)
        yield


def _wait_for(descriptor: int, progress: Progress) -> None:
    announced = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not announced:
                progress("waiting for another process that is getting Pulumi ready")
                announced = True
            time.sleep(_POLL_SECONDS)
        else:
            return


@contextmanager
def staged(cache: Path) -> Iterator[Path]:
    """
    A folder to fill, removed unless it was handed to `publish`.

    It lies in the cache, so that the rename that publishes it is atomic.
    """
    folder = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=cache))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(folder: Path, cache: Path, version: str) -> Path:
    """Rename a filled folder to its version's place, replacing a broken one, and return the place."""
    place = cache / version
    if place.exists():
        shutil.rmtree(place)
    return folder.rename(place)
