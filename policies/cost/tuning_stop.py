"""GP-COST-023: tuning stops trials that lead nowhere."""

from collections.abc import Iterator

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


RULE = Rule(
    id="GP-COST-023",
    demand="Tuning stops trials that lead nowhere, or ends when nothing gets better.",
    why="Most trials are worse than the best from their first epochs on, and each of them is paid to the end.",
    fix="Set the early stopping of the tuning job to Auto, take Hyperband, or set a completion criterion.",
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
    },
)
