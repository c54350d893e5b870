"""Serving of large language models: weights, machine, tokens, guardrails and knowledge."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from components.base import Spec
from components.fields import DataPath, Image, Machine, Name, SecretRef
from components.units import Count, Duration, Percent

__all__ = ["Guardrails", "Knowledge", "LlmScale", "LlmSpec", "Model", "Tokens"]


def _auto(value: Any) -> Any:
    return None if value == "auto" else value


class Model(Spec):
    """The weights."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)?$",
        max_length=128,
        examples=["meta-llama/Llama-3.3-70B-Instruct"],
    )
    parameters: Count = Field(examples=["70B"])
    precision: Literal["fp32", "bf16", "fp16", "fp8", "int8", "int4"] = "bf16"
    context: int = Field(default=8192, ge=256, le=10_000_000)
    """Longest prompt and answer together, tokens."""
    revision: str | None = Field(default=None, max_length=128)
    """Commit or tag of the weights."""
    secret: SecretRef | None = None
    """Token that downloads the weights."""


class LlmTarget(Spec):
    """What the autoscaler holds."""

    concurrent_requests: int = Field(default=32, ge=1, le=10_000)
    """Requests a replica answers at once."""


class LlmScale(Spec):
    """How many replicas serve."""

    min: int = Field(default=1, ge=0, le=100)
    max: int = Field(default=1, ge=1, le=100)
    target: LlmTarget = LlmTarget()


class Tokens(Spec):
    """What may be spent."""

    budget_per_day: Count = Field(examples=["50M"])
    alert_at: Percent = Percent.parse("80%")


class Guardrails(Spec):
    """What is neither asked nor answered."""

    topics_denied: list[str] = Field(default=[], max_length=50)
    pii: Literal["mask", "block", "allow"] = "mask"
    toxicity: Literal["block", "allow"] = "block"


class Knowledge(Spec):
    """Documents that answers draw on."""

    vectors: Name
    """An index of `vectors`."""
    documents: DataPath
    chunk: int = Field(default=512, ge=32, le=8192)
    """Tokens in a piece."""
    refresh: Duration = Duration.parse("1d")


class LlmSpec(Spec):
    """One served language model."""

    model: Model
    runtime: Literal["vllm", "triton"] = "vllm"
    image: Image | None = None
    machine: Annotated[Machine | None, BeforeValidator(_auto, json_schema_input_type=Machine | Literal["auto"])] = None
    """`auto`: the cheapest that holds weights and cache; or a wish, refused when it can't fit."""
    scale: LlmScale = LlmScale()
    tokens: Tokens | None = None
    guardrails: Guardrails = Guardrails()
    knowledge: Knowledge | None = None
