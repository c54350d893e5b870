"""Tiles of a Cloud Monitoring dashboard, laid out in a mosaic of 48 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pulumi

from components.clouds.gcp.measures import CUSTOM, ENDPOINT, FAMILIES, PREFIX, TASK
from components.dashboard import PUBLISHED, Watched

__all__ = ["COLUMNS", "Tile", "chart", "endpoint_tiles", "header", "incidents", "mosaic", "prom_name", "text"]

Tile = dict[str, Any]
COLUMNS = 48
"""Source: https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards#MosaicLayout: 1 to 48."""
QUARTER, HALF = COLUMNS // 4, COLUMNS // 2
HIGH = 12
RANGE = "${__interval}"  # as wide as one point of the chart


def prom_name(metric: str) -> str:
    """
    What PromQL calls a metric type.

    Source: https://cloud.google.com/monitoring/promql/promql-mapping
    """
    domain, _, path = metric.partition("/")
    return f"{domain.replace('.', '_')}:{path.replace('/', '_').replace('.', '_').replace('-', '_')}"


def header(title: str) -> Tile:
    """A heading over the tiles that follow."""
    return {"width": COLUMNS, "height": 4, "widget": {"title": title, "sectionHeader": {"dividerBelow": True}}}


def text(title: str, markdown: Any) -> Tile:
    """A tile of Markdown, as wide as the dashboard."""
    return {
        "width": COLUMNS,
        "height": 6,
        "widget": {"title": title, "text": {"content": markdown, "format": "MARKDOWN"}},
    }


def chart(
    title: str,
    queries: Mapping[str, pulumi.Input[str]],
    *,
    width: int = QUARTER,
    lines: Iterable[tuple[str, float]] = (),
    unit: str = "",
    kind: str = "LINE",
) -> Tile:
    """
    A tile of lines over time.

    What the API would fill in by itself is written down, and nothing is that it leaves out: so an `up` finds what the
    last one wrote.

    Args:
        title: Of the chart.
        queries: What the legend says to the PromQL that it is of; where it says nothing, the labels are shown.
        width: In columns.
        lines: What a threshold says, and where it is.
        unit: Of the values, where Cloud Monitoring can't know it.
        kind: How it is drawn.
    """
    sets = [
        {
            **({"legendTemplate": legend} if legend else {}),
            "plotType": kind,
            "targetAxis": "Y1",
            "timeSeriesQuery": {"prometheusQuery": query, **({"unitOverride": unit} if unit else {})},
        }
        for legend, query in queries.items()
    ]
    drawn: dict[str, Any] = {"chartOptions": {"mode": "COLOR"}, "dataSets": sets}
    marks = [{"label": label, "targetAxis": "Y1", "value": value} for label, value in lines]
    if marks:
        drawn["thresholds"] = marks
    return {"width": width, "height": HIGH, "widget": {"title": title, "xyChart": drawn}}


def incidents(policies: Sequence[pulumi.Output[str]]) -> Tile:
    """A tile of what is wrong now: incidents of the stack's alert policies, which are named without their project."""
    named = [policy.apply(lambda path: "/".join(path.split("/")[-2:])) for policy in policies]
    return {
        "width": COLUMNS,
        "height": HIGH,
        "widget": {"title": "Alarms", "incidentList": {"policyNames": named}},
    }


def mosaic(tiles: Iterable[Tile]) -> Iterator[Tile]:
    """The tiles with their places, from left to right, then the next row; a zero is left out, as the API does."""
    left = top = tallest = 0
    for tile in tiles:
        if left + tile["width"] > COLUMNS:
            left, top, tallest = 0, top + tallest, 0
        place = {key: value for key, value in (("xPos", left), ("yPos", top)) if value}
        yield {**place, **tile}
        left, tallest = left + tile["width"], max(tallest, tile["height"])


