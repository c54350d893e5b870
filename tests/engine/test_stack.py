"""Stacks of an inline program, deployed, interrupted and resumed with the real engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from groundplan.engine.cli import Engine
from groundplan.engine.environment import RunEnvironment, sandbox_environment
from groundplan.engine.errors import EngineError
from groundplan.engine.events import DiagnosticEvent, Event, ResourceEvent, SummaryEvent
from groundplan.engine.stack import EngineStack, PendingOperation
from tests.engine.slow_cloud import SlowCloud

pytestmark = pytest.mark.engine

Open = Callable[..., EngineStack]


class Thing(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("tiny:index:Thing", name)
        self.register_outputs({})


def tiny() -> None:
    """A component, and two outputs from the configuration."""
    config = pulumi.Config()
    Thing("first")
    pulumi.export("size", config.require_int("size"))
    pulumi.export("key", config.require_secret("key"))


def disk() -> None:
    """A resource that the slow cloud makes."""
    pulumi.CustomResource("slow:index:Disk", "disk", {"gib": 1})


@pytest.fixture
def open_stack(engine: Engine, tmp_path: Path) -> Open:
    """Opens the stack `dev` of a program; again and again the same one."""

    def opened(program: Callable[[], Any], providers: str = "") -> EngineStack:
        environment = sandbox_environment(engine, tmp_path / "box", providers)
        return EngineStack(
            engine,
            name="dev",
            project="tiny",
            work_dir=tmp_path / "box" / "work",
            environment=environment,
            program=program,
        )

    return opened


@pytest.fixture
def stack(open_stack: Open) -> EngineStack:
    """The tiny program's stack, configured."""
    made = open_stack(tiny)
    made.configure({"size": "3", "aws:region": "eu-west-1"}, {"key": "s3cret"})
    return made


def test_a_stack_lives_from_preview_to_destroy(stack: EngineStack):
    """What is previewed is created, once; a second preview finds nothing to do; nothing is left."""
    assert {"create": 2} == stack.preview().summary.counts
    assert {} == stack.outputs()

    up = stack.up()

    assert {"create": 2} == up.summary.counts
    assert {"size": 3, "key": "s3cret"} == {name: it.value for name, it in up.outputs.items()}
    assert ["key"] == [name for name, it in stack.outputs().items() if it.secret]
    assert 0 == stack.preview().summary.changes
    assert 0 == stack.refresh().summary.changes
    assert {"delete": 2} == stack.destroy(remove=True).summary.counts


def test_events_tell_each_step_as_it_happens(stack: EngineStack):
    """A progress display gets the start and the end of each resource, and the sum."""
    seen: list[Event] = []

    stack.up(seen.append)

    steps = [event for event in seen if isinstance(event, ResourceEvent)]
    assert [("first", "create", "start"), ("first", "create", "done")] == [
        (step.name, step.op, step.stage) for step in steps if step.type == "tiny:index:Thing"
    ]
    assert [{"create": 2}] == [e.counts for e in seen if isinstance(e, SummaryEvent)]


def test_what_a_display_raises_reaches_its_caller(stack: EngineStack):
    """A bug in it is not swallowed, and does not stop the deployment half-way."""

    def broken(_event: Event) -> None:
        raise LookupError("no such column")

    with pytest.raises(LookupError, match="no such column"):
        stack.up(broken)
    assert 0 == stack.preview().summary.changes


def test_secrets_are_stored_encrypted(stack: EngineStack, tmp_path: Path):
    """Neither the state nor any other file of the sandbox holds one in the clear."""
    stack.up()

    exported = json.dumps(stack.export())
    files = [file for file in (tmp_path / "box").rglob("*") if file.is_file()]

    assert '"ciphertext"' in exported
    assert "s3cret" not in exported
    assert files
    assert [] == [file for file in files if b"s3cret" in file.read_bytes()]


