"""The workflow that stops a stack on Azure at its budget's limit, and lets it start again below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.clouds.azure.figures import publish
from components.clouds.azure.pages import FOUND, GATHERED, NEXT, TROUBLE, status, trouble
from components.clouds.azure.starts import recurring
from components.clouds.azure.stop_running import APPS, OFF, apps, cancel_jobs, cancel_runs, find, listed, switch
from components.clouds.azure.stop_serving import SERVED, stop_endpoints, stop_notebooks
from components.clouds.azure.watch import EVER
from components.clouds.azure.workflow import (
    API,
    EMPTY,
    NOTHING,
    Actions,
    after,
    choose,
    compose,
    each,
    fail,
    http,
    literal,
    variable,
)

__all__ = ["GOES_ON", "JOURNAL", "STOPPED", "StopPlan", "stop_definition"]

BUDGET_API = "2024-08-01"
"""
The version that `pulumi-azure-native` speaks.

Source: https://learn.microsoft.com/rest/api/consumption/budgets/get
"""

JOURNAL = "budget-stops"
"""
Data asset whose versions are the stops; that of one which is over is archived. It can't be a blob: the stores let
nobody in from outside the network, where Logic Apps are.
"""

STOPPED, GOES_ON = "budget_stopped", "budget_goes_on"
"""Metrics of the workspace: each number of them is one time that people have to know of it."""

HOURLY = {"frequency": "Hour", "interval": 1, "startTime": "2026-01-04T00:20:00Z"}
LONGEST_NOTE, LONGEST_WORDS = 1000, 2000  # characters

SPEND = "body('Budget')?['properties']?['currentSpend']?['amount']"
LIMIT = "coalesce(body('Budget')?['properties']?['amount'], 0)"
KNOWN = f"and(not(equals({SPEND}, null)), greater({LIMIT}, 0))"
OVER = f"greaterOrEquals(coalesce({SPEND}, 0), {LIMIT})"
STOP = "outputs('stop')"
READ = f"less({status('Stops')}, 400)"
"""Whether it is known what was switched off already; else nothing more is, as nobody would switch it on again."""


@dataclass(frozen=True)
class StopPlan:
    """
    What is stopped.

    Attributes:
        start: How the names of the stack's Logic Apps start, and those of no other stack.
        region: Azure's name.
        tags: Of what it writes down.
        workspaces: Parameters that hold the ARM ids of the workspaces, whose jobs are cancelled.
        endpoints, notebooks: Whether there are some.
    """

    start: str
    region: str
    tags: Mapping[str, str]
    workspaces: tuple[str, ...]
    endpoints: bool
    notebooks: bool

    @property
    def parameters(self) -> tuple[str, ...]:
        """What the definition is told: ARM ids, those of endpoints and notebooks with a comma between them."""
        told = ("artifacts", "budget", "group", *self.workspaces)
        serving = ("endpoints", "serve-identity") if self.endpoints else ()
        return (*told, *serving, *(("notebooks",) if self.notebooks else ()))


def stop_definition(plan: StopPlan, identity: str) -> dict[str, Any]:
    """
    The definition, for the ARM id of the identity it acts as: a look each hour.

    What is spent may be unknown, as Azure evaluates a new budget some hours later: then nothing changes, neither way.
    """
    over = f"@and({KNOWN}, {OVER})"
    again = f"@and({KNOWN}, not({OVER}), outputs('stopped'))"
    held = f"@concat('this could not be done, and is tried again: ', take(variables('{TROUBLE}'), {LONGEST_WORDS}))"
    actions: Actions = {
        **_look(identity),
        "Over": choose(
            {"equals": [over, True]},
            _stop(plan, identity),
            {"Goes_on": choose({"equals": [again, True]}, _go_on(plan, identity))},
            after("known_off"),
        ),
        "All_done": choose(
            {"not": {"equals": [f"@variables('{TROUBLE}')", ""]}},
            {"Not_done": fail("NotStopped", held)},
            None,
            after("Over"),
        ),
    }
    return recurring(HOURLY, plan.parameters, actions)


def _look(identity: str) -> Actions:
    """What is spent, and whether the stack is stopped already; the last action is `known_off`."""
    kept: dict[str, str | int] = {**dict.fromkeys((NEXT, GATHERED, APPS, OFF, SERVED, "state", TROUBLE), ""), FOUND: 0}
    actions: Actions = {}
    before: Mapping[str, Any] = {}
    for name, value in kept.items():
        actions[f"{name.capitalize()}_so_far"] = variable(name, value, before)
        before = after(f"{name.capitalize()}_so_far")
    newest = "&listViewType=ActiveOnly&$orderBy=createdtime%20desc&$top=1')"
    stops = f"concat(parameters('workspace'), '/data/{JOURNAL}/versions?api-version={API}{newest}"
    found = f"first(union(coalesce(body('Stops')?['value'], {EMPTY}), createArray({NOTHING})))"
    known = f"json(coalesce({STOP}?['properties']?['description'], '{{}}'))?['off']"
    return {
        **actions,
        "Budget": http("GET", f"concat(parameters('budget'), '?api-version={BUDGET_API}')", identity, run_after=before),
        "Stops": http("GET", stops, identity, run_after=after("Budget")),
        "Stops_unread": trouble("'the stops before can not be read'", after("Stops", status=("Failed", "TimedOut"))),
        "stop": compose(f"@if({READ}, {found}, {NOTHING})", after("Stops_unread", status=EVER)),
        "stopped": compose(f"@not(equals({STOP}?['name'], null))", after("stop")),
        "known_off": compose(f"@coalesce({known}, {EMPTY})", after("stopped")),
    }


def _stop(plan: StopPlan, identity: str) -> Actions:
    """Starts first, then runs, which would start other jobs, then jobs, then what serves; and one word to people."""
    actions: Actions = {
        "since": compose(f"@coalesce({STOP}?['properties']?['tags']?['since'], utcNow())"),
        "version": compose(f"@coalesce({STOP}?['name'], utcNow('yyyyMMdd-HHmmss'))", after("since")),
        **find("Apps", plan.start, identity, after("version")),
        "off": compose(f"@union(outputs('known_off'), {listed(OFF)})", after("Apps", status=EVER)),
        **_switch_off(plan, identity),
        **cancel_runs(identity, after("Noted", status=EVER)),
    }
    before = "Runs"
    actions |= cancel_jobs(plan.workspaces, identity, after(before, status=EVER))
    before = next(reversed(actions))
    if plan.endpoints:
        actions |= stop_endpoints(plan.region, identity, after(before, status=EVER))
        before = "Endpoints"
    if plan.notebooks:
        actions |= stop_notebooks(identity, after(before, status=EVER))
        before = "Notebooks"
    return {**actions, **_tell(plan, identity, before)}


def _switch_off(plan: StopPlan, identity: str) -> Actions:
    """
    Write down what is switched off before it is, so that it is surely switched on again; the last action is `Noted`.

    Where it can't be written down it stays on, and the next look tries again.
    """
    new = f"@and({READ}, or(not(outputs('stopped')), not(equals(variables('{OFF}'), ''))))"
    told = f"{STOP}?['properties']?['tags']?['told']"
    written: Actions = {
        "Note": _record(plan, identity, told=f"coalesce({told}, 'no')"),
        "Not_noted": trouble(
            f"'the stop could not be written down (', string({status('Note')}), ')'",
            after("Note", status=("Failed", "TimedOut")),
        ),
        "Switched_off": each(
            listed(OFF), switch("Switch_off", "disable", "items('Switched_off')", identity), after("Note")
        ),
    }
    return {"Noted": choose({"equals": [new, True]}, written, run_after=after("off"))}


def _tell(plan: StopPlan, identity: str, before: str) -> Actions:
    """Tell people where something was stopped that they don't know of, and write down which versions served."""
    unknown = f"not(equals({STOP}?['properties']?['tags']?['told'], 'yes'))"
    unread = "'people could not be told, or the stop not be written down'"
    told: Actions = {
        "Tell": _say(plan, STOPPED, identity),
        "Told": _record(plan, identity, told="'yes'", run_after=after("Tell")),
        "Not_told": trouble(unread, after("Told", status=("Failed", "TimedOut", "Skipped"))),
    }
    found = f"@and({READ}, or(greater(variables('{FOUND}'), 0), {unknown}))"
    return {"Known": choose({"equals": [found, True]}, told, run_after=after(before, status=EVER))}


