"""What starts a Logic App by itself: a schedule, and files that arrive in the data store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_azure_native import logic

from components.base import Component
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.workflow import (
    API,
    EMPTY,
    NOTHING,
    Actions,
    after,
    choose,
    compose,
    definition,
    each,
    fail,
    http,
    logic_app,
    quoted,
)
from components.clouds.azure.zones import windows_zone
from components.units import Duration, Schedule

__all__ = ["WINDOW_RUN", "Starts", "arrivals", "recurrence", "recurring", "start"]

LOGIC_API = "2019-05-01"
LOGS_API = "2018-03-01-preview"
MONTH, SUNDAY = "2026-01", 4  # a recurrence counts from its start time, however long ago
TABLE = "StorageBlobLogs"
WINDOW_RUN = "concat('data-', string(first(items('Windows'))))"
"""Expression of what the run for a window is called."""
LOOK_BACK = 4  # windows that are looked at again: a log that came late, or a look that failed, loses no file
WROTE = '"PutBlob", "PutBlobFromURL", "PutBlockList", "CopyBlob", "FlushFile", "RenameFile"'
"""
Operations after which a file is there.

Source: https://learn.microsoft.com/rest/api/storageservices/storage-analytics-logged-operations-and-status-messages
"""


def recurrence(schedule: Schedule) -> dict[str, Any]:
    """
    A schedule as a Logic App's recurrence: from a day in the past on, at its hour, in its time zone.

    Source: https://learn.microsoft.com/azure/logic-apps/concepts-schedule-automated-recurring-tasks-workflows

    Raises:
        ValueError: Azure does not know the time zone.
    """
    frequency, first = "Day", SUNDAY
    if schedule.hour == "*":
        frequency = "Hour"
    elif schedule.weekday != "*":
        frequency, first = "Week", SUNDAY + int(schedule.weekday)
    elif schedule.day != "*":
        frequency, first = "Month", int(schedule.day)
    hour = 0 if schedule.hour == "*" else int(schedule.hour)
    return {
        "frequency": frequency,
        "interval": 1,
        "startTime": f"{MONTH}-{first:02}T{hour:02}:{int(schedule.minute):02}:00",
        "timeZone": windows_zone(schedule.zone),
    }


@dataclass(frozen=True)
class Starts:
    """
    Starts one Logic App.

    Attributes:
        owner: Component of the Logic App.
        ground: What it stands on.
        workflow: What is started.
    """

    owner: Component
    ground: AzureGround
    workflow: logic.Workflow

    def on_schedule(self, schedule: Schedule) -> logic.Workflow:
        """
        At each moment of the schedule, in its own time zone.

        Raises:
            ValueError: Azure does not know the time zone.
        """
        moments = recurrence(schedule)
        return logic_app(
            self.owner,
            f"{self.owner.name}-schedule",
            self.ground,
            lambda identity: recurring(moments, ("workflow",), {"Start": start({}, identity)}),
            {"workflow": self.workflow.id},
        )

    def every(self, length: Duration, late: Duration, name: str, body: dict[str, Any]) -> logic.Workflow:
        """
        Again and again, counted from midnight UTC.

        Args:
            length: From one start to the next: whole hours, of which a day has a whole number.
            late: How long after each of these moments.
            name: Of the Logic App.
            body: What the start says.
        """
        hours = length.seconds // 3600
        first = f"{MONTH}-{SUNDAY:02}T00:{late.minutes:02}:00Z"
        frequency, interval = ("Day", hours // 24) if hours % 24 == 0 else ("Hour", hours)
        moments = {"frequency": frequency, "interval": interval, "startTime": first}
        return logic_app(
            self.owner,
            name,
            self.ground,
            lambda identity: recurring(moments, ("workflow",), {"Start": start(body, identity)}),
            {"workflow": self.workflow.id},
        )

    def on_arrivals(self, prefix: str, settle: Duration, job: str) -> logic.Workflow:
        """
        Once a window in which files arrived under the prefix of the data store, after the window is over.

        The store's log says what was written; a window's run has the window's name, and is started where no job of
        that name is there yet. So a thousand files make one run, and a window that was missed is made up for.

        Args:
            prefix: Path in the data store.
            settle: Length of a window; a whole number of minutes.
            job: What a run's name follows in the name of its job.
        """
        every = {"frequency": "Minute", "interval": settle.minutes, "startTime": f"{MONTH}-01T00:00:00Z"}
        return logic_app(
            self.owner,
            f"{self.owner.name}-arrivals",
            self.ground,
            lambda identity: recurring(
                every,
                ("data", "data-path", "workflow", "workspace"),
                arrivals(settle, [""], _unless_job(job, identity), identity),
            ),
            {
                "data": self.ground.data.account_id,
                "data-path": pulumi.Output.concat(
                    "/", self.ground.data.account, "/", self.ground.data.container, "/", prefix
                ),
                "workflow": self.workflow.id,
                "workspace": self.ground.workspace_id,
            },
        )


def recurring(moments: dict[str, Any], parameters: tuple[str, ...], actions: Actions) -> dict[str, Any]:
    """A definition that a recurrence starts, one run at a time."""
    trigger = {
        "type": "Recurrence",
        "recurrence": moments,
        "runtimeConfiguration": {"concurrency": {"runs": 1}},
    }
    return {**definition({}, parameters, actions), "triggers": {"recurrence": trigger}}


def start(body: Any, identity: str, run_after: Any = None) -> dict[str, Any]:
    """The action that starts the Logic App of the parameter `workflow` with a body."""
    path = f"concat(parameters('workflow'), '/triggers/manual/run?api-version={LOGIC_API}')"
    return http("POST", path, identity, body=body or f"@{NOTHING}", run_after=run_after)


def _unless_job(job: str, identity: str) -> Actions:
    """Start the window's run where Azure ML has no job of its name yet."""
    seen = f"concat(parameters('workspace'), '/jobs/', {quoted(job)}, {WINDOW_RUN}, '?api-version={API}')"
    return {
        "Seen": http("GET", seen, identity),
        # there is no such job yet
        "Start": start({"run": f"@{WINDOW_RUN}"}, identity, after("Seen", status=("Failed",))),
    }


