"""Stands before a Python policy pack until the engine has told the stack's configuration."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import grpc
from pulumi.runtime.proto import analyzer_pb2

_NO_LIMIT = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
_WORKERS = 16

StackConfiguration = analyzer_pb2.AnalyzerStackConfigureRequest


class PolicyProxy(grpc.GenericRpcHandler):
    """
    An analyzer that answers the handshake and takes the configuration by itself.

    A pack reads its configuration from the environment, so it can only start once that is known,
    while the engine tells it to a pack that runs. All else goes to the pack, byte for byte.
    """

    def __init__(self) -> None:
        self._configuration: Future[StackConfiguration | None] = Future()
        self._pack: Future[grpc.Channel] = Future()
        self._lock = threading.Lock()
        self._server = grpc.server(ThreadPoolExecutor(_WORKERS), [self], options=_NO_LIMIT)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def configuration(self) -> StackConfiguration | None:
        """Wait for the stack's configuration; none where the engine asks about the pack alone."""
        return self._configuration.result()

    def attach(self, port: int) -> None:
        """Forward to the pack that listens on `port`, telling it the configuration first."""
        channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=_NO_LIMIT)
        if told := self.configuration():
            configure = _forwarder(channel, "/pulumirpc.Analyzer/ConfigureStack")
            try:
                configure(told.SerializeToString(), wait_for_ready=True)
            except grpc.RpcError as error:
                if _code(error) != grpc.StatusCode.UNIMPLEMENTED:
                    self.close(f"the policy pack refused its configuration: {_details(error)}")
                    return
        self._pack.set_result(channel)

    def close(self, why: str) -> None:
        """End waits that can no longer be met, and stop serving."""
        with self._lock:
            if not self._configuration.done():
                self._configuration.set_result(None)
            if not self._pack.done():
                self._pack.set_exception(ConnectionError(why))
        self._server.stop(grace=1)

    def service(self, handler_call_details: Any) -> grpc.RpcMethodHandler:
        """Route one call: every method of an analyzer is one request, one answer."""
        method = handler_call_details.method
        own: dict[str, Callable[[bytes, grpc.ServicerContext], bytes]] = {
            "Handshake": lambda _request, _context: b"",
            "ConfigureStack": self._configure,
        }
        forward = lambda request, context: self._forward(method, request, context)  # noqa: E731
        return grpc.unary_unary_rpc_method_handler(own.get(method.rpartition("/")[2], forward))

    def _configure(self, request: bytes, _context: grpc.ServicerContext) -> bytes:
        self._settle(StackConfiguration.FromString(request))
        return b""

    def _settle(self, configuration: StackConfiguration | None) -> None:
        with self._lock:
            if not self._configuration.done():
                self._configuration.set_result(configuration)

    def _forward(self, method: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        self._settle(None)  # `pulumi policy publish` asks without ever configuring
        try:
            return _forwarder(self._pack.result(), method)(request)
        except ConnectionError as error:
            context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        except grpc.RpcError as error:
            context.abort(_code(error), _details(error))


def _forwarder(channel: grpc.Channel, method: str) -> Callable[..., bytes]:
    return channel.unary_unary(method, request_serializer=None, response_deserializer=None)


def _code(error: grpc.RpcError) -> grpc.StatusCode:
    return error.code() if isinstance(error, grpc.Call) else grpc.StatusCode.UNKNOWN


def _details(error: grpc.RpcError) -> str:
    return (error.details() if isinstance(error, grpc.Call) else None) or str(error)
