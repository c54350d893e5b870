"""The server of a pack: which calls of the engine it answers, and where it listens."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import grpc
from pulumi.runtime.proto import analyzer_pb2_grpc

from policies.rule import Rule
from policies.server import Pack

__all__ = ["listen", "serve"]

_WORKERS = 4


class _Calls(grpc.GenericRpcHandler):
    """
    The calls that a pack answers.

    The engine asks twice of each resource, and one answer is enough where nothing is to be mended: it takes a pack
    without `Remediate` for one of an older protocol, and the refusal is half the work of an empty answer.

    Source: `Remediate` in https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/analyzer_plugin.go
    """

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._handlers: Sequence[grpc.GenericRpcHandler] = ()
        analyzer_pb2_grpc.add_AnalyzerServicer_to_server(pack, cast("grpc.Server", self))

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """What the protocol's module gives a server."""
        self._handlers = handlers

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        """The handler of a call; None refuses it as unknown."""
        method = str(handler_call_details.method)
        if method.endswith("/Remediate") and not self._pack.mends:
            return None
        return next(filter(None, (handler.service(handler_call_details) for handler in self._handlers)), None)


def listen(pack: Pack) -> tuple[grpc.Server, int]:
    """A server of the pack, started, and its port on this machine."""
    server = grpc.server(
        ThreadPoolExecutor(_WORKERS),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    server.add_generic_rpc_handlers((_Calls(pack),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def serve(name: str, rules: Sequence[Rule], root: Path) -> None:
    """
    Run a pack until the engine ends it; its port is the first line of the output.

    Once it is configured, the engine starts the program and asks nothing for a while: what only a finding takes is
    loaded then. What is loaded until then stays, and is not looked at for garbage any more.

    The stack's configuration and name come by a call, or from the environment, where older engines put them.

    Args:
        name: Of the pack.
        rules: Its rules.
        root: Folder of the project, that the path of the stack's blueprint is relative to.
    """
    config = json.loads(os.environ.get("PULUMI_CONFIG") or "{}")
    stack = os.environ.get("PULUMI_STACK", "").rpartition("/")[2]
    pack = Pack(name, rules, config, root, stack)
    server, port = listen(pack)
    sys.stdout.buffer.write(f"{port}\n".encode())
    sys.stdout.flush()
    try:
        pack.configured.wait()
        pack.get_ready()
        gc.freeze()
        gc.enable()
        server.wait_for_termination()
    except KeyboardInterrupt:
        server.stop(0)
