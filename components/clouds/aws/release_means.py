"""What a release state machine is made of, and the small pieces that its parts share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.clouds.aws.rollout import AT_ONCE, START_SECONDS, Guard, Shift
from components.clouds.aws.serverless import Serverless
from components.clouds.aws.states import DESCRIBE_RETRY, State, expr, read_again, sdk
from components.clouds.aws.variant import SERVING, VARIANT, Scaling, Variant
from components.endpoint import Shadow

__all__ = [
    "CANDIDATE",
    "OWN_TAGS",
    "POLL_SECONDS",
    "SERVING",
    "SHADOW",
    "STEPS",
    "Release",
    "alone",
    "approved",
    "call",
    "caught",
    "drop",
]

POLL_SECONDS = 30
CANDIDATE, SHADOW = "candidate", "shadow"
STEPS = "-steps"
"""What follows the release's name in that of the configuration with two variants."""
OWN_TAGS = ("former", "model", "shadow", "version")
"""Tags that a release writes on what it makes: they say what serves, and what did before."""


@dataclass(frozen=True)
class Release:
    """
    What the definition is made of.

    Attributes:
        stem: How the names of the models and configurations it makes start.
        endpoint: Name of the endpoint.
        model_name: The model whose versions are released.
        packages: ARN up to the version's number: `arn:…:model-package/<group>`.
        repository: Where the stack's own images are.
        image: What serves a version that was registered without an image; empty where each release must say.
        model: What `CreateModel` is sent besides name and container.
        variant: What each configuration has.
        scaling: The autoscaler, which must let go while the kind of machine changes; None where there are no machines.
        tags: Of models and configurations.
        namespace: Of the team's own metrics.
        shift: How traffic moves; at once, and for good, where it is None.
        guard: What takes a release back, where `shift` is.
        shadow: Whether a candidate may see a copy of the traffic.
        variables: What a server of AWS's own is told, where neither start nor version names an image.
        first: Name of the configuration that the endpoint was first made with, where the hard stop may take it away;
            else None.
    """

    stem: str
    endpoint: str
    model_name: str
    packages: str
    repository: pulumi.Output[str]
    image: pulumi.Output[str]
    model: dict[str, Any]
    variant: Variant | Serverless
    scaling: Scaling | None
    tags: list[dict[str, str]]
    namespace: str
    shift: Shift | None = None
    guard: Guard | None = None
    shadow: Shadow | None = None
    variables: dict[str, str] = field(default_factory=dict)
    first: pulumi.Output[str] | None = None

    @property
    def by_weights(self) -> bool:
        """Whether the machine may shift the weights of two variants."""
        return self.shift is not None and self.shift.has_steps and not self.is_queued

    def limits(self) -> dict[str, Any]:
        """
        How many machines there may be, as `RegisterScalableTarget` takes it.

        Raises:
            LookupError: There are no machines.
        """
        if self.scaling is None:
            raise LookupError(f"{self.endpoint} has no machines to scale")
        return self.scaling.limits_request()

    @property
    def same_machine(self) -> str:
        """Expression: whether what serves has the kind of machine that is asked for."""
        name = self.variant.machine.name if isinstance(self.variant, Variant) else ""
        return f"$running.InstanceType = '{name}'"

    @property
    def is_queued(self) -> bool:
        """Whether requests wait in a queue, and one variant takes them all."""
        return isinstance(self.variant, Variant) and self.variant.queue is not None

    @property
    def polls(self) -> int:
        """How often an update is looked at before it is given up: an hour longer than SageMaker itself does."""
        found = self.shift.guarded([]) if self.shift else AT_ONCE
        longest = max(found["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"], START_SECONDS)
        return (longest + 3600) // POLL_SECONDS

    def tagged(self, version: str, former: str | None = None, shadow: str | None = None) -> list[dict[str, str]]:
        """
        Tags of a model or configuration; the arguments are expressions.

        Args:
            version: Which version it serves.
            former: The configuration that served before it.
            shadow: The version in its shadow.
        """
        own = {"model": self.model_name, "version": expr(version)}
        own |= {"former": expr(former)} if former else {}
        own |= {"shadow": expr(shadow)} if shadow else {}
        return [*self.tags, *({"Key": key, "Value": value} for key, value in own.items())]

    def update(self, configuration: str, then: str, *, weights: bool = False, **more: Any) -> State:
        """
        A task that puts a configuration into service, and waits.

        Args:
            configuration: Expression of its name.
            then: What is done once the endpoint has settled.
            weights: Whether the configuration's own weights hold, not those that the variants have.
            more: Further arguments.
        """
        excluded = (["DesiredWeight"] if weights else []) + ["DataCaptureConfig"]
        # a queue's configuration says how many, as none of what the autoscaler has may start a version
        excluded += ["DesiredInstanceCount"] if self.is_queued else []
        kept = {
            # as many machines as the autoscaler has by now, but the capture of the new configuration
            "RetainAllVariantProperties": True,
            "ExcludeRetainedVariantProperties": [{"VariantPropertyType": kind} for kind in excluded],
        }
        return {
            "Type": "Task",
            "Resource": sdk("sagemaker", "updateEndpoint"),
            "Arguments": {
                "EndpointName": self.endpoint,
                "EndpointConfigName": expr(configuration),
                **(kept if self.scaling else {}),
                **more,
            },
            "Assign": {"then": then, "polls": 0},
            "Catch": [caught("TakeBack")],
            "Next": "Wait",
        }

    def weigh(self, stable: Any, candidate: Any, then: str, failed: str) -> State:
        """A task that moves the traffic between two variants, and waits; `failed` follows where it is refused."""
        shares = ((VARIANT, stable), (CANDIDATE, candidate))
        return {
            "Type": "Task",
            "Resource": sdk("sagemaker", "updateEndpointWeightsAndCapacities"),
            "Arguments": {
                "EndpointName": self.endpoint,
                "DesiredWeightsAndCapacities": [{"VariantName": n, "DesiredWeight": share} for n, share in shares],
            },
            "Assign": {"then": then, "polls": 0},
            "Catch": [caught(failed, then=then)],
            "Next": "Wait",
        }


