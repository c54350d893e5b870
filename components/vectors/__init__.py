"""Vector indexes: nearest neighbours of an embedding, for search and for what a language model should know."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from components.base import Spec
from components.units import Count

__all__ = ["VectorSpec"]


class VectorSpec(Spec):
    """One index."""

    dimensions: int = Field(ge=2, le=16_000, examples=[1024])
    """Numbers in an embedding."""
    items: Count = Field(examples=["2M"])
    """Embeddings it will hold."""
    metric: Literal["cosine", "dot", "euclidean"] = "cosine"
