"""How well each cloud keeps the promise of endpoints."""

from components.base import Cloud
from components.parity import Feature, missing, native, substitute

AWS = "https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html"
AWS_SCALING = "https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-policy.html"
GCP = "https://cloud.google.com/vertex-ai/docs/predictions/overview"
GCP_SCALING = "https://cloud.google.com/vertex-ai/docs/predictions/autoscaling"
AZURE = "https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online"
AZURE_SCALING = "https://learn.microsoft.com/azure/machine-learning/how-to-autoscale-endpoints"
AWS_METRICS = "https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html"
AWS_GUARDRAILS = "https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html"
GCP_METRICS = "https://cloud.google.com/monitoring/api/metrics_gcp_a_b"
GCP_SPLIT = "https://cloud.google.com/vertex-ai/docs/predictions/deploy-model-api"
AZURE_METRICS = (
    "https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/"
    "microsoft-machinelearningservices-workspaces-onlineendpoints-metrics"
)
AZURE_SPLIT = "https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints"

AZURE_PROFILES = "https://learn.microsoft.com/azure/azure-monitor/autoscale/autoscale-multiprofile"

AZURE_SERVERLESS = "https://learn.microsoft.com/azure/machine-learning/how-to-deploy-models-serverless"

AZURE_BATCH = "https://learn.microsoft.com/azure/machine-learning/concept-endpoints-batch"

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
    Feature(
        "alarms on what is promised",
        needed=lambda spec: bool(spec.promised),
        on={
            Cloud.AWS: native(
                "CloudWatch alarms on ModelLatency p99 and on the shares of failed requests", AWS_METRICS
            ),
            Cloud.GCP: native("alert policies on prediction/online latencies and response counts", GCP_METRICS),
            Cloud.AZURE: native(
                "a metric alert on RequestLatency_P99, log alerts on the shares of 4xx and 5xx answers", AZURE_METRICS
            ),
        },
    ),
    Feature(
        "alarms on how fast the error budget is used up",
        needed=lambda spec: bool(spec.slo and (spec.slo.errors or spec.slo.availability)),
        on={
            Cloud.AWS: native(
                "composite alarms over metric math of two windows",
                "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html",
            ),
            Cloud.GCP: substitute(
                "alert policies in PromQL over two windows",
                "an SLO's indicator is of one metric, and Vertex AI counts private requests under one of two",
                "https://cloud.google.com/stackdriver/docs/solutions/slo-monitoring/sli-metrics/overview",
            ),
            Cloud.AZURE: substitute(
                "log alerts over two windows",
                "Azure Monitor has no SLO of an online endpoint, and a metric alert can't divide",
                AZURE_METRICS,
            ),
        },
    ),
    Feature(
        "canary in one step, or in equal steps",
        needed=lambda spec: bool(spec.rollout and spec.rollout.strategy == "canary" and spec.rollout.equal),
        on={
            Cloud.AWS: native(
                "deployment guardrails: CANARY and LINEAR traffic shifting; by weights of two variants where one"
                " machine serves, which has no share, or where the steps last longer than guardrails do",
                AWS_GUARDRAILS,
            ),
            Cloud.GCP: substitute("the release workflow shifts traffic", "no rollout of its own", GCP_SPLIT),
            Cloud.AZURE: substitute("the release Logic App shifts traffic", "no rollout of its own", AZURE_SPLIT),
        },
    ),
    Feature(
        "canary in steps of any size",
        needed=lambda spec: bool(spec.rollout and spec.rollout.strategy == "canary" and not spec.rollout.equal),
        on={
            Cloud.AWS: substitute(
                "the release state machine shifts the weights of two variants",
                "guardrails know one canary step, or equal steps",
                AWS_GUARDRAILS,
            ),
            Cloud.GCP: substitute("the release workflow shifts traffic", "no rollout of its own", GCP_SPLIT),
            Cloud.AZURE: substitute("the release Logic App shifts traffic", "no rollout of its own", AZURE_SPLIT),
        },
    ),
    Feature(
        "blue/green with the former version standing by",
        needed=lambda spec: bool(spec.rollout and spec.rollout.strategy == "blue-green"),
        on={
            Cloud.AWS: native("deployment guardrails: ALL_AT_ONCE, terminated after the bake time", AWS_GUARDRAILS),
            Cloud.GCP: substitute("the release workflow shifts traffic", "no rollout of its own", GCP_SPLIT),
            Cloud.AZURE: substitute("the release Logic App shifts traffic", "no rollout of its own", AZURE_SPLIT),
        },
    ),
    Feature(
        "automatic rollback on alarm",
        needed=lambda spec: spec.rollout is not None,
        on={
            Cloud.AWS: native(
                "AutoRollbackConfiguration of guardrails; the state machine looks at the same alarms where it shifts"
                " the traffic",
                AWS_GUARDRAILS,
            ),
            Cloud.GCP: substitute(
                "the release workflow reads the same measures, seen up to six minutes late, and moves traffic back",
                "no rollback of its own",
                GCP_SPLIT,
            ),
            Cloud.AZURE: substitute(
                "the release Logic App reads the same measures and moves traffic back",
                "no rollback of its own",
                AZURE_SPLIT,
            ),
        },
    ),
    Feature(
        "shadow traffic",
        needed=lambda spec: spec.shadow is not None,
        on={
            Cloud.AWS: native(
                "shadow variants", "https://docs.aws.amazon.com/sagemaker/latest/dg/model-shadow-deployment.html"
            ),
            Cloud.GCP: missing(
                "Vertex AI copies no traffic, and to a private endpoint no workflow can repeat it; leave shadow out",
                GCP_SPLIT,
                refuse=True,
            ),
            Cloud.AZURE: native("mirrored traffic, 50% at most", AZURE_SPLIT),
        },
    ),
    Feature(
        "autoscaling by latency",
        needed=lambda spec: bool(spec.target.latency),
        on={
            Cloud.AWS: missing("not built yet", AWS, refuse=True),
            Cloud.GCP: missing("not built yet", GCP, refuse=True),
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
            Cloud.AWS: missing("not built yet", AWS, refuse=True),
            Cloud.GCP: missing("not built yet", GCP, refuse=True),
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
            Cloud.AWS: missing("not built yet", AWS, refuse=True),
            Cloud.GCP: missing("not built yet", GCP, refuse=True),
            Cloud.AZURE: native("recurring profiles of the autoscale setting that a release puts", AZURE_PROFILES),
        },
    ),
    Feature(
        "several models on one endpoint",
        needed=lambda spec: bool(spec.models),
        on={
            Cloud.AWS: missing("not built yet", AWS, refuse=True),
            Cloud.GCP: missing("not built yet", GCP, refuse=True),
            Cloud.AZURE: substitute(
                "a deployment a model, which a request names in the header azureml-model-deployment; a release renews"
                " it in place, a fifth of its replicas after the other",
                "deployments share no machine, so each model has machines of its own, and one replica alone may"
                " pause while it is renewed",
                AZURE_SPLIT,
            ),
        },
    ),
    Feature(
        "serverless",
        needed=lambda spec: spec.form == "serverless",
        on={
            Cloud.AWS: missing("not built yet", AWS, refuse=True),
            Cloud.GCP: missing("not built yet", GCP, refuse=True),
            Cloud.AZURE: substitute(
                "a managed online deployment on the cheapest machine with the memory, from one replica to as many as"
                " answer all of concurrency, more as soon as requests are refused",
                "serverless endpoints of Azure serve models of its catalogue, none of your own: one machine always"
                " stands by",
                AZURE_SERVERLESS,
            ),
        },
    ),
    Feature(
        "asynchronous",
        needed=lambda spec: spec.form == "async",
        on={
            Cloud.AWS: missing("not built yet", AWS, refuse=True),
            Cloud.GCP: missing("not built yet", GCP, refuse=True),
            Cloud.AZURE: missing(
                "Azure ML has no queue before a model, and an online endpoint answers within three minutes or not at"
                " all; write batch: with on: data, which scores files that arrive on machines that scale to zero",
                AZURE_BATCH,
                refuse=True,
            ),
        },
    ),
)
