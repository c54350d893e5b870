"""Batch jobs, notebooks, and what watches, for what Google Cloud is sent: capability, spec and context."""

from __future__ import annotations

from typing import Any

from components.base import Spec
from components.batch import BatchSpec
from components.dashboard import DashboardSpec
from components.foundation import FoundationSpec
from components.notebooks import NotebookSpec

__all__ = ["BATCH_AND_NOTEBOOKS", "WATCHED"]

LONG = "a" * 24  # longest name of a blueprint
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
