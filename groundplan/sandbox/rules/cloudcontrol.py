"""AWS Cloud Control: a resource whose body is JSON, ruled by its CloudFormation type's schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from groundplan.sandbox.rules.rule import Refusal, nearest

__all__ = ["TOKEN", "KnownType", "body", "known_type", "refusals", "replaces"]

TOKEN = "aws:cloudcontrol/resource:Resource"  # noqa: S105 - a type token, no secret

KnownType = Mapping[str, list[str]]
"""`properties`, `required`, `createOnly`, `readOnly` and `identifier` of a CloudFormation type."""


def known_type(name: str) -> KnownType | None:
    """Return what is known of a CloudFormation type, or None."""
    return _types().get(name)


def body(inputs: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the desired state as values; None where it is not known yet, or no JSON object."""
    try:
        found = json.loads(inputs.get("desiredState") or "")
    except (json.JSONDecodeError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def refusals(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """Yield what Cloud Control would refuse of a body's top level."""
    known, wanted = known_type(str(inputs.get("typeName"))), body(inputs)
    if known is None or wanted is None:
        return
    for name in known["required"]:
        if name not in wanted:
            yield "desiredState", f"lacks {name}, which {inputs['typeName']} requires"
    for name in wanted:
        if name not in known["properties"]:
            yield (
                "desiredState",
                f"has {name}, which is no property of {inputs['typeName']}" + nearest(name, known["properties"]),
            )
        elif name in known["readOnly"]:
            yield "desiredState", f"has {name}, which {inputs['typeName']} sets itself"


def replaces(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """
    Tell whether a change of body needs a new resource.

    Source: hashicorp/terraform-provider-aws internal/service/cloudcontrol/resource.go: a changed
    create-only property forces a new resource.
    """
    known = known_type(str(new.get("typeName")))
    was, wanted = body(old), body(new)
    if known is None or was is None or wanted is None:
        return False
    return any(_at(was, path) != _at(wanted, path) for path in known["createOnly"])


def _at(value: Any, path: str) -> Any:
    for part in path.split("/"):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


@lru_cache(maxsize=1)
def _types() -> dict[str, KnownType]:
    text = resources.files(__package__ or "").joinpath("cloudformation.json").read_text(encoding="utf-8")
    return json.loads(text)["types"]
