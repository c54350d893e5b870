"""What the sample plan is made of: components, their resources, and what each cloud calls them."""

from __future__ import annotations

from typing import Any

REGIONS = {"aws": "eu-west-1", "gcp": "europe-west1", "azure": "westeurope"}

AML = "azure-native:machinelearningservices"
KINDS: dict[str, dict[str, str]] = {
    part: dict(zip(("aws", "gcp", "azure"), kinds, strict=True))
    for part, kinds in {
        "network": ("aws:ec2/vpc:Vpc", "gcp:compute/network:Network", "azure-native:network:VirtualNetwork"),
        "subnet": ("aws:ec2/subnet:Subnet", "gcp:compute/subnetwork:Subnetwork", "azure-native:network:Subnet"),
        "route": (
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            "gcp:compute/firewall:Firewall",
            "azure-native:network:NetworkSecurityGroup",
        ),
        "endpoint": (
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            "gcp:dns/recordSet:RecordSet",
            "azure-native:network:PrivateEndpoint",
        ),
        "key": ("aws:kms/key:Key", "gcp:kms/cryptoKey:CryptoKey", "azure-native:keyvault:Key"),
        "secret": (
            "aws:secretsmanager/secret:Secret",
            "gcp:secretmanager/secret:Secret",
            "azure-native:keyvault:Secret",
        ),
        "bucket": ("aws:s3/bucket:Bucket", "gcp:storage/bucket:Bucket", "azure-native:storage:BlobContainer"),
        "bucketpart": (
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            "gcp:storage/bucketIAMMember:BucketIAMMember",
            "azure-native:storage:ManagementPolicy",
        ),
        "role": (
            "aws:iam/role:Role",
            "gcp:serviceaccount/account:Account",
            "azure-native:managedidentity:UserAssignedIdentity",
        ),
        "grant": (
            "aws:iam/rolePolicy:RolePolicy",
            "gcp:projects/iAMMember:IAMMember",
            "azure-native:authorization:RoleAssignment",
        ),
        "pipeline": (
            "aws:sagemaker/pipeline:Pipeline",
            "gcp:workflows/workflow:Workflow",
            f"{AML}:Schedule",
        ),
        "schedule": ("aws:scheduler/schedule:Schedule", "gcp:colab/schedule:Schedule", f"{AML}:Schedule"),
        "rule": (
            "aws:cloudwatch/eventRule:EventRule",
            "gcp:eventarc/trigger:Trigger",
            "azure-native:logic:Workflow",
        ),
        "features": (
            "aws:sagemaker/featureGroup:FeatureGroup",
            "gcp:vertex/aiFeatureGroup:AiFeatureGroup",
            f"{AML}:FeaturesetVersion",
        ),
        "registry": (
            "aws:cloudcontrol/resource:Resource",
            "gcp:artifactregistry/repository:Repository",
            f"{AML}:ModelContainer",
        ),
        "model": ("aws:sagemaker/model:Model", "gcp:workflows/workflow:Workflow", f"{AML}:OnlineDeployment"),
        "config": (
            "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
            "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool",
            f"{AML}:OnlineDeployment",
        ),
        "serving": (
            "aws:sagemaker/endpoint:Endpoint",
            "gcp:vertex/aiEndpoint:AiEndpoint",
            f"{AML}:OnlineEndpoint",
        ),
        "scaling": (
            "aws:appautoscaling/policy:Policy",
            "gcp:workflows/workflow:Workflow",
            "azure-native:monitor:AutoscaleSetting",
        ),
        "alarm": (
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            "gcp:monitoring/alertPolicy:AlertPolicy",
            "azure-native:monitor:MetricAlert",
        ),
        "topic": ("aws:sns/topic:Topic", "gcp:pubsub/topic:Topic", "azure-native:monitor:ActionGroup"),
        "monitor": (
            "aws:sagemaker/monitoringSchedule:MonitoringSchedule",
            "gcp:workflows/workflow:Workflow",
            f"{AML}:Schedule",
        ),
        "log": (
            "aws:cloudwatch/logGroup:LogGroup",
            "gcp:logging/projectSink:ProjectSink",
            "azure-native:operationalinsights:Workspace",
        ),
        "budget": (
            "aws:budgets/budget:Budget",
            "gcp:billing/budget:Budget",
            "azure-native:consumption:Budget",
        ),
    }.items()
}

SERVICES = [
    "s3",
    "ecr-api",
    "ecr-dkr",
    "sagemaker-api",
    "sagemaker-runtime",
    "sagemaker-metrics",
    "kms",
    "logs",
    "monitoring",
    "sts",
    "secretsmanager",
    "events",
    "states",
]
ROLES = ("training", "serving", "pipeline", "monitoring", "features")
STORES = ("data", "models", "capture", "audit")

Leaves = list[tuple[str, str, list[str]]]


