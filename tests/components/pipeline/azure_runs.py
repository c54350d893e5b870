"""Pipelines of Azure, run against a fake account."""

from __future__ import annotations

from typing import Any

from groundplan.testing import Planned
from tests.truth.azure_loop import Loop, Nested
from tests.truth.azure_loop_plans import plan, start
from tests.truth.azure_workflows import Run

ALERT = "azure-native:monitor:MetricAlert"
CHAIN: dict[str, Any] = {
    "train": "fraud-xgb",
    "deploy": "scorer",
    "expect": {"rows": {"at_least": 3}, "columns": {"amount": {"min": 0, "missing": "10%"}}},
    "gate": {"metric": "auc", "by": 0.01},
}
WATCH = {"scorer": {"drift": {}, "on_breach": "retrain"}}
GOOD = {"groundplan.accepted": "1", "groundplan.candidate": "0.93", "groundplan.champion": "0.9"}
CHAMPION = {"stage": "Approved", "modelUri": "azureml://datastores/artifacts/paths/models/fraud-xgb/7"}


def a_pipeline(approval: str = "manual", watch: dict[str, Any] | None = None, **chain: Any) -> Planned:
    asked = {key: value for key, value in {**CHAIN, **chain}.items() if value is not None}
    return plan(registry={"approval": approval}, pipelines={"retrain": asked}, monitoring=watch or {})


def account(**how: Any) -> Loop:
    """A cloud on which version 7 serves, and on which all goes well."""
    apps = {"runs": Nested(), "release": Nested(), "pipeline": Nested()}
    good: dict[str, Any] = {
        "steps": lambda _name, _job: ("Completed", GOOD),
        "serves": "7",
        "versions": {"7": dict(CHAMPION)},
        "decide": (7200, "Approved"),
        "workflows": apps,
    }
    return Loop(**{**good, **how, "workflows": {**apps, **how.get("workflows", {})}})


def started(azure: Loop, body: dict[str, Any] | None = None, planned: Planned | None = None) -> Run:
    return start(planned or a_pipeline(), "retrain-pipeline", azure, body or {})


def told_of(azure: Loop) -> dict[str, int]:
    """How often people were told of what."""
    assert all({"pipeline": "retrain"} == by for by in azure.dimensions.values())
    return {name.removeprefix("pipeline_"): len(found) for name, found in azure.numbers.items()}
