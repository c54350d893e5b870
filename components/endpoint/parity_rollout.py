"""How well each cloud keeps the promise of rollouts, and of what tells that they went wrong."""

from components.base import Cloud
from components.parity import Feature, missing, native, substitute

__all__ = ["ROLLOUT"]

AWS = "https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html"
GCP = "https://cloud.google.com/vertex-ai/docs/predictions/overview"
AZURE = "https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online"
AWS_METRICS = "https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html"
AWS_GUARDRAILS = "https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html"
GCP_METRICS = "https://cloud.google.com/monitoring/api/metrics_gcp_a_b"
GCP_SPLIT = "https://cloud.google.com/vertex-ai/docs/predictions/deploy-model-api"
AZURE_METRICS = (
    "https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/"
    "microsoft-machinelearningservices-workspaces-onlineendpoints-metrics"
)
AZURE_SPLIT = "https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints"

ROLLOUT: tuple[Feature, ...] = (
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
)
