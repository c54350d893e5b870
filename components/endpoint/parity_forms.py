"""How well each cloud keeps the promise of endpoints in other forms than one model on machines that stand by."""

from components.base import Cloud
from components.parity import Feature, missing, native, substitute

__all__ = ["FORMS"]

AWS = "https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html"
GCP = "https://cloud.google.com/vertex-ai/docs/predictions/overview"
AZURE = "https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online"
AZURE_SERVERLESS = "https://learn.microsoft.com/azure/machine-learning/how-to-deploy-models-serverless"
AZURE_BATCH = "https://learn.microsoft.com/azure/machine-learning/concept-endpoints-batch"
AZURE_SPLIT = "https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints"

FORMS: tuple[Feature, ...] = (
    Feature(
        "several models on one endpoint",
        needed=lambda spec: bool(spec.models),
        on={
            Cloud.AWS: native(
                "an inference component a model, each with its copies; a machine has room for a copy of each",
                "https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html",
            ),
            Cloud.GCP: substitute(
                "a private endpoint a model, on one DeploymentResourcePool where Vertex AI's own image for TensorFlow"
                " or PyTorch serves them all; else each has machines of its own, as many as scale says",
                "a caller of Vertex AI picks a model by its endpoint, and only models of those images share machines",
                "https://cloud.google.com/vertex-ai/docs/predictions/model-co-hosting",
            ),
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
            Cloud.AWS: native(
                "serverless inference, 1 to 6 whole GiB; the model is outside the private network and not isolated, as"
                " SageMaker has neither for it; requests still come by the VPC endpoint of the runtime; no capture and"
                " no rollout",
                "https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html",
            ),
            Cloud.GCP: substitute(
                "a service of Cloud Run, from no instance to as many as answer all of concurrency, which the release"
                " workflow brings revisions to; asked at /invocations with an identity token",
                "an endpoint of Vertex AI is of machines; a service records no requests and moves no traffic in steps",
                "https://cloud.google.com/run/docs/about-instance-autoscaling",
            ),
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
            Cloud.AWS: native(
                "asynchronous inference; state machines bring a file that arrives to its queue, and the answer to its"
                " name; it scales to zero, and a request waits 6 hours at most",
                "https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html",
            ),
            Cloud.GCP: missing(
                "Vertex AI has no queue before a model, and an answer of its batch predictions is in no file of the"
                " request's name; write batch: with on: data, which scores files that arrive on machines that scale to"
                " zero",
                "https://cloud.google.com/vertex-ai/docs/predictions/get-batch-predictions",
                refuse=True,
            ),
            Cloud.AZURE: missing(
                "Azure ML has no queue before a model, and an online endpoint answers within three minutes or not at"
                " all; write batch: with on: data, which scores files that arrive on machines that scale to zero",
                AZURE_BATCH,
                refuse=True,
            ),
        },
    ),
)
