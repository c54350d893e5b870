"""How well each cloud keeps the promise of the model registry."""

from components.base import Cloud
from components.parity import Feature, native, substitute

AWS = "https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html"
GCP = "https://cloud.google.com/vertex-ai/docs/model-registry/introduction"
AZURE = "https://learn.microsoft.com/azure/machine-learning/concept-model-management-and-deployment"

FEATURES: tuple[Feature, ...] = (
    Feature(
        "versions",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("model package group", AWS),
            Cloud.GCP: native(
                "model versions; the first upload makes the model, as no class of the provider does", GCP
            ),
            Cloud.AZURE: native("model container and versions", AZURE),
        },
    ),
    Feature(
        "approval",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native(
                "ModelApprovalStatus, which the approver's role alone may set",
                "https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-approve.html",
            ),
            Cloud.GCP: substitute(
                "the version's label `approval`, which one custom role may set",
                "Vertex AI has no approval state",
                "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.models/patch",
            ),
            Cloud.AZURE: substitute(
                "the version's stage `Approved`, which one custom role may set", "Azure ML has no approval state", AZURE
            ),
        },
    ),
    Feature(
        "model cards",
        needed=lambda spec: bool(spec.cards),
        on={
            Cloud.AWS: native(
                "a ModelCard under the stack's key", "https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html"
            ),
            Cloud.GCP: substitute(
                "the description and the label `risk` of each version that is registered",
                "Vertex AI keeps cards of Google's models alone",
                "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.models",
            ),
            Cloud.AZURE: substitute(
                "the model's description and its tag `risk`",
                "a workspace keeps scorecards of single runs alone, as files",
                "https://learn.microsoft.com/azure/machine-learning/how-to-responsible-ai-scorecard",
            ),
        },
    ),
    Feature(
        "sharing across environments",
        needed=lambda spec: bool(spec.share_with),
        on={
            Cloud.AWS: native(
                "model package group policy, and the files, key and images that go with it",
                "https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy-xaccount.html",
            ),
            Cloud.GCP: substitute(
                "a custom role to read and copy models, for the other environment",
                "a version is copied, not shared",
                "https://cloud.google.com/vertex-ai/docs/model-registry/copy-model",
            ),
            Cloud.AZURE: native(
                "Azure ML registry",
                "https://learn.microsoft.com/azure/machine-learning/how-to-share-models-pipelines-across-workspaces-with-registries",
            ),
        },
    ),
)
