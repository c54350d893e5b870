"""GP-COST-023: tuning stops trials that lead nowhere."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from policies.definitions import DOCUMENTS, document, holders
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Level, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT

EARLY = "config.trainingJobEarlyStoppingType"
CRITERIA = (
    "config.tuningJobCompletionCriteria.bestObjectiveNotImproving",
    "config.tuningJobCompletionCriteria.convergenceDetected",
)


def _goes_on(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    """Hyperband stops trials by itself, and takes no other early stopping."""
    found, strategy = resource.at(EARLY), resource.at("config.strategy")
    off = found is ABSENT or str(found).lower() == "off"
    if off and strategy != "Hyperband" and not any(resource.has(path) for path in CRITERIA):
        yield Breach(f"{EARLY} is not Auto, and no completion criterion ends the tuning", EARLY)


def _searches(kind: str, goes_on: Callable[[Mapping[str, Any]], bool], passes: Any, fails: Any) -> Check:
    """A check of the searches that a workflow starts."""
    path = DOCUMENTS[kind]

    def run(resource: Resource, _settings: Settings) -> Iterator[Breach]:
        if any(goes_on(held) for held in holders(document(resource))):
            yield Breach("it starts a search that trains each trial to its end", path)

    good, bad = (found if kind.startswith("azure") else json.dumps(found) for found in (passes, fails))
    return Check(run=run, reads=(path,), passes={path: good}, fails=({path: bad},), absent=Absent.PASSES)


def _sagemaker(held: Mapping[str, Any]) -> bool:
    if "HyperParameterTuningJobObjective" not in held or "TuningJobCompletionCriteria" in held:
        return False
    return held.get("TrainingJobEarlyStoppingType", "Off") == "Off" and held.get("Strategy") != "Hyperband"


def _vertex(held: Mapping[str, Any]) -> bool:
    return {"metrics", "parameters"} <= held.keys() and not any("Stopping" in key for key in held)


def _azure(held: Mapping[str, Any]) -> bool:
    return held.get("jobType") == "Sweep" and "earlyTermination" not in held


_CONFIG = {"HyperParameterTuningJobObjective": {}, "Strategy": "Bayesian"}
_STUDY = {"metrics": [{"metricId": "auc"}], "parameters": [{"parameterId": "eta"}]}
_SWEEP = {"jobType": "Sweep"}

RULE = Rule(
    id="GP-COST-023",
    demand="Tuning stops trials that lead nowhere, or ends when nothing gets better.",
    why="Most trials are worse than the best from their first epochs on, and each of them is paid to the end.",
    fix="Write early_stopping: true at the tuning; elsewhere set early stopping to Auto, take Hyperband, or set a"
    " completion criterion.",
    fields=("tuning.early_stopping", "tuning"),
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-early-stopping.html",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    checks={
        "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": Check(
            run=_goes_on,
            reads=(EARLY,),
            passes={"config": {"strategy": "Bayesian", "trainingJobEarlyStoppingType": "Auto"}},
            fails=({"config": {"strategy": "Bayesian", "trainingJobEarlyStoppingType": "Off"}},),
            absent=Absent.FAILS,
            because="SageMaker trains each to its end",
            remedy={EARLY: "Auto"},
        ),
        "aws:sfn/stateMachine:StateMachine": _searches(
            "aws:sfn/stateMachine:StateMachine",
            _sagemaker,
            {"Config": {**_CONFIG, "TrainingJobEarlyStoppingType": "Auto"}},
            {"Config": {**_CONFIG, "TrainingJobEarlyStoppingType": "Off"}},
        ),
        "gcp:workflows/workflow:Workflow": _searches(
            "gcp:workflows/workflow:Workflow",
            _vertex,
            {"study": {**_STUDY, "medianAutomatedStoppingSpec": {}}},
            {"study": _STUDY},
        ),
        "azure-native:logic:Workflow": _searches(
            "azure-native:logic:Workflow",
            _azure,
            {"actions": {"a": {**_SWEEP, "earlyTermination": {"policyType": "MedianStopping"}}}},
            {"actions": {"a": _SWEEP}},
        ),
    },
)
