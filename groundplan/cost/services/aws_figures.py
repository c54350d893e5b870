"""What the figures of monitors cost, which CloudWatch bills for the hours in which there is one."""

from __future__ import annotations

from collections.abc import Iterator

from components.monitoring import MonitorSpec
from groundplan.cost.line import Line
from groundplan.cost.steps import looks

__all__ = ["figures"]

NAMES = {"drift": 3}
"""Figures of a signal, where there is more than one: of columns, of answers, and the larger of both."""


def figures(endpoint: str, spec: MonitorSpec) -> Iterator[Line]:
    """Each signal's, and how many rows or labels there were: as many of each as there are windows."""
    counted = looks(spec)
    for every, signals in spec.schedules.items():
        number = counted[every] + sum(NAMES.get(signal, 1) for signal in signals)
        share = min(1, 3600 / every.seconds)
        told = f"{number} metrics in {share:.1%} of all hours"
        yield Line.used("cloudwatch-metric-month", f"Figures of {endpoint}, every {every}", number * share, told)
