"""What AWS's own images of a server want besides the version's files: their variables, and a driver."""

from __future__ import annotations

from collections.abc import Mapping

from components.catalog import Machine, accelerators
from components.catalog.cuda import capabilities
from components.clouds.aws.states import literal
from components.fields import SERVERS

__all__ = ["driver", "is_server", "told", "variables"]

MODEL_DIR = "/opt/ml/model"

NEWEST_DRIVER = "al2023-ami-sagemaker-inference-gpu-4-1"
DRIVERS = {
    "onnx": "al2-ami-sagemaker-inference-gpu-3-1",
    "triton": "al2-ami-sagemaker-inference-gpu-3-1",
    "vllm": NEWEST_DRIVER,
}
"""
Machine images whose NVIDIA driver runs the image's CUDA: any of CUDA 12 with driver 550, CUDA 13.0 with driver 580.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html and
https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html
"""


def is_server(runtime: str | None) -> bool:
    """Whether the runtime serves only: the foundation grants its image to nobody, so an endpoint does."""
    return runtime in SERVERS


def driver(runtime: str | None, machine: Machine) -> str | None:
    """
    `InferenceAmiVersion` of machines with a GPU; None for SageMaker's own choice.

    Driver 550 knows no Blackwell: 570 is the first that does.
    Source: https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/release-notes.html
    """
    if not is_server(runtime) or not machine.accelerator:
        return None
    capability = capabilities().get(accelerators()[machine.accelerator].compute_capability)
    return NEWEST_DRIVER if capability and capability.architecture == "Blackwell" else DRIVERS.get(runtime or "")


def variables(runtime: str | None, gpus: int, model: str) -> dict[str, str]:
    """
    What the server is told; a version's own `Environment` goes before it.

    Triton finds a lone model by itself. vLLM takes each `SM_VLLM_<NAME>` for its option `--<name>`.

    Args:
        runtime: What serves.
        gpus: That a replica has, or a model of several that share one.
        model: What a request calls it.

    Source: https://github.com/aws/deep-learning-containers/blob/master/vllm/build_artifacts/sagemaker_entrypoint.sh,
        https://github.com/triton-inference-server/server/blob/main/docker/sagemaker/serve
    """
    if runtime != "vllm":
        return {}
    return {
        "SM_VLLM_HOST": "0.0.0.0",  # noqa: S104  within the container, whose port SageMaker alone reaches
        "SM_VLLM_MODEL": MODEL_DIR,
        "SM_VLLM_SERVED_MODEL_NAME": model,
        "SM_VLLM_TENSOR_PARALLEL_SIZE": str(max(1, gpus)),
    }


def told(given: Mapping[str, str]) -> str:
    """
    A last member of the list that JSONata merges a container from, with `$image` of the start and `$held` of the
    version: what the server is told, where the image is neither's; nothing where it is told nothing.
    """
    if not given:
        return ""
    both = f"{{'Environment': $merge([{literal(dict(given))}, $held.Environment])}}"
    return f", $image = '' ? ($held.Image ? {{}} : {both}) : {{}}"
