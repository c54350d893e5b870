"""What the stores of a stack on Azure cost: blobs and their operations, images, the shared registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.cost.line import Line, Sight
from groundplan.cost.services.azure_network import GB
from groundplan.cost.services.azure_runs import DAYS_A_MONTH

__all__ = ["account", "images", "shared_registry"]

IMAGES_INCLUDED = 500
"""
GiB that a premium registry keeps for its daily price.

Source: https://learn.microsoft.com/azure/container-registry/container-registry-skus
"""
SETTINGS = "azure-native:storage:BlobServiceProperties"  # an account has one
OPERATIONS = 10_000  # that a unit is


def account(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Content, what was overwritten or deleted and is still kept, and calls."""
    inputs = resource["inputs"]
    of = str(resource["name"]).removesuffix("-account")
    held = {"data": sight.usage.data, "artifacts": sight.usage.artifacts, "features": sight.usage.features}[of]
    lake, zonal = bool(inputs.get("isHnsEnabled")), _is_zonal(inputs["sku"]["name"])
    kind = "adls-gen2" if lake else "blob"
    item = f"{kind}-hot-{'zrs' if zonal else 'lrs'}-storage"
    yield Line.used(item, f"{of} store", held.gib, f"usage.{of} ({held})")
    share, (days, told) = sight.usage.overwritten, _kept(resource, sight)
    old = held.gib * share.fraction * days / DAYS_A_MONTH
    yield Line.used(item, f"{of} store, old versions", old, f"usage.overwritten ({share}) a month, {told}")
    yield from _calls(of, kind, sight, zonal=zonal)


def _is_zonal(sku: str) -> bool:
    return sku.endswith("_ZRS")


def _kept(resource: Mapping[str, Any], sight: Sight) -> tuple[int, str]:
    """
    Days that something is paid for after it was overwritten or deleted, and how they come about.

    What is deleted can be brought back for a while, and a version that has had its time is deleted, too.

    Source: https://learn.microsoft.com/azure/storage/blobs/soft-delete-blob-overview
    """
    account = resource["inputs"]["accountName"]
    settings = [r["inputs"] for r in sight.of(SETTINGS) if r["inputs"]["accountName"] == account]
    versions = sum(sight.blueprint.storage.keep_versions.days for s in settings if s["isVersioningEnabled"])
    deleted = sum(s["deleteRetentionPolicy"]["days"] for s in settings)
    return versions + deleted, f"kept {versions} days as versions and {deleted} as deleted"


def _calls(of: str, kind: str, sight: Sight, *, zonal: bool) -> Iterator[Line]:
    """Of the stack's calls this store has its share: each has as many."""
    stores, usage = sight.count("azure-native:storage:StorageAccount"), sight.usage
    zonal_writes = "zrs-" if zonal and kind == "blob" else ""  # a data lake has no such price of its own
    for item, word, calls in (
        (f"{kind}-{zonal_writes}write-operations", "writes", usage.object_writes),
        (f"{kind}-read-operations", "reads", usage.object_reads),
    ):
        told = f"1/{stores} of usage.object_{word} ({calls})"
        yield Line.used(item, f"{of} store, {word}", calls.number / stores / OPERATIONS, told)


def images(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """A registry's day, and what it keeps past what is included."""
    tier = str(resource["inputs"]["sku"]["name"]).lower()
    told = f"{DAYS_A_MONTH:.4g} days"
    yield Line.always(f"container-registry-{tier}-day", "image registry, days", DAYS_A_MONTH, told)
    more = max(0.0, sight.usage.images.gib - IMAGES_INCLUDED)
    told = f"usage.images ({sight.usage.images}) past {IMAGES_INCLUDED} GiB that are included"
    yield Line.used("container-registry-storage", "image registry, storage", more * GB, told)


def shared_registry(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """What environments share models by, with the image registry and the store that Azure ML makes for it."""
    yield Line.always("azure-ml-registry-month", "shared model registry", 1, "it has no meter that is known")
    for region in resource["inputs"]["regionDetails"]:
        for _ in region["acrDetails"]:
            told = f"its image registry, {DAYS_A_MONTH:.4g} days"
            yield Line.always("container-registry-premium-day", "shared model registry, images", DAYS_A_MONTH, told)
        for details in region["storageAccountDetails"]:
            kept = details["systemCreatedStorageAccount"]["storageAccountType"]
            told = f"copies of released versions: at most usage.artifacts ({sight.usage.artifacts})"
            item = f"blob-hot-{'zrs' if _is_zonal(kept) else 'lrs'}-storage"
            yield Line.used(item, "shared model registry, store", sight.usage.artifacts.gib, told)
