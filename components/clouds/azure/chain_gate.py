"""Whether a pipeline on Azure goes on once it is started: not while another run does, and not too soon after one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.azure.nested import LOGIC_API
from components.clouds.azure.workflow import (
    API,
    EMPTY,
    NOTHING,
    Actions,
    after,
    chosen,
    compose,
    http,
    literal,
)
from components.units import Duration

__all__ = ["gate", "journal", "note"]


def journal(pipeline: str) -> str:
    """Data asset whose versions are the runs of a pipeline that went on, each with its reports."""
    return f"pipeline-{pipeline}"


def gate(pipeline: str, at_most_every: Duration, identity: str, run_after: str) -> Actions:
    """
    Find out whether to go on; the last action is `goes_on`.

    Of two runs that were started at once the first goes on. A run that was left out is in no journal, so it holds back
    none after it. `force` passes both.
    """
    itself = "workflow()['run']['name']"
    running = f"coalesce(body('Running')?['value'], {EMPTY})"
    mine = f"first(union(body('this_run'), createArray({NOTHING})))?['properties']?['startTime']"
    started = "ticks(coalesce(item()?['properties']?['startTime'], outputs('begun')))"
    before = f"and(not(equals(item()?['name'], {itself})), less({started}, ticks(outputs('since'))))"
    newest = f"first(union(coalesce(body('Journal')?['value'], {EMPTY}), createArray({NOTHING})))"
    begun = f"coalesce({newest}?['properties']?['tags']?['begun'], '2000-01-01T00:00:00Z')"
    soon = f"greater(ticks(addSeconds({begun}, {at_most_every.seconds})), ticks(utcNow()))"
    free = f"and(equals(length(body('earlier')), 0), not({soon}))"
    versions = f"concat(parameters('workspace'), '/data/{journal(pipeline)}/versions?api-version={API}"
    return {
        "begun": compose("@formatDateTime(utcNow(), 'yyyy-MM-ddTHH:mm:ssZ')", after(run_after)),
        "Running": http(
            "GET",
            f"concat(workflow()['id'], '/runs?api-version={LOGIC_API}&$filter=Status%20eq%20%27Running%27')",
            identity,
            run_after=after("begun"),
        ),
        "this_run": chosen(running, f"equals(item()?['name'], {itself})", after("Running")),
        "since": compose(f"@coalesce({mine}, outputs('begun'))", after("this_run")),
        "earlier": chosen(running, before, after("since")),
        "Journal": http(
            "GET", f"{versions}&$orderBy=createdtime%20desc&$top=1')", identity, run_after=after("earlier")
        ),
        "goes_on": compose(f"@or(equals(outputs('asked')?['force'], true), {free})", after("Journal")),
    }


def note(pipeline: str, reports: str, tags: Mapping[str, str], identity: str) -> dict[str, Any]:
    """The action that writes down that the run went on, under its version."""
    version = f"parameters('workspace'), '/data/{journal(pipeline)}/versions/', outputs('version')"
    return http(
        "PUT",
        f"concat({version}, '?api-version={API}')",
        identity,
        body={
            "properties": {
                "dataType": "uri_folder",
                "dataUri": f"@{reports}",
                "description": "@concat('Reports of a run, begun as ', outputs('reason'))",
                "tags": {
                    **literal(dict(tags)),
                    "begun": "@outputs('begun')",
                    "reason": "@outputs('reason')",
                    "run": "@outputs('run')",
                },
            }
        },
    )
