"""Batch jobs and notebooks from all over the language, for what AWS is sent: capability, spec, how it is planned."""

from __future__ import annotations

from typing import Any

__all__ = ["BATCH_AND_NOTEBOOKS"]

LONG = "n" * 32
IMAGE = "444455556666.dkr.ecr.us-east-1.amazonaws.com/team/fit:1"
SCORE = {"model": "fraud", "input": "data/in/", "output": "data/out/", "machine": {"cpu": 4}}
BATCH_AND_NOTEBOOKS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "score": ("batch", SCORE, {}),
    "score when data comes": (
        "batch",
        {**SCORE, "on": "data", "settle": "1d", "schedule": "weekly monday 04:05 America/New_York", "format": "csv"},
        {"region": "eu-west-1"},
    ),
    "score on gpus": (
        "batch",
        {**SCORE, "machine": {"accelerator": "A10G"}, "runtime": "pytorch", "replicas": 100, "max_run": "30d"},
        {},
    ),
    "score elsewhere": (
        "batch",
        {
            **SCORE,
            "input": "s3://else/in",
            "output": "s3://other/out/",
            "image": "444455556666.dkr.ecr.us-east-1.amazonaws.com/team/fit:1",
        },
        {},
    ),
    "score long": (
        "batch",
        {**SCORE, "model": LONG, "on": "data", "schedule": "hourly"},
        {"name": LONG, "environment": "e" * 32, "context": {"blueprint": LONG}},
    ),
    "explore": ("notebooks", {"users": ["asha@example.com", "b.c@example.com"]}, {}),
    "explore on a gpu": (
        "notebooks",
        {"users": ["x" * 64 + "@example.com"], "machine": {"accelerator": "A10G"}, "disk": "16TiB", "idle_stop": "7d"},
        {"environment": "dev"},
    ),
    "explore long": (
        "notebooks",
        {"users": ["*@example.com"], "disk": "5GiB", "idle_stop": "365d"},
        {"name": LONG, "environment": "e" * 32, "context": {"blueprint": LONG}},
    ),
}
