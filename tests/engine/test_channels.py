"""A program's connection to its engine, in a process that has run others before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc
from pulumi.runtime.settings import Settings

from groundplan.engine import stack  # noqa: F401 - to import it is what a process that runs stacks does


def _served(port: int = 0) -> tuple[grpc.Server, int]:
    hears = grpc.unary_unary_rpc_method_handler(lambda _request, _context: b"")
    server = grpc.server(
        ThreadPoolExecutor(1), [grpc.method_handlers_generic_handler("pulumirpc.Engine", {"Log": hears})]
    )
    taken = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server, taken


def _client(port: int) -> engine_pb2_grpc.EngineStub:
    """As the SDK gives one to a program."""
    settings: Any = Settings(project="p", stack="s", engine=f"127.0.0.1:{port}")
    return settings.engine


def test_an_engine_on_the_port_of_one_that_ended_is_reached():
    """
    A program that still knew the first one, and found it gone, keeps nobody from the second.
    """
    first, port = _served()
    known = _client(port)
    known.Log(engine_pb2.LogRequest())
    first.stop(0).wait()
    with pytest.raises(grpc.RpcError, match="UNAVAILABLE"):
        known.Log(engine_pb2.LogRequest())

    second, again = _served(port)
    try:
        assert port == again
        _client(port).Log(engine_pb2.LogRequest())
    finally:
        second.stop(0)
