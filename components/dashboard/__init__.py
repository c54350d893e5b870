"""Dashboard: what a stack's endpoints, monitors, trainings and features do, and which of its alarms are raised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import pulumi

from components.base import Component, Result, Spec
from components.dashboard.parity import FEATURES
from components.endpoint import EndpointResult, EndpointSpec
from components.features import FeaturesResult, FeaturesSpec
from components.fields import Name, filled_in
from components.monitoring import MonitoringResult, MonitorSpec

__all__ = [
    "FEATURES",
    "PUBLISHED",
    "Dashboard",
    "DashboardResult",
    "DashboardSpec",
    "Watched",
]

PUBLISHED = {
    "drift": "Drift of inputs",
    "prediction_drift": "Drift of answers",
    "data_quality": "Bad rows",
    "quality": "Quality",
    "bias": "Bias",
    "explain": "Change of weights",
    "rows": "Requests in the window",
}
"""Numbers that monitors publish, as `docs/metrics.md` names them, and what they are called."""

T = TypeVar("T")


class DashboardSpec(Spec):
    """What is shown follows from the rest of the blueprint: there is nothing to write but `{}`."""

    endpoints: dict[Name, EndpointSpec] = filled_in("endpoints", {})
    """Filled in from `endpoints`: what they promise is drawn into the graphs."""
    monitors: dict[Name, MonitorSpec] = filled_in("monitoring", {})
    """Filled in from `monitoring`, likewise."""
    features: FeaturesSpec | None = filled_in("features", None)
    """Filled in from `features`, likewise."""


@dataclass(frozen=True)
class DashboardResult(Result):
    """
    Where to look, on every cloud.

    Attributes:
        dashboard_id: The cloud's own id of the dashboard, or of the first of several.
        url: Where a person opens it; the others are linked in it, or stand beside it.
    """

    dashboard_id: pulumi.Output[str]
    url: pulumi.Output[str]


@dataclass(frozen=True)
class Watched:
    """
    One endpoint of the dashboard.

    Attributes:
        name: In the blueprint.
        spec: What it promises.
        result: What it is.
        monitor: What is watched of its model; None where nothing is.
        model: Which of its models, by the name that a caller gives, where a cloud counts each one's requests apart.
    """

    name: str
    spec: EndpointSpec
    result: EndpointResult
    monitor: MonitorSpec | None
    model: str = ""

    @property
    def published(self) -> list[str]:
        """Numbers that its monitor publishes."""
        signals = set(self.monitor.signals) if self.monitor else set()
        also = {"prediction_drift"} if "drift" in signals else set()
        return [name for name in PUBLISHED if name in signals | also] + (["rows"] if signals else [])

    @property
    def bounds(self) -> list[tuple[str, float]]:
        """What breaches each of them: in words, and in the unit that they are published in."""
        monitor, found = self.monitor, []
        if monitor and monitor.drift:
            found.append((f"drift above {monitor.drift.above:g}", monitor.drift.above))
        if monitor and monitor.data_quality:
            found.append((f"bad rows above {monitor.data_quality.above}", monitor.data_quality.above.fraction))
        if monitor and monitor.quality:
            side = "above" if monitor.quality.below is None else "below"
            bound = float(getattr(monitor.quality, side))
            found.append((f"{monitor.quality.metric} {side} {bound:g}", bound))
        if monitor and monitor.bias:
            found.append((f"bias above {monitor.bias.above:g}", monitor.bias.above))
        if monitor and monitor.explain:
            found.append((f"change of weights above {monitor.explain.above:g}", monitor.explain.above))
        return found


class Dashboard(Component):
    """Base of `aws.py`, `gcp.py`, `azure.py`: same spec in, same result out."""

    capability: ClassVar[str] = "dashboard"
    section: ClassVar[str] = "dashboard"
    singleton: ClassVar[bool] = True
    spec: DashboardSpec
    result: DashboardResult

    @property
    def title(self) -> str:
        """What people find it by."""
        return f"{self.context.blueprint} {self.context.environment}"

    def watched(self) -> list[Watched]:
        """The endpoints of the stack, by name."""
        found = self.of(EndpointResult)
        return [
            Watched(name, self.spec.endpoints.get(name) or EndpointSpec(model=name), made, self.spec.monitors.get(name))
            for name, made in found.items()
        ]

    def of(self, kind: type[T]) -> dict[str, T]:
        """Results of a kind by the name that the blueprint has for them."""
        known = sorted(self.needs.items())
        return {label.partition("/")[2] or label: made for label, made in known if isinstance(made, kind)}

    def alarms(self) -> Iterator[tuple[str, pulumi.Output[str]]]:
        """Every alarm of the stack: what it is of, and its id."""
        for name, endpoint in self.of(EndpointResult).items():
            for key, alarm in {**endpoint.alarm_ids, **endpoint.burn_alarm_ids}.items():
                yield f"{name} {key}", alarm
        for name, monitor in self.of(MonitoringResult).items():
            for signal, alarm in monitor.alarm_ids.items():
                yield f"{name} {signal}", alarm
        for store in self.of(FeaturesResult).values():
            for view, made in store.views.items():
                if (alarm := made.get("freshness_alarm_id")) is not None:
                    yield f"{view} freshness", alarm
