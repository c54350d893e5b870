"""How well each cloud keeps the promise of serving runtimes."""

from components.base import Cloud
from components.fields import SERVERS
from components.parity import Feature, missing, native, substitute

__all__ = ["RUNTIMES"]

AWS = "https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html"
GCP = "https://cloud.google.com/vertex-ai/docs/predictions/overview"
AZURE = "https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online"
AWS_TRITON = "https://docs.aws.amazon.com/sagemaker/latest/dg/deploy-models-frameworks-triton.html"
AZURE_TRITON = "https://learn.microsoft.com/azure/machine-learning/how-to-deploy-with-triton"
GCP_PREBUILT = "https://cloud.google.com/vertex-ai/docs/predictions/pre-built-containers"

RUNTIMES: tuple[Feature, ...] = (
    Feature(
        "serving by the framework's own image",
        needed=lambda spec: spec.runtime is not None and spec.runtime not in SERVERS,
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
        "onnx runtime",
        needed=lambda spec: spec.runtime == "onnx",
        on={
            Cloud.AWS: native("Triton's ONNX Runtime, in AWS's own image", AWS_TRITON),
            Cloud.GCP: substitute(
                "Triton's ONNX Runtime, in NVIDIA's image, which you copy to the stack's repository as it is; asked by"
                " rawPredict",
                "Google prebuilds no server of ONNX",
                GCP_PREBUILT,
            ),
            Cloud.AZURE: native("Triton's ONNX Runtime, for versions of the type triton_model", AZURE_TRITON),
        },
    ),
    Feature(
        "triton runtime",
        needed=lambda spec: spec.runtime == "triton",
        on={
            Cloud.AWS: native("AWS's own image of Triton", AWS_TRITON),
            Cloud.GCP: substitute(
                "NVIDIA's image, which you copy to the stack's repository as it is; asked by rawPredict",
                "NVIDIA keeps it on nvcr.io, which Vertex AI does not pull from",
                "https://cloud.google.com/vertex-ai/docs/predictions/using-nvidia-triton",
            ),
            Cloud.AZURE: native("Triton, for versions of the type triton_model", AZURE_TRITON),
        },
    ),
    Feature(
        "vllm runtime",
        needed=lambda spec: spec.runtime == "vllm",
        on={
            Cloud.AWS: native(
                "AWS's deep learning container of vLLM", "https://aws.github.io/deep-learning-containers/vllm/"
            ),
            Cloud.GCP: native(
                "Model Garden's image of vLLM",
                "https://cloud.google.com/vertex-ai/generative-ai/docs/open-models/vllm/use-vllm",
            ),
            Cloud.AZURE: missing(
                "the image of vLLM that Azure ML has serves models of its catalogue alone; write image: and one of your"
                " own that is built on vLLM's, which answers /ping and /invocations",
                "https://learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container",
                refuse=True,
            ),
        },
    ),
)
