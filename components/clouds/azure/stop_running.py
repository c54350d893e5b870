"""What a hard stop on Azure does to what starts and runs: clocks are switched off, runs and jobs are cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.clouds.azure.nested import LOGIC_API, OVER
from components.clouds.azure.pages import attempt, gathered, pages, status, trouble
from components.clouds.azure.watch import EVER
from components.clouds.azure.workflow import API, Actions, after, append, choose, each, http, quoted

__all__ = ["APPS", "OFF", "apps", "cancel_jobs", "cancel_runs", "listed", "switch"]

APPS, OFF = "apps", "off"
"""Variables: names of the stack's Logic Apps, and of those that start something by the clock; a comma before each."""

WORKFLOWS = "parameters('group'), '/providers/Microsoft.Logic/workflows"
PENDING = ("Waiting", "Running")
"""
Statuses of a run that is not over; one that waits for another to end would begin as soon as that is cancelled.

Source: https://learn.microsoft.com/rest/api/logic/workflow-runs/list#workflowstatus
"""

ENDED = "createArray('Completed', 'Failed', 'Canceled', 'CancelRequested', 'Finalizing')"
"""
Statuses of a job that has ended, or is about to.

Source: https://learn.microsoft.com/rest/api/azureml/jobs/get#jobstatus
"""


def listed(variable: str) -> str:
    """Expression of the names in a variable, as a list."""
    return f"skip(split(variables('{variable}'), ','), 1)"


def apps(prefix: str, start: str, where: str, actions: Actions, identity: str, run_after: Mapping[str, Any]) -> Actions:
    """
    Do something for each Logic App of the stack but this one; the last action is `prefix`.

    Args:
        prefix: As of `pages`.
        start: How the names of the stack's Logic Apps start, and those of no other stack.
        where: Expression of `item()` that has to hold, too.
        actions: What is done.
        identity: Who asks.
        run_after: As of `after`.
    """
    name = "item()?['name']"
    ours = f"and(startsWith({name}, {quoted(start)}), not(equals({name}, workflow()['name'])), {where})"
    first = f"concat({WORKFLOWS}?api-version={LOGIC_API}')"
    return pages(prefix, first, ours, actions, identity, "'the Logic Apps can not be listed'", run_after)


def starting(item: str) -> str:
    """Expression of whether a Logic App starts by the clock, and is switched on; a request may start it besides."""
    triggers = f"string({item}?['properties']?['definition']?['triggers'])"
    return f"and(contains({triggers}, '\"Recurrence\"'), equals({item}?['properties']?['state'], 'Enabled'))"


def find(prefix: str, start: str, identity: str, run_after: Mapping[str, Any]) -> Actions:
    """Note the names of all Logic Apps of the stack, and of those to be switched off; the last action is `prefix`."""
    item = f"items('{prefix}_each')"
    name = f"@concat(',', {item}?['name'])"
    noted: Actions = {
        f"{prefix}_known": append(APPS, name),
        f"{prefix}_starts": choose(
            {"equals": [f"@{starting(item)}", True]},
            {f"{prefix}_off": append(OFF, name)},
            run_after=after(f"{prefix}_known"),
        ),
    }
    return apps(prefix, start, "true", noted, identity, run_after)


def switch(name: str, way: str, app: str, identity: str) -> Actions:
    """Switch a Logic App `enable` or `disable`, by an expression of its name; the last action is `<name>_came`."""
    call = http("POST", f"concat({WORKFLOWS}/', {app}, '/{way}?api-version={LOGIC_API}')", identity)
    return attempt(name, call, f"{app}, ' could not be {way}d'")


def cancel_runs(identity: str, run_after: Mapping[str, Any]) -> Actions:
    """Cancel what runs of the Logic Apps in the variable `apps`, and what waits to; the last action is `Runs`."""
    app = "items('Runs')"
    actions: Actions = {}
    before: Mapping[str, Any] = {}
    for state in PENDING:
        query = f"/runs?api-version={LOGIC_API}&$filter=Status%20eq%20%27{state}%27')"
        run = f"concat({WORKFLOWS}/', {app}, '/runs/', items('{state}')?['name'], '"
        what = f"'a run of ', {app}, ' could not be cancelled'"
        actions |= gathered(
            state,
            f"concat({WORKFLOWS}/', {app}, '{query}",
            "true",
            ("name",),
            _cancel(f"{state}_run", run, LOGIC_API, OVER, what, identity),
            identity,
            f"'the runs of ', {app}, ' can not be listed'",
            before,
        )
        before = after(state)
    return {"Runs": each(listed(APPS), actions, run_after)}


def cancel_jobs(workspaces: Sequence[str], identity: str, run_after: Mapping[str, Any]) -> Actions:
    """
    Cancel every job that goes on in the workspaces, whoever started it; the last action is that of the last workspace.

    Args:
        workspaces: Parameters that hold their ARM ids.
        identity: Who cancels.
        run_after: As of `after`.
    """
    actions: Actions = {}
    for parameter in workspaces:
        prefix = f"Jobs_of_{parameter}"
        jobs = f"concat(parameters('{parameter}'), '/jobs"
        name = f"items('{prefix}_each')?['name']"
        actions |= pages(
            prefix,
            f"{jobs}?api-version={API}&listViewType=All')",
            f"not(contains({ENDED}, coalesce(item()?['properties']?['status'], '')))",
            _cancel(f"{prefix}_job", f"{jobs}/', {name}, '", API, ENDED, f"'the job ', {name}, ' goes on'", identity),
            identity,
            "'the jobs can not be listed'",
            run_after,
        )
        run_after = after(prefix)
    return actions


def _cancel(prefix: str, path: str, api: str, ended: str, what: str, identity: str) -> Actions:
    """Cancel one of them; where that is refused as it has ended meanwhile, all is well."""
    look = f"{prefix}_look"
    came_to = f"coalesce(body('{look}')?['properties']?['status'], '')"
    over = f"or(equals({status(look)}, 404), contains({ended}, {came_to}))"
    again: Actions = {
        look: http("GET", f"{path}?api-version={api}')", identity),
        f"{prefix}_over": choose(
            {"equals": [f"@{over}", True]},
            {},
            {f"{prefix}_goes_on": trouble(what)},
            after(look, status=EVER),
        ),
    }
    return attempt(prefix, http("POST", f"{path}/cancel?api-version={api}')", identity), what, otherwise=again)
