"""Plays what a materialization on AWS calls: Athena over a source and an offline store, and the feature group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.truth.aws_states import EXECUTION, StateError

__all__ = ["FakeFeatureStore"]


@dataclass
class FakeFeatureStore:
    """
    One view's source and feature group.

    Attributes:
        rows: What Athena finds to be new, as the columns c0, c1 and on of its result.
        age: Seconds of the newest value; None where there is none.
        others: Executions of the machine that were started before this one and still run.
        fails: Operation to the errors that its next calls end in.
        records: What was put.
        metrics: What was published.
    """

    rows: list[dict[str, str]] = field(default_factory=list)
    age: int | None = 60
    others: int = 0
    fails: dict[str, list[StateError]] = field(default_factory=dict)
    records: list[dict[str, str]] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)

    def __call__(self, _service: str, operation: str, arguments: dict[str, Any]) -> Any:
        name = operation.removesuffix(".sync")
        if self.fails.get(name):
            raise self.fails[name].pop(0)
        return getattr(self, f"_{name[0].lower()}{name[1:]}")(arguments)

    def _listExecutions(self, arguments: dict[str, Any]) -> Any:
        assert arguments["StatusFilter"] == "RUNNING"
        before = [{"ExecutionArn": f"{EXECUTION}-{n}"} for n in range(self.others)]
        return {"Executions": [{"ExecutionArn": EXECUTION}, *before]}  # the newest first

    def _startQueryExecution(self, arguments: dict[str, Any]) -> Any:
        self.queries.append(arguments["QueryString"])
        found = f"q-{len(self.queries)}"
        place = {"OutputLocation": f"s3://store/athena/{found}.csv"}
        return {"QueryExecution": {"QueryExecutionId": found, "ResultConfiguration": place}}

    def _getObject(self, arguments: dict[str, Any]) -> Any:
        assert arguments["Key"] == "athena/q-1.csv", arguments
        return self.rows

    def _putRecord(self, arguments: dict[str, Any]) -> Any:
        self.records.append({value["FeatureName"]: value["ValueAsString"] for value in arguments["Record"]})
        return {}

    def _getQueryResults(self, arguments: dict[str, Any]) -> Any:
        assert arguments["QueryExecutionId"] == "q-2"
        datum = {} if self.age is None else {"VarCharValue": str(self.age)}
        return {"ResultSet": {"Rows": [{"Data": [{"VarCharValue": "_col0"}]}, {"Data": [datum]}]}}

    def _putMetricData(self, arguments: dict[str, Any]) -> Any:
        self.metrics += [{**metric, "Namespace": arguments["Namespace"]} for metric in arguments["MetricData"]]
        return {}
