"""What a pipeline on Azure is made of, and how long its parts may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.clouds.azure.deployment import BY_MODEL
from components.clouds.azure.runs import QUEUE_SECONDS
from components.clouds.azure.workflow import MAX_RUN_SECONDS, quoted
from components.pipeline import PipelineSpec
from components.training import Tuning

__all__ = ["ChainPlan"]

STEP_SECONDS = 2 * 86_400  # a step's job, and the wait for its machine
CANCEL_SECONDS = 3 * 3600
RELEASE_SECONDS, SHIFT_SECONDS = 12 * 3600, 3 * 3600
CLEARED = "the pipeline starts it with nothing but a name"


@dataclass(frozen=True)
class ChainPlan:
    """
    What a run does.

    Attributes:
        name: Of the pipeline.
        spec: What is asked, with its training and its endpoint.
        region: Azure's name.
        must_be_approved: Whether a person approves each version before it may serve.
        tags: Of what is made.
    """

    name: str
    spec: PipelineSpec
    region: str
    must_be_approved: bool
    tags: Mapping[str, str]

    @property
    def kind(self) -> str:
        """Type that a version is registered as: the endpoint may be served by what the type says alone."""
        endpoint = self.spec.endpoint
        return "triton_model" if endpoint and endpoint.runtime in BY_MODEL else "custom_model"

    @property
    def model(self) -> str:
        """Model that a run makes a version of."""
        served = self.spec.endpoint.model if self.spec.endpoint else None
        return served or self.spec.train

    @property
    def served(self) -> tuple[str, ...]:
        """What callers name of the endpoint that the training makes; nothing where the endpoint has one model."""
        models = self.spec.endpoint.models if self.spec.endpoint else {}
        return tuple(name for name, model in sorted(models.items()) if model == self.spec.train)

    @property
    def experiment(self) -> str:
        """What the jobs are filed under."""
        return f"pipeline-{self.name}"

    @property
    def run(self) -> str:
        """Expression of the name that training and release are started under."""
        return f"concat({quoted(self.name + '-')}, outputs('version'))"

    @property
    def reports(self) -> str:
        """Expression of where the reports of the run go."""
        return f"concat(parameters('artifacts'), {quoted(f'/pipelines/{self.name}/')}, outputs('version'))"

    @property
    def candidate(self) -> str:
        """Expression of where the training leaves the model."""
        trial = ", '/', outputs('best_trial')" if self.tuning else ""  # of a search, the best trial's
        return f"concat(parameters('artifacts'), {quoted(f'/runs/{self.spec.train}/')}, {self.run}{trial})"

    @property
    def tuning(self) -> Tuning | None:
        """The search that the training is, where it is one."""
        return self.spec.training.tuning if self.spec.training else None

    @property
    def kept(self) -> str:
        """Expression of where the version keeps its files."""
        return f"concat(parameters('artifacts'), {quoted(f'/models/{self.model}/')}, outputs('version'))"

    @property
    def training_seconds(self) -> int:
        """Longest that the training's own definition lasts."""
        training = self.spec.training
        if training is None:
            raise ValueError(f"pipelines/{self.name}: there is no training {self.spec.train}. Name one that there is.")
        waits = training.max_wait.seconds if training.spot else 0
        return training.rounds * (waits + training.max_run.seconds) + QUEUE_SECONDS + CANCEL_SECONDS

    @property
    def release_seconds(self) -> int:
        """Longest that a release lasts, one before it included; of several models, that all of them last."""
        rollout = self.spec.endpoint.rollout if self.spec.endpoint else None
        steps = len(rollout.steps) + 1 if rollout else 0
        bake = rollout.bake.seconds if rollout else 0
        return 2 * (RELEASE_SECONDS + steps * (bake + SHIFT_SECONDS)) * max(1, len(self.served))

    def check(self) -> None:
        """
        See that a run can start what it chains, and fits into a workflow.

        Raises:
            ValueError: It can't, or could last longer than a workflow may.
        """
        self._check_images()
        if self.spec.expect and not (self.spec.training and self.spec.training.inputs):
            raise ValueError(
                f"pipelines/{self.name}: training/{self.spec.train} has no inputs to expect anything of."
                " Write its inputs:, or leave expect out."
            )
        longest = self.training_seconds + 3 * STEP_SECONDS
        if self.spec.deploy:
            longest += self.spec.approval_wait.seconds + self.release_seconds
        if longest > MAX_RUN_SECONDS:
            raise ValueError(
                f"pipelines/{self.name}: training, approval_wait ({self.spec.approval_wait}) and release come to"
                f" {longest // 86_400} days, and an Azure workflow lasts {MAX_RUN_SECONDS // 86_400} at most. Write a"
                " shorter approval_wait or max_run."
            )

    def _check_images(self) -> None:
        training, endpoint = self.spec.training, self.spec.endpoint
        if training and not (training.image or training.runtime):
            raise ValueError(
                f"pipelines/{self.name}: training/{self.spec.train} names neither image nor runtime, and {CLEARED}."
                " Write one of them."
            )
        known = self.served and all(name in endpoint.runtimes for name in self.served) if endpoint else False
        if endpoint and not (endpoint.image or endpoint.runtime or known):
            raise ValueError(
                f"pipelines/{self.name}: endpoints/{self.spec.deploy} names neither image nor runtime, and {CLEARED}."
                " Write one of them."
            )
