"""What a look at an endpoint on Azure found: published as metrics, and held against the bounds of the blueprint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from components.clouds.azure.figures import publish
from components.clouds.azure.measures import CUSTOM
from components.clouds.azure.step import figure
from components.clouds.azure.workflow import (
    EMPTY,
    NOTHING,
    Actions,
    after,
    choose,
    chosen,
    compose,
    each,
    fail,
    http,
    quoted,
    select,
)
from components.monitoring import MonitorSpec, Signal

__all__ = ["ENDPOINT", "METRICS", "MOMENT", "MonitorPlan", "breaches", "first_points", "judge", "publish_figures"]

ENDPOINT = "parameters('endpoint')"
METRICS = "concat(parameters('endpoint'), '/providers/Microsoft.Insights/metrics?api-version=2023-10-01&metricnames="
"""
How a metric of the endpoint is asked for, up to its name.

Source: https://learn.microsoft.com/rest/api/monitor/metrics/list
"""
MOMENT = "formatDateTime({}, 'yyyy-MM-ddTHH:mm:ssZ')"
NEEDS_TRUTH = ("accuracy_difference", "recall_difference")
FIGURES: Mapping[Signal, tuple[str, ...]] = {
    "drift": ("drift", "prediction_drift"),
    "data_quality": ("data_quality",),
    "quality": ("quality", "labelled"),
    "bias": ("bias",),
    "explain": ("explain",),
}
"""What is published of a signal; the first one, or the larger of two drifts, is what its bound is about."""


@dataclass(frozen=True)
class MonitorPlan:
    """
    What is looked at.

    Attributes:
        name: Of the endpoint within the stack.
        spec: What is asked, with its endpoint and its baseline.
        region: Azure's name.
        tags: Of the jobs.
    """

    name: str
    spec: MonitorSpec
    region: str
    tags: Mapping[str, str]

    @property
    def experiment(self) -> str:
        """What the jobs are filed under."""
        return f"monitor-{self.name}"

    @property
    def late(self) -> tuple[Signal, ...]:
        """Signals that need the truth, which comes later: their window does, too."""
        return tuple(
            name for name in self.spec.signals if name == "quality" or (self.bias_needs_truth and name == "bias")
        )

    @property
    def fresh(self) -> tuple[Signal, ...]:
        """The others."""
        return tuple(name for name in self.spec.signals if name not in self.late)

    @property
    def bias_needs_truth(self) -> bool:
        """Whether bias is of how often answers are right."""
        return self.spec.bias is not None and self.spec.bias.metric in NEEDS_TRUTH


def breaches(signal: Signal) -> str:
    """Metric of how many of the last windows were beyond the signal's bound."""
    return f"{signal}_breaches"


def _breach(signal: Signal) -> str:
    return f"{signal}_breach"


def publish_figures(plan: MonitorPlan, prefix: str, signals: Sequence[Signal], identity: str) -> Actions:
    """Publish each figure that there is; a figure that the step left out is none of 0."""
    names = ["rows", *(name for signal in signals for name in FIGURES[signal])]
    found = [{"metric": name, "value": f"@{figure(prefix, name)}"} for name in names]
    one = f"items('{prefix}_publish')"
    number = f"float({one}?['value'])"
    return {
        f"{prefix}_figures": compose(found, after(f"{prefix}_worked")),
        f"{prefix}_found": chosen(
            f"outputs('{prefix}_figures')", "not(equals(item()?['value'], ''))", after(f"{prefix}_figures")
        ),
        f"{prefix}_publish": each(
            f"body('{prefix}_found')",
            {f"{prefix}_figure": publish(plan.region, ENDPOINT, f"@{one}?['metric']", number, identity)},
            after(f"{prefix}_found"),
        ),
    }


