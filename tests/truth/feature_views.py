"""Feature views for the truth tests: a usual one, one with a column of every kind, and the most columns there are."""

from __future__ import annotations

from typing import Any

__all__ = ["KINDS", "MANY", "VIEW"]

VIEW: dict[str, Any] = {
    "entity": "c",
    "event_time": "ts",
    "schema": {"amount": "float"},
    "source": "data/features/",
    "online": {},
    "materialize": {"every": "15m"},
    "freshness": "30m",
}
KINDS = {"a1": "string", "b": "int", "c_d": "float", "E": "bool", "at": "timestamp", "vec": "vector", "z" * 63: "int"}
MANY = {f"column_{n}": "float" for n in range(500)}
