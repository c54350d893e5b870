"""Tiles of a Cloud Monitoring dashboard, laid out in a mosaic of 48 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pulumi

__all__ = ["COLUMNS", "HALF", "RANGE", "Tile", "chart", "header", "incidents", "mosaic", "prom_name", "text"]

Tile = dict[str, Any]
COLUMNS = 48
"""Source: https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards#MosaicLayout: 1 to 48."""
QUARTER, HALF = COLUMNS // 4, COLUMNS // 2
HIGH = 12
RANGE = "${__interval}"
"""As wide as one point of the chart."""


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
