"""What watching a stack on Azure costs: logs, alerts, who is told; and its key and secrets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.cost.line import HOURS_A_MONTH, Line, Sight
from groundplan.cost.services.azure_network import GB
from groundplan.cost.services.azure_runs import DAYS_A_MONTH, searches, trainings

__all__ = ["action_group", "key", "log_alert", "logs", "metric_alert", "secret"]

INCLUDED_DAYS = 31
"""
Days that a log is kept for the price of its ingestion.

Source: https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure
"""
TABLE = "azure-native:operationalinsights:Table"
ENCRYPTED = ("azure-native:storage:StorageAccount", "azure-native:machinelearningservices:Workspace")
RATES = (1, 5, 10, 15)  # minutes that have a price; what is slower costs as the last
OPERATIONS = 10_000  # that a unit is


def logs(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """All logs of the stack, which come here: their ingestion, and what is kept past a month, in the long run."""
    size = sight.usage.logs.gib * GB
    kept = int(resource["inputs"]["retentionInDays"])
    yield Line.used("log-analytics-ingest", "logs, ingestion", size, f"usage.logs ({sight.usage.logs}) in GB")
    months = max(0, kept - INCLUDED_DAYS) / DAYS_A_MONTH
    told = f"usage.logs kept {kept} days, the first {INCLUDED_DAYS} free: {months:.3g} months once it runs so long"
    yield Line.used("log-analytics-retention", "logs, retention", size * months, told)
    whole = max((t["inputs"]["totalRetentionInDays"] for t in sight.of(TABLE)), default=0)
    if whole > kept:
        months = (whole - kept) / DAYS_A_MONTH
        told = f"usage.logs kept {whole - kept} days more as archive: {months:.3g} months once it runs so long"
        yield Line.used("log-analytics-archive", "logs, archive", size * months, told)


def metric_alert(resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    """A month of each series that it looks at."""
    series = sum(
        math.prod(map(_values, part.get("dimensions", []))) for part in resource["inputs"]["criteria"]["allOf"]
    )
    yield Line.always("monitor-metric-alert-month", f"metric alert {resource['name']}", series, f"{series} series")


def _values(dimension: Mapping[str, Any]) -> int:
    """Values that are named; what is left out is one series, as one deployment serves."""
    return len(dimension["values"]) if dimension["operator"] == "Include" else 1


def log_alert(resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    """A month of it, by how often it looks."""
    every = _minutes(resource["inputs"]["evaluationFrequency"])
    rate = max(known for known in RATES if known <= every)
    told = f"looks each {every} minutes"
    yield Line.always(f"monitor-log-alert-{rate}min-month", f"log alert {resource['name']}", 1, told)


def _minutes(duration: str) -> int:
    """Minutes of `PT5M`, `PT1H` or `P1D`."""
    unit = {"M": 1, "H": 60, "D": 1440}[duration[-1]]
    return int(duration[:-1].lstrip("PT")) * unit


def action_group(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Mails of alerts, to everyone who is to be told."""
    people = len(resource["inputs"].get("emailReceivers", []))
    told = f"usage.alerts ({sight.usage.alerts:g}) to {people} address(es)"
    yield Line.used("monitor-notification-email", "alerts, mails", sight.usage.alerts * people / 1000, told)


def key(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Its rotations, and its use: what is encrypted with it unwraps its own key each hour (assumed)."""
    properties = resource["inputs"]["properties"]
    simple = properties["kty"] == "RSA" and properties["keySize"] <= 2048
    users = sum(sum("encryption" in r["inputs"] for r in sight.of(kind)) for kind in ENCRYPTED)
    item = f"key-vault-{'' if simple else 'advanced-key-'}operations"
    told = f"{users} stores and workspaces, each hour (assumed)"
    yield Line.always(item, "key, operations", users * HOURS_A_MONTH / OPERATIONS, told)
    for action in properties.get("rotationPolicy", {}).get("lifetimeActions", []):
        if action["action"]["type"].lower() == "rotate":
            days = _minutes(action["trigger"]["timeAfterCreate"]) / 1440
            yield Line.always("key-vault-key-rotation", "key, rotations", DAYS_A_MONTH / days, f"each {days:g} days")


def secret(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Each run and each release reads it."""
    blueprint = sight.blueprint
    reads = sum(trainings(blueprint, name) + searches(blueprint, name) for name in blueprint.training)
    reads += sum(sight.usage.endpoint(name).releases for name in blueprint.endpoints)
    what = f"secret {str(resource['name']).removesuffix('-secret')}, reads"
    yield Line.used("key-vault-operations", what, reads / OPERATIONS, f"{reads:.6g} runs and releases a month")
