"""How well each cloud keeps the promise of experiment tracking."""

from __future__ import annotations

from components.base import Cloud
from components.parity import Feature, missing, native, substitute

AWS = "https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow.html"
AWS_APP = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateMlflowApp.html"
GCP = "https://cloud.google.com/vertex-ai/docs/experiments/intro-vertex-ai-experiments"
GCP_BOARD = "https://cloud.google.com/vertex-ai/docs/experiments/tensorboard-introduction"
GCP_STORE = "https://cloud.google.com/vertex-ai/docs/ml-metadata/configure"
AZURE = "https://learn.microsoft.com/azure/machine-learning/how-to-use-mlflow-cli-runs"

FEATURES: tuple[Feature, ...] = (
    Feature(
        "parameters and metrics of runs",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("a serverless MLflow app", AWS),
            Cloud.GCP: native("Vertex AI Experiments with a TensorBoard of the stack", GCP),
            Cloud.AZURE: native("the workspace's own MLflow", AZURE),
        },
    ),
    Feature(
        "the MLflow client",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("mlflow with the plugin sagemaker-mlflow", AWS),
            Cloud.GCP: missing(
                "Vertex AI has no MLflow; log with aiplatform.init(experiment=…, experiment_tensorboard=…)", GCP
            ),
            Cloud.AZURE: native("mlflow with the plugin azureml-mlflow", AZURE),
        },
    ),
    Feature(
        "artifacts in the stack's store",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("the app's artifact store", AWS_APP),
            Cloud.GCP: native("staging_bucket of aiplatform.init", GCP),
            Cloud.AZURE: substitute(
                "the workspace's account, in a container that Azure ML names by itself",
                "a workspace takes no other store for what MLflow logs",
                AZURE,
            ),
        },
    ),
    Feature(
        "experiments by name",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: substitute(
                "the first run that is filed under it makes it", "an experiment is made by MLflow's own API alone", AWS
            ),
            Cloud.GCP: native("an experiment of the TensorBoard", GCP_BOARD),
            Cloud.AZURE: substitute(
                "the first run that is filed under it makes it", "an experiment is made by its first run alone", AZURE
            ),
        },
    ),
    Feature(
        "parameters and metrics under the customer's key",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: missing(
                "neither an MLflow app nor a tracking server takes a key in CloudFormation; artifacts are under it",
                AWS_APP,
            ),
            Cloud.GCP: substitute(
                "the TensorBoard is; parameters lie in the project's metadata store, under Google's key or the"
                " project's own",
                "all stacks of a project and region share its one metadata store, so no stack makes it",
                GCP_STORE,
            ),
            Cloud.AZURE: native(
                "the workspace's key",
                "https://learn.microsoft.com/azure/machine-learning/concept-customer-managed-keys",
            ),
        },
    ),
    Feature(
        "reached privately",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native(
                "an interface endpoint", "https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-private-link.html"
            ),
            Cloud.GCP: native(
                "Private Service Connect to the Google APIs",
                "https://cloud.google.com/vpc/docs/configure-private-service-connect-apis",
            ),
            Cloud.AZURE: native(
                "the workspace's private endpoint",
                "https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link",
            ),
        },
    ),
)
