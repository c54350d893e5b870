"""GP-SEC-016: monitoring jobs call nobody."""

from policies.checks import must_equal
from policies.nested import each
from policies.rule import Rule, Severity

# no remedy: a container of one's own may need what isolation takes away
_ISOLATED = must_equal(
    "networkConfig.enableNetworkIsolation",
    True,
    wrong=False,
    because="SageMaker lets the container open connections",
)

RULE = Rule(
    id="GP-SEC-016",
    demand="Monitoring jobs run isolated from the network.",
    why="They read every captured request, and have no need to send anything anywhere.",
    fix="Turn network isolation on in the job's network settings.",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_MonitoringNetworkConfig.html",
    severity=Severity.MEDIUM,
    external=("SageMaker.11", "SageMaker.14"),
    checks={
        "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": _ISOLATED,
        "aws:sagemaker/monitoringSchedule:MonitoringSchedule": each(
            _ISOLATED, "monitoringScheduleConfig.monitoringJobDefinition"
        ),
    },
)
