"""Keeps what a program knows of an engine that has ended from the next engine's program."""

from __future__ import annotations

from pulumi.runtime import _grpc_settings

__all__ = ["unshared"]

_LOCAL = ("grpc.use_local_subchannel_pool", 1)


def unshared() -> None:
    """
    Have each program of this process connect to its engine anew.

    By default channels to one address share a connection, and its state: the SDK never closes those to an engine that
    has ended, which then wait up to two minutes between attempts to reach it. An engine that gets its port meanwhile
    would be taken for unreachable without being asked.

    Source: `GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL` in
    https://github.com/grpc/grpc/blob/master/include/grpc/impl/channel_arg_names.h
    """
    options: list[tuple[str, int]] = _grpc_settings._GRPC_CHANNEL_OPTIONS  # the SDK offers no other way
    if _LOCAL not in options:
        options.append(_LOCAL)
