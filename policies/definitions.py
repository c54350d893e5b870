"""Machines within what a resource starts later: state machines, workflows and logic apps hold API calls as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from policies.resource import Resource

__all__ = ["DOCUMENTS", "Asked", "asked", "document", "holders", "parsed"]

DOCUMENTS: Mapping[str, str] = {
    "aws:sfn/stateMachine:StateMachine": "definition",
    "gcp:workflows/workflow:Workflow": "sourceContents",
    "azure-native:logic:Workflow": "definition",
}
"""Types that hold API calls, and where."""


_TRIALS = ("MaxParallelTrainingJobs", "parallelTrialCount")
"""How many trials a search of SageMaker or Vertex AI runs at a time, each on machines of its own."""


@dataclass(frozen=True)
class Asked:
    """
    Machines that a call asks for.

    Attributes:
        path: Of the resource's input.
        added: Accelerator beside the machine, and how many.
        index: Place in the list that names them: pools of one job are alike and yet several.
    """

    path: str
    name: str
    use: Literal["training", "hosting"]
    least: int
    most: int
    added: tuple[str, int] = ("", 0)
    index: int = 0


def document(resource: Resource) -> Any:
    """What the resource starts, as mappings and lists; None of one that is unknown, secret, or no document."""
    found = resource.at(DOCUMENTS.get(resource.type, "")) if resource.type in DOCUMENTS else None
    return parsed(found) if isinstance(found, str) else found if isinstance(found, Mapping) else None


@lru_cache(maxsize=256)
def parsed(text: str) -> Any:
    """JSON or YAML as mappings and lists; None of what is neither."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return YAML(typ="safe").load(text)
    except YAMLError:
        return None


def holders(value: Any) -> Iterator[Mapping[str, Any]]:
    """Each mapping in a document, the outer ones first."""
    if isinstance(value, dict):
        yield value
        value = value.values()
    elif not isinstance(value, list):
        return
    for inner in value:
        if isinstance(inner, dict | list):
            yield from holders(inner)


def asked(resource: Resource) -> Iterator[Asked]:
    """The machines that the resource's calls ask for; a call that is tried again is one."""
    found = document(resource)
    if found is None:
        return
    path = DOCUMENTS[resource.type]
    capacity = max((_number(_in(h, "sku", "capacity"), 0) for h in holders(found)), default=0)
    trials = max((_number(h.get(key), 0) for h in holders(found) for key in _TRIALS), default=0)
    for call in dict.fromkeys(
        replace(call, index=index) for index, h in _placed(found) for call in _calls(path, h, capacity or 1)
    ):
        yield replace(call, most=call.most * trials) if trials and call.use == "training" else call


def _placed(value: Any, index: int = 0) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Each mapping in a document, with its place in the list that it is in."""
    if isinstance(value, dict):
        yield index, value
        for inner in value.values():
            yield from _placed(inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _placed(inner, place)


def _calls(path: str, holder: Mapping[str, Any], capacity: int) -> Iterator[Asked]:
    """Machines that one mapping of a call asks for, in the spelling of SageMaker, Vertex AI or Azure ML."""
    sagemaker = holder.get("InstanceType")
    if isinstance(sagemaker, str) and sagemaker.startswith("ml."):
        first = holder.get("InitialInstanceCount")
        count = _number(first if first is not None else holder.get("InstanceCount"), 1)
        hosting = first is not None or "VariantName" in holder
        yield Asked(path, sagemaker, "hosting" if hosting else "training", count if hosting else 0, count)
    vertex = _in(holder, "machineSpec", "machineType")
    if isinstance(vertex, str) and "$" not in vertex:
        card = _in(holder, "machineSpec", "acceleratorType")
        cards = _number(_in(holder, "machineSpec", "acceleratorCount"), 0)
        least = _number(holder.get("minReplicaCount"), 1)
        hosting = "minReplicaCount" in holder
        most = _number(holder.get("maxReplicaCount" if hosting else "replicaCount"), max(least, 1))
        added = (card, cards) if isinstance(card, str) else ("", 0)
        yield Asked(path, vertex, "hosting" if hosting else "training", least if hosting else 0, most, added)
    azure = holder.get("instanceType")
    if isinstance(azure, str) and azure.startswith("Standard_"):
        yield Asked(path, azure, "hosting", capacity, capacity)


def _in(holder: Any, *keys: str) -> Any:
    for key in keys:
        holder = holder.get(key) if isinstance(holder, Mapping) else None
    return holder


def _number(found: Any, usual: int) -> int:
    """A whole number, of text too; `usual` for what only a run will tell."""
    text = str(found)
    return int(text) if text.isdigit() else usual