def test_the_log_of_events_holds_no_secret(
    open_stack: Open, slow_cloud: SlowCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """They come by a file, which shows neither a secret input nor a secret output, and is gone afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    logged: list[bytes] = []

    def program() -> None:
        hidden = pulumi.Output.secret("s3cret")
        pulumi.CustomResource("slow:index:Disk", "disk", {"gib": 1, "key": hidden})
        pulumi.export("key", hidden)

    def look(_event: Event) -> None:
        logged.extend(file.read_bytes() for file in (tmp_path / "temporary").rglob("events.json"))

    slow_cloud.release.set()
    open_stack(program, slow_cloud.providers).up(look)

    assert b'"gib":1' in logged[-1]
    assert b"s3cret" not in b"".join(logged)
    assert [] == [file for file in (tmp_path / "temporary").rglob("*") if file.is_file()]


def test_a_program_is_heard_but_for_its_debugging(open_stack: Open):
    """What it says to its user arrives; what only `--debug` shows is not sent, for a program waits for each message."""

    def program() -> None:
        pulumi.log.debug("three disks are being thought of")
        pulumi.log.info("three disks")
        pulumi.log.warn("one is slow")

    said = [(said.severity, said.message) for said in open_stack(program).preview().diagnostics]

    assert [("info", "three disks"), ("warning", "one is slow")] == said


def test_a_sandbox_keeps_no_log_of_the_engines(stack: EngineStack, tmp_path: Path):
    """The engine spends a third of its time on one, and writes it to the disk for each command."""
    stack.preview()

    assert [] == [file for file in (tmp_path / "box" / "home").rglob("*") if file.stat().st_size and "log" in file.name]


def test_the_configuration_is_exactly_what_was_given(open_stack: Open):
    """A key that is no longer given is gone, so that its default applies again."""

    def program() -> None:
        pulumi.export("size", pulumi.Config().get("size"))
        pulumi.export("region", pulumi.Config("aws").get("region"))

    stack = open_stack(program)
    stack.configure({"size": "3", "aws:region": "eu-west-1"})
    stack.configure({"aws:region": "eu-north-1"})

    outputs = stack.up().outputs

    assert "eu-north-1" == outputs["region"].value
    assert "size" not in outputs or outputs["size"].value is None


def test_a_program_that_fails_is_told_in_one_line(open_stack: Open):
    """Its own exception is the cause, for whoever wants the traceback."""

    def program() -> None:
        raise KeyError("size")

    with pytest.raises(EngineError) as failure:
        open_stack(program).preview()

    assert "preview failed: KeyError: 'size'" == str(failure.value)
    assert isinstance(failure.value.__cause__, KeyError)


def test_a_failure_inside_an_output_is_told_in_one_line(open_stack: Open):
    """Also where the program had returned before it happened."""

    def program() -> None:
        pulumi.Output.from_input(1).apply(lambda one: one / 0)

    with pytest.raises(EngineError) as failure:
        open_stack(program).preview()

    assert "preview failed: ZeroDivisionError: division by zero" == str(failure.value)


@pytest.mark.usefixtures("stack")
def test_opening_a_stack_leaves_the_selected_one_as_it_is(engine: Engine, tmp_path: Path):
    """A user's plain `pulumi up` afterwards acts on the stack that they had selected."""
    environ = sandbox_environment(engine, tmp_path / "box").apply()
    shown = subprocess.run(
        [engine.path, "stack", "ls", "--json"],
        cwd=tmp_path / "box" / "work",
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert [("dev", False)] == [(found["name"], found["current"]) for found in json.loads(shown)]


def test_a_projects_own_stack_is_not_created_unasked(engine: Engine, sandbox: RunEnvironment, tmp_path: Path):
    """A mistyped name must not make a stack in a team's backend; the message says how to make one."""
    (tmp_path / "Pulumi.yaml").write_text("name: own\nruntime: python\n")

    with pytest.raises(EngineError, match="no stack named 'prood' found: create it with `pulumi stack init`"):
        EngineStack(engine, name="prood", work_dir=tmp_path, environment=sandbox)


def test_a_projects_own_program_is_run_as_it_is_configured(engine: Engine, sandbox: RunEnvironment, tmp_path: Path):
    """Program, configuration and state are what `pulumi` in that folder uses."""
    (tmp_path / "Pulumi.yaml").write_text("name: own\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.export('size', pulumi.Config().require_int('size'))\n")
    for command in (["stack", "init", "dev"], ["config", "set", "size", "3"]):
        subprocess.run([engine.path, *command], cwd=tmp_path, env=sandbox.apply(), check=True)
    stack = EngineStack(engine, name="dev", work_dir=tmp_path, environment=sandbox)

    assert 3 == stack.up().outputs["size"].value
    with pytest.raises(ValueError, match=r"Pulumi\.dev\.yaml"):
        stack.configure({"size": "4"})


def test_an_unreachable_backend_is_told(engine: Engine, tmp_path: Path):
    """By the engine's own words, without its output around them."""
    environment = RunEnvironment({"PULUMI_BACKEND_URL": f"file://{tmp_path}/none"})

    with pytest.raises(EngineError, match=r"opening the stack failed: .*/none"):
        EngineStack(
            engine,
            name="dev",
            project="tiny",
            work_dir=tmp_path / "work",
            environment=environment,
            program=tiny,
        )


def test_ctrl_c_lets_what_is_in_progress_finish(open_stack: Open, slow_cloud: SlowCloud):
    """The resource that was being made is in the state, and the next `up` has nothing to do."""
    before = signal.getsignal(signal.SIGINT)
    stack = open_stack(disk, slow_cloud.providers)

    def interrupt(event: Event) -> None:
        if isinstance(event, DiagnosticEvent) and event.message.startswith("cancelling"):
            slow_cloud.release.set()

    def press() -> None:
        slow_cloud.creating.wait(30)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    with pytest.raises(EngineError) as failure:
        stack.up(interrupt)

    assert ("cancelled", "up was cancelled") == (failure.value.reason, str(failure.value))
    assert before is signal.getsignal(signal.SIGINT)
    assert () == stack.pending()
    assert {"same": 2} == stack.up().summary.counts


def test_a_killed_engine_is_resumed(open_stack: Open, slow_cloud: SlowCloud):
    """Its lock is removed, what it had begun is told, and the next `up` completes."""
    stack = open_stack(disk, slow_cloud.providers)

    def kill() -> None:
        slow_cloud.creating.wait(30)
        for _ in range(3):  # the third time Ctrl-C kills
            stack.cancel()

    threading.Thread(target=kill).start()
    with pytest.raises(EngineError):
        stack.up()

    urn = "urn:pulumi:dev::tiny::slow:index:Disk::disk"
    assert (PendingOperation(urn, "slow:index:Disk", "creating"),) == stack.pending()

    slow_cloud.release.set()
    seen: list[Event] = []
    resumed = open_stack(disk, slow_cloud.providers).up(seen.append, clear_pending=True)

    assert {"create": 1, "same": 1} == resumed.summary.counts
    assert () == stack.pending()
    messages = [event.message for event in seen if isinstance(event, DiagnosticEvent)]
    assert "removed the lock of an engine that was killed; going on" in messages


def test_a_stack_that_another_engine_works_on_is_left_alone(open_stack: Open, slow_cloud: SlowCloud):
    """The second one is refused, and told who is at work; the first one ends well."""
    first, second = (open_stack(disk, slow_cloud.providers) for _ in range(2))
    ended: list[dict[str, int]] = []
    worker = threading.Thread(target=lambda: ended.append(dict(first.up().summary.counts)))
    worker.start()
    assert slow_cloud.creating.wait(30)

    with pytest.raises(EngineError, match=r"locked by 1 lock[\s\S]*@.* \(pid \d+\)") as failure:
        second.destroy()
    slow_cloud.release.set()
    worker.join()

    assert "locked" == failure.value.reason
    assert [{"create": 2}] == ended
