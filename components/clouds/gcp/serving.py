"""How Vertex AI starts and asks an image of Google's own that no container contract of Vertex AI names."""

from __future__ import annotations

from typing import Any

from components.catalog import Machine
from components.clouds.gcp.registry import PORT, own_container

__all__ = ["TRITON", "server", "verb"]

TRITON = frozenset({"onnx", "triton"})
"""Runtimes that Triton serves; of ONNX it is a backend."""

START_SECONDS = 7200
"""
A large model is copied from the bucket first; more Vertex AI does not wait.

Source: https://cloud.google.com/vertex-ai/docs/reference/rest/v1/ModelContainerSpec, deploymentTimeout
"""
SHARED_MIB = 16 * 1024  # by which the processes of a server hand tensors over


def server(runtime: str, machine: Machine) -> dict[str, Any]:
    """
    Rest of `containerSpec` beside the image; nothing for images that Vertex AI knows.

    Triton's image starts by itself where `AIP_MODE` is set, as Vertex AI does: with the model repository that
    `AIP_STORAGE_URI` names, at the port and the routes of its other variables.

    vLLM takes the version's files from the bucket that `AIP_STORAGE_URI` names, and answers `{"instances": [{"prompt":
    …}]}`. The reference is filled in by Vertex AI, which knows `$(NAME)` in arguments.

    Source: https://github.com/triton-inference-server/server/blob/main/docker/entrypoint.d/99-check-run-aip-mode.sh,
        https://cloud.google.com/vertex-ai/generative-ai/docs/open-models/vllm/use-vllm,
        https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements#aip-variables
    """
    if runtime in TRITON:
        return {**own_container(PORT), **_shared(machine)}
    if runtime != "vllm":
        return {}
    gpus = max(1, int(machine.accelerator_count))
    return {
        "command": ["python", "-m", "vllm.entrypoints.api_server"],
        "args": [
            "--host=0.0.0.0",
            f"--port={PORT}",
            "--model=$(AIP_STORAGE_URI)",
            f"--tensor-parallel-size={gpus}",
        ],
        "predictRoute": "/generate",
        "healthRoute": "/ping",
        "ports": [{"containerPort": PORT}],
        "deploymentTimeout": f"{START_SECONDS}s",
        **(_shared(machine) if gpus > 1 else {}),
    }


def _shared(machine: Machine) -> dict[str, str]:
    """A quarter of the machine's memory at most, as it is taken from it."""
    most = int(machine.memory_gib * 1024) // 4 if machine.memory_gib else SHARED_MIB
    return {"sharedMemorySizeMb": str(min(SHARED_MIB, most))}


def verb(runtime: str | None) -> str:
    """
    How an endpoint is asked: Vertex AI takes `{"instances": [...]}` alone, or hands a request on as it is.

    Source: https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints/rawPredict
    """
    return "rawPredict" if runtime in TRITON else "predict"
