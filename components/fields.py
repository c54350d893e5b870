"""Field types that several specs share: names, paths, secrets, images, machines."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.fields import FieldInfo

from components.base import Spec
from components.units import Duration, Size

__all__ = [
    "SERVERS",
    "Column",
    "DataPath",
    "Email",
    "Image",
    "Machine",
    "Name",
    "Runtime",
    "Scalar",
    "SecretRef",
    "ServingRuntime",
    "filled_in",
    "filled_in_from",
    "not_for_ever",
]

Name = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$", max_length=32),
    Field(description="Lower-case words joined by `-`", examples=["fraud-xgb"]),
]
Column = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$"),
    Field(description="Letters, digits and `_`, at most 63 characters", examples=["customer_id"]),
]
DataPath = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:(?:s3|gs|azureml)://[A-Za-z0-9][^\s\\\x22{}]*|[A-Za-z0-9_=][A-Za-z0-9_.=-]*"
        r"(?:/[A-Za-z0-9_.=-]+)*/?)$",
        max_length=512,
    ),
    Field(description="Path in the stack's data store, or a URI", examples=["data/payments/"]),
]
SecretRef = Annotated[
    str,
    StringConstraints(pattern=r"^secret/[a-z][a-z0-9]*(?:-[a-z0-9]+)*$", max_length=64),
    Field(description="A secret of the stack's own store; never its value", examples=["secret/hub-token"]),
]
Image = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9]+(?:[._-][a-z0-9]+)*(?::[0-9]+)?(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
        r"(?:@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$",
        max_length=255,
    ),
    Field(
        description="Container image with its tag or digest; without a registry it is one of the stack's own",
        examples=["fraud-train:1.4"],
    ),
]
Email = Annotated[
    str,
    # what every cloud's mail service takes: no quotes, no letters beyond ASCII
    StringConstraints(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$", max_length=254),
    Field(description="Mail address", examples=["risk-ml@example.com"]),
]
SERVERS = frozenset({"onnx", "triton", "vllm"})
"""Runtimes that answer requests of endpoints, and neither train nor score files of lines."""


def _no_server(runtime: Any) -> Any:
    if runtime in SERVERS:
        raise ValueError(
            f"{runtime!r} only answers the requests of an endpoint. Write runtime: xgboost, sklearn, pytorch or"
            " tensorflow, or an image of your own."
        )
    return runtime


_FRAMEWORK = "^(?:xgboost|sklearn|pytorch|tensorflow)$"
Runtime = Annotated[
    str,
    BeforeValidator(_no_server, json_schema_input_type=Annotated[str, Field(pattern=_FRAMEWORK)]),
    Field(
        pattern=_FRAMEWORK,
        description="Framework, resolved to each cloud's own image",
        examples=["xgboost", "sklearn", "pytorch", "tensorflow"],
    ),
]
ServingRuntime = Annotated[
    str,
    Field(
        pattern="^(?:xgboost|sklearn|pytorch|tensorflow|onnx|triton|vllm)$",
        description="Framework or server, resolved to each cloud's own image",
        examples=["xgboost", "sklearn", "pytorch", "tensorflow", "onnx", "triton", "vllm"],
    ),
]
Scalar = str | int | float | bool

LONGEST_KEPT = Duration.parse("100y")


def not_for_ever(kept: Duration) -> Duration:
    """
    See that a retention is one that every cloud's rules can say, which count its days in 32 bits.

    Raises:
        ValueError: It is longer.
    """
    if kept > LONGEST_KEPT:
        raise ValueError(f"{kept} is longer than a store can be told to keep. Write {LONGEST_KEPT} or less.")
    return kept


FILLED_IN = "x-filled-in-from"


def filled_in(source: str, default: Any) -> Any:
    """A field that a blueprint fills in from another section, so that an author can't write it a second time."""
    return Field(default, json_schema_extra={FILLED_IN: source})


def filled_in_from(field: FieldInfo) -> str | None:
    """The section that a field is filled in from; None where the author writes it."""
    extra = field.json_schema_extra
    found = extra.get(FILLED_IN) if isinstance(extra, dict) else None
    return found if isinstance(found, str) else None


class Machine(Spec):
    """
    What a machine must have; the cheapest of the cloud's managed service that has it is taken.

    Raises:
        ValueError: Nothing is asked, or a count without accelerators.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"cpu": 4, "memory": "16GiB"}, {"gpu_memory": "24GiB"}]})

    cpu: float | None = Field(default=None, gt=0, le=1024)
    """At least so many vCPUs."""
    memory: Size | None = None
    """At least so much main memory."""
    accelerator: str | None = Field(default=None, examples=["L4", "A10G", "A100-80GB", "H100", "T4"])
    """This very accelerator; none is put in its place."""
    count: int = Field(default=1, ge=1, le=16)
    """Accelerators in one machine."""
    gpu_memory: Size | None = None
    """At least so much memory on each accelerator, whichever it is: the way to stay neutral."""
    type: str | None = None
    """The cloud's own name of a machine; only under `overrides.<cloud>`."""
    max_usd_per_hour: float | None = Field(default=None, gt=0)
    """Refuse a machine whose on-demand price is above this, in USD per machine and hour."""

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        asked = (self.cpu, self.memory, self.accelerator, self.gpu_memory, self.type)
        if all(a is None for a in asked):
            raise ValueError("it asks for nothing. Write {cpu: 4, memory: 16GiB} or {gpu_memory: 24GiB}.")
        if self.count > 1 and not (self.accelerator or self.gpu_memory or self.type):
            raise ValueError("count is of accelerators. Add accelerator or gpu_memory, or leave count out.")
        return self

    @property
    def is_gpu(self) -> bool:
        """Whether an accelerator is asked for."""
        return bool(self.accelerator or self.gpu_memory)
