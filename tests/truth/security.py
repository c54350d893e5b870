"""What would be a hole in any plan: too wide a right, an open door, data that can be lost, things that nobody owns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from groundplan.sandbox.schema import resource_schema
from groundplan.testing import Planned

__all__ = ["DATA", "holes", "open_doors", "too_wide", "unmarked", "unnamed_passes", "unprotected"]

BROAD_ROLES = re.compile(
    r"FullAccess|AdministratorAccess|PowerUser|roles/(?:owner|editor|viewer)\b"
    r"|8e3af657-a8ff-443c-a75c-2fe8c4bcb635|b24988ac-6180-42a0-ab88-20f7382dd24c"  # Azure Owner, Contributor
)
DATA = re.compile(r":(?:Bucket|Key|CryptoKey|StorageAccount|Vault|ModelPackageGroup|ModelContainer|Dataset)$")
NEVER = ("allowBlobPublicAccess", "mapPublicIpOnLaunch", "enableNodePublicIp", "publicEndpointEnabled")
MARKS = {"blueprint", "environment", "owner", "managed-by"}


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a resource's inputs, and of the JSON documents that stand in them as text."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk(inner, f"{path}.{index}")
    elif isinstance(value, str) and value[:1] in "{[":
        try:
            document = json.loads(value)
        except json.JSONDecodeError:
            return
        yield from walk(document, path)


def _statements(planned: Planned) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every AWS policy in the plan."""
    for resource in planned:
        for path, value in walk(resource.inputs):
            if isinstance(value, dict) and "Effect" in value and ("Action" in value or "NotAction" in value):
                yield f"{resource.name} {path}", value


def too_wide(planned: Planned) -> list[str]:
    """What is allowed by `*`, by `service:*`, or by a role of everything."""
    wide = [
        f"{where} allows {action}"
        for where, statement in _statements(planned)
        if statement["Effect"] == "Allow"
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        if (action == "*" or action.endswith(":*"))
        # a key's policy must leave the account its administrator, or nobody can ever change it
        and not (action == "kms:*" and ":root" in json.dumps(statement.get("Principal")))
    ]
    found = ((r.name, BROAD_ROLES.search(json.dumps(r.inputs))) for r in planned)
    return [*wide, *(f"{name} gives {match.group()}" for name, match in found if match)]


def unnamed_passes(planned: Planned) -> list[str]:
    """Where a role may be passed to a service that is not named, or any role may."""
    return [
        where
        for where, statement in _statements(planned)
        if "iam:PassRole" in json.dumps(statement["Action"]) and statement["Effect"] == "Allow"
        if "iam:PassedToService" not in json.dumps(statement.get("Condition")) or statement["Resource"] == "*"
    ]


def open_doors(planned: Planned) -> list[str]:
    """What is reachable from, or readable by, everybody."""
    found = []
    for resource in planned:
        for where, value in walk(resource.inputs):
            key = where.rpartition(".")[2]
            open_network = key == "publicNetworkAccess" and str(value).lower() != "disabled"
            everybody = isinstance(value, str) and value in ("allUsers", "allAuthenticatedUsers")
            if open_network or everybody or (key in NEVER and value is not False):
                found.append(f"{resource.name} {where}: {value}")
        text = json.dumps(resource.inputs)
        opens = "ingress" in resource.type.lower() or resource.inputs.get("direction") == "INGRESS"
        if opens and ("0.0.0.0/0" in text or "::/0" in text):
            found.append(f"{resource.name} lets everybody in")
    return found


def unprotected(planned: Planned, environment: str) -> list[str]:
    """Stores, keys and registries whose protection is not what the environment asks for: all but dev are protected."""
    return [r.name for r in planned if DATA.search(r.type) and r.protect != (environment != "dev")]


def unmarked(planned: Planned, cloud: str) -> list[str]:
    """What can carry tags or labels, and does not say whose it is."""
    found = []
    for resource in planned:
        keys = {"labels", "userLabels"} if cloud == "gcp" else {"tags"}  # tags of Google Cloud are a thing apart
        properties = resource_schema(resource.type).inputs.properties
        takes = {key for key in keys & set(properties) if not isinstance(resource.inputs.get(key), list)}
        if "userLabels" in takes:
            takes.discard("labels")  # there they say how the resource works, not whose it is
        found += [f"{resource.type} {resource.name}" for k in takes if MARKS - set(resource.inputs.get(k) or {})]
    return found


def holes(planned: Planned, environment: str, cloud: str) -> list[str]:
    """All of it, a line each."""
    return [
        *too_wide(planned),
        *unnamed_passes(planned),
        *open_doors(planned),
        *unprotected(planned, environment),
        *unmarked(planned, cloud),
    ]
