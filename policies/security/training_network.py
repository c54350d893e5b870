"""GP-SEC-010: training runs in a network of one's own, and its code calls nobody."""

from policies.calls import called
from policies.checks import all_of, any_of, must_equal, must_have
from policies.managed_network import networked
from policies.nested import each
from policies.rule import Check, Rule, Severity

_JOB = all_of(
    must_equal("enableNetworkIsolation", True, wrong=False, because="SageMaker lets the container open connections"),
    must_have("vpcConfig.subnets", passes=["subnet-1"], because="SageMaker runs it in a network of its own"),
)


def _vertex(prefix: str = "") -> Check:
    """A job is peered with a network, or reaches one by an interface."""
    because = "Vertex AI runs it in a network of Google's, with internet access"
    return any_of(
        must_have(f"{prefix}network", passes="projects/1/global/networks/ml", because=because),
        must_have(f"{prefix}pscInterfaceConfig.networkAttachment", passes="projects/p/regions/r/networkAttachments/a"),
    )


RULE = Rule(
    id="GP-SEC-010",
    demand="Training runs in a network of yours, and SageMaker's training jobs are isolated within it.",
    why="Training code is the least reviewed code there is, and it reads all of the data.",
    fix="Give the job private subnets and network isolation, and the data as input channels.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html",
    severity=Severity.HIGH,
    external=(
        "prowler:sagemaker_training_jobs_network_isolation_enabled",
        "prowler:sagemaker_training_jobs_vpc_settings_configured",
        "azpol:7804b5c7-01dc-4723-969b-ae300cc07ff1",
    ),
    checks={
        "aws:sagemaker/trainingJob:TrainingJob": _JOB,
        "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": each(
            _JOB, "trainingJobDefinition", "trainingJobDefinitions.*"
        ),
        "gcp:vertex/aiPersistentResource:AiPersistentResource": _vertex(),
        **called(
            {
                "CreateTrainingJob": _JOB,
                "CustomJob": _vertex("jobSpec."),
                "HyperparameterTuningJob": _vertex("trialJobSpec."),
            }
        ),
    },
    across=(networked("AmlCompute"),),
)
