"""How well each cloud keeps the promise of training."""

from components.base import Cloud
from components.parity import Feature, missing, native, substitute
from components.training.contract import LONGEST_VARIABLE, as_json_text

AWS_JOB = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html"
GCP_JOB = "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/CustomJobSpec#Scheduling"
AWS_FRAMEWORKS = "https://docs.aws.amazon.com/sagemaker/latest/dg/pre-built-containers-frameworks-deep-learning.html"
AWS_IMAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-dockerfile.html"
GCP_CONTAINER = "https://cloud.google.com/vertex-ai/docs/training/configure-container-settings"
GCP_FRAMEWORKS = "https://cloud.google.com/vertex-ai/docs/training/pre-built-containers"
AZURE_FRAMEWORKS = "https://learn.microsoft.com/azure/machine-learning/resource-curated-environments"
AZURE_COMPUTE = "https://learn.microsoft.com/azure/machine-learning/how-to-create-attach-compute-cluster"
AZURE_JOB = "https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-command"

FEATURES: tuple[Feature, ...] = (
    Feature(
        "scale to zero",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("a job holds machines only while it runs", AWS_JOB),
            Cloud.GCP: native("a job holds machines only while it runs", GCP_JOB),
            Cloud.AZURE: native("cluster with min_node_count 0", AZURE_COMPUTE),
        },
    ),
    Feature(
        "spot",
        needed=lambda spec: spec.spot is not None,
        on={
            Cloud.AWS: native("managed spot training", AWS_JOB),
            Cloud.GCP: native("scheduling strategy SPOT", GCP_JOB),
            Cloud.AZURE: native("cluster with vmPriority LowPriority", AZURE_COMPUTE),
        },
    ),
    Feature(
        "fallback to on-demand",
        needed=lambda spec: spec.spot is not None and spec.spot.fallback == "on-demand",
        on={
            Cloud.AWS: substitute(
                "the state machine starts an on-demand job", "SageMaker has no fallback of its own", AWS_JOB
            ),
            Cloud.GCP: substitute(
                "the workflow starts an on-demand job", "Vertex AI has no fallback of its own", GCP_JOB
            ),
            Cloud.AZURE: substitute(
                "the Logic App submits to a dedicated cluster",
                "a cluster is either low priority or dedicated",
                AZURE_COMPUTE,
            ),
        },
    ),
    Feature(
        "max wait for spot",
        needed=lambda spec: spec.spot is not None,
        on={
            Cloud.AWS: native("MaxWaitTimeInSeconds", AWS_JOB),
            Cloud.GCP: substitute("the workflow cancels the job", "maxWaitDuration is for FLEX_START alone", GCP_JOB),
            Cloud.AZURE: substitute(
                "the Logic App cancels the job", "a job has only a timeout once it runs", AZURE_JOB
            ),
        },
    ),
    Feature(
        "spot bid",
        needed=lambda spec: spec.spot is not None and spec.spot.max_usd_per_hour is not None,
        on={
            Cloud.AWS: missing("SageMaker spot takes no price; leave spot.max_usd_per_hour out", AWS_JOB, refuse=True),
            Cloud.GCP: missing("Vertex AI spot takes no price; leave spot.max_usd_per_hour out", GCP_JOB, refuse=True),
            Cloud.AZURE: missing(
                "Azure ML low priority takes no price; leave spot.max_usd_per_hour out", AZURE_COMPUTE, refuse=True
            ),
        },
    ),
    Feature(
        "checkpoints",
        needed=lambda spec: spec.checkpoint is not None,
        on={
            Cloud.AWS: native("CheckpointConfig, kept in S3 while the job runs", AWS_JOB),
            Cloud.GCP: substitute(
                "CHECKPOINT_DIR in the job's environment", "no checkpoint field: the code writes by itself", GCP_JOB
            ),
            Cloud.AZURE: substitute(
                "a read-write mounted output", "no checkpoint field: the code writes by itself", AZURE_JOB
            ),
        },
    ),
    Feature(
        "several nodes",
        needed=lambda spec: spec.nodes > 1,
        on={
            Cloud.AWS: native("InstanceCount", AWS_JOB),
            Cloud.GCP: native("two worker pools", GCP_JOB),
            Cloud.AZURE: native("instanceCount", AZURE_JOB),
        },
    ),
    Feature(
        "encrypted traffic between nodes",
        needed=lambda spec: spec.nodes > 1 and spec.encrypt_between_nodes,
        on={
            Cloud.AWS: native("EnableInterContainerTrafficEncryption", AWS_JOB),
            Cloud.GCP: native(
                "Google encrypts traffic between VMs of a network",
                "https://cloud.google.com/docs/security/encryption-in-transit",
            ),
            Cloud.AZURE: missing(
                "Azure ML encrypts no traffic between the nodes of a job",
                "https://learn.microsoft.com/azure/machine-learning/concept-data-encryption",
            ),
        },
    ),
    Feature(
        "scratch disk of the size asked",
        needed=lambda spec: "disk" in spec.model_fields_set,
        on={
            Cloud.AWS: native("VolumeSizeInGB", AWS_JOB),
            Cloud.GCP: native("bootDiskSizeGb", GCP_JOB),
            Cloud.AZURE: missing("a node has the disks of its VM size; leave disk out", AZURE_COMPUTE),
        },
    ),
    Feature(
        "training by the framework's own image",
        needed=lambda spec: spec.runtime is not None,
        on={
            Cloud.AWS: native("framework containers", AWS_FRAMEWORKS),
            Cloud.GCP: substitute(
                "the last prebuilt image, or one of yours that a start names",
                "Google's training images are past their end of availability, July 2026",
                GCP_FRAMEWORKS,
            ),
            Cloud.AZURE: native("curated environments", AZURE_FRAMEWORKS),
        },
    ),
    Feature(
        "code archive for a framework's image",
        needed=lambda spec: spec.runs_archive,
        on={
            Cloud.AWS: substitute(
                "an input channel and an entrypoint that unpacks it",
                "the images' own way differs from framework to framework",
                AWS_IMAGE,
            ),
            Cloud.GCP: substitute(
                "the mounted store and a command that unpacks it",
                "Python packages are installed with pip, which needs the internet",
                GCP_FRAMEWORKS,
            ),
            Cloud.AZURE: substitute(
                "an input and a command that unpacks it", "each job uploads its own code", AZURE_JOB
            ),
        },
    ),
    Feature(
        "the same variables for every container",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("Environment", AWS_JOB),
            Cloud.GCP: native("containerSpec.env", GCP_CONTAINER),
            Cloud.AZURE: native("environmentVariables, and exports for mounted folders", AZURE_JOB),
        },
    ),
    Feature(
        "hyper-parameters of more than 512 characters",
        needed=lambda spec: len(as_json_text(spec.hyperparameters)) > LONGEST_VARIABLE,
        on={
            Cloud.AWS: substitute(
                "HYPERPARAMETERS goes on in HYPERPARAMETERS_2 and on", "a variable has 512 characters", AWS_JOB
            ),
            Cloud.GCP: native("HYPERPARAMETERS", GCP_CONTAINER),
            Cloud.AZURE: native("HYPERPARAMETERS", AZURE_JOB),
        },
    ),
    Feature(
        "the image's own command",
        needed=lambda spec: not (spec.command or spec.runtime),
        on={
            Cloud.AWS: native("the image's entrypoint with the argument `train`, or its program `train`", AWS_IMAGE),
            Cloud.GCP: native("the image's entrypoint", GCP_JOB),
            Cloud.AZURE: substitute(
                "the image's program `train`, as on SageMaker", "a job runs a command, never the entrypoint", AZURE_JOB
            ),
        },
    ),
    Feature(
        "max run time",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("MaxRuntimeInSeconds", AWS_JOB),
            Cloud.GCP: native("timeout", GCP_JOB),
            Cloud.AZURE: native("limits.timeout", AZURE_JOB),
        },
    ),
)
