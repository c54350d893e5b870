"""How well each cloud keeps the promise of monitoring."""

from components.base import Cloud
from components.parity import Feature, substitute

AWS = "https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor.html"
GCP = "https://cloud.google.com/vertex-ai/docs/model-monitoring/overview"
AZURE = "https://learn.microsoft.com/azure/machine-learning/concept-model-monitoring"
CLARIFY = "https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-feature-attribute-drift-schedule.html"
VERTEX = "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/ModelMonitoringObjectiveConfig#ExplanationConfig"
STEP = "a step of ours on captured requests, the same on every cloud, started by schedule"
SURROGATE = "a surrogate of the recorded answers, weighed by a step of ours, the same on every cloud"

FEATURES: tuple[Feature, ...] = (
    Feature(
        "drift of inputs and of answers by psi, js, ks or wasserstein",
        needed=lambda spec: spec.drift is not None,
        on={
            Cloud.AWS: substitute(STEP, "Model Monitor knows two distances of its own, and none of these by name", AWS),
            Cloud.GCP: substitute(
                STEP, "Model Monitoring knows js and l-infinity, and no class of the provider makes it", GCP
            ),
            Cloud.AZURE: substitute(STEP, "a monitor of Azure ML tells people alone: it can start nothing", AZURE),
        },
    ),
    Feature(
        "data quality",
        needed=lambda spec: spec.data_quality is not None,
        on={
            Cloud.AWS: substitute(STEP, "Model Monitor's constraints are a file that a job must write first", AWS),
            Cloud.GCP: substitute(STEP, "Model Monitoring has none", GCP),
            Cloud.AZURE: substitute(STEP, "a monitor of Azure ML tells people alone: it can start nothing", AZURE),
        },
    ),
    Feature(
        "quality by labels that come later",
        needed=lambda spec: spec.quality is not None,
        on={
            Cloud.AWS: substitute(
                STEP, "Model Monitor's own needs a merge job for each window, and its own layout", AWS
            ),
            Cloud.GCP: substitute(STEP, "Model Monitoring has none", GCP),
            Cloud.AZURE: substitute(STEP, "model performance is no signal of the Azure ML API", AZURE),
        },
    ),
    Feature(
        "bias between groups",
        needed=lambda spec: spec.bias is not None,
        on={
            Cloud.AWS: substitute(STEP, "Clarify's own needs a config file and a shadow endpoint for each", AWS),
            Cloud.GCP: substitute(STEP, "Model Monitoring has none", GCP),
            Cloud.AZURE: substitute(STEP, "no signal of the Azure ML API", AZURE),
        },
    ),
    Feature(
        "drift of the columns' weights in the answers",
        needed=lambda spec: spec.explain is not None,
        on={
            Cloud.AWS: substitute(
                SURROGATE, "Clarify's own asks the model on a shadow endpoint, and new accounts can't have it", CLARIFY
            ),
            Cloud.GCP: substitute(
                SURROGATE,
                "Vertex AI's own takes a model with an explanation_spec, and asks it for explanations",
                VERTEX,
            ),
            Cloud.AZURE: substitute(
                SURROGATE, "Azure ML's own works so too, but tells people alone: it can start nothing", AZURE
            ),
        },
    ),
)
