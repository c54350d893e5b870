"""How well each cloud keeps the promise of endpoints."""

from components.base import Cloud
from components.parity import Feature, missing, native, substitute

AWS = "https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html"
AWS_SCALING = "https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-policy.html"
GCP = "https://cloud.google.com/vertex-ai/docs/predictions/overview"
GCP_SCALING = "https://cloud.google.com/vertex-ai/docs/predictions/autoscaling"
AZURE = "https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online"
AZURE_SCALING = "https://learn.microsoft.com/azure/machine-learning/how-to-autoscale-endpoints"

FEATURES: tuple[Feature, ...] = (
    Feature(
        "works before a first model exists",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: substitute(
                "a bootstrap model that answers that no version is released yet",
                "an endpoint can't be made without a model",
                AWS,
            ),
            Cloud.GCP: native("an endpoint is made empty", GCP),
            Cloud.AZURE: native("an endpoint is made empty", AZURE),
        },
    ),
    Feature(
        "release of a version",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("UpdateEndpoint, blue/green, started by the release state machine", AWS),
            Cloud.GCP: substitute(
                "the release workflow deploys, then sets traffic", "no class of the provider deploys a model", GCP
            ),
            Cloud.AZURE: substitute(
                "the release Logic App deploys, then sets traffic",
                "endpoint and deployment refer to each other, so traffic is a second step",
                AZURE,
            ),
        },
    ),
    Feature(
        "private",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native(
                "VPC endpoint for the runtime API",
                "https://docs.aws.amazon.com/sagemaker/latest/dg/interface-vpc-endpoint.html",
            ),
            Cloud.GCP: native(
                "Private Service Connect endpoint",
                "https://cloud.google.com/vertex-ai/docs/predictions/private-service-connect",
            ),
            Cloud.AZURE: native(
                "publicNetworkAccess Disabled",
                "https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint",
            ),
        },
    ),
    Feature(
        "scale to zero",
        needed=lambda spec: spec.scale.min == 0,
        on={
            Cloud.AWS: missing(
                "an endpoint with a model keeps at least one instance; write scale.min: 1", AWS_SCALING, refuse=True
            ),
            Cloud.GCP: substitute(
                "scaleToZeroSpec of the v1beta1 API",
                "a preview, and requests fail while it wakes up",
                "https://cloud.google.com/vertex-ai/docs/predictions/autoscaling",
            ),
            Cloud.AZURE: missing(
                "a managed online deployment keeps at least one instance; write scale.min: 1",
                AZURE_SCALING,
                refuse=True,
            ),
        },
    ),
    Feature(
        "autoscaling by CPU",
        needed=lambda spec: bool(spec.target.cpu_utilisation),
        on={
            Cloud.AWS: native("target tracking on CPUUtilization", AWS_SCALING),
            Cloud.GCP: native("autoscalingMetricSpecs cpu/utilization", GCP_SCALING),
            Cloud.AZURE: native("Azure Monitor autoscale on CpuUtilizationPercentage", AZURE_SCALING),
        },
    ),
    Feature(
        "autoscaling by GPU",
        needed=lambda spec: bool(spec.target.gpu_utilisation),
        on={
            Cloud.AWS: native("target tracking on GPUUtilization", AWS_SCALING),
            Cloud.GCP: native("autoscalingMetricSpecs accelerator/duty_cycle", GCP_SCALING),
            Cloud.AZURE: native("Azure Monitor autoscale on GpuUtilizationPercentage", AZURE_SCALING),
        },
    ),
    Feature(
        "autoscaling by requests per replica",
        needed=lambda spec: bool(spec.target.requests_per_replica),
        on={
            Cloud.AWS: native("SageMakerVariantInvocationsPerInstance", AWS_SCALING),
            Cloud.GCP: native("autoscalingMetricSpecs request_count", GCP_SCALING),
            Cloud.AZURE: native("Azure Monitor autoscale on RequestsPerMinute per instance", AZURE_SCALING),
        },
    ),
    Feature(
        "serving by the framework's own image",
        needed=lambda spec: spec.runtime is not None,
        on={
            Cloud.AWS: native(
                "framework containers",
                "https://docs.aws.amazon.com/sagemaker/latest/dg/pre-built-containers-frameworks-deep-learning.html",
            ),
            Cloud.GCP: native(
                "prebuilt containers", "https://cloud.google.com/vertex-ai/docs/predictions/pre-built-containers"
            ),
            Cloud.AZURE: substitute(
                "the framework's environment, and `code/score.py` beside the version's files",
                "no environment of Azure ML serves a model by itself",
                "https://learn.microsoft.com/azure/machine-learning/how-to-deploy-online-endpoints",
            ),
        },
    ),
    Feature(
        "capture of requests",
        needed=lambda spec: spec.capture is not None,
        on={
            Cloud.AWS: native(
                "data capture", "https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html"
            ),
            Cloud.GCP: native(
                "request-response logging to BigQuery",
                "https://cloud.google.com/vertex-ai/docs/predictions/online-prediction-logging",
            ),
            Cloud.AZURE: native(
                "data collector", "https://learn.microsoft.com/azure/machine-learning/how-to-collect-production-data"
            ),
        },
    ),
    Feature(
        "hundreds of endpoints in a stack",
        needed=lambda _spec: False,
        on={
            Cloud.AWS: native(
                "permissions don't grow with them; how many endpoints and machines run, and how many are"
                " scaled, are quotas of the account and region, raised on request",
                "https://docs.aws.amazon.com/general/latest/gr/sagemaker.html",
            ),
            Cloud.GCP: native(
                "permissions don't grow with them; endpoints, machines and private zones are quotas of the project,"
                " raised on request",
                "https://cloud.google.com/vertex-ai/docs/quotas",
            ),
            Cloud.AZURE: native(
                "permissions don't grow with them; endpoints, clusters and cores are quotas of the"
                " subscription and region, raised on request",
                "https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas",
            ),
        },
    ),
)
