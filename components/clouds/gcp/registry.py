"""What models are called in the Vertex AI registry, and how images of one's own serve them."""

from __future__ import annotations

from typing import Any

from components.base import Context

__all__ = ["PORT", "ROUTES", "model_id", "own_container", "servable_id"]

PORT = 8080
# What images of one's own answer on: the routes that SageMaker fixes, so that one image serves on every cloud.
ROUTES = {"predictRoute": "/invocations", "healthRoute": "/ping"}


def model_id(context: Context, model: str) -> str:
    """
    Id of a model: the first registered version makes it, so its name is agreed on beforehand.

    Source: https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.models/upload: at most 63 of
    `[a-z0-9_-]`, a letter first.
    """
    return context.name(model, limit=63)


def servable_id(context: Context, endpoint: str) -> str:
    """Id of the model that an endpoint serves versions as: with a `_`, which no name of a blueprint has."""
    return f"{context.name(endpoint, limit=54)}_servable"


def own_container(port: int) -> dict[str, Any]:
    """How Vertex AI talks to an image that is not its own."""
    return {**ROUTES, "ports": [{"containerPort": port}]}
