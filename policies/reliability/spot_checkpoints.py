"""GP-REL-005: spot training goes on where it was stopped."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, look

SHORT_SECONDS = 3600
"""
A run that may begin anew: SageMaker lets algorithms without checkpoints wait as long on spot, and no longer.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html, 2026-11.
"""
_URI = "s3://ml/checkpoints"
_PATH = "checkpointConfig.s3Uri"
_LIMIT = "stoppingCondition.maxRuntimeInSeconds"
_WHY = "a run that is stopped begins anew"
_SPOT = re.compile(r"EnableManagedSpotTraining\W{1,6}true", re.IGNORECASE)
_RUN = re.compile(r"MaxRuntimeInSeconds\W{1,6}(\d+)")


def _lost(job: Any, before: str) -> Iterator[Breach]:
    if (
        look(job, "enableManagedSpotTraining") is True
        and look(job, _PATH) in (ABSENT, "")
        and not _short(look(job, _LIMIT))
    ):
        yield Breach(f"{before}{_PATH} is not set: {_WHY}", before + _PATH)


def _short(seconds: Any) -> bool:
    """What is not known yet may be; what is not set is a day."""
    return seconds is not ABSENT and not (isinstance(seconds, int | float) and seconds > SHORT_SECONDS)


def _job(resource: Resource, settings: Settings) -> Iterator[Breach]:
    if resource.label(settings.restartable_label) != "true":
        yield from _lost(resource.inputs, "")


def _tuned(resource: Resource, settings: Settings) -> Iterator[Breach]:
    for path in ("trainingJobDefinition", "trainingJobDefinitions.*"):
        for where, job in resource.all(path):
            if isinstance(job, Mapping) and resource.label(settings.restartable_label) != "true":
                yield from _lost(job, f"{where}.")


def _launched(resource: Resource, settings: Settings) -> Iterator[Breach]:
    """Runs that a state machine starts later."""
    text = resource.at("definition")
    if not isinstance(text, str) or not _SPOT.search(text) or "CheckpointConfig" in text:
        return
    longest = max((int(seconds) for seconds in _RUN.findall(text)), default=SHORT_SECONDS + 1)
    if longest > SHORT_SECONDS and resource.label(settings.restartable_label) != "true":
        yield Breach(f"definition starts spot training jobs without a CheckpointConfig: {_WHY}", "definition")


def _spot(**more: Any) -> dict[str, Any]:
    return {"enableManagedSpotTraining": True, **more}


def _machine(**more: Any) -> dict[str, Any]:
    call = {"EnableManagedSpotTraining": True, "StoppingCondition": {"MaxRuntimeInSeconds": 86_400}, **more}
    return {"definition": json.dumps({"States": {"Fit": {"Type": "Task", "Arguments": call}}})}


RULE = Rule(
    id="GP-REL-005",
    demand="Spot training that may run for more than an hour writes checkpoints.",
    why="The cloud takes spot machines back at any time: without a checkpoint hours of work are paid for twice.",
    fix="Write checkpoint: {every: 10m} at the training, or set checkpointConfig.s3Uri.",
    fields=("checkpoint", "spot"),
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html",
    severity=Severity.HIGH,
    checks={
        "aws:sagemaker/trainingJob:TrainingJob": Check(
            run=_job,
            reads=(_PATH,),
            passes=_spot(checkpointConfig={"s3Uri": _URI}),
            fails=(_spot(), _spot(stoppingCondition={"maxRuntimeInSeconds": 7200})),
            absent=Absent.FAILS,
            because=_WHY,
        ),
        "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": Check(
            run=_tuned,
            reads=(f"trainingJobDefinition.{_PATH}",),
            passes={"trainingJobDefinition": _spot(checkpointConfig={"s3Uri": _URI})},
            fails=({"trainingJobDefinition": _spot()}, {"trainingJobDefinitions": [_spot()]}),
            absent=Absent.FAILS,
            because=_WHY,
        ),
        "aws:sfn/stateMachine:StateMachine": Check(
            run=_launched,
            reads=("definition",),
            passes=_machine(CheckpointConfig={"S3Uri": _URI}),
            fails=(_machine(),),
            absent=Absent.PASSES,
        ),
    },
)
