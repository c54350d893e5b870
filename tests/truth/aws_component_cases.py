"""Endpoints of inference components from all over the language: capability, spec, how each is planned."""

from __future__ import annotations

from typing import Any

__all__ = ["COMPONENTS"]

LONG = "n" * 32
COMPONENTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "many": (
        "endpoint",
        {"models": {"home": "home-ranker", "basket": "b"}, "slo": {"errors": "1%", "latency_p99": "1s"}},
        {},
    ),
    "many long": (
        "endpoint",
        {"models": {f"{LONG[:30]}{n:02}": LONG for n in range(5)}, "machine": {"cpu": 16, "memory": "64GiB"}},
        {"name": LONG, "environment": "e" * 32, "context": {"blueprint": LONG}},
    ),
    "many on gpus": (
        "endpoint",
        {
            "models": {"a": "a", "b": "b", "c": "c"},
            "machine": {"accelerator": "A10G", "count": 4},
            "scale": {"min": 2, "max": 9, "target": {"gpu_utilisation": "70%"}},
        },
        {"region": "eu-west-1"},
    ),
    "many by latency": ("endpoint", {"models": {"a": "a"}, "scale": {"target": {"latency": "200ms"}}}, {}),
    "many with hours": (
        "endpoint",
        {
            "models": {"a": "a", "b": "b"},
            "scale": {"min": 1, "max": 2, "schedule": {"evening": {"every": "daily 17:00-23:00", "min": 2, "max": 4}}},
        },
        {},
    ),
    "zero": ("endpoint", {"model": "m", "scale": {"min": 0, "max": 2}, "runtime": "xgboost"}, {}),
    "zero many": ("endpoint", {"models": {"a": "a", "b": "b"}, "scale": {"min": 0, "max": 2}}, {}),
    "zero gpu": (
        "endpoint",
        {
            "model": "m",
            "image": "serve:1",
            "machine": {"accelerator": "T4"},
            "scale": {"min": 0, "max": 1, "target": {"concurrent_requests": 3}},
        },
        {"context": {"labels": {"cost-centre": "cc 10&42", "team": "Ünïcode"}}},
    ),
}
