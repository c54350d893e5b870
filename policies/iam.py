"""AWS policy documents, as rules read them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from policies.values import is_known

__all__ = ["actions", "anybody", "listed", "principals", "resources", "statements"]


def statements(document: Any, effect: str = "Allow") -> Iterator[Mapping[str, Any]]:
    """
    Statements of a policy, given as JSON text or as a mapping.

    None of a document that is unknown, secret, or no JSON (IAM refuses that by itself).
    """
    if not is_known(document):
        return
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return
    found = document.get("Statement", document.get("statements", ())) if isinstance(document, Mapping) else ()
    for statement in listed(found):
        if isinstance(statement, Mapping) and statement.get("Effect", statement.get("effect", "Allow")) == effect:
            yield statement


def listed(found: Any) -> list[Any]:
    """A list of what policies write as one or as several."""
    return list(found) if isinstance(found, list | tuple) else [] if found is None else [found]


def actions(statement: Mapping[str, Any]) -> list[str]:
    """Actions of a statement; `*` for one that names those it leaves out."""
    if "NotAction" in statement:
        return ["*"]
    return [str(action) for action in listed(statement.get("Action")) if is_known(action)]


def resources(statement: Mapping[str, Any]) -> list[str]:
    """Resources of a statement; `*` for one that names those it leaves out."""
    if "NotResource" in statement:
        return ["*"]
    return [str(resource) for resource in listed(statement.get("Resource")) if is_known(resource)]


def principals(statement: Mapping[str, Any]) -> list[str]:
    """Who a statement is for, whatever their kind; `*` for one that names those it leaves out."""
    if "NotPrincipal" in statement:
        return ["*"]
    found = statement.get("Principal")
    kinds = found.values() if isinstance(found, Mapping) else [found]
    return [str(who) for kind in kinds for who in listed(kind) if is_known(who)]


_BOUND = (  # condition keys that leave one account, organisation, network or resource
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "kms:calleraccount",
)


def anybody(statement: Mapping[str, Any]) -> bool:
    """
    Whether everybody is let in: any principal, and no condition that leaves an account, organisation or network.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    if not any(who == "*" or who.endswith(":iam::*:root") for who in principals(statement)):
        return False
    conditions = statement.get("Condition")
    keys = [
        key.lower() for operator in (conditions or {}).values() if isinstance(operator, Mapping) for key in operator
    ]
    return not any(key in _BOUND for key in keys)
