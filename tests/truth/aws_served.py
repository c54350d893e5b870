"""Endpoints from all over the language, to be held against AWS's own models."""

from __future__ import annotations

from typing import Any

from components.foundation import FoundationSpec

__all__ = ["EXISTING", "LONG", "SERVED"]

LONG = "n" * 32
EXISTING = {
    "network": {
        "existing": {
            "vpc": "vpc-0123456789abcdef0",
            "subnets": ["subnet-0123456789abcdef0"],
            "security_groups": ["sg-0123456789abcdef0"],
        }
    },
    "key": {"existing": "arn:aws:kms:us-east-1:111122223333:key/0b0b0b0b-0000-4000-8000-000000000000"},
    "storage": {"existing": {"artifacts": "team-artifacts", "data": "team-data"}},
}
SERVE = {"model": "fraud", "machine": {"cpu": 2, "memory": "8GiB"}}
HOURS = {
    "evening": {"every": "daily 17:00-23:00 Europe/Paris", "min": 6, "max": 20},
    "night": {"every": "daily 23:00-06:30 Europe/Paris", "min": 1},
    "weekend": {"every": "weekends 08:00-12:00 Europe/Paris", "min": 3},
}
NIGHTS = {"h" * 32: {"every": "weekdays 22:00-04:00", "min": 2}}
SLO = {"latency_p99": "60s", "errors": "0.01%", "availability": "99.99%"}
TENTHS = [f"{n}0%" for n in range(1, 10)]
METRICS = {"metrics": {f"{'m' * 39}{n}": {"above" if n % 2 else "below": n - 2.5} for n in range(5)}}
SHARED = {"models": {"home": "fraud", "away": "fraud"}, "machine": {"cpu": 16, "memory": "64GiB"}}
EVERY_FORM = ["async", "models", "realtime"]
STOPPING = {
    "foundation": FoundationSpec.model_validate({"images": ["thing"], "stops": True, "serving": EVERY_FORM}),
    "environment": "dev",
}
SERVED: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {  # name: capability, spec, how it is planned
    "serve": ("endpoint", SERVE, {}),
    "serve captured": ("endpoint", {**SERVE, "capture": {"sample": "1.5%", "retain": "1y"}}, {"region": "eu-west-1"}),
    "serve until the limit": (
        "endpoint",
        {**SERVE, "slo": SLO, "rollout": {**METRICS, "steps": ["50%"], "bake": "1m"}},
        STOPPING,
    ),
    "serve a queue until the limit": ("endpoint", {**SERVE, "form": "async", "scale": {"min": 0, "max": 2}}, STOPPING),
    "serve models until the limit": ("endpoint", {**SHARED, "scale": {"min": 2, "max": 3}}, STOPPING),
    "serve requests": (
        "endpoint",
        {**SERVE, "scale": {"min": 2, "max": 40, "target": {"requests_per_replica": "90/min"}}},
        {},
    ),
    "serve gpu": ("endpoint", {**SERVE, "machine": {"accelerator": "L4"}, "runtime": "pytorch"}, {}),
    "serve gpus": ("endpoint", {**SERVE, "machine": {"gpu_memory": "80GiB", "count": 8}, "image": "s:1"}, {}),
    "serve triton": ("endpoint", {**SERVE, "machine": {"accelerator": "L4"}, "runtime": "triton"}, {}),
    "serve onnx": ("endpoint", {**SERVE, "runtime": "onnx"}, {"region": "eu-west-1"}),
    "serve vllm": ("endpoint", {**SERVE, "machine": {"accelerator": "L4", "count": 4}, "runtime": "vllm"}, {}),
    "serve promised": ("endpoint", {**SERVE, "slo": SLO}, {}),
    "serve canary": ("endpoint", {**SERVE, "slo": SLO, "rollout": {**METRICS, "steps": ["50%"], "bake": "1m"}}, {}),
    "serve linear": ("endpoint", {**SERVE, "slo": SLO, "rollout": {"steps": TENTHS, "bake": "2m"}}, {}),
    "serve slowly": ("endpoint", {**SERVE, "slo": SLO, "rollout": {"steps": TENTHS, "bake": "1h"}, "shadow": {}}, {}),
    "serve blue-green": ("endpoint", {**SERVE, "slo": SLO, "rollout": {"strategy": "blue-green", "bake": "1h"}}, {}),
    "serve steps": (
        "endpoint",
        {**SERVE, "capture": {}, "rollout": {**METRICS, "steps": ["1%", "99%"]}, "shadow": {"sample": "1%"}},
        {"name": LONG, "environment": "e" * 32, "context": {"blueprint": LONG}},
    ),
    "serve at hours": ("endpoint", {**SERVE, "scale": {"min": 2, "max": 4, "schedule": HOURS}}, {}),
    "serve in time": ("endpoint", {**SERVE, "scale": {"target": {"latency": "250ms"}}}, {}),
    "serve at once": ("endpoint", {**SERVE, "scale": {"target": {"concurrent_requests": 4}}}, {}),
    "serve serverless": (
        "endpoint",
        {"model": "fraud", "form": "serverless", "memory": "6GiB", "concurrency": 200, "slo": SLO, "image": "s:1"},
        {},
    ),
    "serve serverless long": (
        "endpoint",
        {"model": LONG, "form": "serverless", "memory": "1GiB"},
        {"name": LONG, "environment": "e" * 32, "context": {"blueprint": LONG}, "region": "eu-central-1"},
    ),
    "serve queued": ("endpoint", {**SERVE, "form": "async", "scale": {"min": 0}}, {}),
    "serve queued gpu": (
        "endpoint",
        {
            **SERVE,
            "form": "async",
            "machine": {"accelerator": "A10G"},
            "scale": {"min": 0, "max": 9, "target": {"concurrent_requests": 4}, "schedule": NIGHTS},
            "slo": SLO,
            "rollout": {"steps": ["50%"]},
            "queue": {"max_age": "6h", "retain": "1d"},
        },
        {"name": LONG, "environment": "e" * 32, "context": {"blueprint": LONG}},
    ),
    "serve existing": ("endpoint", SERVE, {"foundation": FoundationSpec.model_validate(EXISTING)}),
    "serve long": (
        "endpoint",
        {**SERVE, "model": LONG, "capture": {}},
        {"name": LONG, "environment": "e" * 32, "context": {"blueprint": LONG}},
    ),
}
