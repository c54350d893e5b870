"""Stacks on AWS whose price the tests look at."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from blueprints import load
from components.base import Cloud
from groundplan.cost.estimate import estimate
from groundplan.plan import document
from groundplan.target import Target, offline_place

__all__ = ["EVERYTHING", "SMALL", "cost", "rows"]

MACHINE = {"cpu": 4, "memory": "16GiB"}
TRAINING: dict[str, Any] = {"runtime": "tensorflow", "machine": MACHINE, "restartable": True, "max_run": "90m"}
SMALL: dict[str, Any] = {"training": {"net": TRAINING}, "endpoints": {"now": {"model": "net", "machine": MACHINE}}}
"""One training, one endpoint."""
DRIFT = {"metric": "psi", "above": 0.2, "every": "6h"}
QUALITY = {"labels": "data/labels/", "metric": "auc", "below": 0.9, "delay": "24h"}
ETA = {"eta": {"float": [0.1, 0.3]}}
TUNING = {"objective": "auc", "goal": "maximize", "trials": 20, "parallel": 4, "parameters": ETA}
EVERYTHING: dict[str, Any] = {
    "registry": {"approval": "manual"},
    "features": {
        "entities": {"customer": {"key": "customer_id"}},
        "views": {
            "spending": {
                "entity": "customer",
                "source": "data/spending/",
                "event_time": "ts",
                "schema": {"mean": "float", "count": "int"},
                "online": {"ttl": "30d"},
                "materialize": {"every": "1h"},
                "freshness": "2h",
            }
        },
    },
    "tracking": {"experiments": ["trials"]},
    "training": {
        "net": {**TRAINING, "inputs": {"train": "data/train/"}, "tuning": TUNING},
        "home": TRAINING,
        "travel": TRAINING,
    },
    "endpoints": {
        "now": {
            "model": "net",
            "image": "serve:2",
            "machine": MACHINE,
            "scale": {"min": 2, "max": 4},
            "capture": {"sample": "50%", "retain": "30d"},
            "slo": {"latency_p99": "200ms", "errors": "1%"},
            "rollout": {"steps": ["10%", "50%"], "bake": "15m"},
        },
        "later": {"model": "home", "form": "async", "scale": {"min": 0, "max": 3}},
        "seldom": {"model": "home", "form": "serverless", "memory": "2GiB"},
        "both": {"models": {"home": "home", "travel": "travel"}, "machine": MACHINE},
    },
    "batch": {
        "nightly": {
            "model": "home",
            "input": "data/in/",
            "output": "data/out/",
            "machine": MACHINE,
            "schedule": "daily 01:30",
            "on": "data",
        }
    },
    "monitoring": {"now": {"drift": DRIFT, "quality": QUALITY}},
    "pipelines": {
        "refresh": {
            "train": "net",
            "schedule": "weekly sunday 02:00",
            "on": ["data"],
            "expect": {"rows": {"at_least": 100}},
            "gate": {"metric": "auc", "better_than": "champion"},
            "deploy": "now",
        }
    },
    "notebooks": {"explore": {"users": ["asha@example.com"]}},
    "alerts": {"email": ["ml@example.com"], "webhook": "secret/chat"},
    "budget": {"monthly_usd": 5000},
    "dashboard": {},
}
"""Every section that AWS has something for."""


def _target(stack: dict[str, Any], usage: dict[str, Any]) -> Target:
    known = {"apiVersion": "groundplan/v1", "name": "priced", "owner": "risk-ml", "usage": usage}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "priced.yaml"
        path.write_text(json.dumps({**known, **stack}))
        source = load(path)
    resolved = source.resolve("dev", Cloud.AWS)
    return Target(source, resolved, "dev", Cloud.AWS, offline_place(Cloud.AWS, []), "2026-11", "")


@cache
def _planned(stack: str) -> dict[str, Any]:
    return document.plan(_target(json.loads(stack), {}))


def cost(stack: dict[str, Any], usage: dict[str, Any] | None = None) -> dict[str, Any]:
    """The cost of a stack; it is planned once, as what is assumed of its use changes no resource."""
    planned = _planned(json.dumps(stack, sort_keys=True))
    return estimate(_target(stack, usage or {}), planned["resources"], planned["outputs"])


def rows(found: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Component and item to row."""
    return {(part["name"], row["item"]): row for part in found["components"] for row in part["rows"]}
