"""Training on spot capacity: a definition that a run is started from with no more than an image and data."""

import math
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

import pulumi
from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from components.base import Component, Result, Spec
from components.fields import DataPath, Image, Machine, Name, Runtime, Scalar
from components.training.contract import (
    CHANNELS,
    LONGEST_HYPERPARAMETERS,
    LONGEST_VARIABLE,
    OWN_PREFIXES,
    OWN_VARIABLES,
    VARIABLES,
    as_json_text,
)
from components.training.distributed import check_launch
from components.training.interconnect import check_interconnect
from components.training.parity import FEATURES
from components.training.tuning import Parameter, Tuning, check_wrapped, rounds
from components.units import Duration, Size

__all__ = ["FEATURES", "Checkpoint", "Spot", "Training", "TrainingResult", "TrainingSpec", "Tuning"]


LONGEST_WAIT = Duration.parse("1y")
"""
Longest wait for spot: no cloud's workflow service lets a run be watched for longer.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

# What fits each cloud's API; SageMaker's is the tightest. Source:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
Argument = Annotated[str, StringConstraints(max_length=256, pattern=r"^[^\r\n]*$")]
Variable = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$"),
    Field(description="Letters, digits and `_`, at most 128", examples=["OMP_NUM_THREADS"]),
]
LONGEST_TEXT = 2500  # characters of a hyper-parameter


def _free(name: Any) -> Any:
    if isinstance(name, str) and (name in OWN_VARIABLES or name.startswith(OWN_PREFIXES)):
        raise ValueError(f"{name!r} is a variable that a run is told by the cloud. Write another name.")
    return name


class Spot(Spec):
    """Reclaimable capacity, and what to do when there is none."""

    max_wait: Duration = Duration.parse("6h")
    """Longest time from start to end of a run on spot, waiting included, before the fallback; at least `max_run`."""
    fallback: Literal["on-demand", "none"] = "on-demand"
    """What a run does when spot capacity did not come within `max_wait`."""
    max_usd_per_hour: float | None = Field(default=None, gt=0)
    """Bid: most that an hour of one machine may cost on spot, USD."""


class Checkpoint(Spec):
    """Where and how often the run saves what it needs to go on."""

    every: Duration = Duration.parse("10m")
    """What the training code is told, by the variable `CHECKPOINT_SECONDS`."""
    path: DataPath | None = None
    """Path in the artifact store; `checkpoints/<training>/` where it is not given."""


class TrainingSpec(Spec):
    """
    One training definition. A run starts from it with an image and data; nothing runs, or costs, before.

    Raises:
        ValueError: Spot without a checkpoint or `restartable`: a reclaimed run would start over.
    """

    image: Image | None = None
    """What runs. Without image and runtime, each start names the image."""
    runtime: Runtime | None = None
    """
    Framework whose image, kept by the cloud, runs instead of one of yours. Without a command it runs the module
    `trainer.task` of `code/<training>/trainer.tar.gz` in the artifact store.
    """
    command: list[Argument] = Field(default=[], max_length=100)
    """Command and arguments in the container, each one line of at most 256 characters; by default the image's own."""
    hyperparameters: dict[Parameter, Scalar] = Field(default={}, max_length=100)
    """Given to the training code as one JSON object, in the variable `HYPERPARAMETERS`."""
    environment: dict[
        Annotated[Variable, BeforeValidator(_free)], Annotated[str, StringConstraints(max_length=LONGEST_VARIABLE)]
    ] = Field(default={}, max_length=VARIABLES)
    """Environment variables; never a secret."""
    machine: Machine
    nodes: int = Field(default=1, ge=1, le=64)
    """Machines, not accelerators; with more than one, the code finds its peers as the cloud tells."""
    disk: Size = Size.parse("100GiB")
    """Scratch disk of each machine."""
    spot: Spot | None = Spot()
    """Reclaimable capacity, on by default; `false` for on-demand."""
    checkpoint: Checkpoint | None = None
    restartable: bool = False
    """The code may start over when its machine is reclaimed; stands in for a checkpoint."""
    max_run: Duration = Duration.parse("24h")
    """A run is stopped after so long, waiting not counted."""
    inputs: dict[Name, DataPath] = Field(default={}, max_length=CHANNELS)
    """Channel to where its data lies; a run may name others. Code finds its folder in `INPUT_<CHANNEL>`."""
    encrypt_between_nodes: bool = True
    """Encrypt traffic between the machines of a run; costs throughput on fast interconnects."""
    tuning: Tuning | None = None
    """Search for the best hyper-parameters, besides single runs: a definition of its own starts it."""
    distributed: Literal["torchrun", "mpi"] | None = None
    """
    Start `command`, or the module of `runtime`, once for each accelerator of each of the `nodes`, and tell each process
    its rank and its peers. Without it each machine runs one process.
    """
    interconnect: Literal["rdma"] | None = None
    """
    `rdma`: only machines whose network cards write into each other's memory, past the operating system. Without it the
    cheapest machine that `machine` grants is taken, and uses what it has.
    """

    @field_validator("hyperparameters")
    @classmethod
    def _fit(cls, value: dict[str, Scalar]) -> dict[str, Scalar]:
        long = next((k for k, v in value.items() if isinstance(v, str) and len(v) > LONGEST_TEXT), None)
        if long:
            raise ValueError(
                f"{long} has {len(str(value[long]))} characters, and a hyper-parameter has {LONGEST_TEXT} at most."
                " Put it into a file, and write its path."
            )
        endless = next((k for k, v in value.items() if isinstance(v, float) and not math.isfinite(v)), None)
        if endless:
            raise ValueError(f"{endless} is {value[endless]}, which JSON has no number for. Write it as text.")
        if (size := len(as_json_text(value))) > LONGEST_HYPERPARAMETERS:
            raise ValueError(
                f"together they have {size} characters as JSON, and {LONGEST_HYPERPARAMETERS} can be told."
                " Put some into a file, and write its path."
            )
        return value

    @field_validator("spot", mode="before", json_schema_input_type=Spot | bool)
    @classmethod
    def _spot_as_a_word(cls, value: Any) -> Any:
        if value is True:
            return {}
        return None if value is False else value

    @model_validator(mode="after")
    def _can_be_reclaimed(self) -> Self:
        if self.spot and not (self.checkpoint or self.restartable):
            raise ValueError(
                "spot needs a checkpoint, or a reclaimed run starts over."
                " Write checkpoint: {every: 10m}, or restartable: true, or spot: false."
            )
        return self

    @model_validator(mode="after")
    def _one_image(self) -> Self:
        if self.image and self.runtime:
            raise ValueError("image and runtime both say what runs. Write one of them.")
        return self

    @model_validator(mode="after")
    def _code_comes_by_a_channel(self) -> Self:
        if self.runs_archive and len(self.inputs) == CHANNELS:
            raise ValueError(
                f"inputs has {CHANNELS} channels, and a runtime without command takes one for its code."
                f" Write {CHANNELS - 1} at most, or a command."
            )
        free = CHANNELS - self.runs_archive - 1
        if self.tuning and len(self.inputs) > free:
            raise ValueError(
                f"inputs has {len(self.inputs)} channels, and SageMaker brings the program of tuning by one of its"
                f" {CHANNELS}. Write {free} at most."
            )
        return self

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.spot and self.spot.max_wait > LONGEST_WAIT:
            raise ValueError(
                f"spot.max_wait ({self.spot.max_wait}) is longer than a run can be watched."
                f" Write max_wait: {LONGEST_WAIT} or less."
            )
        return self

    @model_validator(mode="after")
    def _waits_longer_than_it_runs(self) -> Self:
        if not self.spot or self.spot.max_wait >= self.max_run:
            return self
        if "max_wait" in self.spot.model_fields_set:
            raise ValueError(
                f"spot.max_wait ({self.spot.max_wait}) counts waiting and running, so it can't be less than"
                f" max_run ({self.max_run}). Write max_wait: {self.max_run} or more."
            )
        longer = self.spot.model_copy(update={"max_wait": self.max_run})
        object.__setattr__(self, "spot", longer)  # the default, never less than max_run
        return self

    @model_validator(mode="after")
    def _can_be_launched(self) -> Self:
        check_launch(self.distributed, self.runtime, self.command, self.nodes, self.machine)
        check_interconnect(self.interconnect, self.nodes)
        return self

    @model_validator(mode="after")
    def _can_be_searched(self) -> Self:
        check_wrapped(self.tuning, wraps=bool(self.command or self.runtime), max_run=self.max_run)
        return self

    @property
    def runs_archive(self) -> bool:
        """Whether a framework's image runs the code archive in the artifact store."""
        return self.runtime is not None and not self.command

    @property
    def max_wait(self) -> Duration:
        """Longest time of a spot run, waiting and running, never less than `max_run`."""
        asked = self.spot.max_wait if self.spot else self.max_run
        return max(asked, self.max_run)

    @property
    def rounds(self) -> int:
        """How often trials are run one after the other where a search is asked for; once else."""
        return rounds(self.tuning) if self.tuning else 1


@dataclass(frozen=True)
class TrainingResult(Result):
    """What starting and following a run takes, on every cloud."""

    definition_id: pulumi.Output[str]  # what a run is started from: state machine ARN, workflow id, Logic App id
    image: pulumi.Output[str] | None  # what runs where a start names no other; None: each start names it
    machine: str
    output_uri: pulumi.Output[str]
    checkpoint_uri: pulumi.Output[str] | None
    tuning_id: pulumi.Output[str] | None = None  # what a search is started from, as a run is; None without `tuning`

    @property
    def makes_model(self) -> pulumi.Output[str]:
        """What a pipeline starts: the search where there is one, or else a run; either ends with `model`."""
        return self.definition_id if self.tuning_id is None else self.tuning_id


class Training(Component):
    """Base of `aws.py`, `gcp.py`, `azure.py`: same spec in, same result out."""

    capability: ClassVar[str] = "training"
    section: ClassVar[str] = "training"
    spec: TrainingSpec
    result: TrainingResult
