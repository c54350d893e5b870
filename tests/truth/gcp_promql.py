"""PromQL as Cloud Monitoring evaluates it: the part that we use, strictly, over measures that Google documents."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

__all__ = ["MEASURES", "Measure", "Point", "evaluate", "metric_type"]

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]


@dataclass(frozen=True)
class Measure:
    """A metric type: its kind and type of value, the resource it is of, and all of its labels."""

    kind: str
    values: str
    resource: str
    labels: frozenset[str]


_ENDPOINT = "aiplatform.googleapis.com/Endpoint"
# Source: https://cloud.google.com/monitoring/api/resources#tag_aiplatform.googleapis.com/Endpoint
_OF_ENDPOINT = frozenset({"resource_container", "location", "endpoint_id"})
_SEEN = _OF_ENDPOINT | {"deployed_model_id", "spot", "model_display_name", "endpoint_display_name"}
_ONLINE = "aiplatform.googleapis.com/prediction/online/"
_WORKFLOW = "workflows.googleapis.com/Workflow"
_OF_WORKFLOW = frozenset({"resource_container", "location", "workflow_id", "revision_id", "status"})
_POOL = "aiplatform.googleapis.com/DeploymentResourcePool"
_RUN = "cloud_run_revision"
# Source: https://cloud.google.com/monitoring/api/resources#tag_cloud_run_revision, and of requests their own labels
_OF_REVISION = frozenset({"project_id", "location", "service_name", "revision_name", "configuration_name"})
_REQUESTED = _OF_REVISION | {"response_code", "response_code_class", "route"}
GAUGES = ("_replicas", "_cpu_utilization", "_accelerator_duty_cycle", "_instance_count")
"""How the PromQL names end of what a chart shows as it is."""
MEASURES: Mapping[str, Measure] = {
    # Source: https://cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-aiplatform. Latencies are in milliseconds;
    # response_code is a class (5xx) or, of private ones, the code.
    f"{_ONLINE}prediction_latencies": Measure("DELTA", "DISTRIBUTION", _ENDPOINT, _SEEN | {"latency_type"}),
    f"{_ONLINE}response_count": Measure("DELTA", "INT64", _ENDPOINT, _SEEN | {"response_code"}),
    f"{_ONLINE}private/prediction_latencies": Measure(
        "DELTA", "DISTRIBUTION", _ENDPOINT, _OF_ENDPOINT | {"deployed_model_id"}
    ),
    f"{_ONLINE}private/response_count": Measure(
        "DELTA", "INT64", _ENDPOINT, _OF_ENDPOINT | {"deployed_model_id", "response_code"}
    ),
    # Source: https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-workflows and, of the resource,
    # https://cloud.google.com/monitoring/api/resources#tag_workflows.googleapis.com/Workflow
    "workflows.googleapis.com/finished_execution_count": Measure("DELTA", "INT64", _WORKFLOW, _OF_WORKFLOW),
    **{
        f"{_ONLINE}{name}": Measure("GAUGE", "DOUBLE", _ENDPOINT, _SEEN)
        for name in ("replicas", "cpu/utilization", "accelerator/duty_cycle")
    },
    **{
        f"{_ONLINE}deployment_resource_pool/{name}": Measure(
            "GAUGE",
            "DOUBLE",
            _POOL,
            frozenset({"resource_container", "location", "deployment_resource_pool_id", "replica_id", "spot"}),
        )
        for name in ("replicas", "cpu/utilization", "accelerator/duty_cycle")
    },
    # Source: https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run. Latencies are in milliseconds
    "run.googleapis.com/request_count": Measure("DELTA", "INT64", _RUN, _REQUESTED),
    "run.googleapis.com/request_latencies": Measure("DELTA", "DISTRIBUTION", _RUN, _REQUESTED),
    "run.googleapis.com/container/instance_count": Measure("GAUGE", "INT64", _RUN, _OF_REVISION | {"state"}),
    **{
        f"run.googleapis.com/container/{name}/utilizations": Measure(
            "DELTA", "DISTRIBUTION", _RUN, _OF_REVISION | {"container_name"}
        )
        for name in ("cpu", "memory")
    },
    "workflows.googleapis.com/execution_times": Measure("DELTA", "DISTRIBUTION", _WORKFLOW, _OF_WORKFLOW),
    # Source: https://cloud.google.com/monitoring/api/resources#tag_generic_task, and the labels of our own
    "custom.googleapis.com/groundplan/": Measure(
        "GAUGE",
        "DOUBLE",
        "generic_task",
        frozenset({"location", "namespace", "job", "task_id", "stack", "endpoint", "version"}),
    ),
}


@cache
def metric_type(name: str) -> tuple[str, Measure]:
    """
    The metric type that a PromQL name stands for.

    Raises:
        LookupError: None that we know, or not as its values are asked for.

    Source: https://cloud.google.com/monitoring/promql/promql-mapping
    """
    if name.startswith("custom_googleapis_com:groundplan_") and name.endswith("_feature_age_seconds"):
        return name, Measure("GAUGE", "DOUBLE", "global", frozenset({"view"}))
    for type_, measure in MEASURES.items():
        prefix = re.sub(r"[^\w:]", "_", type_.replace("/", ":", 1))
        if type_.endswith("/") and name.startswith(prefix):
            return type_ + name.removeprefix(prefix), measure
        if name == prefix + ("_bucket" if measure.values == "DISTRIBUTION" else ""):
            return type_, measure
    raise LookupError(f"{name} is no measure that Google documents")


@dataclass(frozen=True)
class Point:
    """One value of a series, at a second."""

    name: str
    labels: Mapping[str, str]
    at: float
    value: float


_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?:e[-+]?\d+)?)|(?P<string>"[^"]*")|(?P<name>[a-zA-Z_:][\w:]*)"""
    r"""|(?P<op>=~|!=|<=|>=|[-+*/<>(){}\[\],=]))"""
)
_RANGE = re.compile(r"\s*\[(\d+)([mh])(:1m)?\](?: offset (\d+)h)?")
_COMPARE: dict[str, Callable[[float, float], bool]] = {">": operator.gt, "<": operator.lt, ">=": operator.ge}
_REDUCE: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "max": max,
    "min": min,
    "count": len,
    "last": lambda values: values[-1],
}


