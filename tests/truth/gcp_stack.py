"""The fraud-detection example with a monitor and a pipeline, planned on Google Cloud, and a project that holds it."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from ruamel.yaml import YAML

from groundplan.testing import Planned, plan_blueprint
from tests.truth.blueprints import written
from tests.truth.gcp_loop import LoopProject, moment

__all__ = ["COLUMNS", "MONITOR", "PIPELINE", "asked", "baseline", "planned", "project", "rows"]

P = TypeVar("P", bound=LoopProject)
EXAMPLE = Path("blueprints/fraud-detection.yaml")
COLUMNS = ("amount", "hour", "country")
MONITOR: Mapping[str, Any] = {
    "drift": {"metric": "psi", "above": 0.2, "windows": "2 of 3"},
    "data_quality": {"above": "5%", "windows": "1 of 1"},
    "on_breach": "retrain",
}
PIPELINE: Mapping[str, Any] = {
    "train": "fraud-xgb",
    "on": ["scorer.drift", "data"],
    "expect": {"rows": {"at_least": 10}, "columns": {"amount": {"min": 0, "missing": "5%"}}},
    "gate": {"metric": "auc", "by": 0.005},
    "deploy": "scorer",
    "approval_wait": "2d",
}


@cache
def _planned(text: str) -> Planned:
    changes = json.loads(text)
    blueprint = YAML(typ="safe", pure=True).load(EXAMPLE.read_text("utf-8"))
    blueprint["environments"] = {"prod": {}}
    del blueprint["monitoring"], blueprint["pipelines"]  # each test says its own
    blueprint["training"]["fraud-xgb"].pop("tuning", None)  # likewise
    for section, names in changes.items():
        held = blueprint.setdefault(section, {})
        for name, fields in names.items():
            whole = {**held.get(name, {}), **fields} if isinstance(fields, dict) else fields
            held[name] = {k: v for k, v in whole.items() if v is not None} if isinstance(whole, dict) else whole
    with TemporaryDirectory() as folder:
        path = Path(folder, "fraud.yaml")
        path.write_text(written(blueprint), "utf-8")
        return plan_blueprint(path, "prod", "gcp")


def planned(
    monitor: Mapping[str, Any] | None = MONITOR, pipeline: Mapping[str, Any] | None = PIPELINE, **sections: Any
) -> Planned:
    """The stack, with fields of its sections changed, and without those that are None."""
    changes = {**sections}
    if monitor:
        starts = {} if pipeline else {"on_breach": "alert"}
        changes["monitoring"] = {"scorer": {**monitor, **starts}}
    if pipeline:
        changes["pipelines"] = {**changes.get("pipelines", {}), "nightly": dict(pipeline)}
    return _planned(json.dumps(changes))


def rows(count: int, shift: float = 0, seed: int = 7) -> list[list[Any]]:
    """Payments: amount, hour, country."""
    draw = random.Random(seed)  # noqa: S311 no secret
    return [[draw.gauss(100 + shift, 20), draw.randrange(24), draw.choice(["in", "de", "us"])] for _ in range(count)]


def baseline(project: LoopProject, count: int = 500, *, header: Sequence[str] = (*COLUMNS, "label")) -> None:
    """What the model was trained on, in both of the training's inputs."""
    data = project.planned.one("gcp:storage/bucket:Bucket", "data").inputs["name"]
    for folder in ("train", "validation"):
        path = project.store / data / "data/payments" / folder / "rows.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows([*row, int(row[0] > 110)] for row in rows(count))


def asked(at: str, count: int = 200, shift: float = 0) -> list[dict[str, Any]]:
    """What the endpoint recorded at a moment, as BigQuery exports it, and that moment under `at`."""
    return [
        {
            "at": moment(at) + index % 3600,
            "deployed_model_id": "7000",
            "logging_time": at.replace("T", " ").replace("Z", " UTC"),
            "request_id": str(10_000 + index),
            "request_payload": [json.dumps(row)],
            "response_payload": [json.dumps(0.9 if row[0] > 110 else 0.1)],
        }
        for index, row in enumerate(rows(count, shift, seed=int(moment(at)) % 1000))
    ]


def project(folder: Path, stack: Planned, kind: type[P] = LoopProject, **more: Any) -> P:
    """A project with the stack in it, whose data are there."""
    made = kind(planned=stack, store=folder / "store", root=folder / "machines", **more)
    baseline(made)
    return made