def judge(plan: MonitorPlan, prefix: str, signal: Signal, identity: str, before: str) -> Actions:
    """Hold the figure against its bound, and publish how many of the last windows were beyond it."""
    value = f"float({figure(prefix, signal)})"
    if signal == "drift":  # of columns, and of answers where the baseline has what was to be answered
        own, answers = figure(prefix, "drift"), figure(prefix, "prediction_drift")
        value = f"max({value}, float(if(equals({answers}, ''), {own}, {answers})))"
    there = f"and(contains(outputs('signals'), {quoted(signal)}), not(equals({figure(prefix, signal)}, '')))"
    last = f"{signal}_count"
    return {
        signal: choose(
            {"equals": [f"@{there}", True]},
            {
                f"{signal}_value": compose(f"@{value}"),
                f"{signal}_beyond": compose(f"@{_beyond(plan, signal)}", after(f"{signal}_value")),
                **_counted(plan, signal, identity),
                f"{signal}_tell": publish(
                    plan.region,
                    ENDPOINT,
                    breaches(signal),
                    f"outputs('{last}')",
                    identity,
                    run_after=after(last),
                ),
            },
            run_after=after(before),
        )
    }


def _beyond(plan: MonitorPlan, signal: Signal) -> str:
    spec = getattr(plan.spec, signal)
    value, below = f"outputs('{signal}_value')", getattr(spec, "below", None)
    if below is not None:
        return f"less({value}, {_number(below)})"
    return f"greater({value}, {_number(spec.above.fraction if signal == 'data_quality' else spec.above)})"


def _number(value: float) -> str:
    """A number as an expression has it, in digits alone."""
    return f"{Decimal(repr(float(value))).normalize():f}"


def first_points(read: str) -> str:
    """Expression of the points of a metric's one series; none where there is no series."""
    none = f"createArray({NOTHING})"
    found = f"first(union(coalesce(body('{read}')?['value'], {EMPTY}), {none}))"
    series = f"first(union(coalesce({found}?['timeseries'], {EMPTY}), {none}))"
    return f"coalesce({series}?['data'], {EMPTY})"


def _counted(plan: MonitorPlan, signal: Signal, identity: str) -> Actions:
    """
    Count the last windows beyond the bound, this one included: an alert of Azure Monitor on a metric can't.

    Each window's verdict is a metric too, 1 or 0; two looks at one window are one.
    """
    spec = getattr(plan.spec, signal)
    beyond, count = f"outputs('{signal}_beyond')", f"{signal}_count"
    if spec.windows.of == 1:
        return {count: compose(f"@if({beyond}, 1, 0)", after(f"{signal}_beyond"))}
    window = "string(div(ticks({}), " + str(spec.every.seconds * 10_000_000) + "))"  # the number of a moment's window
    verdict = publish(
        plan.region,
        ENDPOINT,
        _breach(signal),
        f"if({beyond}, 1, 0)",
        identity,
        run_after=after(f"{signal}_beyond"),
    )
    known = f"createArray(200, 400), coalesce(outputs('{signal}_before')?['statusCode'], 0)"
    this = f"if({beyond}, createArray({window.format('utcNow()')}), {EMPTY})"
    lost = f"the windows of {signal} before this one can not be read"
    return {
        f"{signal}_verdict": verdict,
        f"{signal}_before": _verdicts(plan, signal, identity, after(f"{signal}_verdict")),
        # the metric is not there before its first number can be read, and Azure Monitor answers 400
        f"{signal}_readable": choose(
            {"equals": [f"@contains({known})", True]},
            {},
            {f"{signal}_unreadable": fail("MonitorFailed", lost)},
            run_after=after(f"{signal}_before", status=("Succeeded", "Failed")),
        ),
        f"{signal}_bad": chosen(
            first_points(f"{signal}_before"),
            "equals(coalesce(item()?['maximum'], 0), 1)",
            after(f"{signal}_readable"),
        ),
        f"{signal}_numbers": select(
            f"@body('{signal}_bad')", "@" + window.format("item()?['timeStamp']"), after(f"{signal}_bad")
        ),
        count: compose(f"@length(union(body('{signal}_numbers'), {this}))", after(f"{signal}_numbers")),
    }


def _verdicts(plan: MonitorPlan, signal: Signal, identity: str, run_after: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for the verdicts on the windows before this one that count."""
    spec = getattr(plan.spec, signal)
    seconds = spec.every.seconds * spec.windows.of - spec.every.seconds // 2
    start, end = MOMENT.format(f"addSeconds(utcNow(), -{seconds})"), MOMENT.format("utcNow()")
    asked = f"{_breach(signal)}&metricnamespace={CUSTOM}&aggregation=Maximum&interval=PT5M&timespan="
    return http("GET", f"{METRICS}{asked}', {start}, '/', {end})", identity, run_after=run_after)
