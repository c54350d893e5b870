"""GP-COST-007: machines of a pool go soon after their last job."""

from policies.checks import at_most, known, value
from policies.durations import seconds
from policies.rule import Absent, Level, Rule, Severity
from policies.settings import Settings

MINUTES = 30


def _short(found: object, _settings: Settings) -> str | None:
    return f"it must be PT{MINUTES}M or less" if (seconds(found) or 0) > MINUTES * 60 else None


RULE = Rule(
    id="GP-COST-007",
    demand="Machines of a training pool go within half an hour of their last job.",
    why="What waits for a next job is paid for at the full price.",
    fix="Let the idle time before scale-down, or the warm pool's keep-alive period, be 30 minutes or less.",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-create-attach-compute-cluster",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    checks={
        "azure-native:machinelearningservices:Compute": value(
            "properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown",
            _short,
            passes="PT15M",
            fails=["PT2H", "P1D"],
            absent=Absent.PASSES,
            because="Azure ML waits for two minutes",
            given={"properties.computeType": "AmlCompute"},
            when=known("properties.computeType", "AmlCompute"),
            remedy="PT5M",
        ),
        "aws:sagemaker/trainingJob:TrainingJob": at_most(
            "resourceConfig.keepAlivePeriodInSeconds",
            MINUTES * 60,
            absent=Absent.PASSES,
            because="SageMaker keeps no machine",
        ),
    },
)
