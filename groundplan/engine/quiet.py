"""Spares a program the messages that nobody is shown, each of which it would wait for."""

from __future__ import annotations

from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.settings import SETTINGS

__all__ = ["quiet"]


class _Quiet:
    """The engine as the SDK knows it, with no ear for messages that `--debug` would show."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:
        """Show a message to the user."""
        return empty_pb2.Empty() if request.severity == engine_pb2.DEBUG else self._engine.Log(request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def quiet() -> None:
    """
    Keep the debug messages of the program that runs to itself.

    The SDK sends four or five of each resource, and waits for each to arrive: a quarter of a preview's time.

    Source: `log.debug` in https://github.com/pulumi/pulumi/blob/master/sdk/python/lib/pulumi/runtime/resource.py
    """
    settings: Any = SETTINGS
    settings.engine = _Quiet(settings.engine)
