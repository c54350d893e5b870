"""GP-SEC-011: machines of one job talk to each other in secret."""

from policies.calls import called
from policies.checks import When, must_equal
from policies.nested import each
from policies.resource import Resource
from policies.rule import Check, Rule, Severity
from policies.settings import Settings
from policies.values import is_known

_FLAG = "enableInterContainerTrafficEncryption"
_BECAUSE = "SageMaker sends it in plain text"


def _several(*configs: str) -> When:
    """The job is known to have two machines or more."""
    paths = [f"{config}.{many}instanceCount" for config in configs for many in ("", "instanceGroups.*.")]

    def several(resource: Resource, _: Settings) -> bool:
        counts = [found for path in paths for _, found in resource.all(path) if is_known(found)]
        return sum(float(count) for count in counts if str(count).replace(".", "", 1).isdigit()) >= 2

    return several


def _job(*configs: str) -> Check:
    return must_equal(
        _FLAG,
        True,
        wrong=False,
        because=_BECAUSE,
        given={f"{configs[0]}.instanceCount": 2},
        when=_several(*configs),
        remedy=True,
    )


def _network(config: str) -> Check:
    return must_equal(f"{config}.{_FLAG}", True, wrong=False, because=_BECAUSE, remedy=True)


_TRAINING = _job("resourceConfig")

RULE = Rule(
    id="GP-SEC-011",
    demand="Traffic between the machines of a training or monitoring job is encrypted.",
    why="It carries gradients and rows of the data across the cloud's network.",
    fix="Turn the encryption of traffic between containers on; distributed training takes somewhat longer.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/train-encrypt.html",
    severity=Severity.MEDIUM,
    external=(
        "CKV_AWS_369",
        "SageMaker.9",
        "SageMaker.22",
        "prowler:sagemaker_training_jobs_intercontainer_encryption_enabled",
    ),
    checks={
        "aws:sagemaker/trainingJob:TrainingJob": _TRAINING,
        "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": each(
            _job("resourceConfig", "hyperParameterTuningResourceConfig"),
            "trainingJobDefinition",
            "trainingJobDefinitions.*",
        ),
        "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": _network("networkConfig"),
        "aws:sagemaker/monitoringSchedule:MonitoringSchedule": each(
            _network("networkConfig"), "monitoringScheduleConfig.monitoringJobDefinition"
        ),
        **called({"CreateTrainingJob": _TRAINING}),
    },
)