def caught(following: str, **more: str) -> dict[str, Any]:
    """A catcher that keeps what went wrong, and assigns what more is given."""
    why = "$states.errorOutput.Error & ': ' & $states.errorOutput.Cause"
    return {"ErrorEquals": ["States.ALL"], "Assign": {"failure": expr(why), **more}, "Next": following}


def alone(following: str) -> dict[str, State]:
    """`Others`, and what follows it: to `following`, or to `Busy` where another release is under way."""
    oldest = "$exists($states.result.Executions[0]) ? $states.result.Executions[-1].ExecutionArn : ''"
    return {
        "Others": call(
            "sfn",
            "listExecutions",
            {"StateMachineArn": expr("$states.context.StateMachine.Id"), "StatusFilter": "RUNNING"},
            "IsAlone",
            # the newest comes first, so that of two that start at once one goes on
            Assign={"holder": expr(oldest)},
            Retry=read_again("Sfn"),
        ),
        "IsAlone": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$holder in ['', $states.context.Execution.Id]"), "Next": following}],
            "Default": "Busy",
        },
    }


def approved(package: str, following: str) -> dict[str, State]:
    """`Version`, which reads the package that an expression names, and what follows it: to `following`, if approved."""
    return {
        "Version": call(
            "sagemaker",
            "describeModelPackage",
            {"ModelPackageName": expr(package)},
            "IsApproved",
            Assign={"package": expr("$states.result")},
            Retry=DESCRIBE_RETRY,
            Catch=[caught("NoVersion")],
        ),
        "IsApproved": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$package.ModelApprovalStatus = 'Approved'"), "Next": following}],
            "Default": "NotApproved",
        },
    }


def call(service: str, action: str, arguments: Any, following: str, **more: Any) -> State:
    """A task that calls an AWS API."""
    return {"Type": "Task", "Resource": sdk(service, action), "Arguments": arguments, **more, "Next": following}


def drop(kind: str, name: str, following: str) -> State:
    """
    A task that deletes a `Model` or an `EndpointConfig`; what is not there any more, or in use, is left.

    Args:
        kind: Which of the two.
        name: Expression of its name.
        following: The next state, whatever comes of it.
    """
    return call(
        "sagemaker",
        f"delete{kind}",
        {f"{kind}Name": expr(name)},
        following,
        Catch=[{"ErrorEquals": ["States.ALL"], "Next": following}],
    )
