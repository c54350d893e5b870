"""Stacks on Azure with a training and an endpoint of every kind, long names and short ones, for the truth tests."""

from __future__ import annotations

from functools import cache
from typing import Any

from components.base import Cloud, Context, Result, implementation
from components.batch import BatchSpec
from components.budget import BudgetSpec
from components.clouds.azure.place import AzurePlace
from components.dashboard import DashboardSpec
from components.endpoint import EndpointSpec
from components.features import FeaturesSpec
from components.foundation import FoundationSpec
from components.monitoring import MonitorSpec
from components.notebooks import NotebookSpec
from components.pipeline import PipelineSpec
from components.registry import RegistrySpec
from components.tracking import TrackingSpec
from components.training import TrainingSpec
from groundplan.testing import Planned, plan_program

__all__ = ["ENDPOINTS", "FEATURES", "LONG", "STACKS", "TRAININGS", "WORKFLOW", "stack", "where"]

WORKFLOW = "azure-native:logic:Workflow"
SUBSCRIPTION, TENANT = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
LONG = "a-name-of-two-and-thirty-letters"

TRAININGS: dict[str, dict[str, Any]] = {
    "cpu-on-demand": {"machine": {"cpu": 4}, "spot": False, "image": "t:1"},
    "gpu-on-spot": {"machine": {"accelerator": "T4"}, "image": "t:1", "checkpoint": {"every": "5m", "path": "ck/x"}},
    "no-fallback": {"machine": {"cpu": 4}, "restartable": True, "spot": {"max_wait": "2d", "fallback": "none"}},
    "several-nodes": {
        "machine": {"gpu_memory": "16GiB"},
        "nodes": 4,
        "runtime": "pytorch",
        "restartable": True,
        "max_run": "20d",
        "environment": {"A": "@x", "B": "it's @{y}"},
        "command": ["python", "train.py", "--name", "it's"],
        "hyperparameters": {"learning-rate": 0.1, "learning_rate": 0.2, "deep": True, "say": "@hello"},
        "inputs": {f"channel-{n}": f"data/{'x' * 400}/{n}/" for n in range(20)},
    },
    "torchrun": {
        "machine": {"gpu_memory": "16GiB"},
        "nodes": 3,
        "runtime": "pytorch",
        "restartable": True,
        "distributed": "torchrun",
    },
    "mpi": {
        "machine": {"gpu_memory": "40GiB", "count": 8},
        "nodes": 2,
        "image": "t:1",
        "command": ["python", "train.py", "it's"],
        "spot": False,
        "distributed": "mpi",
        "interconnect": "rdma",
    },
    "packaged": {"machine": {"cpu": 2}, "restartable": True, "runtime": "xgboost"},
    LONG: {"machine": {"cpu": 2}, "restartable": True, "image": "ghcr.io/org/train@sha256:" + "0" * 64},
}
ENDPOINTS: dict[str, dict[str, Any]] = {
    "cpu": {"image": "s:1"},
    "captured": {"image": "s:1", "capture": {"sample": "12.5%", "retain": "90d"}, "scale": {"min": 2, "max": 2}},
    "by-requests": {"runtime": "xgboost", "scale": {"min": 1, "max": 9, "target": {"requests_per_replica": "10/s"}}},
    "gpu": {"machine": {"accelerator": "T4"}, "runtime": "pytorch", "scale": {"min": 0, "max": 3}},
    LONG: {"port": 9000, "scale": {"min": 1, "max": 50, "target": {"cpu_utilisation": "72.5%"}}},
    "triton": {"runtime": "triton", "machine": {"accelerator": "T4"}, "capture": {}},
    "promising": {"image": "s:1", "slo": {"errors": "0.0001%"}},
    "canary": {
        "image": "s:1",
        "slo": {"latency_p99": "60s", "errors": "1%", "availability": "99.95%"},
        "rollout": {
            "steps": [f"{share}%" for share in range(1, 92, 10)],
            "bake": "1h",
            "metrics": {
                **{f"{'x' * 38}_{n}": {"above": 10.0**-n} for n in range(3)},
                "low": {"below": -3},
                "high": {"above": 1e12},
            },
        },
        "shadow": {"sample": "50%"},
    },
    "blue-green": {
        "runtime": "xgboost",
        "scale": {"min": 1, "max": 1},
        "slo": {"availability": "99%"},
        "rollout": {"strategy": "blue-green", "bake": "1m"},
    },
    "hours": {
        "image": "s:1",
        "scale": {
            "min": 1,
            "max": 50,
            "target": {"latency": "999s"},
            "schedule": {
                **{f"h-{n}": {"every": f"daily {n:02}:00-{n:02}:59 Asia/Kolkata", "min": n} for n in range(1, 10)},
                f"{'n' * 32}": {"every": "weekends 23:59-00:30 Asia/Kolkata", "min": 50, "max": 50},
            },
        },
    },
    "serverless": {"runtime": "sklearn", "form": "serverless", "memory": "512MiB", "concurrency": 200},
    "many": {
        "models": {"own": "m-1", "packaged": "packaged", "x" * 32: LONG},
        "slo": {"latency_p99": "1ms", "errors": "1%", "availability": "99.95%"},
        "runtimes": {"packaged": "xgboost"},
    },
    "twenty": {
        "image": "s:1",
        "models": {f"model-{n}": "m-1" for n in range(20)},
        "scale": {"min": 1, "max": 1},
    },
}
SCORE = {"model": "m-1", "input": "data/in/", "output": "data/out/", "machine": {"cpu": 4}}
BATCHES: dict[str, dict[str, Any]] = {
    "by-image": {"image": "s:1", "spot": False, "replicas": 500, "max_run": "30d"},
    "by-runtime": {"runtime": "xgboost", "on": "data", "settle": "5m", "schedule": "hourly"},
    LONG: {"runtime": "pytorch", "machine": {"accelerator": "T4"}, "on": "data", "settle": "1d", "format": "csv"},
}
NOTEBOOKS: dict[str, dict[str, Any]] = {
    "lab": {
        "users": ["a.b@example.com", "a-b@example.com"],
        "object_ids": {f"a{mark}b@example.com": TENANT for mark in ".-"},
    },
    LONG: {
        "users": [f"{'x' * 64}@example.com"],
        "object_ids": {f"{'x' * 64}@example.com": TENANT},
        "machine": {"accelerator": "T4"},
        "idle_stop": "3d",
    },
}
MONITORS: dict[str, Any] = {
    "captured": {
        "baseline": "data/base/",
        "drift": {"metric": "ks", "above": 0.00001, "columns": [f"{'c' * 60}{n}" for n in range(200)]},
        "data_quality": {"windows": "7 of 7", "every": "12h"},
        "quality": {"labels": f"azureml://datastores/x/paths/{'l' * 400}", "metric": "mae", "above": 1e9},
        "bias": {"facet": "country", "metric": "recall_difference", "above": 1},
        "explain": {"sample": 100_000, "above": 0.001, "answers": "a" * 60, "windows": "7 of 7", "every": "12h"},
        "on_breach": "review",
    },
}
PIPELINES: dict[str, Any] = {
    "loop": {
        "train": "packaged",
        "deploy": "canary",
        "schedule": "weekly sunday 02:00 Europe/Paris",
        "on": [f"captured.{signal}" for signal in ("drift", "data_quality", "quality", "bias", "explain")],
        "review": ["captured.bias"],
        "expect": {
            "rows": {"at_least": 1},
            "columns": {f"{'c' * 60}{n}": {"min": -1e9, "unique": True} for n in range(500)},
        },
        "gate": {"metric": "auc", "by": 0.00001, "at_least": 0.5},
    },
    "of-many": {"train": "packaged", "deploy": "many", "gate": {"metric": "auc"}},
    LONG: {"train": "several-nodes", "on": ["data"], "gate": {"metric": "x", "better_than": "nothing", "at_least": 0}},
}
FEATURES: dict[str, Any] = {
    "entities": {"card": {"key": "card_id"}, LONG: {"key": "K" * 63, "type": "int"}},
    "views": {
        "spending": {
            "entity": "card",
            "event_time": "ts",
            "schema": {"amount": "float", "n": "int", "home": "string", "at": "timestamp", "good": "bool"},
            "source": "data/features/spending/",
            "online": {},
            "materialize": {"every": "15m"},
            "freshness": "30m",
        },
        LONG: {
            "entity": LONG,
            "event_time": "_ts",
            "schema": {f"column_{n}": "float" for n in range(500)},
            "source": "x",
            "materialize": {"every": "90d"},
        },
        "by-others": {"entity": "card", "event_time": "ts", "schema": {"a": "int"}, "source": "x", "online": {}},
    },
}
ON_CALL = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/on-call/providers/Microsoft.Insights/actionGroups/ml"
STACKS = {
    "plain": ("fraud", "prod", "westeurope", "internal", [], {}),
    "long": (LONG, "an-environment-of-thirty-letters", "swedencentral", "restricted", ["prod"], {"cost-centre": "c"}),
    "zoneless": ("b", "dev", "westus", "confidential", ["prod", "staging"], {}),
}


