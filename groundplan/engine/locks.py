"""Tells a lock that a killed engine left on a stack from one whose owner is still at work."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Source: pulumi 3.250, pkg/backend/diy/lock.go, `checkForLock`.
_LOCK = re.compile(
    r"^\s*(?P<url>\S+): created by (?P<user>.+)@(?P<host>[^@]+) \(pid (?P<pid>\d+)\) at ",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Lock:
    """One lock on a stack in a file or bucket backend, as the CLI reports it."""

    url: str
    host: str
    pid: int

    @property
    def stale(self) -> bool:
        """Whether its owner is known to be gone: it ran on this host and no longer does."""
        return self.host == socket.gethostname() and not _is_pulumi(self.pid)

    @property
    def file(self) -> Path | None:
        """Its file, where the backend is a folder."""
        parts = urlsplit(self.url)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None


def locks(message: str) -> list[Lock]:
    """The locks that a "the stack is currently locked" message lists."""
    return [Lock(m["url"], m["host"], int(m["pid"])) for m in _LOCK.finditer(message)]


def release_stale(message: str) -> bool:
    """
    Delete the files of the locks in `message` if each one's owner is gone; say if that was so.

    Only those files: `pulumi cancel` would also delete a lock taken in the meantime.
    """
    found = locks(message)
    files = [lock.file for lock in found if lock.stale]
    if not found or len(files) < len(found) or None in files:
        return False
    for file in files:
        if file:
            file.unlink(missing_ok=True)
    return True


def _is_pulumi(pid: int) -> bool:
    """Whether the process lives and is a Pulumi CLI, not another one that got its number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # lives, but another user's: not for us to judge
    name = _command_name(pid)
    return name is None or name == "pulumi"


def _command_name(pid: int) -> str | None:
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        fields = dict(line.split(":\t", 1) for line in status.read_text("utf-8").splitlines())
        # A zombie has ended; only its parent has not asked how yet.
        return "" if fields["State"].startswith("Z") else fields["Name"]
    try:
        listed = subprocess.run(  # noqa: S603 (macOS has no /proc)
            ["ps", "-o", "comm=", "-p", str(pid)],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()
    except OSError:
        return None
    return Path(listed).name if listed else None
