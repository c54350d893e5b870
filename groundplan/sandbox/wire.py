"""Between the engine's messages and plain Python: structs, secret marks, errors with details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from groundplan.sandbox.values import is_secret, secret

__all__ = ["abort", "abort_half_created", "mark_like", "pack", "secret_keys", "unpack"]


def unpack(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Return a struct as Python values, its secret and asset marks untouched."""
    return {key: _unpack(value) for key, value in struct.fields.items()}


def pack(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return Python values as a struct; what is None is left out."""
    struct = struct_pb2.Struct()
    struct.update({key: value for key, value in values.items() if value is not None})
    return struct


def secret_keys(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys whose value is, or holds, a secret."""
    return tuple(key for key, value in values.items() if _holds_secret(value))


def mark_like(values: Mapping[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    """Mark the values of some keys secret."""
    return {k: secret(v) if k in keys and not is_secret(v) else v for k, v in values.items()}


def abort(context: grpc.ServicerContext, code: grpc.StatusCode, message: str) -> NoReturn:
    """End a call with an error that people read."""
    context.abort(code, message)
    raise AssertionError("abort returns never")


def abort_half_created(
    context: grpc.ServicerContext,
    id_: str,
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    reason: str,
) -> NoReturn:
    """End a create so that the engine keeps the resource in its state, with what went wrong."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=id_, properties=pack(outputs), inputs=pack(inputs), reasons=[reason]
    )
    wrapped = any_pb2.Any()
    wrapped.Pack(detail)
    code = grpc.StatusCode.UNKNOWN
    status = status_pb2.Status(code=code.value[0], message=reason, details=[wrapped])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    abort(context, code, reason)


def _unpack(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            return unpack(value.struct_value)
        case "list_value":
            return [_unpack(item) for item in value.list_value.values]
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case _:
            return None


def _holds_secret(value: Any) -> bool:
    if is_secret(value):
        return True
    if isinstance(value, Mapping):
        return any(_holds_secret(item) for item in value.values())
    return isinstance(value, list) and any(_holds_secret(item) for item in value)
