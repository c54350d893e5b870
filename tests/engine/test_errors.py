"""What a user reads when the engine fails: causes, not output."""

from __future__ import annotations

from pulumi.automation import CommandResult
from pulumi.automation.errors import create_command_error

from groundplan.engine.errors import EngineError, condensed, engine_error
from groundplan.engine.events import DiagnosticEvent, PolicyEvent

URN = "urn:pulumi:dev::tiny::aws:s3/bucket:Bucket::models"
STACK_URN = "urn:pulumi:dev::tiny::pulumi:pulumi:Stack::tiny-dev"
TRACE = """Program failed with an unhandled exception:
Traceback (most recent call last):
  File "/x/__main__.py", line 9, in <module>
    raise ValueError("the program
ValueError: two
lines"""


def failed(
    *diagnostics: DiagnosticEvent,
    policies: tuple[PolicyEvent, ...] = (),
    stderr: str = "",
    cancelled: bool = False,
) -> EngineError:
    command = create_command_error(CommandResult(stdout="", stderr=stderr, code=255))
    return engine_error("up", command, diagnostics, policies, cancelled)


def error(message: str, urn: str = "") -> DiagnosticEvent:
    return DiagnosticEvent("error", message, urn)


def test_one_cause_is_one_line_with_the_resources_name():
    """The provider's words, and which resource they are about."""
    assert "up failed: models: no such region" == str(failed(error("no such region", URN)))


def test_each_cause_is_told_once():
    """Two resources, two lines; the same words again, and what adds nothing, are left out."""
    text = str(
        failed(
            error("no such region", URN),
            error("no such region", URN),
            error("quota exceeded", URN.replace("models", "logs")),
            error("update failed", STACK_URN),
            DiagnosticEvent("warning", "old provider"),
        )
    )

    assert "up failed\n  models: no such region\n  logs: quota exceeded" == text


def test_an_afterthought_is_told_where_it_is_all_there_is():
    """Better than a failure without a reason."""
    assert "up failed: update failed" == str(failed(error("update failed", STACK_URN)))


def test_a_traceback_becomes_what_was_raised():
    """All lines of the exception's own text, none of the frames."""
    assert "ValueError: two\nlines" == condensed(TRACE)
    assert "plain" == condensed("python inline source runtime error: plain")


def test_a_broken_policy_is_the_reason():
    """Only mandatory ones fail an operation; which one, on what, and what it says."""
    policies = (
        PolicyEvent("SEC-001", "security", "mandatory", "is public", URN),
        PolicyEvent("COST-001", "cost", "advisory", "has no owner", URN),
    )

    told = failed(error("update failed", STACK_URN), policies=policies)

    assert "policy" == told.reason
    assert "up failed: models: SEC-001: is public" == str(told)


def test_what_the_cli_says_before_it_begins_is_told():
    """An unreachable backend raises no event; its words are on stderr."""
    told = failed(stderr="warning: x\nerror: could not open bucket\nmore")

    assert "up failed: could not open bucket" == str(told)


def test_an_engine_that_breaks_down_is_quoted():
    """It raises no event and names no error; its last words are better than none, its threads' traces are not."""
    broken = "fatal error: concurrent map writes\n\ngoroutine 17 [running]:\nmain.go:1\n\ngoroutine 1 [select]:\nx"

    assert "up failed: fatal error: concurrent map writes" == str(failed(stderr=broken))


def test_a_locked_stack_names_who_locks_it():
    """The reason is one a program can tell from others."""
    told = failed(stderr="error: the stack is currently locked by 1 lock(s).\n  file:///x: created by ada@box")

    assert "locked" == told.reason
    assert "created by ada@box" in str(told)


def test_a_missing_stack_is_named_with_what_to_do():
    """The command that creates it."""
    told = failed(stderr="error: no stack named 'prood' found")

    assert str(told).endswith("no stack named 'prood' found: create it with `pulumi stack init`")


def test_a_cancelled_operation_says_so():
    """Ctrl-C is no failure of the program."""
    told = failed(error("update canceled", STACK_URN), cancelled=True)

    assert ("cancelled", "up was cancelled") == (told.reason, str(told))
