"""The part of a release that puts a version into the shadow of the one that serves, and takes it away."""

from __future__ import annotations

from typing import Any

from components.clouds.aws.release_means import SERVING, SHADOW, Release, call, caught, drop
from components.clouds.aws.states import State, expr, fail
from components.endpoint import Shadow

__all__ = ["refusals", "settled_shadow", "shadow_states"]

# what a configuration keeps of the one that serves: its machines, capture and key
_KEPT = "$sift($config, function($v, $k) { $k in ['ProductionVariants', 'DataCaptureConfig', 'KmsKeyId'] })"


def settled_shadow() -> list[tuple[str, str]]:
    """What follows once the endpoint has settled, by what it was waited for."""
    return [("bared", "IsBare")]


def shadow_states(release: Release, shadow: Shadow) -> dict[str, State]:
    """From `Way`, where the version has a model, to an endpoint with the shadow, or without it."""
    return {
        "Way": {
            "Type": "Choice",
            "Choices": [
                {"Condition": expr("$shading and $shadow != ''"), "Next": "Shade"},
                {"Condition": expr("$shading and $not($shaded)"), "Next": "Released"},
                {"Condition": expr("$shaded"), "Next": "Bare"},
            ],
            "Default": "Configuration",
        },
        **_put(release, shadow),
        **_taken(release),
    }


def _copy(name: str, tags: str, shadows: str = "") -> str:
    """
    Expression: `CreateEndpointConfig` as what serves has it.

    Args:
        name: Expression of its name.
        tags: Expression of its tags.
        shadows: Expression of its shadow variants, where it has any.
    """
    more = f", 'ShadowProductionVariants': {shadows}" if shadows else ""
    return expr(f"$merge([{_KEPT}, {{'EndpointConfigName': {name}, 'Tags': {tags}{more}}}])")


def _put(release: Release, shadow: Shadow) -> dict[str, State]:
    """
    A shadow variant sees as much of the traffic as its weight is of the other's, and answers nobody.

    It has as many machines as its share of those that serve takes, and no autoscaler: Application Auto Scaling would
    have to let go of it before each release.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-shadow-deployment.html
    """
    (new,) = release.variant.request(expr("$model"))["ProductionVariants"]
    share = shadow.sample.fraction
    machines = expr(f"$max([1, $ceil({SERVING} * {share})])")
    variant = {**new, "VariantName": SHADOW, "InitialInstanceCount": machines, "InitialVariantWeight": share}
    prepared: dict[str, Any] = {
        "shades": [variant],
        "marks": release.tagged("$serves", "$older", "$shadow"),
    }
    return {
        "Shade": {"Type": "Pass", "Assign": prepared, "Next": "ShadeConfiguration"},
        "ShadeConfiguration": call(
            "sagemaker",
            "createEndpointConfig",
            _copy("$name", "$marks", "$shades"),
            "ShadeUpdate",
            Catch=[caught("Discard")],
        ),
        "ShadeUpdate": release.update("$name", "verdict"),
        # the configuration that it replaces has the same model in service: nobody goes back to it
        "HasReplaced": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$serves != '' or $shaded"), "Next": "DropReplaced"}],
            "Default": "Released",
        },
        "DropReplaced": drop("EndpointConfig", "$former", "HadShadow"),
        "HadShadow": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$shaded"), "Next": "DropShadow"}],
            "Default": "Released",
        },
        "DropShadow": drop("Model", "$config.ShadowProductionVariants[0].ModelName", "Released"),
    }


def _taken(release: Release) -> dict[str, State]:
    """Without its shadow, before anything else: a guarded update must not change which variants there are."""
    return {
        "Bare": {
            "Type": "Pass",
            "Assign": {
                "bare": expr("$shading ? $name : $name & '-bare'"),
                "marks": release.tagged("$serves", "$older"),
            },
            "Next": "BareConfiguration",
        },
        "BareConfiguration": call(
            "sagemaker", "createEndpointConfig", _copy("$bare", "$marks"), "BareUpdate", Catch=[caught("Discard")]
        ),
        "BareUpdate": release.update("$bare", "bared"),
        "IsBare": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": expr(
                        "$endpoint.EndpointStatus = 'InService' and $endpoint.EndpointConfigName = $bare"
                    ),
                    "Next": "DropShaded",
                }
            ],
            "Default": "TakeBack",
        },
        "DropShaded": drop("EndpointConfig", "$former", "DropShade"),
        "DropShade": drop("Model", "$config.ShadowProductionVariants[0].ModelName", "Bared"),
        "Bared": {"Type": "Pass", "Assign": {"former": expr("$bare"), "shaded": False}, "Next": "IsAllBare"},
        "IsAllBare": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$shading"), "Next": "Released"}],
            "Default": "Configuration",
        },
    }


def refusals() -> dict[str, State]:
    """What a start with a shadow may ask in vain."""
    return {
        "NoShadow": fail(
            "NoShadow",
            "This endpoint takes no shadow. Write shadow: {sample: 20%} at the endpoint in the blueprint.",
        ),
        "TwoWishes": fail(
            "TwoWishes", "version and shadow are two releases. Start one with version, then one with shadow."
        ),
    }
