"""How well each cloud keeps the promise of endpoints."""

from components.base import Cloud
from components.endpoint.parity_forms import FORMS
from components.endpoint.parity_rollout import ROLLOUT
from components.endpoint.parity_scale import SCALE
from components.endpoint.parity_servers import RUNTIMES
from components.parity import Feature, native, substitute

AWS = "https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html"
GCP = "https://cloud.google.com/vertex-ai/docs/predictions/overview"
AZURE = "https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online"

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
    *SCALE,
    *RUNTIMES,
    *FORMS,
    *ROLLOUT,
)