def arrivals(settle: Duration, prefixes: Sequence[str], begin: Actions, identity: str) -> Actions:
    """
    Do something for each window in which files arrived, as the data store's log tells.

    Source: https://learn.microsoft.com/azure/azure-monitor/logs/api/azure-resource-queries

    Args:
        settle: Length of a window.
        prefixes: What a file's path begins with, after what the parameter `data-path` holds.
        begin: What is done for a window, whose name is `WINDOW_RUN`.
        identity: Who asks.
    """
    window = f"{settle.minutes}m"
    under = " or ".join(f"ObjectKey startswith \"', parameters('data-path'), '{prefix}\"" for prefix in prefixes)
    query = (
        f"concat('{TABLE} | extend window = bin(ingestion_time(), {window})"
        f" | where window < bin(now(), {window}) and window >= bin(now(), {window}) - {LOOK_BACK * settle.minutes}m"
        f" | where StatusCode < 300 and OperationName in ({WROTE}) and ({under})"
        ' | summarize by run = format_datetime(window, "yyyyMMdd-HHmm")\')'
    )
    code = "coalesce(outputs('Ask')?['statusCode'], 0)"
    # the log has no table until somebody does something in the store
    no_table = f"and(equals({code}, 400), contains(string(body('Ask')), '{TABLE}'))"
    why = f"@concat('the log of the data store can not be read: ', string({code}))"
    rows = f"coalesce(first(coalesce(body('Ask')?['tables'], {EMPTY}))?['rows'], {EMPTY})"
    return {
        "query": compose(f"@{query}"),
        "Ask": http(
            "POST",
            f"concat(parameters('data'), '/blobServices/default/providers/microsoft.insights/logs"
            f"?api-version={LOGS_API}')",
            identity,
            body={"query": "@outputs('query')"},
            run_after=after("query"),
        ),
        "Readable": choose(
            {"equals": [f"@{code}", 200]},
            {"Windows": each(rows, begin)},
            {"Nothing_yet": choose({"equals": [f"@{no_table}", True]}, {}, {"Unreadable": fail("LogUnreadable", why)})},
            after("Ask", status=("Succeeded", "Failed")),
        ),
    }
