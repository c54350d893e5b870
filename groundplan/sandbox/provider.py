"""An emulated provider plugin: the engine's calls over gRPC, answered from the world."""

# ruff: noqa: ARG002 - the protocol fixes the handlers' signatures

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from groundplan.sandbox import invokes, paths
from groundplan.sandbox.diff import Diff
from groundplan.sandbox.emulator import Emulator
from groundplan.sandbox.faults import FaultFileError
from groundplan.sandbox.operations import DEFAULTS, Autoname, HalfCreated, Operations, Refused
from groundplan.sandbox.sdk import PACKAGES, SdkMissing, UnknownType
from groundplan.sandbox.values import plain
from groundplan.sandbox.wire import (
    abort,
    abort_half_created,
    mark_like,
    pack,
    unpack,
)
from groundplan.sandbox.world import Resource, World

__all__ = ["EmulatedProvider"]

_PLACE_KEYS = {
    "region": "region",
    "project": "project",
    "location": "region",
    "subscriptionId": "subscription",
    "tenantId": "tenant",
}
"""A provider's configuration → the part of a place it sets."""


class EmulatedProvider(provider_pb2_grpc.ResourceProviderServicer):
    """
    One provider (`aws`, `gcp`, `azure-native`) over one world.

    The engine opens one connection for each provider resource, so that two regions are two
    connections: each keeps the place it was configured with.
    """

    def __init__(self, package: str, place: Mapping[str, str], world: World) -> None:
        self.package = package
        self.place = dict(place)
        self.world = world
        self._operations: dict[str, Operations] = {}

    # configuration

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, supports_autonaming_configuration=True)

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=importlib.metadata.version(PACKAGES[self.package]))

    def GetSchema(self, request: Any, context: Any) -> Any:
        version = importlib.metadata.version(PACKAGES[self.package])
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": self.package, "version": version}))

    def GetMapping(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetMappingResponse()

    def GetMappings(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetMappingsResponse()

    def Parameterize(self, request: Any, context: Any) -> Any:
        abort(context, grpc.StatusCode.UNIMPLEMENTED, f"{self.package} takes no parameters")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        old, new = self._place(unpack(request.olds)), self._place(unpack(request.news))
        moved = [key for key in ("region", "project", "subscriptionId") if _moved(key, old, new)]
        return provider_pb2.DiffResponse(changes=_changes(old != new), replaces=moved, diffs=moved)

    def Configure(self, request: Any, context: Any) -> Any:
        place = self._place(unpack(request.args))
        self._operations[context.peer()] = Operations(Emulator(place), self.world)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    # resources

    def Check(self, request: Any, context: Any) -> Any:
        with _spoken(context):
            type_ = _type(request.urn)
            inputs, failures = self._here(context).check(
                type_, request.urn, unpack(request.olds), unpack(request.news), _autoname(request)
            )
            return provider_pb2.CheckResponse(
                inputs=pack(inputs),
                failures=[provider_pb2.CheckFailure(property=f.property, reason=f.reason) for f in failures],
            )

    def Diff(self, request: Any, context: Any) -> Any:
        with _spoken(context):
            old = unpack(request.old_inputs) or unpack(request.olds)
            diff = self._here(context).emulator.diff(_type(request.urn), plain(old), plain(unpack(request.news)))
            return _diff_response(diff, old)

    def Create(self, request: Any, context: Any) -> Any:
        type_, inputs = _type(request.urn), unpack(request.properties)
        operations = self._here(context)
        if request.preview:
            return provider_pb2.CreateResponse(properties=pack(operations.plan_create(type_, inputs)))
        try:
            with _spoken(context):
                made = operations.create(type_, request.urn, inputs)
        except HalfCreated as half:
            outputs = _outputs(half.resource)
            abort_half_created(context, half.resource.id, inputs, outputs, half.reason)
        return provider_pb2.CreateResponse(id=made.id, properties=pack(_outputs(made)))

    def Read(self, request: Any, context: Any) -> Any:
        with _spoken(context):
            found = self._here(context).read(_type(request.urn), request.urn, request.id)
        if found is None:
            return provider_pb2.ReadResponse()
        inputs = mark_like(found.inputs, frozenset(found.secrets))
        before = unpack(request.inputs)
        if DEFAULTS in before:
            inputs[DEFAULTS] = before[DEFAULTS]
        return provider_pb2.ReadResponse(id=found.id, properties=pack(_outputs(found)), inputs=pack(inputs))

    def Update(self, request: Any, context: Any) -> Any:
        type_, news = _type(request.urn), unpack(request.news)
        if request.preview:
            planned = self._here(context).plan_update(type_, unpack(request.olds), news)
            return provider_pb2.UpdateResponse(properties=pack(planned))
        with _spoken(context):
            made = self._here(context).update(type_, request.urn, request.id, news)
            return provider_pb2.UpdateResponse(properties=pack(_outputs(made)))

    def Delete(self, request: Any, context: Any) -> Any:
        with _spoken(context):
            self._here(context).delete(_type(request.urn), request.urn, request.id)
        return empty_pb2.Empty()

    # functions and components

    def Invoke(self, request: Any, context: Any) -> Any:
        place = self._here(context).emulator.place
        try:
            found = invokes.answer(request.tok, plain(unpack(request.args)), place)
        except invokes.InvokeRefused as refused:
            abort(context, grpc.StatusCode.UNIMPLEMENTED, str(refused))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(pack(found))
        return response

    def Call(self, request: Any, context: Any) -> Any:
        abort(context, grpc.StatusCode.UNIMPLEMENTED, f"{request.tok} can't be called here")

    def Construct(self, request: Any, context: Any) -> Any:
        abort(context, grpc.StatusCode.UNIMPLEMENTED, f"{request.type} is no component here")

    def _here(self, context: Any) -> Operations:
        """Return the operations of the place this connection was configured with."""
        return self._operations.get(context.peer()) or Operations(Emulator(self.place), self.world)

    def _place(self, config: Mapping[str, Any]) -> dict[str, str]:
        place = dict(self.place)
        for key, part in _PLACE_KEYS.items():
            if isinstance(given := plain(config.get(key)), str) and given and part in place:
                place[part] = given
        return place


@contextmanager
def _spoken(context: grpc.ServicerContext) -> Iterator[None]:
    """Turn what the emulated cloud refuses into errors that the engine shows."""
    try:
        yield
    except Refused as refused:
        abort(context, grpc.StatusCode.FAILED_PRECONDITION, str(refused))
    except (UnknownType, SdkMissing) as missing:
        abort(context, grpc.StatusCode.NOT_FOUND, str(missing))
    except FaultFileError as bad:
        abort(context, grpc.StatusCode.INVALID_ARGUMENT, str(bad))


def _type(urn: str) -> str:
    """Return the type token in a urn: the last of `parent$child`."""
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _autoname(request: Any) -> Autoname | None:
    if not request.HasField("autonaming"):
        return None
    options, mode = request.autonaming, provider_pb2.CheckRequest.AutonamingOptions
    return Autoname(
        proposed=options.proposed_name,
        disabled=options.mode == mode.DISABLE,
    )


def _outputs(resource: Resource) -> dict[str, Any]:
    return mark_like(resource.outputs, frozenset(resource.secrets))


def _diff_response(diff: Diff, old: Mapping[str, Any]) -> Any:
    detailed = {path: _property_diff(path, diff, old) for path in diff.changed}
    return provider_pb2.DiffResponse(
        changes=_changes(bool(diff.changed)),
        replaces=sorted({paths.top(path) for path in diff.replaces}),
        diffs=sorted({paths.top(path) for path in diff.changed}),
        deleteBeforeReplace=diff.delete_before_replace,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def _property_diff(path: str, diff: Diff, old: Mapping[str, Any]) -> Any:
    kinds = provider_pb2.PropertyDiff
    replaces = path in diff.replaces
    if path == paths.top(path) and old.get(path) is None:
        kind = kinds.ADD_REPLACE if replaces else kinds.ADD
    else:
        kind = kinds.UPDATE_REPLACE if replaces else kinds.UPDATE
    return provider_pb2.PropertyDiff(kind=kind, inputDiff=True)


def _changes(changed: bool) -> Any:
    changes = provider_pb2.DiffResponse
    return changes.DIFF_SOME if changed else changes.DIFF_NONE


def _moved(key: str, old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    return old.get(_PLACE_KEYS[key]) != new.get(_PLACE_KEYS[key])