@cache
def _word(text: str, at: int) -> tuple[str, int]:
    """What stands there, and where it ends; at 0, it is no word but all the rest."""
    match = _TOKEN.match(text, at)
    return (match[0].strip(), match.end()) if match else (text[at:].strip(), 0)


@dataclass
class _Reader:
    """Evaluates while it reads: `now` is in seconds, and points after it are not there yet."""

    text: str
    points: list[Point]
    now: float
    at: int = 0
    seen: set[str] = field(default_factory=set)

    def peek(self) -> str:
        return _word(self.text, self.at)[0]

    def take(self, wanted: str = "") -> str:
        word, end = _word(self.text, self.at)
        assert end, f"can't read {self.text[self.at :]!r}"
        assert wanted in ("", word), f"{wanted} expected in {self.text!r} at {self.at}, not {word}"
        self.at = end
        return word

    def union(self) -> Any:
        left = self.intersection()
        while self.peek() == "or":
            self.take()
            right = self.intersection()
            left = {**right, **left}
        return left

    def intersection(self) -> Any:
        left = self.comparison()
        while self.peek() == "and":
            self.take()
            right = self.comparison()
            left = {labels: value for labels, value in left.items() if labels in right}
        return left

    def comparison(self) -> Any:
        left = self.sum()
        if self.peek() not in _COMPARE:
            return left
        holds, right = _COMPARE[self.take()], self.sum()
        return {labels: value for labels, value in left.items() if holds(value, right)}

    def sum(self) -> Any:
        left = self.product()
        while self.peek() in ("+", "-"):
            left = _binary(operator.add if self.take() == "+" else operator.sub, left, self.product())
        return left

    def product(self) -> Any:
        left = self.atom()
        while self.peek() in ("*", "/"):
            left = _binary(operator.mul if self.take() == "*" else _divide, left, self.atom())
        return left

    def atom(self) -> Any:
        if self.peek() == "(":
            self.take()
            value = self.union()
            self.take(")")
            return value
        if self.peek().endswith(GAUGES):
            return {labels: value for labels, at, value in self._selected() if self.now - 300 < at <= self.now}
        word = self.take()
        if word == "-":
            return -float(self.take())
        if word[0].isdigit():
            return float(word)
        if word in ("sum", "avg", "count", "max", "min"):
            return self._aggregate(word)
        if word == "vector":
            self.take("(")
            value = float(self.take())
            self.take(")")
            return {frozenset(): value}
        if word == "histogram_quantile":
            self.take("(")
            share = self.union()
            self.take(",")
            buckets = self.union()
            self.take(")")
            return _quantile(share, buckets)
        over = re.fullmatch(r"(avg|max|min|last)_over_time|increase|(rate)", word)
        assert over, f"{word} is no function that we use"
        return self._over(over[1] or over[2] or "sum")

    def _aggregate(self, word: str) -> Vector:
        by: frozenset[str] = frozenset()
        if self.peek() == "by":
            self.take()
            self.take("(")
            by = frozenset({self.take()})
            self.take(")")
        self.take("(")
        vector = self.union()
        self.take(")")
        groups: dict[Labels, list[float]] = {}
        for labels, value in vector.items():
            groups.setdefault(frozenset(pair for pair in labels if pair[0] in by), []).append(value)
        return {labels: _REDUCE[word](values) for labels, values in groups.items()}

    def _over(self, how: str) -> Vector:
        self.take("(")
        start = self.at
        vectors: list[Vector] = []
        if re.match(r"\s*\w+:\w+\{", self.text[self.at :]):
            series = self._selected()
            minutes, subquery, ago = self._range()
            assert not subquery, "a selector has a range"
            until = self.now - 60 * ago
            vectors = [{labels: v} for labels, at, v in sorted(series, key=_at) if until - 60 * minutes < at <= until]
        else:
            self.union()
            minutes, subquery, ago = self._range()
            assert subquery, "an expression has a subquery"
            assert not ago, "none of ours is of an earlier time"
            end = self.at
            for back in range(minutes):
                vectors.append(_Reader(self.text, self.points, self.now - 60 * back, start, self.seen).union())
            self.at = end
        self.take(")")
        found: dict[Labels, list[float]] = {}
        for vector in vectors:
            for labels, value in vector.items():
                found.setdefault(labels, []).append(value)
        if how == "rate":
            return {labels: sum(values) / (60 * minutes) for labels, values in found.items()}
        return {labels: _REDUCE[how](values) for labels, values in found.items()}

    def _range(self) -> tuple[int, bool, int]:
        """Minutes that are looked at, whether one by one, and how many minutes ago they ended."""
        match = _RANGE.match(self.text, self.at)
        assert match, f"a span of minutes expected: {self.text[self.at : self.at + 30]}"
        self.at = match.end()
        return int(match[1]) * (60 if match[2] == "h" else 1), bool(match[3]), 60 * int(match[4] or 0)

    def _selected(self) -> list[tuple[Labels, float, float]]:
        name = self.take()
        type_, measure = metric_type(name)
        self.seen.add(type_)
        self.take("{")
        wanted: list[tuple[str, str, str]] = []
        while self.peek() != "}":
            wanted.append((self.take(), self.take(), self.take().strip('"')))
            if self.peek() == ",":
                self.take()
        self.take("}")
        unknown = {label for label, _, _ in wanted} - measure.labels - {"monitored_resource"}
        assert not unknown, f"{type_} has no label {unknown}"
        assert ("monitored_resource", "=", measure.resource) in wanted, f"{type_} is of {measure.resource}"
        clauses = [clause for clause in wanted if clause[0] != "monitored_resource"]
        return [
            (frozenset(p.labels.items()), p.at, p.value)
            for p in self.points
            if p.name == name and all(_matches(p.labels.get(key, ""), op, value) for key, op, value in clauses)
        ]


