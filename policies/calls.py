"""Calls to SageMaker and Vertex AI in state machines, pipelines and workflows, judged as resources are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.definitions import DOCUMENTS, document, parsed
from policies.resource import Resource
from policies.rule import Absent, Breach, Check
from policies.settings import Settings
from policies.values import ABSENT, UNKNOWN, look

__all__ = ["called"]

STATE_MACHINE, PIPELINE = "aws:sfn/stateMachine:StateMachine", "aws:sagemaker/pipeline:Pipeline"
WORKFLOW = "gcp:workflows/workflow:Workflow"
_PATHS = {**DOCUMENTS, PIPELINE: "pipelineDefinition"}
_WHOLE = ("Arguments", "Parameters", "TrainingJobDefinition", "TrainingJobDefinitions")
_MARKS: Mapping[str, tuple[str, ...]] = {
    "CreateTrainingJob": ("algorithmSpecification", "resourceConfig"),
    "CreateModel": ("executionRoleArn", "primaryContainer"),
    "CreateEndpointConfig": ("productionVariants",),
    "CustomJob": ("jobSpec.workerPoolSpecs",),
    "HyperparameterTuningJob": ("trialJobSpec.workerPoolSpecs",),
}
"""Call to what its request alone has. A search of SageMaker describes its trials as `CreateTrainingJob` does."""
_GOOGLE = ("CustomJob", "HyperparameterTuningJob")


def called(checks: Mapping[str, Check]) -> dict[str, Check]:
    """
    The checks, made of each such call that a state machine, pipeline or workflow has in it.

    What an expression makes at run time is unknown. Where a request is put together from parts, a part lacks only
    what the whole document does not speak of.

    Args:
        checks: `CreateTrainingJob`, `CreateModel`, `CreateEndpointConfig` or Vertex AI's `CustomJob` or
            `HyperparameterTuningJob`, to a check of its request. Keys are as of a resource:
            `resourceConfig.volumeKmsKeyId`.
    """
    google = {call: check for call, check in checks.items() if call in _GOOGLE}
    amazon = {call: check for call, check in checks.items() if call not in google}
    return {
        **({kind: _check(kind, amazon) for kind in (STATE_MACHINE, PIPELINE)} if amazon else {}),
        **({WORKFLOW: _check(WORKFLOW, google)} if google else {}),
    }


def _check(kind: str, checks: Mapping[str, Check]) -> Check:
    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        for call, check in checks.items():
            for where, inputs, whole in _requests(resource, call):
                for breach in check.run(Resource(resource.urn, call, inputs), settings):
                    if whole or look(inputs, breach.path) is not ABSENT or not _spoken_of(resource, breach.path):
                        yield Breach(f"in {where}, {breach.message}", _PATHS[kind])

    return Check(
        run=run,
        reads=(_PATHS[kind],),
        passes=_sample(kind, {call: check.passes for call, check in checks.items()}),
        fails=tuple(_sample(kind, {call: bad}) for call, check in checks.items() for bad in check.fails),
        absent=Absent.PASSES,
    )


def _requests(resource: Resource, call: str) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Requests of a call: where each is, its keys and values as a resource has them, and whether that is all of it."""
    path = _PATHS[resource.type]
    every = resource.once("calls", lambda: list(_holders(_document(resource), path)))
    late = resource.once("late", lambda: _late(every))
    names = resource.once("names", lambda: [{_lower(str(name)) for name in holder} for _, _, holder in every])
    first = {mark.partition(".")[0] for mark in _MARKS[call]}
    for (where, key, holder), known in zip(every, names, strict=True):
        if not first <= known:
            continue
        inputs = _plain(holder)
        if all(look(inputs, mark) is not ABSENT for mark in _MARKS[call]):
            # a workflow may set the rest of a job by `job.encryptionSpec`
            for name in filter(None, late):
                _unknown(inputs, name.split("."))
            yield where, inputs, key in _WHOLE or call in _GOOGLE


def _late(holders: list[tuple[str, str, Mapping[str, Any]]]) -> set[str]:
    """What is set later, by its path within a request: `encryptionSpec` of `job.encryptionSpec`."""
    return {key.partition(".")[2] for _, _, holder in holders for key in holder if not key.endswith(".$")}


def _spoken_of(resource: Resource, path: str) -> bool:
    """Whether the last key of a path is anywhere in the document, in an expression too."""
    found = resource.at(_PATHS[resource.type])
    text = found if isinstance(found, str) else json.dumps(found, default=str)
    name = path.rpartition(".")[2]
    return re.search(rf"\b{re.escape(name)}\b", text, re.I) is not None


def _unknown(inputs: Any, parts: list[str]) -> None:
    """Marks what is absent at a path as unknown."""
    head, *rest = parts
    if not isinstance(inputs, dict):
        return
    if rest and isinstance(inputs.setdefault(head, {}), dict):
        _unknown(inputs[head], rest)
    else:
        inputs.setdefault(head, UNKNOWN)


def _document(resource: Resource) -> Any:
    if resource.type != PIPELINE:
        return document(resource)
    text = resource.at("pipelineDefinition")
    return parsed(text) if isinstance(text, str) else None


def _holders(value: Any, where: str = "", key: str = "") -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each mapping in a document, with its path and the key it is under."""
    if isinstance(value, dict):
        yield where, key, value
        for name, inner in value.items():
            yield from _holders(inner, f"{where}.{name}", str(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _holders(inner, f"{where}.{index}", key)


def _plain(value: Any) -> Any:
    """A request as a resource's inputs are; expressions are unknown."""
    if isinstance(value, Mapping):
        if len(value) == 1 and next(iter(value)).startswith(("Get", "Std:")):  # of a pipeline's parameters and steps
            return UNKNOWN
        return {_lower(str(k)): UNKNOWN if str(k).endswith(".$") else _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return UNKNOWN if isinstance(value, str) and value.startswith(("{%", "${")) else value


def _lower(key: str) -> str:
    return (key[:1].lower() + key[1:]).removesuffix(".$")


def _upper(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key[:1].upper() + key[1:]: _upper(inner) for key, inner in value.items()}
    return [_upper(inner) for inner in value] if isinstance(value, list) else value


def _sample(kind: str, requests: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A document with the requests in it."""
    if kind == WORKFLOW:
        specs = {call: _MARKS[call][0].partition(".")[0] for call in requests}
        jobs = [
            {**job, (s := specs[call]): {"workerPoolSpecs": [{}], **job.get(s, {})}} for call, job in requests.items()
        ]
        steps = [{f"job{i}": {"call": "http.post", "args": {"body": job}}} for i, job in enumerate(jobs)]
        return {_PATHS[kind]: json.dumps({"main": {"steps": steps}})}
    tasks = {call: {"Arguments": _upper({**{m: {} for m in _MARKS[call]}, **r})} for call, r in requests.items()}
    if kind == PIPELINE:
        return {_PATHS[kind]: json.dumps({"Steps": [{"Name": name, **task} for name, task in tasks.items()]})}
    return {_PATHS[kind]: json.dumps({"States": tasks})}
