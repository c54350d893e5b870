"""How a release on Azure watches a new version while it bakes: what it asks Azure Monitor, and what breaks a bound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.azure.deployment import ReleasePlan
from components.clouds.azure.measures import CUSTOM, LATENCY, TRAFFIC, Bound, bounds, shares
from components.clouds.azure.workflow import (
    EMPTY,
    NOTHING,
    Actions,
    after,
    chosen,
    compose,
    http,
    quoted,
    set_to,
)

__all__ = ["EVER", "LATE_SECONDS", "watch", "watched"]

METRICS_API = "2023-10-01"
LOGS_API = "2018-03-01-preview"
LATE_SECONDS = 300
"""
How long after a request its row and its metrics can be read.

Source: https://learn.microsoft.com/azure/azure-monitor/logs/data-ingestion-time
"""
WINDOW_SECONDS = 300 + LATE_SECONDS
"""What is judged together: the five minutes of the alarms, as far as they can be read by now."""

EVER = ("Succeeded", "Failed", "TimedOut", "Skipped")
MOMENT = "formatDateTime({}, 'yyyy-MM-ddTHH:mm:ssZ')"


def watched(plan: ReleasePlan) -> list[Bound]:
    """What takes a version back."""
    own = plan.spec.rollout.metrics if plan.spec.rollout else {}
    return [bound for bound in bounds(plan.spec) if bound.name in (*plan.spec.rollback_on, *own)]


def watch(plan: ReleasePlan, identity: str, run_after: str) -> Actions:
    """
    One look at the new deployment; the last action, `Judged`, says in the variable `verdict` what broke a bound.

    A measure that is not there broke none. One that can't be read did: nobody knows whether the version is good.
    """
    window = f"addSeconds(utcNow(), -{WINDOW_SECONDS})"
    late = f"greater(ticks(variables('shifted')), ticks({window}))"
    looks: Actions = {
        "from": compose(f"@if({late}, variables('shifted'), {MOMENT.format(window)})", after(run_after)),
        "now": compose(f"@{MOMENT.format('utcNow()')}", after("from")),
        "Traffic": _traffic(identity),
        "Requests": set_to("requests", f"@string({_column(1, '0')})", _ever("Traffic")),
    }
    before, told = "Requests", ["outputs('Traffic_unread')"]
    looks["Traffic_unread"] = compose(f"@{_unread('Traffic', TRAFFIC, _no_table())}", _ever(before))
    before = "Traffic_unread"
    for bound in watched(plan):
        if bound.own:
            look = _own(bound, identity, before)
        else:
            look = _share(bound, before) if bound.column else _latency(bound, identity, before)
        looks |= look
        before = next(reversed(look))
        told.append(f"outputs('{before}')")
    looks["Judged"] = set_to("verdict", f"@concat({', '.join(told)})", _ever(before))
    return looks


def _ever(name: str) -> dict[str, list[str]]:
    return after(name, status=EVER)


def _traffic(identity: str) -> dict[str, Any]:
    """
    Ask the endpoint's own log, row by row, for the new deployment's requests since it has its share of them.

    Source: https://learn.microsoft.com/azure/azure-monitor/logs/api/azure-resource-queries
    """
    query = (
        f"@concat('{TRAFFIC} | where DeploymentName =~ ''', outputs('deployment'), ''' and TimeGenerated >= datetime(',"
        " variables('shifted'), ') | " + shares("datetime(', outputs('from'), ')") + "')"
    )
    path = f"concat(parameters('endpoint'), '/providers/microsoft.insights/logs?api-version={LOGS_API}')"
    return http("POST", path, identity, body={"query": query}, run_after=after("now"))


def _column(number: int, otherwise: str) -> str:
    """A column of the log's one row."""
    return f"coalesce(body('Traffic')?['tables']?[0]?['rows']?[0]?[{number}], {otherwise})"


def _no_table() -> str:
    """Whether the log has no table yet, as nobody ever sent a request."""
    return f"and(equals({_code('Traffic')}, 400), contains(string(body('Traffic')), 'named ''{TRAFFIC}'''))"


def _code(read: str) -> str:
    return f"coalesce(outputs('{read}')?['statusCode'], 0)"


