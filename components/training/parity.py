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
AWS_PEERS = (
    "https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html"
    "#your-algorithms-training-algo-running-container-dist-training"
)
AWS_MPI = "https://github.com/aws/sagemaker-training-toolkit"
AWS_EFA = "https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-efa.html"
GCP_PEERS = "https://cloud.google.com/vertex-ai/docs/training/distributed-training"
AZURE_PEERS = "https://learn.microsoft.com/azure/machine-learning/how-to-train-distributed-gpu"
AZURE_JOB = "https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-command"

AWS_TUNING = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HyperParameterTrainingJobDefinition.html"
GCP_TUNING = "https://cloud.google.com/vertex-ai/docs/training/using-hyperparameter-tuning"
AWS_EARLY = "https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-early-stopping.html"
GCP_EARLY = "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/StudySpec#MedianAutomatedStoppingSpec"
AZURE_TUNING = "https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters"

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
        "torchrun launcher",
        needed=lambda spec: spec.distributed == "torchrun",
        on={
            Cloud.AWS: substitute(
                "torchrun before the command, with the rank and the first host of resourceconfig.json",
                "SageMaker starts one program a machine",
                AWS_PEERS,
            ),
            Cloud.GCP: substitute(
                "torchrun before the command, with the rank and the first host of CLUSTER_SPEC",
                "Vertex AI starts one program a machine",
                GCP_PEERS,
            ),
            Cloud.AZURE: substitute(
                "torchrun before the command, with the rank and the address of the distribution PyTorch",
                "the distribution alone starts processes without torchrun's watch over them",
                AZURE_PEERS,
            ),
        },
    ),
    Feature(
        "mpi launcher",
        needed=lambda spec: spec.distributed == "mpi",
        on={
            Cloud.AWS: substitute(
                "mpirun over ssh from the first machine; an image of yours brings Open MPI, sshd and a key that its"
                " machines share, as AWS's framework images do",
                "SageMaker starts one program a machine",
                AWS_MPI,
            ),
            Cloud.GCP: missing(
                "Vertex AI starts no MPI, and its images bring no ssh; write distributed: torchrun",
                GCP_PEERS,
                refuse=True,
            ),
            Cloud.AZURE: native("distribution Mpi, in an image with Open MPI", AZURE_PEERS),
        },
    ),
    Feature(
        "fast interconnect between nodes",
        needed=lambda spec: spec.distributed is not None and spec.nodes > 1,
        on={
            Cloud.AWS: native("Elastic Fabric Adapter, on machines that have one; NCCL is told to use it", AWS_EFA),
            Cloud.GCP: missing(
                "a custom job has no field for placement or for GPUDirect; NCCL goes over the machines' network cards",
                GCP_JOB,
            ),
            Cloud.AZURE: native("InfiniBand, on sizes with an r in their name, such as ND96asr_v4", AZURE_PEERS),
        },
    ),
    Feature(
        "rdma between nodes",
        needed=lambda spec: spec.interconnect == "rdma",
        on={
            Cloud.AWS: native("machines that have an Elastic Fabric Adapter with RDMA alone", AWS_EFA),
            Cloud.GCP: missing(
                "a custom job has no field for placement or for GPUDirect; leave interconnect out, and put as many"
                " accelerators as there are on one machine, such as count: 8",
                GCP_JOB,
                refuse=True,
            ),
            Cloud.AZURE: native("sizes with InfiniBand alone", AZURE_PEERS),
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
    Feature(
        "hyper-parameter tuning",
        needed=lambda spec: spec.tuning is not None,
        on={
            Cloud.AWS: native(
                "automatic model tuning, Bayesian; it starts the image's program `train`, which the framework images"
                " have, and an image of yours by AWS's package sagemaker-training",
                AWS_TUNING,
            ),
            Cloud.GCP: native("a hyper-parameter tuning job, Bayesian", GCP_TUNING),
            Cloud.AZURE: native(
                "a sweep, Bayesian; random where a parameter is `log` or trials are stopped early, which Azure's"
                " Bayesian sampling does not take",
                AZURE_TUNING,
            ),
        },
    ),
    Feature(
        "trials that are behind are stopped",
        needed=lambda spec: spec.tuning is not None and spec.tuning.early_stopping,
        on={
            Cloud.AWS: native("early stopping, by the median of the other trials", AWS_EARLY),
            Cloud.GCP: native("the median automated stopping rule", GCP_EARLY),
            Cloud.AZURE: native("the policy MedianStopping", AZURE_TUNING),
        },
    ),
    Feature(
        "tuning on spot, and on demand where spot had nothing",
        needed=lambda spec: spec.tuning is not None and spec.spot is not None,
        on={
            Cloud.AWS: substitute(
                "the state machine starts a second search on demand, where no trial got machines",
                "a search is of spot or of on-demand trials",
                AWS_TUNING,
            ),
            Cloud.GCP: substitute(
                "the workflow starts a second search on demand, where no trial got machines",
                "a search is of spot or of on-demand trials",
                GCP_TUNING,
            ),
            Cloud.AZURE: substitute(
                "the Logic App starts a second sweep on a dedicated cluster, where no trial got machines",
                "a cluster is either low priority or dedicated",
                AZURE_TUNING,
            ),
        },
    ),
)
