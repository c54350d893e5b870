"""
The part of a release that makes an endpoint anew which the hard stop took away at the budget's limit.

It is made with the version's configuration at once, under the same name, and its autoscaler comes back with it. What
served before is not looked for: the release says which version serves.
"""

from __future__ import annotations

from typing import Any

import pulumi

from components.base import Component
from components.clouds.aws.ground import AwsPlace
from components.clouds.aws.policies import Statement, allow
from components.clouds.aws.release_means import POLL_SECONDS, Release, call, caught, drop
from components.clouds.aws.states import State, expr, fail
from components.clouds.aws.variant import VARIANT, Variant

__all__ = ["made_anew", "with_anew"]

LEAVING_POLLS = 1800 // POLL_SECONDS
_REASON = "$endpoint.FailureReason ? $endpoint.FailureReason : $endpoint.EndpointStatus"


def made_anew(owner: Component, place: AwsPlace, release_stem: int) -> list[Statement]:
    """What a release needs besides, to make an endpoint of the stack, and to take away one that did not come up."""
    context, arn = owner.context, place.arn
    endpoints = arn("sagemaker", f"endpoint/{context.start(63)}*")
    return [
        allow("MakeAnew", ["sagemaker:AddTags", "sagemaker:DeleteEndpoint"], endpoints),
        allow(
            "MakeOf",
            ["sagemaker:CreateEndpoint"],
            [endpoints, arn("sagemaker", f"endpoint-config/{context.start(release_stem)}*")],
        ),
    ]


def with_anew(release: Release, first: pulumi.Output[str], states: dict[str, State]) -> dict[str, State]:
    """
    The states of a release, with a way for an endpoint that is gone.

    Args:
        release: What they are made of.
        first: Name of the configuration that the endpoint was first made with: it has no version.
        states: Those of a release to an endpoint that is there.
    """
    found, settled, begun = states["IsReady"], states["HasSettled"], states["Read"]
    there = states["Configuration"]["Next"]
    again = f"$polls < {LEAVING_POLLS}"
    leaves = [
        {"Condition": expr(f"$endpoint.EndpointStatus = 'Failed' and {again}"), "Next": "Leave"},
        {"Condition": expr(f"$endpoint.EndpointStatus = 'Deleting' and {again}"), "Next": "Leaving"},
    ]
    broken = {"Condition": expr("$gone and $endpoint.EndpointStatus != 'InService'"), "Next": "Unmake"}
    moving, ways = settled["Choices"][:2], settled["Choices"][2:]
    changed: dict[str, State] = {
        "Read": {**begun, "Assign": {**begun["Assign"], "gone": False}},
        "Endpoint": {**states["Endpoint"], "Catch": [caught("IsGone")]},
        "IsReady": {**found, "Choices": [*leaves, *found["Choices"]]},
        "Configuration": {**states["Configuration"], "Next": "IsAnew"},
        "IsAnew": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$gone"), "Next": "Make"}],
            "Default": there,
        },
        "HasSettled": {**settled, "Choices": [*moving, broken, *ways]},
        "TakeBack": _taken_back(states["TakeBack"]),
    }
    return states | changed | _gone(release, first) | _made(release)


def _taken_back(state: State) -> State:
    """The autoscaler has gone with the endpoint."""
    if state["Type"] == "Pass":
        return state
    return {**state, "Choices": [{"Condition": expr("$gone"), "Next": "Register"}, *state["Choices"]]}


def _gone(release: Release, first: pulumi.Output[str]) -> dict[str, State]:
    """What is not there is taken for one that serves no version yet."""
    machines = release.variant.replicas if isinstance(release.variant, Variant) else 1
    known: dict[str, Any] = {
        "EndpointName": release.endpoint,
        "EndpointConfigName": first,
        "EndpointStatus": "Gone",
        "ProductionVariants": [{"VariantName": VARIANT, "DesiredInstanceCount": machines, "CurrentWeight": 1}],
    }
    missing = "$contains($failure, 'Could not find endpoint')"
    return {
        "IsGone": {
            "Type": "Choice",
            "Choices": [
                {"Condition": expr(f"{missing} and $version != '' and $not($shading)"), "Next": "Gone"},
                {"Condition": expr(missing), "Next": "NoMachines"},
            ],
            "Default": "NotSeen",
        },
        "Gone": {
            "Type": "Pass",
            "Assign": {"endpoint": known, "failure": "", "gone": True},
            "Next": "Running",
        },
        # an endpoint that did not come up takes no update
        "Leave": call(
            "sagemaker",
            "deleteEndpoint",
            {"EndpointName": release.endpoint},
            "Leaving",
            Catch=[caught("Leaving")],
        ),
        "Leaving": {
            "Type": "Wait",
            "Seconds": POLL_SECONDS,
            "Assign": {"polls": expr("$polls + 1"), "failure": ""},
            "Next": "Endpoint",
        },
        "NoMachines": fail(
            "NotReady",
            f"{release.endpoint} was taken away at the budget's limit. Start a release with the version that is to"
            ' serve: {"version": "12"}.',
        ),
        "NotSeen": fail("NotReady", expr(f"'{release.endpoint} can not be looked at: ' & $failure")),
    }


def _made(release: Release) -> dict[str, State]:
    """One that does not come up is taken away again, so that the next release finds none, as this one did."""
    reason = {"failure": expr(_REASON)}
    return {
        "Make": call(
            "sagemaker",
            "createEndpoint",
            {"EndpointName": release.endpoint, "EndpointConfigName": expr("$name"), "Tags": release.tags},
            "Wait",
            Assign={"then": "verdict", "polls": 0},
            Catch=[caught("Unmade")],
        ),
        "Unmake": call(
            "sagemaker",
            "deleteEndpoint",
            {"EndpointName": release.endpoint},
            "Unmade",
            Assign=reason,
            Catch=[{"ErrorEquals": ["States.ALL"], "Assign": reason, "Next": "Unmade"}],
        ),
        "Unmade": drop("EndpointConfig", "$name", "UnmadeModel"),
        "UnmadeModel": drop("Model", "$model", "NotMade"),
        "NotMade": fail("Refused", expr(f"$failure & '. {release.endpoint} has no machines, as before.'")),
    }