def _at(series: tuple[Labels, float, float]) -> float:
    return series[1]


def _matches(value: str, op: str, wanted: str) -> bool:
    return value == wanted if op == "=" else re.fullmatch(wanted, value) is not None


def _divide(a: float, b: float) -> float:
    return a / b if b else float("nan")


def _binary(operation: Callable[[float, float], float], left: Any, right: Any) -> Any:
    if isinstance(left, float) and isinstance(right, float):
        return operation(left, right)
    if isinstance(left, float):
        return {labels: operation(left, value) for labels, value in right.items()}
    if isinstance(right, float):
        return {labels: operation(value, right) for labels, value in left.items()}
    return {labels: operation(value, right[labels]) for labels, value in left.items() if labels in right}


def _quantile(share: float, buckets: Vector) -> Vector:
    """The upper bound of the bucket that it lies in; nothing where nothing was counted."""
    bounds = sorted((float(dict(labels)["le"]), count) for labels, count in buckets.items())
    if not bounds or not bounds[-1][1]:
        return {}
    return {frozenset(): next(bound for bound, count in bounds if count >= share * bounds[-1][1])}


def evaluate(query: str, points: Iterable[Point], now: float) -> tuple[Vector, set[str]]:
    """What a query answers, and the metric types that it is of; anything that we don't use is refused."""
    reader = _Reader(query, list(points), now)
    answer = reader.union()
    assert reader.at == len(query), f"{query[reader.at :]!r} is left over"
    return answer, reader.seen
