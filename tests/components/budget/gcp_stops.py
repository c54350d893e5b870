"""A stack with a hard stop on Google Cloud, and a project in which all of it runs, beside another stack."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from groundplan.testing import Planned, plan_blueprint
from tests.truth.blueprints import written
from tests.truth.gcp_loop import moment
from tests.truth.gcp_releases import VERSION, given
from tests.truth.gcp_stop import StopProject, message

__all__ = ["BEGUN", "NOON", "STACK", "Held", "planned", "source"]

WORKFLOW = "gcp:workflows/workflow:Workflow"
NOON, BEGUN = moment("2026-11-21T12:00:00Z"), "2026-11-01T07:00:00Z"
SCORE = {"model": "ranker", "machine": {"cpu": 4, "memory": "16GiB"}, "input": "data/in", "output": "data/out"}
STACK: dict[str, Any] = {
    "apiVersion": "groundplan/v1",
    "name": "shop",
    "owner": "ml",
    "training": {
        "ranker": {
            "runtime": "xgboost",
            "machine": {"cpu": 4, "memory": "16GiB"},
            "checkpoint": {"every": "10m"},
            "inputs": {"train": "data/train/"},
            "tuning": {
                "objective": "auc",
                "goal": "maximize",
                "trials": 4,
                "parallel": 2,
                "parameters": {"eta": {"log": [0.01, 0.3]}},
            },
        }
    },
    "registry": {"approval": "automatic", "models": ["home", "cart"]},
    "endpoints": {
        "scorer": {
            "model": "ranker",
            "capture": {},
            "scale": {"min": 1, "max": 2, "schedule": {"night": {"every": "daily 22:00-06:00 UTC", "min": 0}}},
        },
        "pages": {"models": {"home": "home", "cart": "cart"}, "runtime": "tensorflow"},
        "quick": {"model": "ranker", "form": "serverless"},
    },
    "features": {
        "entities": {"card": {"key": "card_id", "type": "string"}},
        "views": {
            "spending": {
                "entity": "card",
                "event_time": "at",
                "schema": {"spent": "float"},
                "source": "data/cards/",
                "materialize": {"every": "1h"},
            }
        },
    },
    "batch": {"nightly": {**SCORE, "on": "data"}, "weekly": {**SCORE, "schedule": "weekly sunday 02:00 UTC"}},
    "monitoring": {"scorer": {"drift": {"metric": "psi", "above": 0.2, "windows": "2 of 3"}, "on_breach": "retrain"}},
    "pipelines": {
        "refresh": {
            "train": "ranker",
            "schedule": "daily 03:00 UTC",
            "on": ["scorer.drift", "data"],
            "deploy": "scorer",
        }
    },
    "notebooks": {"explore": {"users": ["asha@example.com", "ben@example.com"]}},
    "alerts": {"email": ["ml@example.com"]},
    "budget": {"monthly_usd": 300, "hard_stop": True},
    "environments": {"dev": {}},
}


@cache
def planned(hard_stop: bool = True) -> Planned:
    """The stack in development."""
    blueprint = {**STACK, "budget": {"monthly_usd": 300, **({"hard_stop": True} if hard_stop else {})}}
    with TemporaryDirectory() as folder:
        path = Path(folder, "shop.yaml")
        path.write_text(written(blueprint), "utf-8")
        return plan_blueprint(path, "dev", "gcp")


def source(workflow: str = "budget-stop") -> str:
    """Definition of the workflow of that logical name."""
    return planned().one(WORKFLOW, workflow).inputs["sourceContents"]


class Held(StopProject):
    """The project: what serves was released, jobs run, and another stack `shop-x` runs beside it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.engine.now = NOON
        self.known = given(source())
        parent = self.parent = self.known["parent"]
        stack, other = planned(), f"{parent}/jobs/shop-1a2b3-x-dev-batch-weekly-schedule"
        for job in stack.all("gcp:cloudscheduler/job:Job"):
            self.clocks[f"{parent}/jobs/{job.inputs['name']}"] = "ENABLED"
        self.clocks[other] = "ENABLED"
        self.workflows = [w.inputs["name"] for w in stack.all(WORKFLOW)] + ["shop-1a2b3-x-dev-training-ranker-run"]
        for number, workflow in enumerate(self.workflows):
            self.executions[f"{parent}/workflows/{workflow}/executions/{number}"] = "ACTIVE"
        for instance in self.known["notebooks"]:
            self.notebooks[instance] = "ACTIVE"
        self.works("1")
        for name in ("home", "cart", "ranker"):
            self.add_version(f"{parent}/models/shop-dev-{name}", **VERSION)

    def works(self, number: str) -> None:
        """Start a job of each kind, one of another stack, and one of the label that runs as somebody else."""
        for kind in self.known["jobs"]:
            for whose, label in (("", "shop-dev"), ("-x", "shop-x-dev"), ("-person", "shop-dev")):
                account = {"serviceAccount": kind["account"].replace("shop-dev", f"shop-dev{whose}")}
                self.work[f"{self.parent}/{kind['collection']}/{number}{whose}"] = {
                    "state": "JOB_STATE_RUNNING",
                    "labels": {"stack": label},
                    **({kind["held"]: account} if kind["held"] else account),
                }

    def released(self, endpoint: str = "scorer", **start: str) -> Any:
        """Release a version, as people do."""
        return self.run(source(f"{endpoint}-release"), {"version": "1", **start})

    def look(self, spent: float | None, limit: float = 300, begun: str = BEGUN, ago: float = 60, **more: str) -> Any:
        """The budget publishes, and what became of it; a look takes place half an hour after the one before."""
        self.engine.now += 1800
        self.engine.log.clear()
        told = {"budget": self.known["budget"], **more}
        return self.run(source(), message(told.pop("budget"), spent, limit, begun, self.engine.now - ago, **told))

    def on(self, what: dict[str, str], state: str) -> list[str]:
        """Last parts of the names that are in a state."""
        return sorted(name.rpartition("/")[2] for name, seen in what.items() if seen == state)

    def goes(self) -> list[str]:
        """Jobs that run: kind and number."""
        running = (n for n, job in self.work.items() if job["state"] == "JOB_STATE_RUNNING")
        return sorted("/".join(name.split("/")[-2:]) for name in running)
