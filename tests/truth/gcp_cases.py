"""Endpoints, batch jobs, notebooks, and what watches, for what Google Cloud is sent: capability, spec and context."""

from __future__ import annotations

from typing import Any

from components.base import Spec
from components.batch import BatchSpec
from components.dashboard import DashboardSpec
from components.endpoint import EndpointSpec
from components.foundation import FoundationSpec
from components.notebooks import NotebookSpec

__all__ = ["BATCH_AND_NOTEBOOKS", "LONG", "LONG_NAME", "SERVED", "WATCHED"]

LONG = "a" * 24  # longest name of a blueprint
LONG_NAME = "-".join(["abcdefghij"] * 2 + ["klmnopqrs"])[:32].rstrip("-")
SCORE = {"model": "m", "input": "data/in", "output": "data/out", "machine": {"cpu": 4}}
BATCH_AND_NOTEBOOKS: dict[str, tuple[str, Spec, dict[str, Any]]] = {
    "score": ("batch", BatchSpec.model_validate(SCORE), {}),
    "score-gpus-on-data": (
        "batch",
        BatchSpec.model_validate(
            {**SCORE, "machine": {"accelerator": "T4"}, "replicas": 500, "on": "data", "runtime": "pytorch"}
        ),
        {"blueprint": LONG, "environment": "staging"},
    ),
    "score-elsewhere-monthly": (
        "batch",
        BatchSpec.model_validate(
            {**SCORE, "input": "gs://a/b", "image": "s:1", "schedule": "monthly 28 00:05 Asia/Kathmandu"}
        ),
        {},
    ),
    "explore": ("notebooks", NotebookSpec.model_validate({"users": ["asha@example.com", "b.c@example.com"]}), {}),
    "explore-gpu": (
        "notebooks",
        NotebookSpec.model_validate(
            {"users": ["x" * 64 + "@example.com"], "machine": {"accelerator": "T4"}, "disk": "64TiB", "idle_stop": "1d"}
        ),
        {"blueprint": LONG, "environment": "staging"},
    ),
    "explore-restricted": (
        "notebooks",
        NotebookSpec.model_validate({"users": ["*@example.com"], "idle_stop": "10m", "disk": "10GiB"}),
        {"classification": "restricted"},
    ),
}

WATCHED: dict[str, tuple[str, Spec, dict[str, Any]]] = {
    "foundation-telling": (
        "foundation",
        FoundationSpec.model_validate(
            {
                "secrets": ["chat", "pager"],
                "alert_channels": {
                    "webhook": "secret/chat",
                    "pager": "secret/pager",
                    "topic": "projects/example-project/notificationChannels/1",
                },
            }
        ),
        {"blueprint": LONG},
    ),
    "dashboard": ("dashboard", DashboardSpec(), {"blueprint": LONG}),
}

HOURS = {f"hours-{n:02}": {"every": f"daily {n:02}:00-{n:02}:30 Asia/Kathmandu", "min": n % 3} for n in range(16)}
PROMISED = {"latency_p99": "250ms", "errors": "0.1%", "availability": "99.99%"}
SERVED: dict[str, tuple[str, Spec, dict[str, Any]]] = {
    "serve-cpu": ("endpoint", EndpointSpec(model="fraud"), {}),
    "serve-zero": ("endpoint", EndpointSpec.model_validate({"model": "fraud", "scale": {"min": 0, "max": 1}}), {}),
    "serve-gpu-capture": (
        "endpoint",
        EndpointSpec.model_validate(
            {
                "model": "fraud",
                "image": "s:1",
                "machine": {"accelerator": "L4"},
                "capture": {"sample": "1%", "retain": "5y"},
            }
        ),
        {},
    ),
    "serve-requests": (
        "endpoint",
        EndpointSpec.model_validate(
            {
                "model": LONG_NAME,
                "runtime": "tensorflow",
                "scale": {"min": 2, "max": 9, "target": {"requests_per_replica": "3/s"}},
            }
        ),
        {"blueprint": LONG},
    ),
    "serve-promised": (
        "endpoint",
        EndpointSpec.model_validate({"model": "fraud", "slo": {"latency_p99": "1s"}}),
        {},
    ),
    "serve-canary": (
        "endpoint",
        EndpointSpec.model_validate(
            {
                "model": "fraud",
                "slo": {"latency_p99": "250ms", "errors": "0.1%", "availability": "99.99%"},
                "rollout": {
                    "steps": ["1%", "10%", "50%"],
                    "bake": "1h",
                    "metrics": {"a" * 40: {"above": 3}, "hits": {"below": 0.000001}},
                },
            }
        ),
        {"blueprint": LONG, "environment": "staging"},
    ),
    "serve-blue-green": (
        "endpoint",
        EndpointSpec.model_validate(
            {
                "model": "fraud",
                "slo": {"availability": "99%"},
                "rollout": {"strategy": "blue-green", "bake": "90s"},
            }
        ),
        {},
    ),
    "serve-hours": (
        "endpoint",
        EndpointSpec.model_validate(
            {
                "model": "fraud",
                "scale": {"min": 1, "max": 4, "schedule": HOURS},
                "slo": PROMISED,
                "rollout": {"bake": "5m"},
            }
        ),
        {"blueprint": LONG, "environment": "staging"},
    ),
    "many-shared": (
        "endpoint",
        EndpointSpec.model_validate(
            {
                "models": {f"m-{n:02}-{'a' * 20}": f"model-{n}" for n in range(50)},
                "runtime": "tensorflow",
                "slo": PROMISED,
                "scale": {"schedule": {"evening": {"every": "weekends 22:00-06:00", "min": 3, "max": 500}}},
            }
        ),
        {"blueprint": LONG, "environment": "staging"},
    ),
    "many-apart": (
        "endpoint",
        EndpointSpec.model_validate({"models": {"a": "x", "b": "y"}, "image": "s:1", "machine": {"accelerator": "T4"}}),
        {},
    ),
    "serve-triton": (
        "endpoint",
        EndpointSpec.model_validate({"model": "fraud", "runtime": "triton", "machine": {"accelerator": "L4"}}),
        {"blueprint": LONG, "environment": "staging"},
    ),
    "serve-vllm": (
        "endpoint",
        EndpointSpec.model_validate(
            {"model": "chat", "runtime": "vllm", "machine": {"accelerator": "L4", "count": 4}, "capture": {}}
        ),
        {},
    ),
    "serverless-onnx": (
        "endpoint",
        EndpointSpec.model_validate({"model": "fraud", "form": "serverless", "runtime": "onnx"}),
        {},
    ),
    "serverless": (
        "endpoint",
        EndpointSpec.model_validate(
            {"model": "fraud", "form": "serverless", "memory": "512MiB", "concurrency": 200, "slo": PROMISED}
        ),
        {"blueprint": LONG, "environment": "staging"},
    ),
    "foundation-forms": (
        "foundation",
        FoundationSpec(serving=["serverless", "models", "schedule"]),
        {"blueprint": LONG},
    ),
}
