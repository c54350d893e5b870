"""The packs in this process, for an engine that runs a program of this process: no start of their own."""

# ruff: noqa: ARG002 - the protocol fixes the handlers' names and signatures
from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from groundplan.engine.language_host import LanguageHost
from groundplan.engine.plugin_run import ANALYZER
from groundplan.policy.folder import pack_folder
from policies.listening import listen
from policies.pack import rules
from policies.server import Pack

__all__ = ["packs_inside"]

_WORKERS = 8


class _Host(LanguageHost):
    """A language host that the engine attaches to; a pack of ours it answers by itself."""

    def __init__(self, root: Path) -> None:
        super().__init__("")
        self._root, self._folder = root, pack_folder(root)

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        """Learn the engine's address; this process outlives the engine."""
        self.engine = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Serve our packs from here until the engine is done with them; run any other plugin as usual."""
        if request.kind != ANALYZER or Path(request.info.program_directory) != self._folder:
            yield from super().RunPlugin(request, context)
            return
        over = threading.Event()
        if not context.add_callback(over.set):
            return
        server, port = listen(Pack("groundplan", rules(), {}, self._root))
        yield language_pb2.RunPluginResponse(stdout=f"{port}\n".encode())
        over.wait()
        server.stop(0)


@contextmanager
def packs_inside(root: Path) -> Iterator[str]:
    """
    Serve the packs of `pack_folder(root)` while the block runs.

    Args:
        root: Folder that the path of the stack's blueprint is relative to.

    Yields:
        The value of `PULUMI_DEBUG_LANGUAGES` that has an engine take its language host, and so the packs, from here.
    """
    server = grpc.server(
        ThreadPoolExecutor(_WORKERS),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(_Host(root), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"python:{port}"
    finally:
        server.stop(grace=1)
