"""A stack on Azure and what it is expected to cost, for the tests of its estimate."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from groundplan.testing import Planned
from groundplan.testing.planned import plan_blueprint

__all__ = ["BLUEPRINT", "WATCHED", "plan", "row", "rows", "total"]

BLUEPRINT: dict[str, Any] = {
    "apiVersion": "groundplan/v1",
    "name": "fraud",
    "owner": "risk-ml",
    "training": {
        "net": {
            "runtime": "sklearn",
            "machine": {"cpu": 4, "memory": "16GiB"},
            "spot": False,
            "max_run": "2h",
            "inputs": {"train": "data/payments/train/"},
        }
    },
    "registry": {"approval": "automatic"},
    "endpoints": {"scorer": {"model": "net", "scale": {"min": 1, "max": 4}, "capture": {"sample": "100%"}}},
    "alerts": {"email": ["risk-ml@example.com"]},
}
WATCHED: dict[str, Any] = {"scorer": {"drift": {"above": 0.2, "every": "6h"}, "data_quality": {"every": "6h"}}}


def plan(*, region: str = "westeurope", **sections: Any) -> Planned:
    """`BLUEPRINT` with other sections in production; None takes one away."""
    asked = {key: value for key, value in {**BLUEPRINT, **sections}.items() if value is not None}
    return _plan(json.dumps(asked), region)


@cache
def _plan(text: str, region: str) -> Planned:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "blueprint.yaml"
        path.write_text(text)
        return plan_blueprint(path, "prod", "azure", region)


def rows(planned: Planned, component: str = "") -> list[dict[str, Any]]:
    """Lines of the estimate, of one component or of all."""
    parts = planned.document["cost"]["components"]
    return [row for part in parts if component in ("", part["name"]) for row in part["rows"]]


def row(planned: Planned, item: str, component: str = "") -> dict[str, Any]:
    """The one line of that item."""
    found = [row for row in rows(planned, component) if row["item"] == item]
    assert 1 == len(found), f"{item}: {len(found)} of {sorted({row['item'] for row in rows(planned, component)})}"
    return found[0]


def total(planned: Planned, component: str = "") -> float:
    """USD that are expected of services, without machines."""
    return sum(row["amount"] for row in rows(planned, component) if row["unit"] != "machine-hour")
