"""Another Logic App as an action: it is started under a name, found again by it, and waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.azure.workflow import (
    EMPTY,
    NOTHING,
    Actions,
    after,
    compose,
    delay,
    http,
    set_to,
    until,
)

__all__ = ["LOGIC_API", "OVER", "named", "nested", "why"]

LOGIC_API = "2019-05-01"
MOST_LOOKS = 4000
OVER = "createArray('Succeeded', 'Failed', 'Cancelled', 'TimedOut', 'Aborted', 'Skipped', 'Faulted', 'Ignored')"
"""
What a run ends as.

Source: https://learn.microsoft.com/rest/api/logic/workflow-runs/list#workflowstatus
"""


def named(workflow: str, name: str) -> str:
    """Path and query, as an expression, of the runs of a Logic App that were started under a name."""
    asked = "&$filter=ClientTrackingId%20eq%20%27'"
    return f"concat({workflow}, '/runs?api-version={LOGIC_API}{asked}, {name}, '%27')"


def nested(
    prefix: str,
    workflow: str,
    name: str,
    body: Mapping[str, Any],
    identity: str,
    seconds: int,
    run_after: Mapping[str, Any] | None = None,
) -> Actions:
    """
    Start it and wait for its end; the last action is `<prefix>_run`: the run as Logic Apps tells of it.

    Args:
        prefix: What its actions' names begin with.
        workflow: Expression of its ARM id.
        name: Expression of the name of the run.
        body: What the start says besides.
        identity: Who starts it.
        seconds: How long it may take.
        run_after: As of `after`.
    """
    late = f"greaterOrEquals(ticks(utcNow()), ticks(outputs('{prefix}_deadline')))"
    look: Actions = {
        f"{prefix}_pause": delay(max(60, -(-seconds // MOST_LOOKS))),
        f"{prefix}_look": http("GET", named(workflow, name), identity, run_after=after(f"{prefix}_pause")),
        f"{prefix}_status": set_to(
            "status",
            f"@string(coalesce({_first(f'{prefix}_look')}?['properties']?['status'], ''))",
            after(f"{prefix}_look"),
        ),
    }
    return {
        f"{prefix}_start": http(
            "POST",
            f"concat({workflow}, '/triggers/manual/run?api-version={LOGIC_API}')",
            identity,
            body={**body, "run": f"@{name}"},
            run_after=run_after,
        ),
        f"{prefix}_deadline": compose(f"@addSeconds(utcNow(), {seconds})", after(f"{prefix}_start")),
        f"{prefix}_wait": until(
            f"or(contains({OVER}, variables('status')), {late})", look, seconds + 3600, after(f"{prefix}_deadline")
        ),
        f"{prefix}_found": http("GET", named(workflow, name), identity, run_after=after(f"{prefix}_wait")),
        f"{prefix}_run": compose(
            f"@coalesce({_first(f'{prefix}_found')}?['properties'], {NOTHING})", after(f"{prefix}_found")
        ),
    }


def _first(read: str) -> str:
    """Expression of the first run of a list; one without anything where there is none."""
    return f"first(union(coalesce(body('{read}')?['value'], {EMPTY}), createArray({NOTHING})))"


def why(prefix: str, what: str) -> str:
    """Expression of why a run did not end well, in its own words where it has some."""
    own = f"string(coalesce(outputs('{prefix}_run')?['error']?['message'], ''))"
    status = f"string(coalesce(outputs('{prefix}_run')?['status'], 'nothing that Logic Apps tells of'))"
    return f"if(equals({own}, ''), concat('{what} ended as ', {status}), {own})"
