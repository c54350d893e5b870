"""What starts a pipeline on Azure: its schedule, an alert that a monitor raised, files that arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_azure_native import logic

from components.base import Component
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.nested import named
from components.clouds.azure.starts import WINDOW_RUN, arrivals, recurrence, recurring, start
from components.clouds.azure.workflow import EMPTY, Actions, after, choose, chosen, each, http, literal, logic_app
from components.units import Duration, Schedule

__all__ = ["on_alerts", "on_data", "on_schedule"]

ALERTS_API = "2019-03-01"
LOOK_MINUTES, LOOK_BACK_MINUTES = 5, 60  # a look that failed, or an alert that is listed late, is made up for
SETTLE = Duration.parse("15m")
"""A window of files that arrive is one start."""


def on_schedule(component: Component, ground: AzureGround, pipeline: logic.Workflow, schedule: Schedule) -> None:
    """
    Start at each moment of the schedule.

    Raises:
        ValueError: Azure does not know the time zone.
    """
    moments = recurrence(schedule)
    logic_app(
        component,
        f"{component.name}-starts",
        ground,
        lambda identity: recurring(moments, ("workflow",), {"Start": start({"reason": "schedule"}, identity)}),
        {"workflow": pipeline.id},
    )


def on_alerts(
    component: Component,
    ground: AzureGround,
    pipeline: logic.Workflow,
    alarms: Mapping[str, pulumi.Input[str]],
) -> None:
    """
    Start once for each alert that one of the alarms raised.

    An action group could start a Logic App by an address with a key in it alone, so a Logic App looks every few minutes
    what was raised, as its own identity.

    Args:
        component: Owner.
        ground: The foundation.
        pipeline: What is started.
        alarms: Event, such as `scorer.drift`, to the ARM id of its alert rule.
    """
    named_by = {event: f"alarm-{event.replace('.', '-').replace('_', '-')}" for event in sorted(alarms)}
    moments = {"frequency": "Minute", "interval": LOOK_MINUTES}
    logic_app(
        component,
        f"{component.name}-events",
        ground,
        lambda identity: recurring(moments, ("group", "workflow", *named_by.values()), _raised(named_by, identity)),
        {
            "group": ground.group_id,
            "workflow": pipeline.id,
            **{parameter: alarms[event] for event, parameter in named_by.items()},
        },
    )


def _raised(alarms: Mapping[str, str], identity: str) -> Actions:
    """Source: https://learn.microsoft.com/rest/api/monitor/alertsmanagement/alerts/get-all"""
    actions: Actions = {}
    for number, (event, parameter) in enumerate(alarms.items(), 1):
        own = f"Event_{number}"
        asked = f"/providers/Microsoft.AlertsManagement/alerts?api-version={ALERTS_API}&timeRange=1d&alertRule="
        begun = "ticks(coalesce(item()?['properties']?['essentials']?['startDateTime'], '2000-01-01T00:00:00Z'))"
        late = f"ticks(addSeconds(utcNow(), -{LOOK_BACK_MINUTES * 60}))"
        raised = f"concat('alert-', toLower(last(split(items('{own}')?['id'], '/'))))"
        found = f"coalesce(body('{own}_alerts')?['value'], {EMPTY})"
        actions |= {
            f"{own}_alerts": http(
                "GET",
                f"concat(parameters('group'), '{asked}', encodeUriComponent(parameters('{parameter}')))",
                identity,
            ),
            f"{own}_new": chosen(found, f"greater({begun}, {late})", after(f"{own}_alerts")),
            own: each(f"body('{own}_new')", _unless_run(own, raised, event, identity), after(f"{own}_new")),
        }
    return actions


def _unless_run(prefix: str, run: str, why: str, identity: str) -> Actions:
    """Start the pipeline under a name that no run of it has yet."""
    known = f"length(coalesce(body('{prefix}_seen')?['value'], {EMPTY}))"
    begin: Actions = {f"{prefix}_start": start({"reason": literal(why), "run": f"@{run}"}, identity)}
    return {
        f"{prefix}_seen": http("GET", named("parameters('workflow')", run), identity),
        f"{prefix}_once": choose({"equals": [f"@{known}", 0]}, begin, run_after=after(f"{prefix}_seen")),
    }


def on_data(component: Component, ground: AzureGround, pipeline: logic.Workflow, paths: Sequence[str]) -> None:
    """
    Start once a quarter of an hour in which files arrived under one of the paths of the data store.

    Raises:
        ValueError: None of them lies there.
    """
    here = sorted({path for path in paths if "://" not in path})
    if not here:
        raise ValueError(
            f"{component.label} starts by data, and no input of its training lies in the stack's data store. Write"
            " inputs: {train: data/payments/}, or leave data out of on."
        )
    moments: dict[str, Any] = {"frequency": "Minute", "interval": SETTLE.minutes}
    logic_app(
        component,
        f"{component.name}-files",
        ground,
        lambda identity: recurring(
            moments,
            ("data", "data-path", "workflow"),
            arrivals(SETTLE, here, _unless_run("Files", WINDOW_RUN, "data", identity), identity),
        ),
        {
            "data": ground.data.account_id,
            "data-path": pulumi.Output.concat("/", ground.data.account, "/", ground.data.container, "/"),
            "workflow": pipeline.id,
        },
    )
