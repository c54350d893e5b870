"""The Pulumi CLI as a child process that Ctrl-C cancels cleanly, once."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from groundplan.engine.cli import Engine
from groundplan.engine.environment import RunEnvironment

OnLine = Callable[[str], object]

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SIGNALS_TO_KILL = 3


class InterruptibleCommand(PulumiCommand):
    """
    Runs the CLI in a process group of its own, and decides itself which signals it gets.

    In our group a terminal's Ctrl-C would reach both: the CLI would begin to wind down while we,
    also interrupted, stop serving it the program. So only we get it, pass it on, and wait: the
    first lets operations in progress finish, the second makes the CLI give up, the third kills it.
    """

    def __init__(self, engine: Engine, environment: RunEnvironment) -> None:
        # Not super().__init__: it would look for the CLI and ask its version once more.
        self.command = str(engine.path)
        self.version = VersionInfo.parse(engine.version)
        self.interrupted = 0
        self.on_interrupt: Callable[[int], None] | None = None
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnLine | None = None,
        on_error: OnLine | None = None,
        stdin: str | None = None,
    ) -> CommandResult:
        """
        Run the CLI to its end.

        Raises:
            CommandError: It ended with another exit code than 0.
        """
        if "--non-interactive" not in args:
            args = ["--non-interactive", *args]
        before = self.interrupted
        environ = self._environment.apply()
        environ |= {"PULUMI_AUTOMATION_API": "true", **additional_env}
        with (
            self._passing_interrupts(),
            subprocess.Popen(  # noqa: S603 (the CLI we resolved)
                [self.command, *args],
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env=environ,
                encoding="utf-8",
                process_group=0,
            ) as process,
        ):
            self._process = process
            if self.interrupted > before:  # while it was starting
                process.send_signal(signal.SIGINT)
            if process.stdin:
                with suppress(BrokenPipeError):  # it ended early, and says why on stderr
                    process.stdin.write(stdin or "")
                    process.stdin.close()
            output = _Reader(process.stdout, on_output)
            errors = _Reader(process.stderr, on_error)
            result = CommandResult(output.text(), errors.text(), process.wait())
        self._process = None
        if result.code < 0:
            result.stderr += f"\nerror: the engine was ended by signal {-result.code}"
        if result.code:
            raise create_command_error(result)
        return result

    def interrupt(self) -> None:
        """Ask the CLI to cancel; ask again to hurry, a third time to kill it."""
        self.interrupted += 1
        process = self._process
        if process and process.poll() is None:
            if self.interrupted < _SIGNALS_TO_KILL:
                process.send_signal(signal.SIGINT)
            else:
                os.killpg(process.pid, signal.SIGKILL)
        if self.on_interrupt:
            self.on_interrupt(self.interrupted)

    @contextmanager
    def _passing_interrupts(self) -> Iterator[None]:
        """Turn our signals into `interrupt`; Python allows handlers in the main thread only."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, lambda *_: self.interrupt()) for number in _INTERRUPTS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Reader:
    """Reads one stream of the CLI to its end, in a thread of its own."""

    def __init__(self, stream: IO[str] | None, on_line: OnLine | None) -> None:
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, args=(stream, on_line), daemon=True)
        self._thread.start()

    def text(self) -> str:
        self._thread.join()
        return "\n".join(self._lines)

    def _read(self, stream: IO[str] | None, on_line: OnLine | None) -> None:
        for line in stream or ():
            self._lines.append(line.rstrip())
            if on_line:
                on_line(self._lines[-1])
