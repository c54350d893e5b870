"""Stands in for the engine: answers each registration as the cloud would, and keeps what it was sent."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from unittest import mock

import pulumi
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2, source_pb2
from pulumi.runtime.stack import run_in_stack

from groundplan.plan.values import plain
from groundplan.sandbox.emulator import Emulator, Failure
from groundplan.settling import settled, uncollected

__all__ = ["Recorded", "Recording", "record"]

STACK = "pulumi:pulumi:Stack"
T = TypeVar("T")


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


def _secret(value: Any) -> bool:
    if rpc.is_rpc_secret(value):
        return True
    if isinstance(value, Mapping):
        return any(map(_secret, value.values()))
    return isinstance(value, list) and any(map(_secret, value))


def _keep_secret(sent: Mapping[str, Any], outputs: Mapping[str, Any], named: Iterable[str]) -> dict[str, Any]:
    """Outputs in which what was sent as a secret, or is one by the provider's word, is a secret still."""
    hidden = {key for key, value in sent.items() if _secret(value)} | set(named)
    return {k: rpc.wrap_rpc_secret(v) if k in hidden and not rpc.is_rpc_secret(v) else v for k, v in outputs.items()}


def _sendable(value: Any) -> Any:
    """A value as the wire carries it: secrets stay marked, assets become what may be shown of them."""
    if isinstance(value, Mapping):
        return {key: _sendable(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_sendable(v) for v in value]
    return value if isinstance(value, str | int | float | bool | None) else plain(value)


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

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """As the engine has it: the stack is no part of its resources' type."""
        return super().make_urn("" if parent == self._stack_urn else parent, type_, name)

    def RegisterResource(self, request: Any) -> resource_pb2.RegisterResourceResponse:
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK:
            self._stack_urn = urn
            return resource_pb2.RegisterResourceResponse(urn=urn)
        sent = rpc.deserialize_properties(request.object)
        answer_id, state, failures = "", {}, ()
        if request.custom:
            created = self.emulator.create(request.type, request.name, urn, sent)
            answer_id = request.importId or created.id
            state = _keep_secret(sent, created.outputs, {*request.additionalSecretOutputs, *created.secrets})
            failures = tuple(self.emulator.check(request.type, sent, request.name))
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
        answer = struct_pb2.Struct()
        answer.update(_sendable(state))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=answer_id, object=answer)

    def RegisterResourceOutputs(self, request: Any) -> empty_pb2.Empty:
        if request.urn == self._stack_urn:
            self.recording.outputs = plain(rpc.deserialize_properties(request.outputs))
        return empty_pb2.Empty()


class _Here(ThreadPoolExecutor):
    """Calls what it is given at once, in the thread that gives it: this monitor waits for nobody."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """The call, done."""
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 whoever waits for the call is told
            done.set_exception(error)
        return done


def _no_alias(*_: Any) -> None:
    """In the place of an alias' URN."""


@contextmanager
def _unasked() -> Iterator[None]:
    """
    Spare the SDK what this monitor does not ask for, half of the time on Azure.

    Every older URN of each resource is for engines that take no alias specifications; this monitor says that it does.
    The lines of the program that made each resource are for an engine that shows them.
    """
    with (
        mock.patch.object(pulumi.resource, "collapse_alias_to_urn", _no_alias, create=True),  # an SDK may drop either
        mock.patch.object(pulumi.runtime.resource, "_get_stack_trace", source_pb2.StackTrace, create=True),
    ):
        yield


def _drop_what_waits(loop: asyncio.AbstractEventLoop) -> None:
    """After a program that failed, outputs wait for what will never come."""
    waiting = asyncio.all_tasks(loop)
    for task in waiting:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))


def _run(program: Callable[[], Any], project: str, stack: str, emulator: Emulator) -> Recording:
    monitor = _Monitor(emulator)
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_Here(1))
    try:
        asyncio.set_event_loop(loop)
        outputs: set[asyncio.Task[Any]] = set()  # its own: a failed program's belong to a loop that is gone
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
            lock=threading.Lock(),
            outputs=outputs,
        )
        pulumi.runtime.configure(settings)
        pulumi.runtime.settings.set_root_resource(None)  # pyright: ignore[reportArgumentType]

        async def start() -> None:
            program()
            await settled()

        with _unasked():
            loop.run_until_complete(run_in_stack(start))
    finally:
        _drop_what_waits(loop)
        loop.run_until_complete(loop.shutdown_default_executor())
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
    with uncollected():
        return contextvars.copy_context().run(_run, program, project, stack, emulator)