def _foundation() -> Leaves:
    found: Leaves = [("network", "network", []), ("key", "key", []), ("topic", "alerts", ["key"])]
    for zone in "abc":
        found.append(("subnet", f"subnet-{zone}", ["network"]))
        found.append(("route", f"route-{zone}", [f"subnet-{zone}", "network"]))
    for service in SERVICES:
        found.append(("endpoint", f"endpoint-{service}", ["network", "subnet-a", "subnet-b"]))
    for store in STORES:
        found.append(("bucket", f"store-{store}", []))
        for part in ("encryption", "versioning", "public-access", "policy"):
            needs = [f"store-{store}", "key"] if part == "encryption" else [f"store-{store}"]
            found.append(("bucketpart", f"store-{store}-{part}", needs))
    return [*found, ("secret", "vault-webhook-secret", ["key"])]


def _identity() -> Leaves:
    found: Leaves = []
    for role in ROLES:
        found.append(("role", f"{role}-role", []))
        found.append(("grant", f"{role}-grant", [f"{role}-role", "store-data", "key"]))
    return found


def _scorer() -> Leaves:
    alarms = [(f"scorer-alarm-{name}", ["scorer", "alerts"]) for name in ("p99", "errors", "idle")]
    return [
        ("model", "scorer-model", ["serving-role", "store-models", "subnet-a", "subnet-b"]),
        ("config", "scorer-config", ["scorer-model", "key", "store-capture"]),
        ("serving", "scorer", ["scorer-config"]),
        ("scaling", "scorer-target", ["scorer"]),
        ("scaling", "scorer-requests", ["scorer-target"]),
        *[("alarm", name, needs) for name, needs in alarms],
    ]


def _monitoring() -> Leaves:
    found: Leaves = []
    for index, signal in enumerate(("drift", "quality", "bias", "explain")):
        found.append(("monitor", f"monitor-{index}-{signal}", ["scorer", "monitoring-role", "store-capture"]))
        found.append(("alarm", f"alarm-{signal}", [f"monitor-{index}-{signal}", "alerts"]))
    return [*found, ("rule", "on-breach", ["alarm-drift", "alarm-quality", "refresh"])]


PARTS: dict[str, Leaves] = {
    "foundation": _foundation(),
    "identity": _identity(),
    "training/fraud-xgb": [
        ("log", "train-log", ["key"]),
        ("pipeline", "train", ["training-role", "store-data", "store-models", "subnet-a"]),
        ("pipeline", "tuning", ["train", "training-role"]),
        ("alarm", "train-failed", ["train", "alerts"]),
    ],
    "features/spending": [
        ("features", "spending-online", ["features-role", "store-data", "key"]),
        ("pipeline", "spending-materialize", ["spending-online", "features-role"]),
        ("schedule", "spending-every-15m", ["spending-materialize"]),
        ("alarm", "spending-stale", ["spending-online", "alerts"]),
    ],
    "registry": [
        ("registry", "fraud-xgb-versions", ["key"]),
        ("rule", "fraud-xgb-approved", ["fraud-xgb-versions"]),
    ],
    "endpoints/scorer": _scorer(),
    "pipelines/refresh": [
        ("pipeline", "refresh", ["pipeline-role", "store-data", "fraud-xgb-versions", "train"]),
        ("schedule", "refresh-weekly", ["refresh"]),
        ("alarm", "refresh-failed", ["refresh", "alerts"]),
        ("rule", "refresh-deploys-scorer", ["refresh", "scorer", "fraud-xgb-versions"]),
    ],
    "monitoring/scorer": _monitoring(),
    "governance": [
        ("log", "audit-log", ["key"]),
        ("log", "audit-trail", ["store-audit", "audit-log", "key"]),
    ],
    "budget": [("budget", "monthly", ["alerts"])],
}

REASON = "The service has no such setting; what stands in for it is provisioned beside it."
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/whatis.html"


def _answer(support: str, by: str = "") -> dict[str, Any]:
    reason = "" if support == "native" else REASON
    return {"support": support, "by": by, "reason": reason, "source": PAGE}


NATIVE, MISSING = _answer("native", "the service itself"), _answer("missing")


def _row(capability: str, feature: str, *words: str, needed: bool = True) -> tuple[Any, ...]:
    told = {"native": NATIVE, "missing": MISSING}
    answers = [told.get(word) or _answer("substitute", word) for word in words]
    return capability, feature, needed, dict(zip(("aws", "gcp", "azure"), answers, strict=True))


PARITY = [
    _row("training", "spot", "native", "a workflow that starts the job", "native"),
    _row("training", "longest wait for spot", "native", "native", "timeout of the run"),
    _row("training", "tuning", "native", "a workflow that starts the job", "native"),
    _row("features", "online store", "native", "native", "a managed Redis cache"),
    _row("features", "age limit online", "native", "missing", "missing"),
    _row("endpoints", "canary", "native", "a workflow of ours", "a logic app of ours"),
    _row("endpoints", "rollback on alarm", "native", "a workflow of ours", "a logic app of ours"),
    _row("endpoints", "shadow", "native", "missing", "native"),
    _row("monitoring", "data drift", "native", "native", "native"),
    _row("monitoring", "bias", "a processing job", "missing", "missing"),
    _row("budget", "hard stop", "native", "a workflow of ours", "a logic app of ours"),
    _row("training", "max price", "missing", "missing", "missing", needed=False),
    _row("endpoints", "scale to zero on a GPU", "native", "Cloud Run", "missing", needed=False),
    _row("notebooks", "stop when idle", "native", "native", "native", needed=False),
]
