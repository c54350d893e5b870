"""How well each cloud keeps the promise of the foundation."""

from components.base import Cloud
from components.parity import Feature, missing, native, substitute

AZURE_ACTIONS = "https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups"
_AZURE_NO_SECRET = missing(
    "an action group keeps the address where every reader of it sees it, and no Logic App reaches the stack's private"
    " vault; write alerts: {topic: <ARM id of an action group of yours>} under overrides.azure",
    AZURE_ACTIONS,
    refuse=True,
)

FEATURES: tuple[Feature, ...] = (
    Feature(
        "private network without NAT",
        needed=lambda spec: spec.network.existing is None,
        on={
            Cloud.AWS: native(
                "VPC without internet gateway, interface and gateway VPC endpoints",
                "https://docs.aws.amazon.com/sagemaker/latest/dg/interface-vpc-endpoint.html",
            ),
            Cloud.GCP: native(
                "VPC with Private Service Connect to Google APIs",
                "https://cloud.google.com/vpc/docs/configure-private-service-connect-apis",
            ),
            Cloud.AZURE: native(
                "workspace managed network, approved outbound only, and private endpoints",
                "https://learn.microsoft.com/azure/machine-learning/how-to-managed-network",
            ),
        },
    ),
    Feature(
        "customer-managed key",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native(
                "KMS key with rotation", "https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html"
            ),
            Cloud.GCP: native("Cloud KMS key with rotation", "https://cloud.google.com/vertex-ai/docs/general/cmek"),
            Cloud.AZURE: native(
                "Key Vault key with rotation",
                "https://learn.microsoft.com/azure/machine-learning/concept-customer-managed-keys",
            ),
        },
    ),
    Feature(
        "versioned private object storage",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("S3", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html"),
            Cloud.GCP: native("Cloud Storage", "https://cloud.google.com/storage/docs/object-versioning"),
            Cloud.AZURE: native("Blob Storage", "https://learn.microsoft.com/azure/storage/blobs/versioning-overview"),
        },
    ),
    Feature(
        "one role per duty: train, serve, pipeline, submit",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("IAM roles", "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html"),
            Cloud.GCP: native(
                "service accounts", "https://cloud.google.com/vertex-ai/docs/general/custom-service-account"
            ),
            Cloud.AZURE: native(
                "user-assigned identities and role assignments",
                "https://learn.microsoft.com/azure/machine-learning/how-to-setup-authentication",
            ),
        },
    ),
    Feature(
        "audit log of model calls and changes",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native(
                "CloudTrail trail", "https://docs.aws.amazon.com/sagemaker/latest/dg/logging-using-cloudtrail.html"
            ),
            Cloud.GCP: native(
                "Data Access audit logs", "https://cloud.google.com/vertex-ai/docs/general/audit-logging"
            ),
            Cloud.AZURE: native(
                "diagnostic settings",
                "https://learn.microsoft.com/azure/machine-learning/monitor-azure-machine-learning",
            ),
        },
    ),
    Feature(
        "images encrypted with the customer's key",
        needed=lambda spec: bool(spec.images),
        on={
            Cloud.AWS: native(
                "ECR encryption with KMS",
                "https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html",
            ),
            Cloud.GCP: native("Artifact Registry CMEK", "https://cloud.google.com/artifact-registry/docs/cmek"),
            Cloud.AZURE: missing(
                "a registry takes a key only from a vault that is open to the internet while it is made; ours is not",
                "https://learn.microsoft.com/azure/container-registry/tutorial-customer-managed-keys",
            ),
        },
    ),
    Feature(
        "image tags that don't change",
        needed=lambda spec: bool(spec.images),
        on={
            Cloud.AWS: native(
                "immutable tags", "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html"
            ),
            Cloud.GCP: native(
                "immutable tags", "https://cloud.google.com/artifact-registry/docs/docker/troubleshoot#immutable-tags"
            ),
            Cloud.AZURE: missing(
                "a registry has no such policy: lock an image when it is pushed, or name it by digest",
                "https://learn.microsoft.com/azure/container-registry/container-registry-image-lock",
            ),
        },
    ),
    Feature(
        "image scan on push",
        needed=lambda spec: bool(spec.images),
        on={
            Cloud.AWS: native(
                "ECR basic scanning", "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-basic.html"
            ),
            Cloud.GCP: native(
                "Artifact Analysis", "https://cloud.google.com/artifact-analysis/docs/container-scanning-overview"
            ),
            Cloud.AZURE: missing(
                "scanning is a plan of the whole subscription: turn on Microsoft Defender for Containers",
                "https://learn.microsoft.com/azure/defender-for-cloud/defender-for-containers-introduction",
            ),
        },
    ),
    Feature(
        "alerts to a chat",
        needed=lambda spec: bool(spec.alert_channels.webhook),
        on={
            Cloud.AWS: substitute(
                "a Lambda function outside the network, which reads the address from Secrets Manager",
                "a subscription of SNS would show the address",
                "https://docs.aws.amazon.com/sns/latest/dg/sns-lambda-as-subscriber.html",
            ),
            Cloud.GCP: substitute(
                "a workflow that the alert topic starts, which reads the address from Secret Manager",
                "a notification channel of type webhook would show the address",
                "https://cloud.google.com/monitoring/support/notification-options#webhooks",
            ),
            Cloud.AZURE: _AZURE_NO_SECRET,
        },
    ),
    Feature(
        "alerts to a pager",
        needed=lambda spec: bool(spec.alert_channels.pager),
        on={
            Cloud.AWS: substitute(
                "the same Lambda function, in the words of the Events API v2",
                "a subscription of SNS would show the key",
                "https://developer.pagerduty.com/docs/events-api-v2/trigger-events/",
            ),
            Cloud.GCP: substitute(
                "the same workflow, in the words of the Events API v2",
                "a notification channel would show who made it the key",
                "https://cloud.google.com/monitoring/support/notification-options#pagerduty",
            ),
            Cloud.AZURE: _AZURE_NO_SECRET,
        },
    ),
    Feature(
        "alerts to what you have already",
        needed=lambda spec: bool(spec.alert_channels.topic),
        on={
            Cloud.AWS: substitute(
                "the same Lambda function publishes each message to your topic",
                "no subscription leads from one topic to another",
                "https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html",
            ),
            Cloud.GCP: native(
                "a further notification channel of each alert policy",
                "https://cloud.google.com/monitoring/alerts/using-channels-api",
            ),
            Cloud.AZURE: native(
                "an alert processing rule that adds your action group",
                "https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-processing-rules",
            ),
        },
    ),
    Feature(
        "names free again after destroy",
        needed=lambda _spec: False,
        on={
            Cloud.AWS: native(
                "a key waits, but keys have no name; a protected stack's secrets wait too, and `salt` renames them",
                "https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html",
            ),
            Cloud.GCP: missing(
                "a key ring stays for good, and ids of roles and endpoints for days: set a new `salt` in the stack's"
                " configuration",
                "https://cloud.google.com/kms/docs/faq#cannot_delete",
            ),
            Cloud.AZURE: missing(
                "a deleted vault or workspace holds its name: set a new `salt` in the stack's configuration",
                "https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview",
            ),
        },
    ),
)
