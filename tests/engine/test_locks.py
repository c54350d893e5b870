"""A lock is removed only when its owner is known to be gone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from groundplan.engine.locks import locks, release_stale


def message(*entries: tuple[Path | str, str, int]) -> str:
    lines = [
        f"  {file if isinstance(file, str) else file.as_uri()}: created by ada@{host} (pid {pid})"
        " at 2026-01-02T03:04:05Z"
        for file, host, pid in entries
    ]
    return "\n".join([f"error: the stack is currently locked by {len(lines)} lock(s).", *lines])


def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@contextmanager
def alive(folder: Path, name: str) -> Iterator[int]:
    """A process called `name` that waits for its end."""
    program = folder / name
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([program, "60"])
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def lock_file(folder: Path, name: str = "a lock.json") -> Path:
    file = folder / name
    file.touch()
    return file


def test_the_lock_of_a_killed_engine_is_removed(tmp_path: Path):
    """Its file, in a folder whose name needs quoting in a URL."""
    file = lock_file(tmp_path)

    assert release_stale(message((file, socket.gethostname(), gone())))
    assert not file.exists()


def test_the_lock_of_an_engine_at_work_stays(tmp_path: Path):
    """Another terminal's `pulumi up` is never disturbed, nor is half of its locks removed."""
    mine, stale = lock_file(tmp_path), lock_file(tmp_path, "b.json")
    host = socket.gethostname()

    with alive(tmp_path, "pulumi") as pid:
        assert not release_stale(message((stale, host, gone()), (mine, host, pid)))

    assert mine.exists()
    assert stale.exists()


def test_a_number_that_another_program_got_is_no_owner(tmp_path: Path):
    """Process numbers are used again, after a restart of the machine for sure."""
    file = lock_file(tmp_path)

    assert release_stale(message((file, socket.gethostname(), os.getpid())))
    assert not file.exists()


def test_a_lock_from_another_host_stays(tmp_path: Path):
    """Who works there can't be seen from here."""
    file = lock_file(tmp_path)

    assert not release_stale(message((file, "elsewhere", gone())))
    assert file.exists()


def test_a_lock_in_a_bucket_stays():
    """Only its owner's account may judge it: the message names `pulumi cancel`."""
    assert not release_stale(message(("s3://state/lock.json", socket.gethostname(), gone())))


def test_any_other_message_lists_no_locks():
    """Nothing is removed on a guess."""
    assert [] == locks("error: no such stack")
    assert not release_stale("error: no such stack")
