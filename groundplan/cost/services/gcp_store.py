"""What is stored on Google Cloud: objects, images, secrets, tables, and what asking for them costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.units import Duration
from groundplan.cost.line import HOURS_A_MONTH, Line, Sight

__all__ = [
    "MONTH",
    "TIB",
    "asked",
    "buckets",
    "captured",
    "datasets",
    "expiry",
    "images",
    "loaded",
    "months",
    "secrets",
]

MONTH = HOURS_A_MONTH * 3600
"""Seconds."""
DAYS_A_MONTH = MONTH / 86_400
SOFT_DELETED = Duration.parse("7d")
"""How long a bucket keeps what was deleted: `components/clouds/gcp/stores.py`."""
TIB = 1024
"""GiB."""


def months(kept: Duration) -> float:
    """Of 730 hours."""
    return kept.seconds / MONTH


def buckets(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """What is in a bucket, the versions before it, and calls; audit logs are as large as they are long kept."""
    item = "gcs-standard-storage"
    usage, storage = sight.usage, sight.blueprint.storage
    if resource["name"] == "logs":
        retention = sight.blueprint.foundation.log_retention
        kept = usage.logs.gib * months(retention)
        yield Line.used(item, "Cloud Storage, audit logs", kept, f"{usage.logs} a month, kept for {retention}")
        yield Line.used(
            item,
            "Cloud Storage, deleted audit logs",
            usage.logs.gib * months(SOFT_DELETED),
            f"{usage.logs} a month, kept for {SOFT_DELETED} more",
        )
        return
    held = getattr(usage, resource["name"])
    yield Line.used(item, f"Cloud Storage, {resource['name']}", held.gib, f"{held} held")
    old = held.gib * usage.overwritten.fraction * (months(storage.keep_versions) + months(SOFT_DELETED))
    told = f"{usage.overwritten} of {held} a month, kept for {storage.keep_versions} and {SOFT_DELETED} more"
    yield Line.used(item, f"Cloud Storage, old versions of {resource['name']}", old, told)
    yield from _calls(sight)


def _calls(sight: Sight) -> Iterator[Line]:
    """Half of those of the stack: it has two buckets for its data."""
    written, read = sight.usage.object_writes, sight.usage.object_reads
    for item, what, calls in (
        ("gcs-class-a-requests", "Cloud Storage, writes", written),
        ("gcs-class-b-requests", "Cloud Storage, reads", read),
    ):
        yield Line.used(item, what, calls.number / 2 / 1000, f"half of {calls} objects")


def images(_resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Images held, and those scanned as they are pushed."""
    usage = sight.usage
    yield Line.used("artifact-registry-storage", "Artifact Registry", usage.images.gib, f"{usage.images} held")
    yield Line.used("artifact-registry-scan", "Artifact Analysis", usage.pushes, f"{usage.pushes:g} images pushed")


def secrets(_resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """One version of it, and its reading for each alert, which is what the stack reads secrets for."""
    yield Line.always("secret-manager-version-month", "Secret Manager", 1, "1 version in 1 region")
    yield Line.used(
        "secret-manager-access", "Secret Manager, reads", sight.usage.alerts / 10_000, f"{sight.usage.alerts:g} alerts"
    )


def asked(sight: Sight, endpoint: str) -> float:
    """GiB of requests and answers in a month."""
    known = sight.usage.endpoint(endpoint)
    return known.requests.number * (known.request_size.gib + known.answer_size.gib)


def captured(sight: Sight, endpoint: str) -> tuple[float, float]:
    """GiB that are recorded of an endpoint in a month, and that are kept of it."""
    capture = sight.blueprint.endpoints[endpoint].capture
    if capture is None:
        return 0, 0
    written = asked(sight, endpoint) * capture.sample.fraction
    return written, written * months(capture.retain)


def datasets(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """The offline store of features, or what is recorded of an endpoint."""
    endpoint, features = sight.name(resource, "endpoints"), sight.usage.features
    if endpoint is None:
        yield Line.used("bigquery-storage-active", "BigQuery, features", features.gib, f"{features} held")
        return
    known, capture = sight.usage.endpoint(endpoint), sight.blueprint.endpoints[endpoint].capture
    if capture is None:
        return
    written, kept = captured(sight, endpoint)
    told = f"{capture.sample} of {known.requests} requests of {known.request_size} + {known.answer_size}"
    yield Line.used("vertex-prediction-logging", "BigQuery, recording of requests", written, told)
    yield Line.used("bigquery-storage-active", "BigQuery, requests", kept, f"{told}, kept for {capture.retain}")


def loaded(_resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """What a view's source held when it was loaded last, which lies beside the view's own table."""
    views = sight.blueprint.features.views if sight.blueprint.features else {}
    share = sight.usage.features.gib / max(1, len(views))
    told = f"{sight.usage.features} of {len(views)} view(s), loaded whole"
    yield Line.used("bigquery-storage-active", "BigQuery, last load", share, told)


def expiry(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """The query that deletes old requests every day, and reads the table to do so: it is not partitioned."""
    endpoint = sight.name(resource, "endpoints")
    if endpoint is not None:
        _, kept = captured(sight, endpoint)
        told = f"{DAYS_A_MONTH:.2f} days x {kept:.3f} GiB kept"
        yield Line.used("bigquery-analysis", "BigQuery, expiry of requests", DAYS_A_MONTH * kept / TIB, told)
