"""Lets an editor attach to a program that is started with `--attach-debugger`."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_READY = "Adapter is accepting incoming client connections"
_STARTUP_SECONDS = 60
_POLL_SECONDS = 0.1


class Debugger:
    """A debugpy server in the program's process; nothing at all where none was asked for."""

    def __init__(self, logs: Path | None) -> None:
        self._logs = logs
        self._port = _free_port() if logs else 0

    @classmethod
    @contextmanager
    def attached(cls, wanted: bool) -> Iterator[Debugger]:
        """A debugger for one run, with a folder for its logs as long as that takes."""
        if not wanted:
            yield cls(None)
            return
        with tempfile.TemporaryDirectory(prefix="pulumi-debugpy-") as logs:
            yield cls(Path(logs))

    @property
    def arguments(self) -> list[str]:
        """What goes between the interpreter and the script."""
        if self._logs is None:
            return []
        listen = ["-m", "debugpy", "--listen", f"127.0.0.1:{self._port}", "--wait-for-client"]
        return ["-Xfrozen_modules=off", *listen, "--log-to", str(self._logs)]

    def announce(self, engine: str, process: subprocess.Popen[bytes], name: str) -> None:
        """Tell the engine where to attach, once the debugger listens; end the program if it never does."""
        if self._logs is None:
            return
        thread = threading.Thread(target=self._announce, args=(engine, process, name), daemon=True)
        thread.start()

    def _announce(self, engine: str, process: subprocess.Popen[bytes], name: str) -> None:
        if not self._listens(process):
            process.kill()
            return
        config = Struct()
        config.update(
            {
                "name": name,
                "type": "python",
                "request": "attach",
                "connect": {"host": "127.0.0.1", "port": self._port},
                "justMyCode": True,
            }
        )
        request = engine_pb2.StartDebuggingRequest(config=config, message=f"on port {self._port}")
        with grpc.insecure_channel(engine) as channel:
            engine_pb2_grpc.EngineStub(channel).StartDebugging(request)

    def _listens(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait for debugpy's log to say so: to try the port would count as its one client."""
        deadline = time.monotonic() + _STARTUP_SECONDS
        log = Path(self._logs or "") / f"debugpy.server-{process.pid}.log"
        while process.poll() is None and time.monotonic() < deadline:
            if log.exists() and _READY in log.read_text("utf-8", errors="replace"):
                return True
            time.sleep(_POLL_SECONDS)
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
