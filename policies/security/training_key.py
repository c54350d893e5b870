"""GP-SEC-009: what training writes is under a key of one's own."""

from policies.calls import called
from policies.checks import all_of
from policies.keys import aws_key, google_key, refuses_key
from policies.nested import each
from policies.resource import Resource
from policies.rule import Check, Rule, Severity
from policies.settings import Settings
from policies.values import is_known

_BECAUSE = "SageMaker encrypts the volumes with a key of its own"


def _volume(config: str) -> Check:
    """A job names its machine, or groups of them; where one of them has its own disk, the key is refused."""
    types = (
        f"{config}.instanceType",
        f"{config}.instanceGroups.*.instanceType",
        f"{config}.instanceConfigs.*.instanceType",
    )

    def takes_key(resource: Resource, _: Settings) -> bool:
        machines = [found for path in types for _, found in resource.all(path)]
        known = [found for found in machines if is_known(found)]
        return bool(known) and not any(map(refuses_key, known))

    return aws_key(f"{config}.volumeKmsKeyId", _BECAUSE, given={types[0]: "ml.m5.xlarge"}, when=takes_key)


_OUTPUT = aws_key("outputDataConfig.kmsKeyId", "SageMaker encrypts the models with AWS's key for S3")
_JOB = all_of(_volume("resourceConfig"), _OUTPUT)
_TUNED = all_of(_JOB, _volume("hyperParameterTuningResourceConfig"))

RULE = Rule(
    id="GP-SEC-009",
    demand="Volumes and results of training are encrypted with a customer's key.",
    why="They hold the data and the model: only a key of your own can be taken away, and shows who used it.",
    fix="Name the stack's key for the volume and the output; machines with local disks take none for the volume.",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html",
    severity=Severity.MEDIUM,
    external=("prowler:sagemaker_training_jobs_volume_and_output_encryption_enabled",),
    checks={
        "aws:sagemaker/trainingJob:TrainingJob": _JOB,
        "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": each(
            _TUNED, "trainingJobDefinition", "trainingJobDefinitions.*"
        ),
        "gcp:vertex/aiPersistentResource:AiPersistentResource": google_key(),
        **called({"CreateTrainingJob": _JOB, "CustomJob": google_key(), "HyperparameterTuningJob": google_key()}),
    },
)
