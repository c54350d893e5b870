"""What an endpoint on Google Cloud is measured by: PromQL that answers only while a bound is broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from components.endpoint import EndpointSpec, Metric
from components.units import Percent

__all__ = [
    "CUSTOM",
    "ENDPOINT",
    "FAMILIES",
    "LATE",
    "PREFIX",
    "TASK",
    "WINDOW",
    "Check",
    "Of",
    "either",
    "latency",
    "promised",
    "requests",
    "share",
    "watched",
]

CUSTOM = "custom.googleapis.com/groundplan/"
TASK = "generic_task"
"""
Resource that numbers of one's own are written to.

Each writer has a `task_id` there: `global` has none, and of two points of one series within five seconds the API takes
one. Source: https://cloud.google.com/monitoring/custom-metrics/creating-metrics#write-ts
"""
LATE = 6
"""
Minutes until a measure of Vertex AI can be seen, at the most.

Source: https://cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-aiplatform: of `prediction/online/private/…`
"""
WINDOW = 10
"""Minutes that are looked at together: at least four of them can be seen."""

ENDPOINT = "aiplatform.googleapis.com/Endpoint"
# Vertex AI tells requests under one of two names, by how the endpoint is reached, and does not tell which for one that
# Private Service Connect leads to. A query is of both, and the one without data adds nothing.
FAMILIES = ("", "private_")
PREFIX = "aiplatform_googleapis_com:prediction_online_"


@dataclass(frozen=True)
class Of:
    """
    Whose requests are measured, and how long.

    Attributes:
        endpoint: Its number.
        deployed: Id of one model that is deployed to it; empty: all of them.
        version: The version that it is of, for numbers of one's own; empty: all of them.
        window: Span that is looked at.
    """

    endpoint: str
    deployed: str = ""
    version: str = ""
    window: str = f"{WINDOW}m"

    families: ClassVar[Sequence[str]] = FAMILIES
    """Names that requests may be counted under."""
    serves: ClassVar[str] = "deployed_model_id"
    """Label that says what answered."""

    def measure(self, name: str, **labels: str) -> str:
        """What is measured under a name; a label's value is a regular expression."""
        wanted = [f'monitored_resource="{ENDPOINT}"', f'endpoint_id="{self.endpoint}"']
        wanted += [f'deployed_model_id="{self.deployed}"'] if self.deployed else []
        wanted += [f'{key}=~"{value}"' for key, value in labels.items()]
        return f"{PREFIX}{name}{{{','.join(wanted)}}}"

    def series(self, name: str, **labels: str) -> str:
        """What was counted of it in the window."""
        return f"increase({self.measure(name, **labels)}[{self.window}])"


Query = Callable[[Of], str]


@dataclass(frozen=True)
class Check:
    """
    A bound that is watched.

    Attributes:
        name: Part of `slo`, or metric of `rollout`.
        bound: When it is broken, such as `more than 1%`.
        unit: What a measure is followed by.
        query: Gives the measure while it is beyond the bound, and nothing otherwise: idle endpoints break none.
    """

    name: str
    bound: str
    unit: str
    query: Query


def promised(spec: EndpointSpec) -> list[Check]:
    """A check for each part of `slo`."""
    slo, found = spec.slo, []
    if slo and slo.latency_p99:
        milliseconds = slo.latency_p99.milliseconds
        found.append(Check("latency_p99", f"more than {milliseconds} ms", " ms", _latency(milliseconds)))
    if slo and slo.errors:
        found.append(Check("errors", f"more than {slo.errors}", "%", _errors(slo.errors)))
    if slo and slo.availability:
        found.append(Check("availability", f"less than {slo.availability}", "%", _availability(slo.availability)))
    return found


def watched(name: str, metric: Metric, stack: str, endpoint: str) -> Check:
    """A check of a number of one's own, as `docs/metrics.md` has it published."""
    high = metric.below is None
    bound = _number(metric.above if metric.below is None else metric.below)
    of = f'monitored_resource="{TASK}",stack="{stack}",endpoint="{endpoint}"'

    def query(on: Of) -> str:
        version = f',version=~"{on.version}|"' if on.version else ""  # or of no version
        minute = f"avg(avg_over_time(custom_googleapis_com:groundplan_{name}{{{of}{version}}}[1m]))"
        extreme = "max" if high else "min"
        return f"{extreme}_over_time({minute}[{on.window}:1m]) {'>' if high else '<'} {bound}"

    return Check(name, f"{'more' if high else 'less'} than {bound}", "", query)


def requests(on: Of) -> str:
    """How many requests there were, where there were any."""
    return either(on, lambda family: f"sum({on.series(family + 'response_count')}) > 0")


def either(on: Of, query: Callable[[str], str]) -> str:
    """A query under each of the names that requests may be counted under: one of them has data."""
    return " or ".join(f"({query(family)})" for family in on.families)


def _latency(most: int) -> Query:
    return lambda on: either(on, lambda family: f"{latency(on, family, '0.99')} > {most}")


def latency(on: Of, family: str, quantile: str) -> str:
    """Milliseconds within which so many of the requests were answered, under one of `FAMILIES`."""
    # `total` is all of the time in the service; the private measure has no other
    kind = {} if family else {"latency_type": "total"}
    return f"histogram_quantile({quantile}, sum by (le) ({on.series(f'{family}prediction_latencies_bucket', **kind)}))"


def share(on: Of, family: str, codes: str) -> str:
    """Share of the requests that got an answer of these codes, in hundredths, under one of `FAMILIES`."""
    name = f"{family}response_count"
    # a class such as 5xx, or the code itself
    return f"100 * sum({on.series(name, response_code=codes)}) / sum({on.series(name)})"


def _errors(most: Percent) -> Query:
    return lambda on: either(on, lambda family: f"{share(on, family, '[45]..')} > {_number(most.value)}")


def _availability(least: Percent) -> Query:
    return lambda on: either(on, lambda family: f"100 - {share(on, family, '5..')} < {_number(least.value)}")


def _number(value: float | None) -> str:
    return f"{value:.15g}"
