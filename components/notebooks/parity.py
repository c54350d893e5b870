"""How well each cloud keeps the promise of notebooks."""

from components.base import Cloud
from components.parity import Feature, missing, native, substitute

AWS_STUDIO = "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated.html"
AWS_IDLE = "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-idle-shutdown.html"
AWS_PRIVATE = "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html"
AWS_LOGIN = "https://docs.aws.amazon.com/sagemaker/latest/dg/onboard-custom.html"
AWS_DISK = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_EbsStorageSettings.html"
GCP_INSTANCE = "https://cloud.google.com/vertex-ai/docs/workbench/instances/introduction"
GCP_IDLE = "https://cloud.google.com/vertex-ai/docs/workbench/instances/idle-shutdown"
GCP_METADATA = "https://cloud.google.com/vertex-ai/docs/workbench/instances/manage-metadata"
AZURE_INSTANCE = "https://learn.microsoft.com/azure/machine-learning/concept-compute-instance"
AZURE_IDLE = "https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance#configure-idle-shutdown"
AZURE_API = "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/computes"

FEATURES: tuple[Feature, ...] = (
    Feature(
        "a machine a user",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("a user profile and a private JupyterLab space", AWS_STUDIO),
            Cloud.GCP: native("a Workbench instance with its owner", GCP_INSTANCE),
            Cloud.AZURE: native("a compute instance assigned to its user", AZURE_INSTANCE),
        },
    ),
    Feature(
        "stop when idle",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("idle settings of JupyterLab", AWS_IDLE),
            Cloud.GCP: native("idle-timeout-seconds", GCP_IDLE),
            Cloud.AZURE: native("idleTimeBeforeShutdown", AZURE_IDLE),
        },
    ),
    Feature(
        "no way to the internet",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("VpcOnly", AWS_PRIVATE),
            Cloud.GCP: native("no public address, in the stack's subnetwork", GCP_INSTANCE),
            Cloud.AZURE: native("no public address, in the workspace's managed network", AZURE_INSTANCE),
        },
    ),
    Feature(
        "people log in as themselves",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("IAM Identity Center, whose user names are the addresses", AWS_LOGIN),
            Cloud.GCP: native("instanceOwners", GCP_INSTANCE),
            Cloud.AZURE: native("assignedUser and single sign-on", AZURE_INSTANCE),
        },
    ),
    Feature(
        "disk of the size asked",
        needed=lambda spec: "disk" in spec.model_fields_set,
        on={
            Cloud.AWS: native("EBS volume of the space", AWS_DISK),
            Cloud.GCP: native("data disk of the instance", GCP_INSTANCE),
            Cloud.AZURE: missing(
                "a compute instance's disk has one size; files are in the workspace's file share, which grows",
                AZURE_API,
            ),
        },
    ),
    Feature(
        "disk under the customer's key",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("kmsKeyId of the domain", AWS_LOGIN),
            Cloud.GCP: native("CMEK on both disks", GCP_INSTANCE),
            Cloud.AZURE: substitute(
                "files are in the workspace's storage account, which has the key",
                "the operating system's disk is encrypted with Microsoft's key",
                "https://learn.microsoft.com/azure/machine-learning/concept-data-encryption#compute-instance",
            ),
        },
    ),
    Feature(
        "users are not root",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("a space's user is not root", AWS_STUDIO),
            Cloud.GCP: native("notebook-disable-root", GCP_METADATA),
            Cloud.AZURE: missing("the API has no switch for it: a user of a compute instance may sudo", AZURE_API),
        },
    ),
)
