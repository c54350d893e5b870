"""What an online endpoint on Azure is measured by: the metrics and the log that alarms and releases look at alike."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from components.endpoint import EndpointSpec, Metric, Slo

__all__ = [
    "CUSTOM",
    "ENDPOINTS",
    "FAILS",
    "LATENCY",
    "SHADOW",
    "TRAFFIC",
    "Bound",
    "Part",
    "bounds",
    "parts",
    "shares",
]

ENDPOINTS = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"

LATENCY = "RequestLatency_P99"
"""
The 99th percentile of a minute's requests, in milliseconds, by `deployment`.

Source: https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-machinelearningservices-workspaces-onlineendpoints-metrics
"""

TRAFFIC = "AmlOnlineEndpointTrafficLog"
"""
A row for each request, with `ResponseCode`, `ModelStatusCode`, `EndpointName` and `DeploymentName`.

Source: https://learn.microsoft.com/azure/azure-monitor/reference/tables/amlonlineendpointtrafficlog
"""

FAILS = "code >= 500 or code == 408 or (code == 424 and toint(ModelStatusCode) >= 500)"
"""
Whether a row is of a request that failed by the endpoint's own fault, in Kusto's words; `code` is its `ResponseCode`.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints#http-status-codes
"""

CUSTOM = "groundplan"
"""Namespace of the team's own numbers, on the endpoint's ARM resource."""

SHADOW = "shadow"
"""Name of the deployment that sees a copy of the traffic; its answers go nowhere, so no promise is about it."""


@dataclass(frozen=True)
class Part:
    """
    What of an endpoint is watched by itself: all that serves, or one of its models, which is a deployment.

    Attributes:
        model: As callers name it; empty where there is only one.
    """

    model: str = ""

    def key(self, name: str) -> str:
        """What a result calls something of this part."""
        return f"{self.model}_{name}" if self.model else name

    def logical(self, component: str) -> str:
        """What names of resources begin with; no component has a `_` in its name."""
        return f"{component}_{self.model}" if self.model else component

    def names(self, component: str) -> tuple[str, ...]:
        """First parts of a physical name."""
        return (component, self.model) if self.model else (component,)

    def label(self, of: str) -> str:
        """The part in words."""
        return f"{self.model} on {of}" if self.model else of

    @property
    def rows(self) -> str:
        """Which rows of `TRAFFIC` are of it, in Kusto's words."""
        return f"DeploymentName =~ '{self.model}'" if self.model else f"DeploymentName != '{SHADOW}'"


def parts(spec: EndpointSpec) -> list[Part]:
    """Each model of an endpoint that has several; else the endpoint as a whole."""
    return [Part(name) for name in sorted(spec.models)] or [Part()]


@dataclass(frozen=True)
class Bound:
    """
    A bound that is watched.

    Attributes:
        name: Part of `slo`, or metric of `rollout`.
        above: Whether it is broken by what is higher, else by what is lower.
        value: In milliseconds, in hundredths, or in the metric's own unit.
        unit: What a measure is followed by.
        column: Of the answer of `shares`; empty where a metric is watched.
        own: Whether the team publishes it.
    """

    name: str
    above: bool
    value: float
    unit: str = ""
    column: str = ""
    own: bool = False

    @property
    def number(self) -> str:
        """The value as an expression has it, in digits alone."""
        return f"{Decimal(repr(self.value)).normalize():f}"

    @property
    def says(self) -> str:
        """The bound in words, as what follows a measure that breaks it."""
        return f"is {'above' if self.above else 'below'} {self.number}{self.unit}"


def bounds(spec: EndpointSpec) -> list[Bound]:
    """All that is watched of an endpoint: each part of `slo`, then each metric of `rollout`."""
    own = spec.rollout.metrics if spec.rollout else {}
    return [*_promised(spec.slo), *(_own(name, own[name]) for name in sorted(own))]


def _promised(slo: Slo | None) -> list[Bound]:
    found: list[Bound] = []
    if slo and slo.latency_p99:
        found.append(Bound("latency_p99", True, float(slo.latency_p99.milliseconds), " ms"))
    if slo and slo.errors:
        found.append(Bound("errors", True, slo.errors.value, "%", "errors"))
    if slo and slo.availability:
        found.append(Bound("availability", False, slo.availability.value, "%", "availability"))
    return found


def _own(name: str, metric: Metric) -> Bound:
    high = metric.below is None
    value = metric.above if metric.below is None else metric.below
    return Bound(name, high, float(value or 0), own=True)


def shares(since: str) -> str:
    """
    Last part of a Kusto query of `TRAFFIC`: the requests, and errors and availability of the latest, in hundredths.

    What the model answers with a failure, the caller gets as a 424, and what it did not answer in time as a 408: both
    are the endpoint's own fault, as a 5xx is elsewhere. The model's own 4xx is not.

    Source: https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints#http-status-codes

    The answer is one row. Without a request nothing is wrong: no error, all of it available.

    Args:
        since: The moment from which on they are the latest, in Kusto's words.
    """
    return (
        f"extend late = TimeGenerated >= {since}, code = toint(ResponseCode)"
        f" | extend fails = {FAILS}"
        " | summarize requests = count(), seen = countif(late), bad = countif(late and code >= 400),"
        " failed = countif(late and fails), TimeGenerated = max(TimeGenerated)"
        " | project TimeGenerated, requests, errors = iff(seen == 0, 0.0, 100.0 * bad / seen),"
        " availability = iff(seen == 0, 100.0, 100.0 - 100.0 * failed / seen)"
    )
