"""How well each cloud keeps the promise of the dashboard."""

from components.base import Cloud
from components.parity import Feature, missing, native, substitute

AWS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"
AWS_SAGEMAKER = "https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html"
GCP = "https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards"
GCP_METRICS = "https://cloud.google.com/monitoring/api/metrics_gcp_a_b"
AZURE = "https://learn.microsoft.com/azure/azure-monitor/visualize/workbooks-overview"
AZURE_METRICS = (
    "https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/"
    "microsoft-machinelearningservices-workspaces-onlineendpoints-deployments-metrics"
)

FEATURES: tuple[Feature, ...] = (
    Feature(
        "latency, errors and traffic, with what is promised",
        needed=lambda spec: bool(spec.endpoints),
        on={
            Cloud.AWS: native("graphs of a CloudWatch dashboard", AWS),
            Cloud.GCP: native("charts of a Cloud Monitoring dashboard, in PromQL", GCP),
            Cloud.AZURE: native("a workbook over the endpoints' metrics and traffic log", AZURE),
        },
    ),
    Feature(
        "replicas and what they use",
        needed=lambda spec: bool(spec.endpoints),
        on={
            Cloud.AWS: substitute(
                "how many machines reported their CPU in a minute", "SageMaker publishes no count", AWS_SAGEMAKER
            ),
            Cloud.GCP: native("prediction/online/replicas, cpu/utilization, accelerator/duty_cycle", GCP_METRICS),
            Cloud.AZURE: native("metrics of the deployments, found through Azure Resource Graph", AZURE_METRICS),
        },
    ),
    Feature(
        "which version serves",
        needed=lambda spec: bool(spec.endpoints),
        on={
            Cloud.AWS: missing(
                "no metric has the version; the dashboard leads to the endpoint, whose configuration's tags have it",
                AWS_SAGEMAKER,
            ),
            Cloud.GCP: substitute(
                "traffic by deployed model", "metrics have its id, and the endpoint the version", GCP_METRICS
            ),
            Cloud.AZURE: native(
                "the endpoint's tag `serves`, through Azure Resource Graph",
                "https://learn.microsoft.com/azure/governance/resource-graph/overview",
            ),
        },
    ),
    Feature(
        "drift and quality",
        needed=lambda spec: bool(spec.monitors),
        on={
            Cloud.AWS: native("what the monitors publish", AWS),
            Cloud.GCP: native("what the monitors publish", GCP),
            Cloud.AZURE: native("what the monitors publish on the endpoint", AZURE),
        },
    ),
    Feature(
        "freshness of features",
        needed=lambda spec: bool(spec.features and spec.features.views),
        on={
            Cloud.AWS: native("the age that materialization publishes", AWS),
            Cloud.GCP: native("the age that materialization publishes", GCP),
            Cloud.AZURE: substitute(
                "the state of the freshness alerts", "age is found by a query of the log, not published", AZURE
            ),
        },
    ),
    Feature(
        "runs of trainings",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native(
                "metrics of Step Functions",
                "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html",
            ),
            Cloud.GCP: native("metrics of Workflows", "https://cloud.google.com/monitoring/api/metrics_gcp_p_z"),
            Cloud.AZURE: native(
                "metrics of Logic Apps",
                "https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/"
                "microsoft-logic-workflows-metrics",
            ),
        },
    ),
    Feature(
        "state of the alarms",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("alarm widgets", AWS),
            Cloud.GCP: native("an incident list of the stack's alert policies", GCP),
            Cloud.AZURE: native(
                "alerts of the resource group, through Azure Resource Graph",
                "https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-manage-alert-instances",
            ),
        },
    ),
    Feature(
        "cost",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: missing(
                "AWS/Billing is of a whole account and of us-east-1; the dashboard leads to the stack's budget",
                "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html",
            ),
            Cloud.GCP: missing(
                "what is spent is no metric; the dashboard leads to the billing account's budgets",
                "https://cloud.google.com/billing/docs/how-to/budgets",
            ),
            Cloud.AZURE: missing(
                "what is spent is no metric; the workbook leads to the resource group's cost analysis",
                "https://learn.microsoft.com/azure/cost-management-billing/costs/quick-acm-cost-analysis",
            ),
        },
    ),
    Feature(
        "hundreds of endpoints",
        needed=lambda _spec: False,
        on={
            Cloud.AWS: native(
                "thirty endpoints a dashboard, which lead to each other: one holds 500 widgets and 2,500 metrics",
                "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html",
            ),
            Cloud.GCP: native(
                "a few endpoints a dashboard, found by their label: one holds a few dozen charts",
                "https://cloud.google.com/monitoring/quotas",
            ),
            Cloud.AZURE: native("one workbook, in which an endpoint is chosen", AZURE),
        },
    ),
)
