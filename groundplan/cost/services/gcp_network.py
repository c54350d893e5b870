"""What the network, the key and the watching of a stack on Google Cloud cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.units import Duration
from groundplan.cost.line import HOURS_A_MONTH, Line, Sight
from groundplan.cost.services.gcp_store import MONTH, asked

__all__ = ["alarms", "audit", "doors", "flows", "google_apis", "keys", "logs", "topics", "zones"]

TTL = {"endpoints": 60, "foundation": 300}
"""Seconds for which the address of an endpoint, and that of Google's APIs, is remembered."""
ENTRY = 2 / 2**20
"""GiB of an entry of an audit log, 2 KiB: our assumption, as entries of calls have no size of their own."""
SMALLEST_MESSAGE = 1000 / 2**40
"""TiB that a message of Pub/Sub counts at the least. Source: https://cloud.google.com/pubsub/pricing"""
YEAR = Duration.parse("1y")


def google_apis(_resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """The endpoint by which the network reaches Google's APIs."""
    traffic = sight.usage.private_traffic
    yield _door("Private Service Connect, Google APIs")
    yield Line.used("psc-data", "Private Service Connect, data to Google APIs", traffic.gib, f"{traffic} a month")


def doors(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """The private address that Vertex AI gives an endpoint of its own, and what goes through it."""
    yield _door("Private Service Connect, endpoint")
    name = sight.name(resource, "endpoints")
    if name is not None:
        known = sight.usage.endpoint(name)
        models = max(1, len(sight.blueprint.endpoints[name].models))
        of = f", shared by {models} models" if models > 1 else ""
        told = f"{known.requests} requests of {known.request_size} + {known.answer_size}{of}"
        yield Line.used("psc-data", "Private Service Connect, requests", asked(sight, name) / models, told)


def _door(what: str) -> Line:
    return Line.always("psc-forwarding-rule-hour", what, HOURS_A_MONTH, f"{HOURS_A_MONTH} h")


def zones(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """A private zone, and somebody who asks it again and again; at the most, an endpoint's at each request."""
    yield Line.always("cloud-dns-zone-month", "Cloud DNS, zone", 1, "1 zone")
    name = sight.name(resource, "endpoints")
    ttl = TTL["foundation" if name is None else "endpoints"]
    again = MONTH / ttl
    most = again if name is None else max(again, sight.usage.endpoint(name).requests.number)
    told = f"once every {ttl} s" + ("" if name is None else ", or at each request")
    yield Line("cloud-dns-queries", "Cloud DNS, queries", 0, again / 1e6, most / 1e6, told, "use")


def flows(_resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Flow logs of all subnetworks, and what the firewall logs."""
    flow_logs = sight.usage.flow_logs
    yield Line.used("logging-ingest-vended", "Cloud Logging, flow logs", flow_logs.gib, f"{flow_logs} a month")


def keys(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Versions that decrypt what they once encrypted, so none goes; a key that is a year old is expected."""
    rotation = int(resource["inputs"]["rotationPeriod"].removesuffix("s"))
    versions = 1 + YEAR.seconds // rotation
    told = f"1, and one more each {rotation // 86_400} days of a year"
    what = "Cloud KMS, versions of the key"
    yield Line("kms-key-version-month-software", what, 1, versions, versions, told, "always")
    usage = sight.usage
    calls = usage.object_writes.number + usage.object_reads.number
    told = f"{usage.object_writes} objects written, {usage.object_reads} read"
    yield Line.used("kms-operations", "Cloud KMS, operations", calls / 10_000, told)


def logs(_resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """What all of the stack logs: the sink copies it, and does not keep it out of Cloud Logging."""
    yield Line.used("logging-ingest", "Cloud Logging", sight.usage.logs.gib, f"{sight.usage.logs} a month")


def audit(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Entries on who called a service, as far as Google does not keep them for nothing anyway."""
    usage = sight.usage
    calls, told = usage.changes.number, f"{usage.changes} calls"
    if str(resource["inputs"]["service"]).startswith("storage."):
        calls = usage.object_writes.number + usage.object_reads.number
        told = f"{usage.object_writes} objects written, {usage.object_reads} read"
    what = f"Cloud Logging, calls to {resource['inputs']['service']}"
    yield Line.used("audit-logs-data-access", what, calls * ENTRY, f"{told}, 2 KiB each")


def alarms(resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    """Conditions: nothing until September 2027."""
    conditions = len(resource["inputs"]["conditions"])
    told = f"{conditions} condition(s)"
    yield Line.always("monitoring-alert-condition-month", "Cloud Monitoring, conditions", conditions, told)


def topics(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Messages, each published once and delivered once to each workflow that the topic starts."""
    usage = sight.usage
    messages, told = usage.alerts, f"{usage.alerts:g} alerts"
    if resource["name"] != "alerts":
        messages, told = usage.object_writes.number / 2, f"half of {usage.object_writes} objects written"
    starts = sum(_of(trigger, resource) for trigger in sight.of("gcp:eventarc/trigger:Trigger"))
    quantity = messages * (1 + starts) * SMALLEST_MESSAGE
    yield Line.used("pubsub-throughput", "Pub/Sub", quantity, f"{told} of 1,000 bytes, to {starts} workflow(s)")


def _of(trigger: Mapping[str, Any], topic: Mapping[str, Any]) -> bool:
    """Whether the topic starts the trigger's workflow."""
    return str(trigger["inputs"]["transport"]["pubsub"]["topic"]).endswith(f"/topics/{topic['inputs']['name']}")
