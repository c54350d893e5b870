"""The plan as one document, `groundplan.plan/1`: the same target gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from components.parity import Line, features, lines
from groundplan.cost.estimate import estimate
from groundplan.plan.recorder import Recorded, Recording, record
from groundplan.policy.subjects import of_plan
from groundplan.policy.verdict import as_json, verdict
from groundplan.program import program, requests
from groundplan.sandbox.emulator import Emulator
from groundplan.target import PROJECT, Target
from policies.configuration import Configuration
from policies.pack import rules

__all__ = ["REFUSED", "SCHEMA", "askers", "dumps", "emulated", "parity", "plan", "rehearse", "unjudged", "where"]

SCHEMA = "groundplan.plan/1"
REFUSED = "cloud-refuses"
"""Stands for a rule's id in findings of what the cloud would refuse."""


def where(target: Target) -> dict[str, str]:
    """The target's place, as the emulated cloud takes it."""
    ids = {key: value for key, value in vars(target.place).items() if isinstance(value, str)}
    return {"cloud": str(target.cloud), "account": target.place.account, **ids}


def emulated(target: Target) -> Emulator:
    """The emulated cloud at the target's place."""
    return Emulator(where(target))


def rehearse(target: Target) -> Recording:
    """Run the target's program against the emulated cloud and keep what it registered."""
    return record(lambda: program(target), project=PROJECT, stack=target.stack, emulator=emulated(target))


def plan(target: Target) -> dict[str, Any]:
    """
    The plan's document, with what the policy packs find, waivers as they hold at the beginning of the target's month.

    Raises:
        LookupError: A capability is not built on the cloud.
        Unfit: The cloud can't grant a wish of the blueprint.
    """
    made = unjudged(target)
    given = Configuration({"today": f"{target.month}-01"})
    broken = as_json([verdict(of_plan(made), rules(), given, target.origin)])["findings"]
    return {**made, "findings": made["findings"] + broken}


def unjudged(target: Target) -> dict[str, Any]:
    """
    The plan's document, with what the cloud would refuse alone as its findings: for who judges it by other settings.

    Raises:
        LookupError: A capability is not built on the cloud.
        Unfit: The cloud can't grant a wish of the blueprint.
    """
    recording = rehearse(target)
    labels = {
        (f"groundplan:{target.cloud}:{r.implementation(target.cloud).kind()}", r.name): r.implementation(
            target.cloud
        ).labelled(r.name)
        for r in requests(target.blueprint)
    }
    owners = _owners(recording, labels)
    order = {label: index for index, label in enumerate(labels.values())}
    ranked = sorted(recording.resources.values(), key=lambda r: (order[owners[r.urn]], r.custom, r.urn))
    resources = [_resource(r, owners[r.urn]) for r in ranked]
    return {
        "schema": SCHEMA,
        **target.identity(),
        "resources": resources,
        "outputs": recording.outputs,
        "parity": [line.as_json() for line in parity(target)],
        "cost": estimate(target, resources, recording.outputs),
        "findings": [finding for r in ranked for finding in _refusals(r, owners[r.urn])],
    }


def dumps(document: Mapping[str, Any] | list[dict[str, Any]]) -> str:
    """The document as JSON text that ends in a newline, in UTF-8 and stable order."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def parity(target: Target) -> list[Line]:
    """What the target's cloud makes of every feature of the capabilities the blueprint uses."""
    asked: dict[str, list[Any]] = {}
    for request in requests(target.blueprint):
        asked.setdefault(request.capability, []).append(request.spec)
    return [line for capability, specs in asked.items() for line in lines(capability, target.cloud, specs)]


def askers(target: Target, line: Line) -> tuple[str, ...]:
    """Where the blueprint first asks for the feature of a parity line."""
    feature = next(f for f in features(line.capability) if f.name == line.feature)
    return next(
        request.path(target.cloud)
        for request in requests(target.blueprint)
        if request.capability == line.capability and feature.needed(request.spec)
    )


def _owners(recording: Recording, labels: Mapping[tuple[str, str], str]) -> dict[str, str]:
    """URN to the label of the component that the resource belongs to."""
    owners: dict[str, str] = {}
    for urn, resource in recording.resources.items():
        above = resource
        while (above.type, above.name) not in labels:
            above = recording.resources[above.parent]
        owners[urn] = labels[above.type, above.name]
    return owners


def _resource(resource: Recorded, component: str) -> dict[str, Any]:
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "parent": resource.parent,
        "inputs": resource.inputs,
        "id": resource.id,
        "outputs": resource.outputs,
        "dependencies": list(resource.dependencies),
        "propertyDependencies": {k: list(v) for k, v in resource.property_dependencies.items()},
        "ignoreChanges": list(resource.ignore_changes),
        "component": component,
        "protect": resource.protect,
    }


def _refusals(resource: Recorded, component: str) -> list[dict[str, Any]]:
    """What the emulated cloud would refuse; none of it should ever come out of our own components."""
    return [
        {
            "rule": REFUSED,
            "level": "mandatory",
            "severity": "high",
            "urn": resource.urn,
            "type": resource.type,
            "property": failure.property,
            "message": failure.reason,
            "fix": "",
            "external": [],
            "component": component,
            "waived": None,
        }
        for failure in resource.failures
    ]
