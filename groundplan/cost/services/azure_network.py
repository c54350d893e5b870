"""What the network of a stack on Azure costs: private endpoints, their traffic, their names, workspaces' networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.cost.line import HOURS_A_MONTH, Line, Sight

__all__ = ["GB", "private_endpoint", "private_zone", "workspace"]

GB = 2**30 / 10**9
"""GB in a GiB."""
REQUIRED = ("the workspace", "the vault", "the image registry", "blobs", "files")
"""
What the managed network of a workspace that allows only what is approved makes private endpoints to by itself.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#list-of-required-rules
"""


def private_endpoint(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Its hours, in all zones at once; and, with the first one, the traffic of all: half in, half out."""
    name = str(resource["name"]).removesuffix("-endpoint")
    told = f"{HOURS_A_MONTH} h"
    yield Line.always("private-endpoint-hour", f"private endpoint {name}, hours", HOURS_A_MONTH, told)
    if resource["urn"] == sight.of(resource["type"])[0]["urn"]:
        half = sight.usage.private_traffic.gib * GB / 2
        for way in ("in", "out"):
            told = f"half of usage.private_traffic ({sight.usage.private_traffic}) through all private endpoints"
            yield Line.used(f"private-endpoint-data-{way}", f"private endpoints, data {way}", half, told)


def private_zone(resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    """A DNS zone's month."""
    name = str(resource["name"]).removesuffix("-zone")
    yield Line.always("private-dns-zone-month", f"private DNS zone {name}", 1, "1 zone")


def workspace(resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    """Free but for the private endpoints of its managed network, which has no firewall without FQDN rules."""
    network = resource["inputs"].get("managedNetwork", {})
    rules = [r for r in network.get("outboundRules", {}).values() if r["type"] == "PrivateEndpoint"]
    if network.get("isolationMode") == "AllowOnlyApprovedOutbound":
        told = f"{len(REQUIRED)} that Azure ML makes by itself ({', '.join(REQUIRED)}) and {len(rules)} of rules"
        endpoints = len(REQUIRED) + len(rules)
        yield Line.always(
            "private-endpoint-hour",
            f"managed network of {resource['name']}, private endpoints, hours",
            endpoints * HOURS_A_MONTH,
            f"{told}, {HOURS_A_MONTH} h each",
        )
