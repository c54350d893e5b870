"""A stack on Azure with a hard stop, its hourly look, and releases to it, for the tests of that stop."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from groundplan.testing import Planned
from groundplan.testing.planned import plan_blueprint
from tests.truth.azure_language import Clock
from tests.truth.azure_serving import Serving
from tests.truth.azure_stop import Estate, estate
from tests.truth.azure_workflows import Answer, Run, run

__all__ = ["BLUEPRINT", "LOOK", "WORKFLOW", "look", "named", "plan", "release", "running", "stopped", "workspace"]

WORKFLOW = "azure-native:logic:Workflow"
LOOK = "budget-stop"
USER = "a.b@example.com"
BLUEPRINT: dict[str, Any] = {
    "apiVersion": "groundplan/v1",
    "name": "fraud",
    "owner": "risk-ml",
    "training": {
        "net": {
            "runtime": "sklearn",
            "machine": {"cpu": 4},
            "spot": False,
            "max_run": "2h",
            "inputs": {"train": "data/payments/train/"},
        }
    },
    "registry": {"models": ["tree"], "approval": "automatic"},
    "features": {
        "entities": {"card": {"key": "card_id"}},
        "views": {
            "spending": {
                "entity": "card",
                "event_time": "ts",
                "schema": {"amount": "float"},
                "source": "data/features/",
                "materialize": {"every": "1h"},
            }
        },
    },
    "endpoints": {
        "scorer": {
            "model": "net",
            "scale": {"min": 1, "max": 4},
            "capture": {"sample": "100%"},
            "shadow": {"sample": "10%"},
        },
        "many": {"image": "s:1", "models": {"one": "net", "two": "tree"}},
    },
    "monitoring": {
        "scorer": {"baseline": "data/base/", "drift": {"above": 0.2, "every": "6h"}, "on_breach": "retrain"}
    },
    "pipelines": {
        "refresh": {
            "train": "net",
            "schedule": "weekly sunday 02:00 Europe/Paris",
            "on": ["scorer.drift", "data"],
            "gate": {"metric": "auc"},
            "deploy": "scorer",
        }
    },
    "batch": {
        "nightly": {
            "model": "net",
            "input": "data/in/",
            "output": "data/out/",
            "machine": {"cpu": 4},
            "on": "data",
            "schedule": "daily 02:00",
        }
    },
    "notebooks": {"lab": {"users": [USER], "object_ids": {USER: "00000000-0000-0000-0000-000000000003"}}},
    "alerts": {"email": ["risk-ml@example.com"]},
    "budget": {"monthly_usd": 300, "hard_stop": True},
}


def plan(**sections: Any) -> Planned:
    """`BLUEPRINT` with other sections in development; None takes one away."""
    return _plan(json.dumps({key: value for key, value in {**BLUEPRINT, **sections}.items() if value is not None}))


@cache
def _plan(text: str) -> Planned:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "blueprint.yaml"
        path.write_text(text)
        return plan_blueprint(path, "dev", "azure", "westeurope")


def _start(planned: Planned, workflow: str, body: Any, azure: Callable[..., Answer], clock: Clock) -> Run:
    app = planned.one(WORKFLOW, workflow)
    own = f"/providers/Microsoft.Logic/workflows/{app.inputs['workflowName']}"
    return run(app.inputs["definition"], app.inputs["parameters"], body, azure, clock, own)


def look(planned: Planned, azure: Estate) -> Run:
    """What the stop does at its next hour."""
    azure.clock.wait(3600)
    return _start(planned, LOOK, None, azure, azure.clock)


def release(planned: Planned, azure: Estate, endpoint: str, **start: Any) -> Serving:
    """Release a version, and tell what serves then."""
    serving = next(s for name, s in azure.serving.items() if f"-{endpoint}" in name)
    done = _start(planned, f"{endpoint}-release", start, serving, azure.clock)
    assert "Succeeded" == done.status, done.error
    return serving


def named(planned: Planned, workflow: str) -> str:
    """What Azure calls a Logic App of the plan."""
    return planned.one(WORKFLOW, workflow).inputs["workflowName"]


def running() -> tuple[Planned, Estate]:
    """The stack with two versions in service, and with something of every kind going on."""
    planned = plan()
    azure = estate(planned, notebooks={"u-a-b-118bc4f7n": "Running"})
    release(planned, azure, "scorer", version="3")
    release(planned, azure, "scorer", shadow="4")
    release(planned, azure, "many", model="one", version="3")
    release(planned, azure, "many", model="two", version="5")
    states = {"r1": "Succeeded", "r2": "Running", "r3": "Waiting", "r4": "Running", "r5": "Running", "r6": "Failed"}
    azure.runs = {named(planned, app): dict(states) for app in ("net-runs", "refresh-pipeline")}
    azure.runs["people-own"] = {"r1": "Running"}
    azure.jobs = {
        workspace(planned): {"j1": "Completed", "j2": "Running", "j3": "Queued", "j4": "Failed", "sweep": "Running"},
        workspace(planned, "store"): {"spark": "Running"},
    }
    return planned, azure


def workspace(planned: Planned, parameter: str = "workspace") -> str:
    """Name of the stack's workspace, or of that of its features, the `store`."""
    return planned.one(WORKFLOW, LOOK).inputs["parameters"][parameter]["value"].rpartition("/")[2]


def stopped() -> tuple[Planned, Estate]:
    """The same, an hour after its month has come to the limit."""
    planned, azure = running()
    azure.spend = 300.0
    assert "Succeeded" == look(planned, azure).status
    return planned, azure