def _unread(read: str, what: str, excused: str) -> str:
    """Text where a measure can't be read; empty where it can, or where there is an excuse."""
    code = _code(read)
    text = f"concat({quoted(what + ' can not be read (')}, string({code}), '); ')"
    return f"if(or(equals({code}, 200), {excused}), '', {text})"


def _broken(bound: Bound, value: str, broken: str) -> str:
    """Text where a bound is broken; empty where it holds."""
    text = f"concat({quoted(bound.name + ' ')}, string({value}), {quoted(f'{bound.unit} {bound.says}; ')})"
    return f"if({broken}, {text}, '')"


def _share(bound: Bound, before: str) -> Actions:
    """Errors and availability, of the answer that is there: columns 2 and 3, where a row holds 0 to 3."""
    column = {"errors": 2, "availability": 3}[bound.column]
    value = _column(column, "0" if bound.above else "100")
    broken = f"{'greater' if bound.above else 'less'}({value}, {bound.number})"
    return {f"{bound.name}_broken": compose(f"@{_broken(bound, value, broken)}", _ever(before))}


def _metric(identity: str, metric: str, kept: str, run_after: Mapping[str, Any]) -> dict[str, Any]:
    """
    Ask for a metric of the endpoint in the window.

    Source: https://learn.microsoft.com/rest/api/monitor/metrics/list
    """
    path = (
        f"concat(parameters('endpoint'), '/providers/Microsoft.Insights/metrics?api-version={METRICS_API}"
        f"&metricnames={metric}&aggregation=Average&timespan=', outputs('from'), '/', outputs('now'){kept})"
    )
    return http("GET", path, identity, run_after=run_after)


def _only(key: str, value: str) -> str:
    """What keeps one value of a dimension, as further arguments of a `concat`."""
    return f", '&$filter={key}%20eq%20%27', {value}, '%27'"


def _points(read: str) -> str:
    """The points of a metric's one series; none where there is no series."""
    series = f"coalesce(body('{read}')?['value']?[0]?['timeseries'], {EMPTY})"
    return f"coalesce(first(union({series}, createArray({NOTHING})))?['data'], {EMPTY})"


def _first(points: str, otherwise: str) -> str:
    """The value of the first of some points."""
    return f"coalesce(first(union({points}, createArray({NOTHING})))?['average'], {otherwise})"


def _latency(bound: Bound, identity: str, before: str) -> Actions:
    """The mean of each minute's 99th percentile, as the alarm takes it: one point for the whole window."""
    read, value = f"{bound.name}_read", _first(_points(f"{bound.name}_read"), "0")
    broken = _broken(bound, value, f"greater({value}, {bound.number})")
    asked = f"{LATENCY}&interval=FULL"
    return {
        read: _metric(identity, asked, _only("deployment", "outputs('deployment')"), _ever(before)),
        f"{bound.name}_broken": compose(
            f"@concat({_unread(read, bound.name, 'false')}, {broken})",
            _ever(read),
        ),
    }


def _own(bound: Bound, identity: str, before: str) -> Actions:
    """A number of the team's own, of this version, or of no version; one that nobody published yet breaks nothing."""
    name, read, every = bound.name, f"metric_{bound.name}_of_version", f"metric_{bound.name}_of_all"
    found = f"metric_{bound.name}_beyond"
    asked = f"{name}&metricnamespace={CUSTOM}&interval=PT1M"
    side = "greater" if bound.above else "less"
    points = f"if(equals({_code(read)}, 200), {_points(read)}, {_points(every)})"
    beyond = f"{side}(coalesce(item()?['average'], {bound.number}), {bound.number})"
    # without the dimension, and without the metric, Azure Monitor answers 400
    unread = _unread(every, name, f"or(equals({_code(read)}, 200), equals({_code(every)}, 400))")
    value = _first(f"body('{found}')", "''")
    broken = _broken(bound, value, f"greater(length(body('{found}')), 0)")
    return {
        read: _metric(identity, asked, _only("version", "outputs('version')"), _ever(before)),
        every: _metric(identity, asked, "", after(read, status=("Failed", "TimedOut"))),
        found: chosen(points, beyond, _ever(every)),
        f"metric_{name}_broken": compose(f"@concat({unread}, {broken})", _ever(found)),
    }
