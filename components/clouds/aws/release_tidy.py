"""The part of a release that deletes what neither serves nor is gone back to, and says how it ended."""

from __future__ import annotations

from components.clouds.aws.release_means import STEPS, Release, call, drop
from components.clouds.aws.states import DESCRIBE_RETRY, State, expr, fail

__all__ = ["end_states", "tidy_states"]

_ITS_OWN = f"$endpoint.EndpointConfigName in [$name, $name & '{STEPS}']"
"""Expression: whether a configuration of this release is in service."""


def tidy_states(release: Release) -> dict[str, State]:
    """
    After a success from `Tidy`: what served before stays, what served before that goes. After a failure from
    `Discard`: what this release made goes, once the endpoint surely has none of it.
    """
    return _older(release) | _discarded(release)


def _older(release: Release) -> dict[str, State]:
    """What no release made, such as the model that an endpoint starts with, has no version and stays."""
    gone = [{"ErrorEquals": ["States.ALL"], "Next": "Released"}]
    spared = "$olderModel in [$endpointModel, $running.ModelName]"
    states: dict[str, State] = {
        "Tidy": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$older = '' or $older = $former"), "Next": "Released"}],
            "Default": "Older",
        },
        "Older": call(
            "sagemaker",
            "describeEndpointConfig",
            {"EndpointConfigName": expr("$older")},
            "OlderTags",
            Assign={
                "olderArn": expr("$states.result.EndpointConfigArn"),
                "olderModel": expr("$states.result.ProductionVariants[0].ModelName"),
                "endpointModel": expr("$model = '' ? $running.ModelName : $model"),
            },
            Retry=DESCRIBE_RETRY,
            Catch=gone,
        ),
        "OlderTags": call(
            "sagemaker",
            "listTags",
            {"ResourceArn": expr("$olderArn")},
            "IsOurs",
            Assign={"ours": expr("$count($states.result.Tags[Key = 'version' and Value != '']) > 0")},
            Retry=DESCRIBE_RETRY,
            Catch=gone,
        ),
        "IsOurs": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$ours"), "Next": "DropOlder"}],
            "Default": "Released",
        },
        "DropOlder": drop("EndpointConfig", "$older", "IsModelUsed"),
        "IsModelUsed": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(spared), "Next": "Released"}],
            "Default": "DropOlderModel",
        },
        "DropOlderModel": drop("Model", "$olderModel", "Released"),
    }
    if release.by_weights:
        states["DropSteps"] = drop("EndpointConfig", f"$name & '{STEPS}'", "Tidy")
    return states


def _discarded(release: Release) -> dict[str, State]:
    """An endpoint that is not in service may still need the configuration."""
    safe = f"$endpoint.EndpointStatus = 'InService' and $not({_ITS_OWN})"
    states: dict[str, State] = {
        "Discard": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(safe), "Next": "DropConfiguration"}],
            "Default": "Outcome",
        },
        "DropConfiguration": drop("EndpointConfig", "$name", "HasModel"),
        "HasModel": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$model = ''"), "Next": "Outcome"}],
            "Default": "DropModel",
        },
        "DropModel": drop("Model", "$model", "Outcome"),
    }
    if release.by_weights:
        states["DropConfiguration"] = drop("EndpointConfig", "$name", "DropTheSteps")
        states["DropTheSteps"] = drop("EndpointConfig", f"$name & '{STEPS}'", "HasModel")
    return states


def end_states(release: Release) -> dict[str, State]:
    """How a release ends."""
    reason = "$endpoint.FailureReason ? $endpoint.FailureReason : $endpoint.EndpointStatus"
    version = "($serves = '' ? '' : ' (version ' & $serves & ')')"
    serving = f"'{release.endpoint} serves ' & $endpoint.EndpointConfigName"
    raised = " & ($ailing = '' ? '' : '. Raised: ' & $ailing)" if release.guard else ""
    # neither does the former configuration serve, nor was the endpoint left alone
    torn = f"$endpoint.EndpointStatus != 'InService' or {_ITS_OWN}"
    state = f"{serving} & ' and is ' & $endpoint.EndpointStatus"
    unwell = [{"Condition": expr("$then = 'unwell'"), "Next": "NotHealthy"}] if release.guard else []
    return {
        "Outcome": {
            "Type": "Choice",
            "Choices": [
                *unwell,
                {"Condition": expr(torn), "Next": "NotRolledBack"},
                {"Condition": expr("$failure != ''"), "Next": "Refused"},
            ],
            "Default": "RolledBack",
        },
        "Released": {
            "Type": "Succeed",
            "Output": {
                "endpoint": release.endpoint,
                "configuration": expr("$endpoint.EndpointConfigName"),
                "version": expr("$version = '' ? $serves : $version"),
                "previous": expr("$serves"),
                "model": expr("$model = '' or $shading ? $running.ModelName : $model"),
                **({"shadow": expr("$shadow")} if release.shadow else {}),
            },
        },
        "Busy": fail(
            "Busy", expr("'Another release is under way: ' & $holder & '. Start this one when it has ended.'")
        ),
        "NotReady": fail("NotReady", expr(f"'{release.endpoint} is ' & $endpoint.EndpointStatus")),
        "NoVersion": fail("NoVersion", expr("'There is no version ' & $wanted & '. ' & $failure")),
        "NotApproved": fail(
            "NotApproved",
            expr("'Version ' & $wanted & ' is ' & $package.ModelApprovalStatus & ', not Approved.'"),
        ),
        "TimedOut": fail(
            "TimedOut",
            expr(
                f"'{release.endpoint} is still ' & $endpoint.EndpointStatus & ' with ' & $name & '. Look at its log.'"
            ),
        ),
        "Refused": fail("Refused", expr(f"$failure & '. ' & {serving} & {version} & '.'")),
        "NotRolledBack": fail("NotRolledBack", expr(f"{state} & ': ' & ($failure = '' ? ({reason}) : $failure)")),
        "RolledBack": fail("RolledBack", expr(f"{serving} & ' again' & {version} & ': ' & ({reason}){raised}")),
    }
