"""Widgets of a CloudWatch dashboard, laid out in rows of 24 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pulumi

from components.clouds.aws.alarms import COUNTS, NAMESPACE
from components.clouds.aws.component import NAMESPACE as COMPONENTS
from components.clouds.aws.component import by_components
from components.clouds.aws.ground import AwsPlace
from components.clouds.aws.variant import VARIANT
from components.dashboard import PUBLISHED, Watched

__all__ = [
    "COLUMNS",
    "Widget",
    "alarm_lists",
    "by_model",
    "console",
    "endpoint_row",
    "graph",
    "groups",
    "laid_out",
    "text",
]

Widget = dict[str, Any]
COLUMNS = 24
MOST_ALARMS = 100
"""
Alarms of one widget.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""
MACHINES = "/aws/sagemaker/Endpoints"


def console(place: AwsPlace) -> str:
    """Where people of the partition open the console of the region."""
    domains = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}
    if place.partition in domains:
        return f"https://{domains[place.partition]}"
    return f"https://{place.region}.console.aws.amazon.com"


def groups(items: Sequence[Any], most: int) -> list[list[Any]]:
    """The items in lists of at most so many."""
    return [list(items[start : start + most]) for start in range(0, len(items), most)]


def text(markdown: Any, height: int = 2) -> Widget:
    """A widget of Markdown, as wide as the dashboard."""
    return {"type": "text", "width": COLUMNS, "height": height, "properties": {"markdown": markdown}}


def graph(
    place: AwsPlace,
    title: str,
    metrics: list[list[Any]],
    *,
    period: int = 60,
    width: int = 6,
    lines: Iterable[tuple[str, float]] = (),
    right: str = "",
) -> Widget:
    """
    A widget of lines over time.

    Args:
        place: Whose metrics.
        title: Of the widget.
        metrics: As CloudWatch writes them: name space, name, dimensions, options.
        period: Seconds of one point.
        width: In columns.
        lines: What a horizontal line says, and where it is.
        right: Label of the axis on the right, where a metric is drawn against it.
    """
    properties: dict[str, Any] = {
        "title": title,
        "view": "timeSeries",
        "stacked": False,
        "region": place.region,
        "period": period,
        "metrics": metrics,
        "yAxis": {"left": {"min": 0, "showUnits": True}},
    }
    if right:
        properties["yAxis"]["right"] = {"min": 0, "label": right, "showUnits": False}
    marks = [{"label": label, "value": value} for label, value in lines]
    if marks:
        properties["annotations"] = {"horizontal": marks}
    return {"type": "metric", "width": width, "height": 6, "properties": properties}


