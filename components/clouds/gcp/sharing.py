"""
Which models may share machines on Vertex AI, and what the pool of these is called.

Those that one of its own images for TensorFlow or PyTorch serves; an image is of a whole pool of machines.
Source: https://cloud.google.com/vertex-ai/docs/predictions/model-co-hosting#limitations
"""

from __future__ import annotations

from components.base import Context
from components.endpoint import EndpointSpec
from components.fields import Runtime

__all__ = ["POOL_DIGITS", "pool_base", "shared_runtime"]

POOL_DIGITS = 8  # that stand for the machine, after the base and a hyphen

SHARING: tuple[Runtime, ...] = ("tensorflow", "pytorch")


def shared_runtime(spec: EndpointSpec) -> Runtime | None:
    """The framework whose image serves all of the models, where they may share machines; else None."""
    if spec.image:
        return None
    named = {spec.runtime or spec.runtimes.get(name) for name in spec.models}
    return next((runtime for runtime in SHARING if named == {runtime}), None)


def pool_base(context: Context, endpoint: str) -> str:
    """
    What the pools of an endpoint are called, but for the digits of their machine.

    Source: https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.deploymentResourcePools/create:
        63 characters of [a-z0-9-], a letter first
    """
    return context.name("endpoint", endpoint, limit=63 - 1 - POOL_DIGITS)
