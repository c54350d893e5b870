"""How well each cloud keeps the promise of batch scoring."""

from components.base import Cloud
from components.parity import Feature, missing, native, substitute

AWS_JOB = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html"
AWS_SCHEDULE = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"
AWS_EVENTS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html"
AWS_NAMES = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"
GCP_JOB = "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.batchPredictionJobs"
GCP_INPUT = "https://cloud.google.com/vertex-ai/docs/predictions/get-batch-predictions"
GCP_SCHEDULE = "https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules"
GCP_EVENTS = "https://cloud.google.com/storage/docs/pubsub-notifications"
GCP_LOCK = "https://cloud.google.com/storage/docs/request-preconditions"
AZURE_BATCH = "https://learn.microsoft.com/azure/machine-learning/how-to-use-batch-model-deployments"
AZURE_COMPUTE = "https://learn.microsoft.com/azure/machine-learning/how-to-create-attach-compute-cluster"
AZURE_JOB = "https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-command"
AZURE_SCHEDULE = "https://learn.microsoft.com/azure/connectors/connectors-native-recurrence"
AZURE_LOGS = "https://learn.microsoft.com/azure/storage/blobs/monitor-blob-storage-reference"

FEATURES: tuple[Feature, ...] = (
    Feature(
        "scale to zero",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("a transform job holds machines only while it runs", AWS_JOB),
            Cloud.GCP: native("a batch prediction holds machines only while it runs", GCP_JOB),
            Cloud.AZURE: native("cluster with min_node_count 0", AZURE_COMPUTE),
        },
    ),
    Feature(
        "batch inference",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("batch transform, started by a state machine", AWS_JOB),
            Cloud.GCP: native("batch prediction, started by a workflow", GCP_JOB),
            Cloud.AZURE: substitute(
                "a job that asks the serving image for each file, started by a Logic App",
                "a batch endpoint is invoked at its own address, which a private workspace shows to its network alone",
                AZURE_BATCH,
            ),
        },
    ),
    Feature(
        "newest approved version by default",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: substitute("the state machine asks the registry", "a transform job names its model", AWS_JOB),
            Cloud.GCP: substitute("the workflow asks the registry", "a batch prediction names its model", GCP_JOB),
            Cloud.AZURE: substitute("the Logic App asks the registry", "a job names its model", AZURE_JOB),
        },
    ),
    Feature(
        "a version's own image",
        needed=lambda spec: not (spec.image or spec.runtime),
        on={
            Cloud.AWS: native("the model package names it", AWS_JOB),
            Cloud.GCP: native("the model names it", GCP_JOB),
            Cloud.AZURE: missing(
                "a version on Azure ML keeps no image; write image or runtime", AZURE_JOB, refuse=True
            ),
        },
    ),
    Feature(
        "spot",
        # written, not by default: `spot: true` means wherever the cloud has it
        needed=lambda spec: spec.spot and "spot" in spec.model_fields_set,
        on={
            Cloud.AWS: missing("SageMaker runs transform jobs on demand alone", AWS_JOB),
            Cloud.GCP: missing("Vertex AI runs batch predictions on demand alone", GCP_JOB),
            Cloud.AZURE: native("cluster with vmPriority LowPriority", AZURE_COMPUTE),
        },
    ),
    Feature(
        "several machines",
        needed=lambda spec: spec.replicas > 1,
        on={
            Cloud.AWS: native("InstanceCount: each has its share of the files", AWS_JOB),
            Cloud.GCP: native("startingReplicaCount", GCP_JOB),
            Cloud.AZURE: native("instanceCount: each has its share of the files", AZURE_JOB),
        },
    ),
    Feature(
        "max run",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: substitute("the state machine stops the job", "a transform job has no time limit", AWS_JOB),
            Cloud.GCP: substitute("the workflow cancels the job", "a batch prediction has no time limit", GCP_JOB),
            Cloud.AZURE: native("the job's timeout; waiting is the Logic App's to end", AZURE_JOB),
        },
    ),
    Feature(
        "CSV without a line of names",
        needed=lambda spec: spec.format == "csv",
        on={
            Cloud.AWS: native("ContentType text/csv, split by line", AWS_JOB),
            Cloud.GCP: missing(
                "Vertex AI takes the first line of a CSV file as names, so its record would get no answer;"
                " write format: jsonl",
                GCP_INPUT,
                refuse=True,
            ),
            Cloud.AZURE: native("the job sends line by line", AZURE_JOB),
        },
    ),
    Feature(
        "inside the private network",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("the model's VpcConfig", AWS_JOB),
            Cloud.GCP: missing(
                "a batch prediction has no network of yours: it runs in Google's, and reaches the stack's buckets by"
                " Google's own",
                GCP_JOB,
            ),
            Cloud.AZURE: native("the workspace's managed network", AZURE_COMPUTE),
        },
    ),
    Feature(
        "schedule in a time zone",
        needed=lambda spec: spec.schedule is not None,
        on={
            Cloud.AWS: native("EventBridge Scheduler", AWS_SCHEDULE),
            Cloud.GCP: native("Cloud Scheduler", GCP_SCHEDULE),
            Cloud.AZURE: native("a Logic App with a recurrence", AZURE_SCHEDULE),
        },
    ),
    Feature(
        "started by new data",
        needed=lambda spec: spec.on is not None,
        on={
            Cloud.AWS: native("events of the data bucket", AWS_EVENTS),
            Cloud.GCP: native("notifications of the data bucket", GCP_EVENTS),
            Cloud.AZURE: substitute(
                "a Logic App reads the data store's log once a window",
                "an event of a store can only be sent to an address that callers outside the network reach",
                AZURE_LOGS,
            ),
        },
    ),
    Feature(
        "files that come together are one run",
        needed=lambda spec: spec.on is not None,
        on={
            Cloud.AWS: substitute(
                "a state machine that starts one run a window, by its name", "an event is of one file", AWS_NAMES
            ),
            Cloud.GCP: substitute(
                "a workflow that starts one run a window, held by an object", "a notification is of one file", GCP_LOCK
            ),
            Cloud.AZURE: native("the log is read once a window", AZURE_LOGS),
        },
    ),
)
