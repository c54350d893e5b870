"""The part of the hard stop that takes the machines of endpoints, so that the next release brings them back."""

from __future__ import annotations

from components.clouds.aws.component import DIMENSION
from components.clouds.aws.release_means import call
from components.clouds.aws.states import State, expr
from components.clouds.aws.stop_lists import failed

__all__ = ["emptied", "taken"]

GONE = "/Could not find/"
"""What SageMaker says of a name that it does not know."""
SUSPENDED = {"DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": True, "ScheduledScalingSuspended": True}
_VERSION = "[$states.result.Tags[Key = 'version'].Value, ''][0]"


def taken(configurations: str, following: str) -> dict[str, State]:
    """
    `ServingEach`: endpoints go, as a variant of a real-time one keeps at least one machine; a release makes them anew.

    Their configurations and models, which cost nothing, stay, and so does the name in the stack.

    Args:
        configurations: ARN of a configuration of SageMaker, up to its name.
        following: What is done then.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html and
        https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-delete-with-scaling.html (the autoscaler goes with it)
    """
    it, onward = "$serving[$servingAt]", {"servingAt": expr("$servingAt + 1")}
    label = f"'endpoint ' & {it}"
    told = f"{label} & ($version = '' ? '' : ' (version ' & $version & ')')"
    note = "{'endpoint': $endpoint.EndpointName, 'configuration': $endpoint.EndpointConfigName, 'version': $version}"
    return {
        "ServingEach": _each("serving", "Serving", following),
        "Serving": call(
            "sagemaker",
            "describeEndpoint",
            {"EndpointName": expr(it)},
            "HasMachines",
            Assign={"endpoint": expr("$states.result"), "version": ""},
            Catch=[_caught({**onward, "failed": failed(label, unless=GONE)}, "ServingEach")],
        ),
        "HasMachines": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$endpoint.EndpointStatus = 'Deleting'"), "Next": "Going"}],
            "Default": "Served",
        },
        "Going": {"Type": "Pass", "Assign": onward, "Next": "ServingEach"},
        "Served": call(
            "sagemaker",
            "listTags",
            {"ResourceArn": expr(f"'{configurations}' & $endpoint.EndpointConfigName")},
            "Take",
            Assign={"version": expr(_VERSION)},
            Catch=[_caught({"version": ""}, "Take")],  # it is known, or not; the machines go
        ),
        "Take": call(
            "sagemaker",
            "deleteEndpoint",
            {"EndpointName": expr(it)},
            "ServingEach",
            Assign={
                **onward,
                "stopped": expr(f"[$append($stopped, {told})]"),
                "endpoints": expr(f"[$append($endpoints, {note})]"),
            },
            Catch=[_caught({**onward, "failed": failed(label)}, "ServingEach")],
        ),
    }


def emptied(following: str) -> dict[str, State]:
    """
    `SharedEach`: inference components have no copy, and nothing brings one; with the last one the last machine goes.

    A release starts a copy by itself, and lets the autoscaler work again.
    """
    it, onward = "$shared[$sharedAt]", {"sharedAt": expr("$sharedAt + 1")}
    label = f"'model ' & {it}"
    told = f"{label} & ($version = '' ? '' : ' (version ' & $version & ')')"
    skip = _caught({**onward, "failed": failed(label, unless=GONE)}, "SharedEach")
    model = "$component.Specification.ModelName"
    note = f"{{'endpoint': $component.EndpointName, 'component': {it}, 'model': {model}, 'version': $version}}"
    return {
        "SharedEach": _each("shared", "Shared", following),
        "Shared": call(
            "sagemaker",
            "describeInferenceComponent",
            {"InferenceComponentName": expr(it)},
            "Hold",
            Assign={"component": expr("$states.result"), "version": ""},
            Catch=[skip],
        ),
        "Hold": call(
            "applicationautoscaling",
            "registerScalableTarget",
            {
                "ServiceNamespace": "sagemaker",
                "ScalableDimension": DIMENSION,
                "ResourceId": expr(f"'inference-component/' & {it}"),
                "SuspendedState": SUSPENDED,
            },
            "HasCopies",
            Catch=[skip],
        ),
        "HasCopies": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$component.RuntimeConfig.DesiredCopyCount > 0"), "Next": "SharedVersion"}],
            "Default": "Empty",
        },
        "Empty": {"Type": "Pass", "Assign": onward, "Next": "SharedEach"},
        "SharedVersion": call(
            "sagemaker",
            "listTags",
            {"ResourceArn": expr("$component.InferenceComponentArn")},
            "TakeCopies",
            Assign={"version": expr(_VERSION)},
            Catch=[_caught({"version": ""}, "TakeCopies")],
        ),
        "TakeCopies": call(
            "sagemaker",
            "updateInferenceComponentRuntimeConfig",
            {"InferenceComponentName": expr(it), "DesiredRuntimeConfig": {"CopyCount": 0}},
            "SharedEach",
            Assign={
                **onward,
                "stopped": expr(f"[$append($stopped, {told})]"),
                "endpoints": expr(f"[$append($endpoints, {note})]"),
            },
            Catch=[skip],
        ),
    }


def _each(of: str, first: str, following: str) -> State:
    return {
        "Type": "Choice",
        "Choices": [{"Condition": expr(f"${of}At < $count(${of})"), "Next": first}],
        "Default": following,
    }


def _caught(assigned: dict[str, object], following: str) -> dict[str, object]:
    return {"ErrorEquals": ["States.ALL"], "Assign": assigned, "Next": following}
