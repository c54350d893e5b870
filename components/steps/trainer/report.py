"""How a step tells what it found: a file for people, lines for the log, tags for Azure ML."""

from __future__ import annotations

import json
import math
from importlib import import_module
from pathlib import Path
from typing import Any, Mapping

__all__ = ["numbers", "tell"]

TABLES = ("data_quality", "drift", "explain")
"""What a report has a line a column of."""
LONGEST = 900
"""
Characters of a reason that a tag of a run holds; the log has all of it.

Source: https://learn.microsoft.com/azure/machine-learning/resource-limits-capacity#runs
"""


def numbers(report: Mapping[str, Any]) -> dict[str, float]:
    """The figures of a report that alarms and gates look at: `metrics` of it, those that are numbers."""
    found = {name: float(value) for name, value in (report.get("metrics") or {}).items() if value is not None}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def tell(report: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """
    Write `report.json`, print each figure as `groundplan: drift=0.31;`, and set tags where MLflow tracks the run.

    `summary.json` is the report without its tables, short enough for what reads it whole: a state machine.

    Azure ML shows a run's tags on its job.
    """
    folder = Path(environment["OUTPUT_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report, indent=2, sort_keys=True, default=str), encoding="utf-8")
    figures = numbers(report)
    summary = {**{key: value for key, value in report.items() if key not in TABLES}, "metrics": figures}
    (folder / "summary.json").write_text(json.dumps(summary, sort_keys=True, default=str), encoding="utf-8")
    for name, value in sorted(figures.items()):
        print(f"groundplan: {name}={value:.10g};", flush=True)
    told = {name: f"{value:.10g}" for name, value in figures.items()}
    reason = report.get("reason") or "; ".join(report.get("failed") or [])
    _tag({**told, **({"reason": reason[:LONGEST]} if reason else {})}, environment)


def _tag(told: Mapping[str, str], environment: Mapping[str, str]) -> None:
    if environment.get("MLFLOW_TRACKING_URI"):
        import_module("mlflow").set_tags({f"groundplan.{name}": text for name, text in told.items()})
