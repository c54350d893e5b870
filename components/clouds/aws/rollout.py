"""How a release takes over on SageMaker: by its own deployment guardrails where they can, else by weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi

from components.clouds.aws.alarms import Alarm
from components.endpoint import Rollout

__all__ = ["AT_ONCE", "Guard", "Shift"]

# of all steps; SageMaker takes 600 to 28800 seconds, and wants more than it is told to wait. Source:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html
LONGEST_UPDATE_SECONDS = 28_800
# what machines take to start, and to load a large model, besides what is baked
START_SECONDS = 7200
# Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html (canary at most half)
LARGEST_FIRST_STEP = 50
# Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoRollbackConfig.html
MOST_ALARMS = 10

Kind = Literal["ALL_AT_ONCE", "CANARY", "LINEAR"]
Names = Sequence[pulumi.Input[str]]


@dataclass(frozen=True)
class Guard:
    """
    What watches a release.

    Attributes:
        standing: Alarms on what the endpoint promises, whichever version serves.
        own: The same ones on the machines of the release alone.
        metrics: Alarms on the team's own numbers.
        topic: Who hears of them.
    """

    standing: list[Alarm]
    own: list[Alarm]
    metrics: list[Alarm]
    topic: pulumi.Output[str]

    def names(self, *, first: bool = False) -> list[pulumi.Input[str]]:
        """
        Alarms that take a release back, as many as SageMaker looks at.

        Args:
            first: There is no former version, and what answers in its place raises the standing ones.
        """
        standing = [] if first else self.standing
        return [alarm.name for alarm in (*self.own, *self.metrics, *standing)][:MOST_ALARMS]


def _deployment(kind: Kind, share: int, waits: int, bake: int, alarms: Names) -> dict[str, Any]:
    """
    `DeploymentConfig` of `UpdateEndpoint`.

    Args:
        kind: How traffic moves.
        share: Of each step, in hundredths of the new machines.
        waits: How many times it is baked, the last one with all of the traffic.
        bake: Seconds.
        alarms: What takes it back; none where nothing does.
    """
    routing: dict[str, Any] = {"Type": kind, "WaitIntervalInSeconds": bake if waits > 1 else 0}
    size = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}.get(kind)
    if size:
        routing[size] = {"Type": "CAPACITY_PERCENT", "Value": share}
    policy = {
        "TrafficRoutingConfiguration": routing,
        "TerminationWaitInSeconds": bake,
        "MaximumExecutionTimeoutInSeconds": min(waits * bake + START_SECONDS, LONGEST_UPDATE_SECONDS),
    }
    rollback = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}}
    return {"BlueGreenUpdatePolicy": policy, **(rollback if alarms else {})}


AT_ONCE = _deployment("ALL_AT_ONCE", 100, 0, 0, [])
"""All of the traffic at once, and for good."""


@dataclass(frozen=True)
class Shift:
    """
    How traffic moves in a release with a rollout.

    Raises:
        ValueError: A first step that SageMaker does not take.
    """

    rollout: Rollout

    def __post_init__(self) -> None:
        steps = self.rollout.steps
        if steps and steps[0].value > LARGEST_FIRST_STEP:
            raise ValueError(
                f"rollout.steps begins with {steps[0]}; SageMaker's first step is at most {LARGEST_FIRST_STEP}% of the"
                " new machines (docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html)."
                f" Write steps: [{LARGEST_FIRST_STEP}%]."
            )

    @property
    def bake(self) -> int:
        """Seconds that each step is watched."""
        return self.rollout.bake.seconds

    @property
    def shares(self) -> list[int]:
        """Of the traffic, in hundredths, the last step to all of it included."""
        return [*(int(step.value) for step in self.rollout.steps), 100]

    @property
    def has_steps(self) -> bool:
        """Whether a state machine may have to move the traffic by itself."""
        return bool(self.rollout.steps)

    @property
    def is_native(self) -> bool:
        """Whether guardrails know such steps, and so long a time."""
        fits = len(self.shares) * self.bake + START_SECONDS <= LONGEST_UPDATE_SECONDS
        return not self.has_steps or (self.rollout.equal and fits)

    def guarded(self, alarms: Names) -> dict[str, Any]:
        """By guardrails; the first step alone where the steps are not theirs."""
        steps = self.shares
        if len(steps) == 1:
            return self.at_once(alarms)
        kind: Kind = "LINEAR" if self.is_native and len(steps) > 2 else "CANARY"
        return _deployment(kind, steps[0], 2 if kind == "CANARY" else len(steps), self.bake, alarms)

    def at_once(self, alarms: Names) -> dict[str, Any]:
        """All of the traffic in one step, with the former machines standing by."""
        return _deployment("ALL_AT_ONCE", 100, 1, self.bake, alarms)
