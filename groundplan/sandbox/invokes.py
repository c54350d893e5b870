"""Answers to the look-ups a program may make of a cloud: who am I, where am I, documents."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["InvokeRefused", "answer"]

Place = Mapping[str, str]
Arguments = Mapping[str, Any]


class InvokeRefused(LookupError):
    """The emulated cloud has no answer to a look-up."""


def answer(token: str, arguments: Arguments, place: Place) -> dict[str, Any]:
    """
    Answer a look-up such as `aws:index/getCallerIdentity:getCallerIdentity`.

    Raises:
        InvokeRefused: No answer would be true of the user's own cloud.
    """
    known = _ANSWERS.get(token)
    if known is None:
        raise InvokeRefused(
            f"the emulated cloud can't answer {token}: it knows only what stacks create in it. "
            f"Pass the value as configuration instead; answered are {sorted(_ANSWERS)}"
        )
    return known(arguments, place)


def _caller(_: Arguments, place: Place) -> dict[str, Any]:
    account = place["account"]
    return {
        "id": account,
        "accountId": account,
        "arn": f"arn:aws:iam::{account}:user/sandbox",
        "userId": "AIDASANDBOXSANDBOX",
    }


def _region(arguments: Arguments, place: Place) -> dict[str, Any]:
    region = arguments.get("region") or arguments.get("name") or place["region"]
    endpoint = f"ec2.{region}.amazonaws.com"
    return {
        "id": region,
        "name": region,
        "region": region,
        "endpoint": endpoint,
        "description": region,
    }


def _partition(_: Arguments, __: Place) -> dict[str, Any]:
    return {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


def _zones(_: Arguments, place: Place) -> dict[str, Any]:
    region = place["region"]
    letters = "abc"
    return {
        "id": region,
        "region": region,
        "names": [f"{region}{letter}" for letter in letters],
        "zoneIds": [f"{region[:2]}w1-az{n}" for n, _ in enumerate(letters, 1)],
        "groupNames": [region],
    }


def _policy_document(arguments: Arguments, _: Place) -> dict[str, Any]:
    """
    Write a policy document as the provider does.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources
    /iam_policy_document
    """
    document: dict[str, Any] = {"Version": arguments.get("version") or "2012-10-17"}
    if arguments.get("policyId"):
        document["Id"] = arguments["policyId"]
    document["Statement"] = [_statement(s) for s in arguments.get("statements") or []]
    pretty = json.dumps(document, indent=2)
    return {
        **arguments,
        "id": str(zlib.crc32(pretty.encode())),
        "json": pretty,
        "minifiedJson": json.dumps(document, separators=(",", ":")),
    }


def _statement(given: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {"Effect": given.get("effect") or "Allow"}
    names = {
        "sid": "Sid",
        "actions": "Action",
        "notActions": "NotAction",
        "resources": "Resource",
        "notResources": "NotResource",
    }
    for ours, theirs in names.items():
        if value := given.get(ours):
            out[theirs] = value[0] if isinstance(value, list) and len(value) == 1 else value
    for ours, theirs in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if given.get(ours):
            out[theirs] = _principals(given[ours])
    if given.get("conditions"):
        out["Condition"] = _conditions(given["conditions"])
    return out


def _principals(given: list[Mapping[str, Any]]) -> Any:
    if any(p["type"] == "*" for p in given):
        return "*"
    return {p["type"]: p["identifiers"][0] if len(p["identifiers"]) == 1 else p["identifiers"] for p in given}


def _conditions(given: list[Mapping[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for condition in given:
        values = condition["values"]
        value = values[0] if len(values) == 1 else values
        out.setdefault(condition["test"], {})[condition["variable"]] = value
    return out


def _project(arguments: Arguments, place: Place) -> dict[str, Any]:
    project = arguments.get("projectId") or place["project"]
    return {
        "id": f"projects/{project}",
        "projectId": project,
        "name": project,
        "number": place.get("project_number", ""),
    }


def _gcp_client(_: Arguments, place: Place) -> dict[str, Any]:
    return {
        "id": f"projects/{place['project']}/regions/{place['region']}",
        "project": place["project"],
        "region": place["region"],
        "zone": f"{place['region']}-b",
        "accessToken": "",
    }


def _storage_agent(_: Arguments, place: Place) -> dict[str, Any]:
    email = f"service-{place.get('project_number', '')}@gs-project-accounts.iam.gserviceaccount.com"
    return {"id": email, "emailAddress": email, "member": f"serviceAccount:{email}"}


def _azure_client(_: Arguments, place: Place) -> dict[str, Any]:
    return {
        "clientId": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        "objectId": "5a4db0a0-0000-4000-8000-000000000001",
        "subscriptionId": place["subscription"],
        "tenantId": place["tenant"],
    }


_ANSWERS: dict[str, Callable[[Arguments, Place], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "gcp:organizations/getProject:getProject": _project,
    "gcp:organizations/getClientConfig:getClientConfig": _gcp_client,
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": _storage_agent,
    "azure-native:authorization:getClientConfig": _azure_client,
}
