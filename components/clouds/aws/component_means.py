"""What the release of an inference component is made of, and the small pieces that its parts share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.clouds.aws.component import DIMENSION, Part
from components.clouds.aws.release_means import call
from components.clouds.aws.states import DESCRIBE_RETRY, State, expr

__all__ = ["NOW", "STATUS", "WHY", "Held", "Release", "look", "scaling"]

STATUS = "$component.InferenceComponentStatus"
WHY = "($component.FailureReason ? $component.FailureReason : 'it is ' & " + STATUS + ")"
NOW = "$component.Specification.ModelName"


@dataclass(frozen=True)
class Held:
    """
    One model.

    Attributes:
        part: Its component.
        packages: ARN up to the version's number: `arn:…:model-package/<group>`.
        image: What serves a version that was registered without one; empty where each release must say.
        alarms: Names of those that take a version back while it takes over.
    """

    part: Part
    packages: str
    image: pulumi.Output[str]
    alarms: list[pulumi.Input[str]]


@dataclass(frozen=True)
class Release:
    """
    What the definition is made of.

    Attributes:
        stem: How the names of the models it makes start.
        endpoint: Name of the endpoint.
        held: Its models.
        models: ARN of a model of SageMaker, up to its name.
        repository: Where the stack's own images are.
        model: What `CreateModel` is sent besides name and container.
        needs: What each component reserves.
        start: How long it may take to start, as a part of its specification.
        tags: Of models.
        variables: What a server of AWS's own is told, where neither start nor version names an image.
        least: Copies that a component without one gets: more than one where the hard stop may have taken them.
    """

    stem: str
    endpoint: str
    held: list[Held]
    models: str
    repository: pulumi.Output[str]
    model: dict[str, Any]
    needs: dict[str, Any]
    start: dict[str, Any]
    tags: list[dict[str, str]]
    variables: dict[str, str] = field(default_factory=dict)
    least: int = 1


def look(following: str, **more: Any) -> State:
    """A task that says how the component is, in the variable `component`."""
    assign = {"component": expr("$states.result"), **more}
    return call(
        "sagemaker",
        "describeInferenceComponent",
        {"InferenceComponentName": expr("$part.component")},
        following,
        Assign=assign,
        Retry=DESCRIBE_RETRY,
    )


def scaling(held: bool, following: str, **more: Any) -> State:
    """A task that lets the autoscaler take copies away, or not; its bounds stay as they are."""
    suspended = {
        "DynamicScalingInSuspended": held,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": held,
    }
    return call(
        "applicationautoscaling",
        "registerScalableTarget",
        {
            "ServiceNamespace": "sagemaker",
            "ScalableDimension": DIMENSION,
            "ResourceId": expr("'inference-component/' & $part.component"),
            "SuspendedState": suspended,
        },
        following,
        **more,
    )