def _go_on(plan: StopPlan, identity: str) -> Actions:
    """Switch on what the stop switched off, no more; then the stop is over."""
    name = "items('Again_each')?['name']"
    ours = "and(contains(outputs('known_off'), item()?['name']), equals(item()?['properties']?['state'], 'Disabled'))"
    unread = "'people could not be told, or the stop not be ended'"
    ended: Actions = {
        "Say": _say(plan, GOES_ON, identity),
        "End": _record(plan, identity, told="'yes'", over=True, run_after=after("Say")),
        "Not_ended": trouble(unread, after("End", status=("Failed", "TimedOut", "Skipped"))),
    }
    return {
        **apps("Again", plan.start, ours, switch("Switch_on", "enable", name, identity), identity, {}),
        "All_on": choose({"equals": [f"@variables('{TROUBLE}')", ""]}, ended, run_after=after("Again")),
    }


def _say(plan: StopPlan, metric: str, identity: str) -> dict[str, Any]:
    return publish(plan.region, "parameters('workspace')", metric, "int('1')", identity)


def _record(
    plan: StopPlan, identity: str, *, told: str, over: bool = False, run_after: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """
    The action that writes the stop down; one that is over is archived, as Azure ML deletes no version.

    Source: https://learn.microsoft.com/azure/machine-learning/how-to-create-data-assets#delete-data-assets
    """
    version = f"{STOP}?['name']" if over else "outputs('version')"
    off = "outputs('known_off')" if over else "outputs('off')"
    since = f"{STOP}?['properties']?['tags']?['since']" if over else "outputs('since')"
    served = f"concat(coalesce({STOP}?['properties']?['tags']?['served'], ''), variables('{SERVED}'))"
    return http(
        "PUT",
        f"concat(parameters('workspace'), '/data/{JOURNAL}/versions/', {version}, '?api-version={API}')",
        identity,
        body={
            "properties": {
                "dataType": "uri_folder",
                "dataUri": f"@concat(parameters('artifacts'), '/budget/', {version})",
                "description": f"@string(setProperty({NOTHING}, 'off', {off}))",
                "isArchived": over,
                "tags": {
                    **literal(dict(plan.tags)),
                    "limit": f"@string({LIMIT})",
                    "served": f"@take({served}, {LONGEST_NOTE})",
                    "since": f"@{since}",
                    "spend": f"@string({SPEND})",
                    "told": f"@{told}",
                },
            }
        },
        run_after=run_after,
    )
