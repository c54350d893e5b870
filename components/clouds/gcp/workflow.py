"""Definitions that runs and releases start from: Google Cloud workflows, written as YAML beside their component."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pulumi
import pulumi_gcp as gcp
from ruamel.yaml import YAML

from components.base import Component
from components.clouds.gcp.ground import GcpGround, labels, place
from components.outputs import together

__all__ = [
    "FOLLOW",
    "LONGEST_EXPRESSION",
    "LONGEST_SOURCE",
    "QUERY",
    "TRAFFIC",
    "controller",
    "literal",
    "source",
    "workflow_name",
]

# Routines that several definitions call.
FOLLOW, QUERY = (Path(__file__).with_name(f"{name}.yaml") for name in ("follow", "query"))
TRAFFIC = Path(__file__).parents[2] / "endpoint" / "gcp_traffic.yaml"

# Source: https://cloud.google.com/workflows/quotas#resource_limits
LONGEST_SOURCE = 131_072  # bytes
LONGEST_EXPRESSION = 400  # characters
USUAL_OUTPUT = 150  # characters of an id or a URI


def literal(value: Any) -> Any:
    """
    A value that Workflows takes as it stands: `${…}` in a text would be run as an expression.

    Raises:
        ValueError: The text with `${` in it is longer than an expression may be.
    """
    if isinstance(value, Mapping):
        return {str(key): literal(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [literal(inner) for inner in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    parts = json.dumps(value, ensure_ascii=False).replace("${", '$" + "{')
    expression = "${" + parts + "}"
    if len(expression) > LONGEST_EXPRESSION:
        raise ValueError(
            f"{value[:60]}… has ${{ in it, and is longer than the {LONGEST_EXPRESSION} characters Workflows takes of"
            " such a text. Leave ${ out, or shorten it."
        )
    return expression


@cache
def _parse(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text("utf-8"))


def source(
    path: Path,
    given: Mapping[str, Any],
    advice: str = "Write less.",
    routines_of: Sequence[Path] = (),
    then: Sequence[Mapping[str, Any]] = (),
    instead: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> str:
    """
    The workflow of a YAML file as JSON, its first step setting the variable `given`.

    Args:
        path: The file.
        given: What the variable holds.
        advice: What to change where that is too much.
        routines_of: Further files, whose routines it calls; the first that has a routine of a name decides.
        then: Steps between that one and the file's own.
        instead: Routine to steps, by their names, in place of those that it has.

    Raises:
        ValueError: It is larger than Workflows takes.
    """
    routines: dict[str, Any] = {}
    for file in (path, *routines_of):
        for name, routine in _parse(file).items():
            routines.setdefault(name, routine)
    for name, steps in instead.items():
        routines[name] = {**routines[name], "steps": [_replaced(step, steps) for step in routines[name]["steps"]]}
    first = {"given": {"assign": [{"given": literal(given)}]}}
    routines["main"] = {**routines["main"], "steps": [first, *then, *routines["main"]["steps"]]}
    text = json.dumps(routines, ensure_ascii=False, separators=(",", ":"))
    if (size := len(text.encode())) > LONGEST_SOURCE:
        raise ValueError(
            f"its settings make a workflow of {size} bytes, and Workflows takes {LONGEST_SOURCE}. {advice}"
        )
    return text


def _replaced(step: Mapping[str, Any], steps: Mapping[str, Any]) -> dict[str, Any]:
    """The step, or the one of its name."""
    ((name, body),) = step.items()
    return {name: steps.get(name, body)}


def _sketch(value: Any) -> Any:
    """The value with a text of usual length for each output that is not known yet."""
    if isinstance(value, Mapping):
        return {key: _sketch(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_sketch(inner) for inner in value]
    return "x" * USUAL_OUTPUT if isinstance(value, pulumi.Output) else value


def workflow_name(component: Component, suffix: str) -> str:
    """Physical name of a component's workflow."""
    whose = (component.section,) if component.singleton else (component.section, component.name)
    return component.context.name(*whose, suffix, limit=63)


def controller(
    component: Component,
    suffix: str,
    path: Path,
    given: Mapping[str, Any],
    description: str,
    advice: str = "Shorten environment, command or hyperparameters.",
    routines_of: Sequence[Path] = (),
    then: Sequence[Mapping[str, Any]] = (),
    instead: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    account: pulumi.Input[str] | None = None,
) -> gcp.workflows.Workflow:
    """
    A workflow that the stack's pipeline account runs, encrypted with the customer's key.

    Args:
        component: Whose it is.
        suffix: Distinguishes it from other workflows of the component.
        path: YAML file of the workflow.
        given: What the workflow finds in its variable `given`; outputs may be anywhere in it.
        description: What a start of it does.
        advice: What to change where the workflow is too large.
        routines_of: Further files, whose routines it calls.
        then: Steps before the file's own, which may change what `given` holds.
        instead: Routine to steps, by their names, in place of those that it has.
        account: E-mail address of the account that runs it in place of the pipeline's.

    Raises:
        ValueError: It is larger than Workflows takes.
    """
    # now, while the component is told; inside `apply` it would be too late
    source(path, _sketch(given), advice, routines_of, then, instead)
    where, ground = place(component), component.need(GcpGround)
    return gcp.workflows.Workflow(
        f"{component.name}-{suffix}",
        name=workflow_name(component, suffix),
        project=where.project,
        region=where.region,
        description=description,
        service_account=account or ground.accounts["pipeline"].email,
        source_contents=together(given).apply(lambda known: source(path, known, advice, routines_of, then, instead)),
        crypto_key_name=ground.key.of["workflows"],
        call_log_level="LOG_ERRORS_ONLY",
        execution_history_level="EXECUTION_HISTORY_BASIC",
        deletion_protection=False,  # it holds no data, and the next `up` makes it anew
        labels=labels(component),
        opts=component.child(),
    )
