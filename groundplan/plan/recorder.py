"""Stands in for the engine: answers each registration as the cloud would, and keeps what it was sent."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from groundplan.plan.values import plain
from groundplan.sandbox.emulator import Emulator, Failure

__all__ = ["Recorded", "Recording", "record"]

STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Recorded:
    """
    One resource as the engine would receive it.

    Attributes:
        inputs: As sent, in camelCase; a secret is `{"secret": True}`, never its value.
        outputs: What the emulated cloud answers.
        failures: What the emulated cloud would refuse.
    """

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: Mapping[str, Any]
    id: str
    outputs: Mapping[str, Any]
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]
    protect: bool
    ignore_changes: tuple[str, ...]
    failures: tuple[Failure, ...]


@dataclass
class Recording:
    """All that a program registered, and what it exports."""

    resources: dict[str, Recorded] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)


class _NoLookUps(mocks.Mocks):
    """Refuses look-ups: a plan that asks a live cloud is not a plan."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict]:
        raise LookupError(f"{args.name} reads an existing {args.typ}; take its id as an input instead")

    def call(self, args: mocks.MockCallArgs) -> tuple[dict, list[tuple[str, str]] | None]:
        raise LookupError(f"{args.token} looks up a live cloud; take its answer as an input instead")


class _Monitor(mocks.MockMonitor):
    """The engine's side of the conversation, in this process."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(_NoLookUps())
        self.emulator = emulator
        self.recording = Recording()
        self._lock = threading.Lock()
        self._stack_urn = ""

    def RegisterResource(self, request: Any) -> resource_pb2.RegisterResourceResponse:  # noqa: N802 (gRPC's name)
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK:
            self._stack_urn = urn
            return resource_pb2.RegisterResourceResponse(urn=urn)
        mocks._ensure_event_loop()  # noqa: SLF001 (as the class above does it in this very method)
        sent = rpc.deserialize_properties(request.object)
        answer_id, state, failures = "", {}, ()
        if request.custom:
            created = self.emulator.create(request.type, request.name, urn, sent)
            answer_id, state = request.importId or created.id, created.outputs
            failures = tuple(self.emulator.check(request.type, sent))
        recorded = Recorded(
            urn=urn,
            type=request.type,
            name=request.name,
            parent="" if request.parent == self._stack_urn else request.parent,
            custom=request.custom,
            inputs=plain(sent),
            id=answer_id,
            outputs=plain(state),
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                name: tuple(sorted(by.urns)) for name, by in sorted(request.propertyDependencies.items()) if by.urns
            },
            protect=request.protect,
            ignore_changes=tuple(request.ignoreChanges),
            failures=failures,
        )
        with self._lock:
            if urn in self.recording.resources:
                raise ValueError(f"two resources have the URN {urn}; give one of them another name")
            self.recording.resources[urn] = recorded
            self.resources[urn] = self.ResourceRegistration(urn, answer_id, dict(state))
        answer = mocks._sync_await(rpc.serialize_properties(dict(state), {}))  # noqa: SLF001
        return resource_pb2.RegisterResourceResponse(urn=urn, id=answer_id, object=answer)

    def RegisterResourceOutputs(self, request: Any) -> empty_pb2.Empty:  # noqa: N802 (gRPC's name)
        if request.urn == self._stack_urn:
            self.recording.outputs = plain(rpc.deserialize_properties(request.outputs))
        return empty_pb2.Empty()


def _run(program: Callable[[], Any], project: str, stack: str, emulator: Emulator) -> Recording:
    monitor = _Monitor(emulator)
    loop = asyncio.new_event_loop()
    try:
        asyncio.set_event_loop(loop)
        features = set(monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures)
        settings = mocks.MockSettings(
            monitor=monitor,
            monitor_features=features,
            engine=mocks.MockEngine(None),
            project=project,
            stack=stack,
            dry_run=False,
            organization="organization",
            callbacks=None,
        )
        pulumi.runtime.configure(settings)
        pulumi.runtime.settings.set_root_resource(None)  # pyright: ignore[reportArgumentType]

        def start() -> None:
            program()

        loop.run_until_complete(run_in_stack(start))
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    return monitor.recording


def record(program: Callable[[], Any], *, project: str, stack: str, emulator: Emulator) -> Recording:
    """
    Run a Pulumi program with no engine, network, account or provider.

    Args:
        program: Registers resources when called.
        project: Name of the Pulumi project, part of every URN.
        stack: Name of the Pulumi stack, likewise.
        emulator: Answers for the clouds.

    Raises:
        LookupError: The program asks a live cloud for something.
        ValueError: Two resources have the same URN.
    """
    return contextvars.copy_context().run(_run, program, project, stack, emulator)
