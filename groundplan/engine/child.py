"""A child process whose output is read as it comes and that ends when its caller does."""

from __future__ import annotations

import queue
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Literal

Stream = Literal["stdout", "stderr"]

_GRACE_SECONDS = 5


class Child:
    """A started process; `output` for its lines, `stop` to end it politely and then for sure."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path | str | None,
        environ: Mapping[str, str],
        captured: bool,
    ) -> None:
        """Start it. Captured output is for `output`; else it goes where ours goes."""
        pipe = subprocess.PIPE if captured else None
        self.process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 (ours to run)
            command, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe
        )

    def output(self) -> Iterator[tuple[Stream, bytes]]:
        """Lines of both streams, in the order they came, until both are closed."""
        lines: queue.SimpleQueue[tuple[Stream, bytes]] = queue.SimpleQueue()
        streams: dict[Stream, IO[Any] | None] = {
            "stdout": self.process.stdout,
            "stderr": self.process.stderr,
        }
        for name, stream in streams.items():
            threading.Thread(target=_read, args=(name, stream, lines), daemon=True).start()
        still_open = len(streams)
        while still_open:
            name, line = lines.get()
            if line:
                yield name, line
            else:
                still_open -= 1

    def wait(self) -> int:
        """Wait for its end; the exit code, negative where a signal ended it."""
        return self.process.wait()

    def kill(self) -> None:
        """End it at once, for what has been told to stop by other means."""
        if self.process.poll() is None:
            self.process.kill()

    def stop(self) -> None:
        """Interrupt it, and kill it if it is still there some seconds later."""
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        deadline = threading.Timer(_GRACE_SECONDS, self.process.kill)
        deadline.daemon = True
        deadline.start()


def _read(name: Stream, stream: IO[bytes] | None, lines: queue.SimpleQueue[tuple[Stream, bytes]]) -> None:
    for line in stream or ():
        lines.put((name, line))
    lines.put((name, b""))
