"""
What CloudWatch takes as the body of a dashboard: its structure, its grid, its limits.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["problems"]

BODY = {"end", "periodOverride", "start", "variables", "widgets"}
WIDGET = {"height", "properties", "type", "width", "x", "y"}
PROPERTIES = {
    "alarm": ({"alarms", "sortBy", "states", "title"}, {"alarms"}),
    "metric": (
        {
            *("accountId", "annotations", "legend", "liveData", "metrics", "period", "region", "stacked", "stat"),
            *("table", "timezone", "title", "view", "yAxis"),
        },
        {"region"},
    ),
    "text": ({"background", "markdown"}, {"markdown"}),
}
OPTIONS = {
    *("accountId", "color", "expression", "id", "label", "period", "region", "stat", "visible", "yAxis"),
}
STATISTICS = re.compile(r"SampleCount|Sum|Average|Minimum|Maximum|p\d{1,2}(\.\d+)?")
VIEWS = {"bar", "gauge", "pie", "singleValue", "table", "timeSeries"}
WIDGETS, METRICS_OF_ONE, METRICS_OF_ALL, ALARMS, DIMENSIONS = 500, 500, 2500, 100, 30
COLUMNS, HIGHEST = 24, 1000
ALARM = re.compile(r"arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:\d{12}:alarm:.{1,255}")


def problems(body: Mapping[str, Any]) -> list[str]:
    """What CloudWatch would refuse, or show otherwise than it was meant."""
    widgets = body["widgets"]
    counts = [len(w["properties"].get("metrics", [])) for w in widgets]
    found = [f"the body has {key}" for key in set(body) - BODY]
    found += [f"{len(widgets)} widgets"] if len(widgets) > WIDGETS else []
    found += (
        [f"{sum(counts)} metrics"] if sum(counts) > METRICS_OF_ALL or max(counts, default=0) > METRICS_OF_ONE else []
    )
    found += _overlaps(widgets)
    return [*found, *(f"{n}: {problem}" for n, w in enumerate(widgets) for problem in _widget(w))]


def _widget(widget: Mapping[str, Any]) -> Iterator[str]:
    if set(widget) != WIDGET:
        yield f"has {sorted(widget)}"
    known, needed = PROPERTIES[widget["type"]]
    given = widget["properties"]
    yield from (f"{widget['type']} has {key}" for key in set(given) - known)
    yield from (f"{widget['type']} lacks {key}" for key in needed - set(given))
    if not (1 <= widget["width"] <= COLUMNS - widget["x"] and 1 <= widget["height"] <= HIGHEST):
        yield f"is outside of the grid: {widget}"
    if widget["type"] == "alarm":
        yield from _alarms(given)
    if widget["type"] == "metric":
        yield from _metrics(given)


def _alarms(given: Mapping[str, Any]) -> Iterator[str]:
    if not 1 <= len(given["alarms"]) <= ALARMS:
        yield f"{len(given['alarms'])} alarms"
    yield from (f"{arn} is no alarm" for arn in given["alarms"] if not ALARM.fullmatch(arn))
    if given.get("sortBy") not in (None, "default", "stateUpdatedTimestamp", "timestamp"):
        yield f"sortBy is {given['sortBy']}"


def _metrics(given: Mapping[str, Any]) -> Iterator[str]:
    if given["view"] not in VIEWS:
        yield f"view is {given['view']}"
    ids = [metric[-1]["id"] for metric in given["metrics"] if isinstance(metric[-1], dict) and "id" in metric[-1]]
    if len(set(ids)) < len(ids):
        yield f"an id is there twice: {ids}"
    for metric in given["metrics"]:
        yield from _metric(metric, ids)
    for line in given.get("annotations", {}).get("horizontal", []):
        if not isinstance(line["value"], int | float) or set(line) - {
            "color",
            "fill",
            "label",
            "value",
            "visible",
            "yAxis",
        }:
            yield f"annotation {line}"
    for side, axis in given.get("yAxis", {}).items():
        if side not in ("left", "right") or set(axis) - {"label", "max", "min", "showUnits"}:
            yield f"axis {side} {axis}"


def _metric(metric: list[Any], ids: list[str]) -> Iterator[str]:
    options = metric[-1] if isinstance(metric[-1], dict) else {}
    yield from (f"option {key}" for key in set(options) - OPTIONS)
    if not re.fullmatch(r"[a-z]\w{0,254}", options.get("id", "a")):
        yield f"id {options['id']}"
    if "expression" in options:
        words = set(re.findall(r"\b[a-z]\w*\b", options["expression"]))
        if len(metric) != 1 or words - set(ids):
            yield f"expression of {words - set(ids)}"
        return
    named = metric[:-1] if options else metric
    if len(named) % 2 or len(named) > 2 + 2 * DIMENSIONS or not all(isinstance(part, str) and part for part in named):
        yield f"metric {json.dumps(named)}"
    if not STATISTICS.fullmatch(options.get("stat", "Average")):
        yield f"stat {options['stat']}"
    if options.get("yAxis", "left") not in ("left", "right"):
        yield f"yAxis {options['yAxis']}"


def _overlaps(widgets: list[Mapping[str, Any]]) -> Iterator[str]:
    taken: dict[tuple[int, int], int] = {}
    for number, w in enumerate(widgets):
        for x in range(w["x"], w["x"] + w["width"]):
            for y in range(w["y"], w["y"] + w["height"]):
                if taken.setdefault((x, y), number) != number:
                    yield f"{number} lies over {taken[x, y]}"
                    return