def alarm_lists(alarms: Sequence[tuple[str, pulumi.Output[str]]]) -> list[Widget]:
    """Widgets with the state of the alarms, those that changed last at the top."""
    found = groups(alarms, MOST_ALARMS)
    return [
        {
            "type": "alarm",
            "width": COLUMNS,
            "height": 2 + -(-len(part) // 4),
            "properties": {
                "title": "Alarms" if len(found) == 1 else f"Alarms {number} of {len(found)}",
                "sortBy": "stateUpdatedTimestamp",
                "alarms": [arn for _name, arn in part],
            },
        }
        for number, part in enumerate(found, 1)
    ]


def laid_out(widgets: Iterable[Widget]) -> Iterator[Widget]:
    """The widgets with their places: from left to right, then the next row."""
    left = top = tallest = 0
    for widget in widgets:
        if left + widget["width"] > COLUMNS:
            left, top, tallest = 0, top + tallest, 0
        yield {"type": widget["type"], "x": left, "y": top, **{k: v for k, v in widget.items() if k != "type"}}
        left, tallest = left + widget["width"], max(tallest, widget["height"])


def by_model(watched: Watched) -> list[Watched]:
    """The endpoint, or each of its models where it hosts inference components, whose requests are counted apart."""
    if not by_components(watched.spec):
        return [watched]
    return [replace(watched, model=model) for model in sorted(watched.result.model_headers)] or [watched]


def endpoint_row(place: AwsPlace, watched: Watched, namespace: str) -> list[Widget]:
    """A heading, four graphs, and one of what the monitor publishes where there is one."""
    name = watched.result.endpoint_name
    called = f"{watched.name}: {watched.model}" if watched.spec.models else watched.name
    says = "its model" if watched.model else "its configuration"
    link = pulumi.Output.concat(
        f"## {called}\n[which version serves: tags of {says}]({console(place)}/sagemaker/home?region="
        f"{place.region}#/endpoints/",
        name,
        ")",
    )
    row = [
        text(link),
        _latency(place, watched),
        _errors(place, watched),
        _traffic(place, watched),
        _machines(place, watched),
    ]
    if watched.published:
        metrics = [
            [namespace, key, "Endpoint", name, {"stat": "Average", "label": PUBLISHED[key]} | _right(key)]
            for key in watched.published
        ]
        row.append(
            graph(
                place,
                f"{watched.name}: drift and quality",
                metrics,
                period=3600,
                width=COLUMNS,
                lines=watched.bounds,
                right="requests",
            )
        )
    return row


def _right(key: str) -> dict[str, str]:
    return {"yAxis": "right"} if key == "rows" else {}


def _of(watched: Watched, metric: str, namespace: str = NAMESPACE, **options: Any) -> list[Any]:
    where: list[Any] = ["EndpointName", watched.result.endpoint_name, "VariantName", VARIANT]
    if watched.model:
        named = watched.result.model_headers[watched.model].apply(lambda header: header.partition(": ")[2])
        where = ["InferenceComponentName", named]
    return [namespace, metric, *where, options]


def _latency(place: AwsPlace, watched: Watched) -> Widget:
    promised = watched.spec.slo.latency_p99 if watched.spec.slo else None
    metrics = [_of(watched, "ModelLatency", stat=stat, label=stat) for stat in ("p50", "p99")]
    # the metric, and so the line, is in microseconds
    lines = [(f"p99 promised: {promised}", promised.milliseconds * 1000.0)] if promised else []
    return graph(place, "Latency", metrics, lines=lines)


def _errors(place: AwsPlace, watched: Watched) -> Widget:
    slo, counted = watched.spec.slo, COUNTS[watched.spec.form]
    counts = [_of(watched, name, id=key, stat=stat, visible=False) for key, (name, stat) in counted.metrics.items()]
    shares: list[list[Any]] = [
        [{"id": "errors", "expression": counted.errors, "label": "errors, %"}],
        [{"id": "failures", "expression": counted.failures, "label": "own failures, %"}],
    ]
    lines: list[tuple[str, float]] = []
    if slo and slo.errors:
        lines.append((f"errors promised: {slo.errors}", slo.errors.value))
    if slo and slo.availability:
        lines.append((f"availability promised: {slo.availability}", round(100 - slo.availability.value, 9)))
    return graph(place, "Errors", [*counts, *shares], lines=lines)


def _traffic(place: AwsPlace, watched: Watched) -> Widget:
    if watched.spec.form == "async":
        # of the endpoint, whatever variant; nothing counts what is asked
        waiting = [NAMESPACE, "ApproximateBacklogSize", "EndpointName", watched.result.endpoint_name]
        return graph(place, "Requests that wait", [[*waiting, {"stat": "Maximum", "label": "requests"}]])
    return graph(place, "Requests a minute", [_of(watched, "Invocations", stat="Sum", label="requests")])


def _machines(place: AwsPlace, watched: Watched) -> Widget:
    if watched.spec.form == "serverless":
        used = _of(watched, "ServerlessConcurrentExecutionsUtilization", stat="Maximum", label="concurrency in use, %")
        return graph(place, "Concurrency", [used])
    if watched.model:
        return _copies(place, watched)
    gpu = watched.spec.machine.is_gpu
    used = ["CPUUtilization", "MemoryUtilization", *(["GPUUtilization", "GPUMemoryUtilization"] if gpu else [])]
    metrics = [_of(watched, metric, MACHINES, stat="Average", label=metric) for metric in used]
    # each machine reports once a minute, so the reports are the machines
    count = _of(watched, "CPUUtilization", MACHINES, stat="SampleCount", label="machines", yAxis="right")
    return graph(place, "Machines", [*metrics, count], right="machines")


def _copies(place: AwsPlace, watched: Watched) -> Widget:
    gpu = watched.spec.machine.is_gpu
    used = ["CPUUtilization", "MemoryUtilization", *(["GPUUtilization", "GPUMemoryUtilization"] if gpu else [])]
    metrics = [_of(watched, f"{metric}Normalized", COMPONENTS, stat="Average", label=metric) for metric in used]
    # each copy reports once a minute, so the reports are the copies
    count = _of(watched, "CPUUtilizationNormalized", COMPONENTS, stat="SampleCount", label="copies", yAxis="right")
    return graph(place, "Copies", [*metrics, count], right="copies")
