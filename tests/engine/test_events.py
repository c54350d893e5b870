"""What of the engine's event stream reaches a user."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.automation import EngineEvent

from groundplan.engine.events import (
    DiagnosticEvent,
    Event,
    PolicyEvent,
    ResourceEvent,
    SummaryEvent,
    translate,
)
from groundplan.engine.relay import Relay

URN = "urn:pulumi:dev::tiny::aws:s3/bucket:Bucket::models"


def event(**content: Any) -> EngineEvent:
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, **content})


def step(**content: Any) -> dict[str, Any]:
    return {"metadata": {"urn": URN, "type": "aws:s3/bucket:Bucket", "op": "update", **content}}


def test_a_step_tells_resource_op_and_what_differs():
    """By the names of properties: their values may be secret."""
    diff = {"tags.owner": {"diffKind": "update", "inputDiff": True}, "acl": {"diffKind": "add"}}

    told = translate(event(resourcePreEvent=step(detailedDiff=diff)))

    assert ResourceEvent(URN, "aws:s3/bucket:Bucket", "update", "start", ("acl", "tags.owner")) == told
    assert isinstance(told, ResourceEvent)
    assert "models" == told.name


def test_a_step_ends_done_or_failed():
    """So that each line of a progress display comes to its end."""
    done = translate(event(resOutputsEvent=step()))
    failed = translate(event(resOpFailedEvent={**step(), "status": 1, "steps": 1}))

    assert ["done", "failed"] == [told.stage for told in (done, failed) if isinstance(told, ResourceEvent)]


def test_a_message_comes_without_the_engines_colours():
    """Whoever prints it has colours of their own."""
    told = translate(
        event(
            diagnosticEvent={
                "message": "<{%fg 1%}>no such region<{%reset%}>\n",
                "color": "raw",
                "severity": "info#err",
                "urn": URN,
            }
        )
    )

    assert DiagnosticEvent("info", "no such region", URN) == told


def test_debug_and_passing_messages_are_left_out():
    """They are for the engine's own display."""
    for extra in ({"severity": "debug"}, {"severity": "info", "ephemeral": True}):
        content = {"message": "x", "color": "raw", **extra}
        assert translate(event(diagnosticEvent=content)) is None
    assert translate(event(preludeEvent={"config": {"key": "value"}})) is None


def test_a_policy_violation_names_policy_and_resource():
    """Pack, level and message come along."""
    told = translate(
        event(
            policyEvent={
                "resourceUrn": URN,
                "message": "is public",
                "color": "raw",
                "policyName": "SEC-001",
                "policyPackName": "security",
                "policyPackVersion": "1",
                "policyPackVersionTag": "1",
                "enforcementLevel": "mandatory",
            }
        )
    )

    assert PolicyEvent("SEC-001", "security", "mandatory", "is public", URN) == told


def test_a_summary_counts_changes():
    """What stays as it is is counted, but is no change."""
    told = translate(
        event(
            summaryEvent={
                "maybeCorrupt": False,
                "durationSeconds": 7,
                "resourceChanges": {"create": 2, "same": 5, "update": 1},
                "PolicyPacks": {},
            }
        )
    )

    assert SummaryEvent({"create": 2, "same": 5, "update": 1}, 7) == told
    assert isinstance(told, SummaryEvent)
    assert 3 == told.changes


def test_a_component_ends_once():
    """The engine reports its outputs twice; a progress display must not count it twice."""
    seen: list[Event] = []
    relay = Relay(seen.append)

    relay(event(resOutputsEvent=step()))
    relay(event(resOutputsEvent=step()))

    assert 1 == len(seen)


@pytest.mark.parametrize("failure", [ValueError("no more room"), SystemExit(1)], ids=["error", "closed pipe"])
def test_who_shows_the_events_may_fail_and_the_operation_goes_on(failure):
    """A pipe that nobody reads any more ends the tool when the engine is done, and not what brings the events."""

    def shows(_told: Event) -> None:
        raise failure

    relay = Relay(shows)
    for op in ("create", "update"):
        relay(event(resourcePreEvent=step(op=op)))
    relay(event(summaryEvent={"durationSeconds": 1, "resourceChanges": {"create": 2}, "PolicyPacks": {}}))

    with pytest.raises(type(failure)):
        relay.result({})
