"""The part of a component's release that deletes what neither serves nor is gone back to, and says how it ended."""

from __future__ import annotations

from components.clouds.aws.component_means import NOW, STATUS, WHY, Release
from components.clouds.aws.release_means import call, drop
from components.clouds.aws.states import State, expr, fail

__all__ = ["end_states"]


def end_states(release: Release) -> dict[str, State]:
    """From `Verdict`, or from `Discard` after a failure."""
    return _ended(release) | _failures(release)


def _ended(release: Release) -> dict[str, State]:
    """What served before stays, what served before that goes; after a failure what this release made goes."""
    wanted = "($model = '' ? $running : $model)"
    serves = f"{STATUS} = 'InService' and {NOW} = {wanted}"
    same = "$component.Specification.ComputeResourceRequirements = $needs"
    ours = f"$older != '' and $older != $running and $substringBefore($older, '{release.stem}-') = ''"
    own = [{"Key": "version", "Value": expr("$version")}, {"Key": "former", "Value": expr("$running")}]
    return {
        "Verdict": {
            "Type": "Choice",
            "Choices": [
                {"Condition": expr("$then = 'late'"), "Next": "TimedOut"},
                {"Condition": expr(f"$failure = '' and $model != '' and {serves}"), "Next": "Mark"},
                {"Condition": expr(f"$failure = '' and {serves} and {same}"), "Next": "Released"},
            ],
            "Default": "Discard",
        },
        # for people: what a release reads is the model's
        "Mark": call(
            "sagemaker",
            "addTags",
            {"ResourceArn": expr("$component.InferenceComponentArn"), "Tags": own},
            "HasOlder",
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "HasOlder"}],
        ),
        "HasOlder": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(ours), "Next": "DropOlder"}],
            "Default": "Released",
        },
        "DropOlder": drop("Model", "$older", "Released"),
        "Discard": {
            "Type": "Choice",
            "Choices": [
                {"Condition": expr(f"$model != '' and {STATUS} = 'InService' and {NOW} != $model"), "Next": "Drop"}
            ],
            "Default": "Outcome",
        },
        "Drop": drop("Model", "$model", "Outcome"),
        "Released": {
            "Type": "Succeed",
            "Output": {
                "endpoint": release.endpoint,
                "component": expr("$part.component"),
                "version": expr("$version = '' ? $serves : $version"),
                "previous": expr("$serves"),
                "model": expr("$model = '' ? $running : $model"),
            },
        },
    }


def _failures(release: Release) -> dict[str, State]:
    """How a release fails."""
    names = ", ".join(held.part.key for held in release.held)
    version = "($serves = '' ? '' : ' (version ' & $serves & ')')"
    serving = f"$part.component & ' serves ' & {NOW}"
    return {
        "Outcome": {
            "Type": "Choice",
            "Choices": [
                {"Condition": expr("$failure != ''"), "Next": "Refused"},
                {"Condition": expr(f"{STATUS} = 'InService' and {NOW} = $running"), "Next": "RolledBack"},
            ],
            "Default": "NotRolledBack",
        },
        "Busy": fail(
            "Busy", expr("'Another release is under way: ' & $holder & '. Start this one when it has ended.'")
        ),
        "NoModel": fail(
            "NoModel",
            expr(
                f"($asked = '' ? 'A release to {release.endpoint} names a model' : '{release.endpoint} has no model '"
                f" & $asked) & '. Write model: and one of {names}.'"
            ),
        ),
        "NotReady": fail("NotReady", expr(f"$part.component & ' is not ready: ' & {WHY}")),
        "NoVersion": fail(
            "NoVersion", expr("'There is no version ' & $version & ' of ' & $part.served & '. ' & $failure")
        ),
        "NotApproved": fail(
            "NotApproved", expr("'Version ' & $version & ' is ' & $package.ModelApprovalStatus & ', not Approved.'")
        ),
        "TimedOut": fail("TimedOut", expr(f"$part.component & ' is still ' & {STATUS} & '. Look at its log.'")),
        "Refused": fail("Refused", expr(f"$failure & '. ' & {serving} & {version} & '.'")),
        "NotRolledBack": fail("NotRolledBack", expr(f"{serving} & ' and is ' & {STATUS} & ': ' & {WHY}")),
        "RolledBack": fail("RolledBack", expr(f"{serving} & ' again' & {version} & ': ' & {WHY}")),
    }
