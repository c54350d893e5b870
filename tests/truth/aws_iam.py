"""Holds IAM policies against AWS's service authorization reference, as cfn-lint carries it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["action_problems", "as_list", "resource_problems", "statements"]


# takes a resource for a data set of OpenTelemetry alone; a plain metric has none, only its namespace. Source:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
_NO_RESOURCE = {"cloudwatch:PutMetricData"}


@cache
def _reference() -> Mapping[str, Any]:
    return json.loads((files("cfnlint") / "data" / "AdditionalSpecs" / "Policies.json").read_text("utf-8"))


def as_list(value: Any) -> list[Any]:
    """Policies write one thing as itself, several as a list."""
    return value if isinstance(value, list) else [value]


def statements(policy: str) -> list[dict[str, Any]]:
    """The statements of a policy document."""
    return as_list(json.loads(policy)["Statement"])


def _action(action: str) -> Mapping[str, Any] | None:
    service, _colon, name = action.partition(":")
    return _reference().get(service, {}).get("Actions", {}).get(name.lower())


def action_problems(statement: Mapping[str, Any]) -> Iterator[str]:
    """Actions that IAM does not know; `kms:*` and `s3:*` stand for those of a service."""
    for action in as_list(statement["Action"]):
        service, _colon, name = action.partition(":")
        known = service in _reference() if name == "*" else _action(action) is not None
        if not known:
            yield f"there is no action {action}"


def resource_problems(statement: Mapping[str, Any]) -> Iterator[str]:
    """
    Where action and resource don't go together.

    A statement of a role's policy: an action that knows resources must not be given all of them, one that knows
    none must; and every resource must be one that an action of the statement can act on.
    """
    resources = as_list(statement["Resource"])
    formats: list[re.Pattern[str]] = []
    for action in as_list(statement["Action"]):
        kinds = [] if action in _NO_RESOURCE else (_action(action) or {}).get("Resources", [])
        if bool(kinds) == (resources == ["*"]):
            yield f"{action} {'needs a resource' if kinds else 'knows no resource'}, and has {resources}"
        fits = [f for kind in as_list(kinds) for f in _formats(action.partition(":")[0], kind)]
        if kinds and not any(f.match(r) for f in fits for r in resources):
            yield f"{action} acts on {kinds}, not on {resources}"
        formats += fits
    for resource in resources:
        if resource != "*" and not any(f.match(resource) for f in formats):
            yield f"{resource} is nothing that {statement['Action']} acts on"


@cache
def _formats(service: str, kind: str) -> list[re.Pattern[str]]:
    found = _reference()[service]["Resources"].get(kind.lower()) or _elsewhere(kind)
    return [re.compile(re.sub(r"\$\{\w+\}", "[^:]*", text)) for text in found["ARNFormats"]]


def _elsewhere(kind: str) -> Mapping[str, Any]:
    """A resource of another service, as a KMS key is to Secrets Manager."""
    return next(s["Resources"][kind.lower()] for s in _reference().values() if kind.lower() in s.get("Resources", {}))
