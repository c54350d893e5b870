"""How well each cloud keeps the promise of scaling."""

from components.base import Cloud
from components.parity import Feature, missing, native, substitute

__all__ = ["SCALE"]

AWS = "https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html"
AWS_SCALING = "https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-policy.html"
GCP = "https://cloud.google.com/vertex-ai/docs/predictions/overview"
GCP_SCALING = "https://cloud.google.com/vertex-ai/docs/predictions/autoscaling"
AZURE = "https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online"
AZURE_SCALING = "https://learn.microsoft.com/azure/machine-learning/how-to-autoscale-endpoints"
AWS_ZERO = "https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html"
AZURE_METRICS = (
    "https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/"
    "microsoft-machinelearningservices-workspaces-onlineendpoints-metrics"
)
AZURE_PROFILES = "https://learn.microsoft.com/azure/azure-monitor/autoscale/autoscale-multiprofile"

SCALE: tuple[Feature, ...] = (
    Feature(
        "scale to zero",
        needed=lambda spec: spec.scale.min == 0 and spec.form == "realtime",
        on={
            Cloud.AWS: substitute(
                "an inference component, whose copies and machines go when nobody has asked for 15 minutes, and come"
                " back when somebody does",
                "a variant with a model keeps at least one machine; what is asked while one starts fails, for minutes,"
                " and not every region takes MinInstanceCount 0",
                AWS_ZERO,
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
        "autoscaling by latency",
        needed=lambda spec: bool(spec.target.latency),
        on={
            Cloud.AWS: native(
                "target tracking on the mean of ModelLatency; a minute without requests counts as 0, so machines go",
                AWS_SCALING,
            ),
            Cloud.GCP: missing(
                "Vertex AI's autoscaler knows CPU, GPU and requests a minute, no time of answers; write scale.target:"
                " {requests_per_replica: 200/min}",
                GCP_SCALING,
                refuse=True,
            ),
            Cloud.AZURE: native(
                "Azure Monitor autoscale on the endpoint's RequestLatency, of the one deployment; while nobody asks"
                " there is no latency, and replicas stay",
                AZURE_SCALING,
            ),
        },
    ),
    Feature(
        "autoscaling by concurrent requests",
        needed=lambda spec: bool(spec.target.concurrent_requests),
        on={
            Cloud.AWS: native(
                "SageMakerVariantConcurrentRequestsPerModelHighResolution; of a queue, the requests that wait for each"
                " machine",
                AWS_SCALING,
            ),
            Cloud.GCP: missing(
                "Vertex AI's autoscaler knows CPU, GPU and requests a minute, not how many are under way; write"
                " scale.target: {requests_per_replica: 200/min}",
                GCP_SCALING,
                refuse=True,
            ),
            Cloud.AZURE: missing(
                "no metric of an online endpoint counts the requests that are under way; write scale.target:"
                " {requests_per_replica: 200/min}",
                AZURE_METRICS,
                refuse=True,
            ),
        },
    ),
    Feature(
        "other bounds at some hours",
        needed=lambda spec: bool(spec.scale.schedule),
        on={
            Cloud.AWS: native(
                "scheduled actions; a variant of a real-time endpoint keeps one machine at any hour",
                "https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html",
            ),
            Cloud.GCP: substitute(
                "Cloud Scheduler starts a workflow that calls mutateDeployedModel; a release deploys with the bounds of"
                " its hour",
                "Vertex AI has no schedule of replicas",
                "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints/mutateDeployedModel",
            ),
            Cloud.AZURE: native("recurring profiles of the autoscale setting that a release puts", AZURE_PROFILES),
        },
    ),
)
