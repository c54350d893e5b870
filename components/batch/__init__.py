"""Batch scoring: a model answers for a whole data set, on a schedule, when data arrives, or when it is started."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import pulumi
from pydantic import Field, field_validator, model_validator

from components.base import Component, Result, Spec
from components.batch.parity import FEATURES
from components.fields import DataPath, Image, Machine, Name, Runtime
from components.units import Duration, Schedule

__all__ = ["CONTENT_TYPES", "FEATURES", "Batch", "BatchResult", "BatchSpec"]

CONTENT_TYPES = {"csv": "text/csv", "jsonl": "application/jsonlines"}
"""Format of the records to the content type that a serving image is asked with."""

SHORTEST_SETTLE, LONGEST_SETTLE = Duration.parse("5m"), Duration.parse("1d")
SHORTEST_RUN, LONGEST_RUN = Duration.parse("5m"), Duration.parse("30d")


class BatchSpec(Spec):
    """
    One batch scoring job. The machines are gone when it is done; nothing runs, or costs, before it is started.

    Raises:
        ValueError: A job that new data starts reads from outside the data store, or its scores would start it again.
    """

    model: Name
    """The model that answers: a training's name, or a model of the registry."""
    image: Image | None = None
    """Serving image. Without image and runtime, the version's own serves."""
    runtime: Runtime | None = None
    """Serving framework, whose image the cloud keeps; by default that of the training the model comes from."""
    input: DataPath = Field(examples=["data/accounts/"])
    """Where the records lie: every file under it is scored."""
    output: DataPath = Field(examples=["data/scores/"])
    """Where the answers go: each run has a folder of its own name under it."""
    format: Literal["jsonl", "csv"] = "jsonl"
    """What a file holds: a record a line, as JSON or as comma-separated values without a line of names."""
    schedule: Schedule | None = None
    """When it runs; without one and without `on`, it runs when it is started."""
    on: Literal["data"] | None = None
    """`data`: it runs when new files arrive under `input`; those that come within `settle` are one run."""
    settle: Duration = Duration.parse("15m")
    """How long new files are gathered before a run that they start, 5 minutes to a day."""
    machine: Machine
    replicas: int = Field(default=1, ge=1, le=500)
    """Machines that share the work."""
    spot: bool = True
    """Use reclaimable capacity where the cloud has it for batch; what a reclaimed machine had in hand is done again."""
    max_run: Duration = Duration.parse("12h")
    """A run is stopped so long after its start, waiting for machines counted; 5 minutes to 30 days."""

    @field_validator("settle")
    @classmethod
    def _settles(cls, value: Duration) -> Duration:
        if not SHORTEST_SETTLE <= value <= LONGEST_SETTLE:
            raise ValueError(f"{value} is not from {SHORTEST_SETTLE} to {LONGEST_SETTLE}. Write 15m or so.")
        return value

    @field_validator("max_run")
    @classmethod
    def _ends(cls, value: Duration) -> Duration:
        if not SHORTEST_RUN <= value <= LONGEST_RUN:
            raise ValueError(f"{value} is not from {SHORTEST_RUN} to {LONGEST_RUN}. Write 12h or so.")
        return value

    @model_validator(mode="after")
    def _one_image(self) -> Self:
        if self.image and self.runtime:
            raise ValueError("image and runtime both say what serves. Write one of them.")
        return self

    @model_validator(mode="after")
    def _does_not_start_itself(self) -> Self:
        source, target = (f"{path.strip('/')}/" for path in (self.input, self.output))
        if target.startswith(source) or source.startswith(target):
            raise ValueError(
                f"output ({self.output}) and input ({self.input}) lie in each other: scores would be scored."
                " Write two folders side by side, such as data/accounts/ and data/scores/."
            )
        if self.on and "://" in self.input:
            raise ValueError(
                f"on: data watches the stack's data store, and input is {self.input}."
                " Write a path of the data store, or a schedule."
            )
        return self

    @property
    def prefix(self) -> str:
        """How the names of all files of the input begin, in the data store; no other folder's do."""
        return f"{self.input.strip('/')}/"


@dataclass(frozen=True)
class BatchResult(Result):
    """
    What starting and following a run takes, on every cloud.

    Attributes:
        batch_id: What a run is started with: state machine ARN, workflow id, Logic App id. The start may be `{}`, or
            `{"version": "12"}` for that version in place of the newest approved one, with `"input"` and `"output"`
            for other paths, and `"run"` for the run's name. It ends well only when every record has its answer.
        output_uri: Under it lies a folder a run.
        machine: The cloud's name of the machine.
    """

    batch_id: pulumi.Output[str]
    output_uri: pulumi.Output[str]
    machine: str


class Batch(Component):
    """Base of `aws.py`, `gcp.py`, `azure.py`: same spec in, same result out."""

    capability: ClassVar[str] = "batch"
    section: ClassVar[str] = "batch"
    spec: BatchSpec
    result: BatchResult

    def refuse_foreign(self, scheme: str, reads: str) -> None:
        """
        See that input and output lie where the cloud reads and writes.

        Args:
            scheme: What its URIs start with, such as `s3`.
            reads: The service, as the message names it.

        Raises:
            ValueError: One of them is a URI of another cloud.
        """
        wishes: dict[str, Any] = {"input": self.spec.input, "output": self.spec.output}
        for field, path in wishes.items():
            found, separator, _rest = path.partition("://")
            if separator and found != scheme:
                raise ValueError(
                    f"{field} is {path}, which {reads} can't reach. Write a path of the stack's data store, or"
                    f" {scheme}://…"
                )