@cache
def stack(name: str) -> Planned:
    """One stack with every training and endpoint of the matrix."""
    blueprint, environment, region, classification, shared, labels = STACKS[name]
    place = AzurePlace(region, SUBSCRIPTION, TENANT)
    context = Context(blueprint, environment, "ml", place, labels, environment != "dev", "2026-11")
    endpoints = {
        n: EndpointSpec.model_validate({**({} if "models" in e else {"model": "m-1"}), **e})
        for n, e in ENDPOINTS.items()
    }
    captures = {n: e.capture.retain for n, e in endpoints.items() if e.capture}
    parts: list[tuple[str, str, Any]] = [
        (
            "foundation",
            "foundation",
            FoundationSpec.model_validate(
                {
                    "classification": classification,
                    "secrets": ["hub"],
                    "alert_emails": ["a@b.cc"],
                    "alert_channels": {"topic": ON_CALL},
                    "captures": captures,
                    "features": True,
                    "tracking": True,
                    "scores": True,
                    "arrivals": True,
                    "notebooks": True,
                    "monitors": True,
                    "pipelines": True,
                }
            ),
        ),
        ("features", "features", FeaturesSpec.model_validate(FEATURES)),
        ("tracking", "tracking", TrackingSpec(experiments=["fraud", LONG])),
        ("registry", "registry", RegistrySpec.model_validate({"models": ["m-1", LONG], "share_with": shared})),
        *(("training", n, TrainingSpec.model_validate(t)) for n, t in TRAININGS.items()),
        *(("endpoint", n, e) for n, e in endpoints.items()),
        *(("batch", n, BatchSpec.model_validate({**SCORE, **b})) for n, b in BATCHES.items()),
        *(("notebooks", n, NotebookSpec.model_validate(k)) for n, k in NOTEBOOKS.items()),
        *(("monitoring", n, MonitorSpec.model_validate({**m, "endpoint": endpoints[n]})) for n, m in MONITORS.items()),
        *(("pipeline", n, _chained(p, endpoints)) for n, p in PIPELINES.items()),
        ("budget", "budget", BudgetSpec.model_validate({"monthly_usd": 99.5, "hard_stop": environment != "prod"})),
        ("dashboard", "dashboard", DashboardSpec(endpoints=endpoints)),
    ]

    def program() -> None:
        needs: dict[str, Result] = {}
        for capability, own, spec in parts:
            component = implementation(capability, Cloud.AZURE)(own, spec, context, needs)
            needs[component.label] = component.result

    return plan_program(program, where(region), f"{blueprint}-{environment}-azure")


def _chained(fields: dict[str, Any], endpoints: dict[str, EndpointSpec]) -> PipelineSpec:
    training = TrainingSpec.model_validate({**TRAININGS[fields["train"]], "inputs": {"train": "data/x/"}})
    return PipelineSpec.model_validate(
        {**fields, "training": training, "endpoint": endpoints.get(fields.get("deploy", ""))}
    )


def where(region: str) -> dict[str, str]:
    """Which cloud, account and region a plan is for."""
    return {
        "cloud": "azure",
        "account": SUBSCRIPTION,
        "subscription": SUBSCRIPTION,
        "tenant": TENANT,
        "region": region,
    }
