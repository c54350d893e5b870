"""The resources to judge, out of a plan's document or the state of any stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies.estimate import Estimate, of_cost
from policies.resource import Resource
from policies.values import plain

__all__ = ["NotReadable", "Subject", "of_plan", "of_state", "read_plans", "read_state"]

PROVIDER = "pulumi:providers:"
PLAN = "groundplan.plan/1"


class NotReadable(ValueError):
    """The file is not what it was said to be; the message says what to give instead."""


@dataclass(frozen=True)
class Subject:
    """
    A stack to judge.

    Attributes:
        stack: Its name.
        environment: What its plan says, or "".
        blueprint: Name of the blueprint, or "".
        cloud: `aws`, or "".
        estimate: What a month is expected to cost, where it is a plan.
    """

    stack: str
    resources: tuple[Resource, ...]
    environment: str = ""
    blueprint: str = ""
    cloud: str = ""
    estimate: Estimate | None = None


def of_plan(document: Mapping[str, Any]) -> Subject:
    """The resources of a plan's document."""
    region = {"region": document["region"]}
    return Subject(
        stack=document["stack"],
        environment=document["environment"],
        blueprint=document["blueprint"],
        cloud=document["cloud"],
        estimate=of_cost(document["cost"]),
        resources=tuple(
            Resource(
                urn=r["urn"],
                type=r["type"],
                inputs=plain(r["inputs"]),
                name=r["name"],
                parent=r["parent"],
                protect=r["protect"],
                dependencies=tuple(r["dependencies"]),
                property_dependencies={k: tuple(v) for k, v in r["propertyDependencies"].items()},
                provider=region,
            )
            for r in document["resources"]
        ),
    )


def of_state(state: Mapping[str, Any]) -> Subject:
    """
    The resources of a state: `pulumi stack export`, or a file backend's checkpoint.

    Those that are being deleted are left out, and so are the providers, whose inputs their resources have.
    """
    deployment = state.get("deployment") or (state.get("checkpoint") or {}).get("latest") or {}
    found = [r for r in deployment.get("resources") or () if not r.get("delete")]
    providers = {
        f"{r['urn']}::{r.get('id', '')}": plain(r.get("inputs") or {}) for r in found if r["type"].startswith(PROVIDER)
    }
    stack = next((r["urn"].split("::")[0].removeprefix("urn:pulumi:") for r in found), "")
    return Subject(
        stack=stack,
        resources=tuple(
            Resource(
                urn=r["urn"],
                type=r["type"],
                inputs=plain(r.get("inputs") or {}),
                name=r["urn"].rpartition("::")[2],
                parent=r.get("parent") or "",
                protect=bool(r.get("protect")),
                dependencies=tuple(r.get("dependencies") or ()),
                property_dependencies={k: tuple(v or ()) for k, v in (r.get("propertyDependencies") or {}).items()},
                provider=providers.get(r.get("provider") or "", {}),
            )
            for r in found
            if not r["type"].startswith(PROVIDER)
        ),
    )


def read_plans(file: Path) -> list[Subject]:
    """
    The plans of a file that `groundplan plan --json` wrote, of one cloud or of all.

    Raises:
        NotReadable: It is no such file.
    """
    found = _json(file)
    plans = found if isinstance(found, list) else [found]
    if not plans or any(not isinstance(p, dict) or p.get("schema") != PLAN for p in plans):
        raise NotReadable(f"{file} is no plan. Give what `groundplan plan --json` printed.")
    try:
        return [of_plan(plan) for plan in plans]
    except (KeyError, TypeError, AttributeError) as wrong:
        raise NotReadable(f"{file} is no whole plan. Give what `groundplan plan --json` printed.") from wrong


def read_state(file: Path) -> Subject:
    """
    The stack of a file that `pulumi stack export` wrote.

    Raises:
        NotReadable: It is no such file.
    """
    found = _json(file)
    wrong = f"{file} is no state of a stack. Give what `pulumi stack export` printed."
    if not isinstance(found, dict) or not ({"deployment", "checkpoint"} & set(found)):
        raise NotReadable(wrong)
    try:
        return of_state(found)
    except (KeyError, TypeError, AttributeError) as error:
        raise NotReadable(wrong) from error


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise NotReadable(f"{file} can't be read: {error.strerror}. Name a file that can.") from error
    except (ValueError, RecursionError) as error:
        raise NotReadable(f"{file} is not JSON. Give what was printed, unchanged.") from error
