"""Previews, deploys and destroys one stack with the real engine, through the Automation API."""

from __future__ import annotations

import gc
import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi import automation as auto
from pulumi.automation.errors import CommandError, ConcurrentUpdateError

from groundplan.engine.channels import unshared
from groundplan.engine.cli import Engine
from groundplan.engine.command import InterruptibleCommand
from groundplan.engine.environment import RunEnvironment
from groundplan.engine.errors import engine_error
from groundplan.engine.event_log import by_file
from groundplan.engine.locks import release_stale
from groundplan.engine.quiet import quiet
from groundplan.engine.relay import OnEvent, Relay, Result
from groundplan.engine.workspace import StackWorkspace
from groundplan.settling import kept, settled, uncollected

Program = Callable[[], Any]

# The Automation API warns so of an engine that was killed, which its error says better.
warnings.filterwarnings("ignore", "Error in event stream", UserWarning)

unshared()


@dataclass(frozen=True)
class PendingOperation:
    """An operation that a killed engine had begun and not ended: the cloud may have it or not."""

    urn: str
    type: str
    op: str  # creating, updating, deleting, ...


class EngineStack:
    """
    One stack of one program.

    Each operation calls `on_event` (from another thread) with what happens, and raises
    `EngineError` where it does not succeed. In the main thread Ctrl-C cancels the operation; in
    another one, `cancel` does. An operation that finds the lock of an engine that was killed on
    this host removes it and goes on.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        name: str,
        work_dir: Path,
        environment: RunEnvironment,
        project: str | None = None,
        program: Program | None = None,
    ) -> None:
        """
        Open the stack.

        `program` is run in this process, as `project`; its stack is created where there is none,
        and its files go to `work_dir`. Without one, the program of the `Pulumi.yaml` in
        `work_dir` is run, and the stack must be there: to create it is the user's to decide.

        Raises:
            EngineError: There is no such stack, or the backend could not be reached.
        """
        self.name = name
        self._command = InterruptibleCommand(engine, environment)
        self._raised: BaseException | None = None
        work_dir.mkdir(parents=True, exist_ok=True)
        inline = self._guarded(program) if program else None
        self._workspace = StackWorkspace(work_dir.absolute(), self._command, project, inline)
        with self._telling("opening the stack", Relay(None)):
            opened = auto.Stack.create_or_select if program else auto.Stack.select
            self._stack = by_file(opened(name, self._workspace))

    def configure(self, config: Mapping[str, str], secrets: Mapping[str, str] | None = None) -> None:
        """
        Make the stack's configuration exactly this; secrets are stored encrypted.

        Keys are `aws:region`, or `blueprint` for the project's own.
        """
        with self._telling("configuring the stack", Relay(None)):
            self._workspace.configure(self.name, config, secrets or {})

    def preview(
        self,
        on_event: OnEvent | None = None,
        *,
        policy_packs: Sequence[Path] = (),
        policy_configs: Sequence[Path] = (),
        targets: Sequence[str] = (),
        refresh: bool = False,
    ) -> Result:
        """Tell what `up` would do, and do nothing; each file of `policy_configs` is for the pack at its place."""
        return self._perform(
            "preview",
            lambda relay: self._stack.preview(
                on_event=relay,
                policy_packs=[str(pack.absolute()) for pack in policy_packs],
                policy_pack_configs=[str(file.absolute()) for file in policy_configs],
                target=list(targets) or None,
                refresh=refresh,
            ),
            on_event,
        )

    def up(
        self,
        on_event: OnEvent | None = None,
        *,
        policy_packs: Sequence[Path] = (),
        policy_configs: Sequence[Path] = (),
        targets: Sequence[str] = (),
        refresh: bool = False,
        clear_pending: bool = False,
    ) -> Result:
        """
        Create, update and delete until the cloud is what the program says.

        After an engine that was killed, `clear_pending` first refreshes the state and forgets
        creations that had begun; without it the engine warns of them and goes on.
        """
        if clear_pending and self.pending():
            self.refresh(on_event, clear_pending=True)
        return self._perform(
            "up",
            lambda relay: self._stack.up(
                on_event=relay,
                policy_packs=[str(pack.absolute()) for pack in policy_packs],
                policy_pack_configs=[str(file.absolute()) for file in policy_configs],
                target=list(targets) or None,
                refresh=refresh,
            ),
            on_event,
        )

    def refresh(
        self,
        on_event: OnEvent | None = None,
        *,
        targets: Sequence[str] = (),
        clear_pending: bool = False,
    ) -> Result:
        """Bring the state up to date with the cloud."""
        return self._perform(
            "refresh",
            lambda relay: self._stack.refresh(
                on_event=relay,
                target=list(targets) or None,
                clear_pending_creates=clear_pending,
            ),
            on_event,
        )

    def destroy(
        self,
        on_event: OnEvent | None = None,
        *,
        targets: Sequence[str] = (),
        remove: bool = False,
    ) -> Result:
        """Delete every resource; with `remove`, the stack and its configuration too."""
        return self._perform(
            "destroy",
            lambda relay: self._stack.destroy(
                on_event=relay,
                target=list(targets) or None,
                remove=remove,
            ),
            on_event,
        )

    def outputs(self) -> Mapping[str, auto.OutputValue]:
        """The stack's outputs: `value`, in the clear, and `secret`, which says who may see it."""
        with self._telling("reading the outputs", Relay(None)):
            return self._stack.outputs()

    def export(self) -> dict[str, Any]:
        """The stack's state, as `pulumi stack export` gives it: secrets stay encrypted."""
        with self._telling("exporting the state", Relay(None)):
            return json.loads(self._workspace.cli("stack", "export", "--stack", self.name))

    def protected(self) -> tuple[str, ...]:
        """URNs of the resources that refuse to be deleted."""
        state = self.export().get("deployment") or {}
        return tuple(r["urn"] for r in state.get("resources") or () if r.get("protect") and not r.get("delete"))

    def unprotect(self) -> None:
        """Let every resource be deleted."""
        with self._telling("unprotecting", Relay(None)):
            self._workspace.cli("state", "unprotect", "--all", "--yes", "--stack", self.name)

    def pending(self) -> tuple[PendingOperation, ...]:
        """Operations that an engine which was killed had begun and not ended."""
        state = self.export().get("deployment") or {}
        return tuple(
            PendingOperation(found["resource"]["urn"], found["resource"]["type"], found["type"])
            for found in state.get("pending_operations") or ()
        )

    def cancel(self) -> None:
        """From another thread: cancel the operation in progress, as Ctrl-C does."""
        self._command.interrupt()

    def _perform(self, operation: str, run: Callable[[Relay], object], on_event: OnEvent | None) -> Result:
        relay = Relay(on_event)
        self._raised = None
        self._command.interrupted = 0
        self._command.on_interrupt = relay.cancelling
        with self._telling(operation, relay), kept():
            ended = self._past_stale_lock(lambda: run(relay), relay)
        return relay.result(ended.outputs if isinstance(ended, auto.UpResult) else {})

    def _past_stale_lock(self, run: Callable[[], object], relay: Relay) -> object:
        try:
            return run()
        except ConcurrentUpdateError as error:
            if not release_stale(str(error)):
                raise
            relay.say("warning", "removed the lock of an engine that was killed; going on")
            return run()

    @contextmanager
    def _telling(self, operation: str, relay: Relay) -> Iterator[None]:
        """Turn the failure of a command into the operation's, with its causes."""
        try:
            yield
        except CommandError as error:
            cancelled = bool(self._command.interrupted)
            raise engine_error(operation, error, relay.diagnostics, relay.policies, cancelled) from self._raised

    def _guarded(self, program: Program) -> Program:
        """The program, with what it raises kept, and told to the user without the traceback."""

        async def guarded() -> None:
            try:
                quiet()
                with uncollected():
                    program()
                    await settled()
                    gc.freeze()
            except Exception as error:
                self._raised = error
                if isinstance(error, pulumi.RunError):
                    raise
                raise pulumi.RunError(f"{type(error).__name__}: {error}") from error

        return guarded
