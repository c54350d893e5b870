"""What logs of a stack on AWS cost: what it writes, who did what, and what connected with what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.units import Duration
from groundplan.cost.line import Line, Pays, Sight
from groundplan.cost.services.aws_store import months

__all__ = ["PAYS"]

COMPRESSED = 0.2
"""
What is left of a log once it is stored, by which CloudWatch bills it; files of the trail and of flow logs likewise.

Source: the figure that the table's source for `cloudwatch-logs-storage` reckons with.
"""
EVENT_GIB = 2 / 2**20
"""Assumed of a record of the trail: 2 KiB of JSON."""
ACCESS_GIB = 0.5 / 2**20
"""Assumed of a line of an access log of S3."""
GROUP = "aws:cloudwatch/logGroup:LogGroup"


def _group(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """All that the stack logs is counted at its own group: those of endpoints hold their part of it."""
    if resource["component"] != "foundation":
        return
    trail = resource["name"] == "audit-log"
    gib = _recorded(sight) * EVENT_GIB if trail else sight.usage.logs.gib
    said = f"{_told(sight)} of 2KiB" if trail else f"{sight.usage.logs} of logs"
    what = "Audit trail in CloudWatch" if trail else "Logs"
    yield Line.used("cloudwatch-logs-ingest", f"{what}, written", gib, said)
    kept = Duration(resource["inputs"]["retentionInDays"] * 86_400)
    told = f"{said}, {COMPRESSED:.0%} of it once compressed, kept {kept}"
    yield Line.used("cloudwatch-logs-storage", f"{what}, kept", gib * COMPRESSED * months(kept), told)


def _trail(_resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """
    Each record, and its file in the audit bucket.

    That the first trail of an account has its management events for nothing is not taken off.
    """
    usage, kept = sight.usage, sight.blueprint.foundation.log_retention
    told = f"{usage.changes} changes"
    yield Line.used("cloudtrail-management-events", "Audit trail, changes", usage.changes.number, told)
    data = _recorded(sight) - usage.changes.number
    told = f"{_asked(sight):.15g} requests of endpoints + {usage.object_writes} objects written"
    yield Line.used("cloudtrail-data-events", "Audit trail, data", data, told)
    held = _recorded(sight) * EVENT_GIB * COMPRESSED * months(kept)
    told = f"{_told(sight)} of 2KiB, {COMPRESSED:.0%} of it once compressed, kept {kept}"
    yield Line.used("s3-standard-storage", "Audit bucket, trail", held, told)
    accesses = usage.object_writes.number + usage.object_reads.number
    told = f"{usage.object_writes} + {usage.object_reads} objects, 0.5KiB of access log each, kept {kept}"
    yield Line.used("s3-standard-storage", "Access log bucket", accesses * ACCESS_GIB * months(kept), told)


def _flow(_resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    written, kept = sight.usage.flow_logs, sight.blueprint.foundation.log_retention
    yield Line.used("vended-logs-to-s3", "Flow log, written", written.gib, f"{written} of records")
    told = f"{written} of records, {COMPRESSED:.0%} of it once compressed, kept {kept}"
    yield Line.used("s3-standard-storage", "Flow log, kept", written.gib * COMPRESSED * months(kept), told)


def _asked(sight: Sight) -> float:
    """Requests a month of all endpoints, each of which the trail records."""
    return sum(sight.usage.endpoint(name).requests.number for name in sight.blueprint.endpoints)


def _recorded(sight: Sight) -> float:
    return sight.usage.changes.number + sight.usage.object_writes.number + _asked(sight)


def _told(sight: Sight) -> str:
    return f"{_recorded(sight):.15g} records of changes, objects written and requests"


PAYS: Mapping[str, Pays] = {
    GROUP: _group,
    "aws:cloudtrail/trail:Trail": _trail,
    "aws:ec2/flowLog:FlowLog": _flow,
}