def endpoint_tiles(watched: Watched, stack: str) -> list[Tile]:
    """A heading, four charts, and one of what the monitor publishes where there is one."""
    number = watched.result.endpoint_name
    tiles = [header(watched.name), _latency(watched, number), _errors(watched, number), _traffic(watched, number)]
    tiles.append(_machines(watched, number))
    if watched.published:
        queries = {PUBLISHED[key]: _own(key, stack, watched.name) for key in watched.published if key != "rows"}
        tiles.append(chart("Drift and quality", queries, width=HALF, lines=watched.bounds))
        tiles.append(chart("Requests in the window", {"rows": _own("rows", stack, watched.name)}, width=HALF))
    return tiles


def _own(name: str, stack: str, endpoint: str) -> str:
    """A number that a monitor publishes, as `docs/metrics.md` has it published."""
    of = f'monitored_resource="{TASK}",stack="{stack}",endpoint="{endpoint}"'
    return f"avg(avg_over_time({prom_name(CUSTOM + name)}{{{of}}}[1h]))"


def _series(number: str, name: str, **labels: str) -> str:
    wanted = [f'monitored_resource="{ENDPOINT}"', f'endpoint_id="{number}"']
    wanted += [f'{key}=~"{value}"' for key, value in labels.items()]
    return f"{PREFIX}{name}{{{','.join(wanted)}}}"


def _either(number: pulumi.Output[str], query: Any) -> pulumi.Output[str]:
    """Of the one name that Vertex AI counts private requests under, or of the other."""
    return number.apply(lambda known: " or ".join(f"({query(known, family)})" for family in FAMILIES))


def _latency(watched: Watched, number: pulumi.Output[str]) -> Tile:
    def of(quantile: str) -> pulumi.Output[str]:
        def query(known: str, family: str) -> str:
            kind = {} if family else {"latency_type": "total"}
            buckets = _series(known, f"{family}prediction_latencies_bucket", **kind)
            return f"histogram_quantile({quantile}, sum by (le) (increase({buckets}[{RANGE}])))"

        return _either(number, query)

    promised = watched.spec.slo.latency_p99 if watched.spec.slo else None
    lines = [(f"p99 promised: {promised}", promised.milliseconds)] if promised else []
    return chart("Latency", {"p50": of("0.5"), "p99": of("0.99")}, lines=lines, unit="ms")


def _errors(watched: Watched, number: pulumi.Output[str]) -> Tile:
    def of(codes: str) -> pulumi.Output[str]:
        def query(known: str, family: str) -> str:
            name = f"{family}response_count"
            bad = f"sum(increase({_series(known, name, response_code=codes)}[{RANGE}]))"
            return f"100 * {bad} / sum(increase({_series(known, name)}[{RANGE}]))"

        return _either(number, query)

    slo = watched.spec.slo
    lines: list[tuple[str, float]] = []
    if slo and slo.errors:
        lines.append((f"errors promised: {slo.errors}", slo.errors.value))
    if slo and slo.availability:
        lines.append((f"availability promised: {slo.availability}", round(100 - slo.availability.value, 9)))
    return chart("Errors", {"4xx and 5xx": of("[45].."), "5xx": of("5..")}, lines=lines, unit="%")


def _traffic(_watched: Watched, number: pulumi.Output[str]) -> Tile:
    """Of each deployed model: while a release shifts traffic, the two add up."""

    def query(known: str, family: str) -> str:
        return f"sum by (deployed_model_id) (60 * rate({_series(known, f'{family}response_count')}[{RANGE}]))"

    return chart("Requests a minute, by what serves", {"": _either(number, query)}, kind="STACKED_AREA")


def _machines(watched: Watched, number: pulumi.Output[str]) -> Tile:
    def average(name: str) -> pulumi.Output[str]:
        return number.apply(lambda known: f"100 * avg({_series(known, name)})")

    queries: dict[str, pulumi.Input[str]] = {
        "replicas": number.apply(lambda known: f"sum({_series(known, 'replicas')})"),
        "CPU, %": average("cpu_utilization"),
    }
    if watched.spec.machine.is_gpu:
        queries["GPU, %"] = average("accelerator_duty_cycle")
    return chart("Replicas, and what they use", queries)
