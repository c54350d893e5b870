"""GP-REL-006: a spot job waits at least as long as it may run."""

from collections.abc import Iterator
from typing import Any

from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, look, word

RUN_SECONDS = 86_400
"""What SageMaker gives a run by default. Source: StoppingCondition in the API reference, 2026-11."""
_WAIT, _RUN = "stoppingCondition.maxWaitTimeInSeconds", "stoppingCondition.maxRuntimeInSeconds"


def _short(inputs: Any, before: str) -> Iterator[Breach]:
    if look(inputs, "enableManagedSpotTraining") is not True:
        return
    wait, run = look(inputs, _WAIT), look(inputs, _RUN)
    run = RUN_SECONDS if run is ABSENT else run
    if wait is ABSENT:
        yield Breach(f"{before}{_WAIT} is not set: a spot job needs one", before + _WAIT)
    elif isinstance(wait, int | float) and isinstance(run, int | float) and wait < run:
        message = f"{before}{_WAIT} is {word(wait)}; it must be no less than the run's {word(run)}"
        yield Breach(message, before + _WAIT)


def _job(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    yield from _short(resource.inputs, "")


def _tuned(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    for path in ("trainingJobDefinition", "trainingJobDefinitions.*"):
        for where, found in resource.all(path):
            if isinstance(found, dict):
                yield from _short(found, f"{where}.")


def _spot(wait: int, run: int | None = 3600) -> dict[str, Any]:
    condition = {"maxWaitTimeInSeconds": wait} | ({} if run is None else {"maxRuntimeInSeconds": run})
    return {"enableManagedSpotTraining": True, "stoppingCondition": condition}


RULE = Rule(
    id="GP-REL-006",
    demand="A spot job waits for as long as it may run, or longer.",
    why="The wait covers queueing and the run: SageMaker refuses a job that may wait less than it may run.",
    fix="Write max_wait no shorter than max_run at the training, or raise maxWaitTimeInSeconds.",
    fields=("spot.max_wait", "max_run"),
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html",
    severity=Severity.MEDIUM,
    checks={
        "aws:sagemaker/trainingJob:TrainingJob": Check(
            run=_job,
            reads=(_WAIT,),
            passes=_spot(7200),
            fails=(_spot(1800), _spot(7200, None)),
            absent=Absent.FAILS,
            because="SageMaker refuses a spot job without one",
        ),
        "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": Check(
            run=_tuned,
            reads=(f"trainingJobDefinition.{_WAIT}",),
            passes={"trainingJobDefinition": _spot(7200)},
            fails=({"trainingJobDefinition": _spot(1800)}, {"trainingJobDefinitions": [_spot(1800)]}),
            absent=Absent.FAILS,
            because="SageMaker refuses a spot job without one",
        ),
    },
)
