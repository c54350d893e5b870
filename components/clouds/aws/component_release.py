"""
A release to an endpoint of inference components: it puts a version of one of its models into service.

It is started with `{"model": "home", "version": "12"}`; `model` may be left out where there is one. With a model alone,
the version that serves gets the share of the machine that the blueprint asks for by now. A version takes over half of
the copies at a time, and SageMaker goes back by itself where it does not start, or an alarm of the model is raised.
While a release is under way no copy is taken away; where there is none, the release starts one first, so that it ends
well only once the version answers.
"""

from __future__ import annotations

from typing import Any

from components.clouds.aws.component_end import end_states
from components.clouds.aws.component_means import STATUS, WHY, Release, look, scaling
from components.clouds.aws.release_means import POLL_SECONDS, alone, approved, call, caught
from components.clouds.aws.serving import told
from components.clouds.aws.states import DESCRIBE_RETRY, State, expr, literal, machine

__all__ = ["definition"]

UPDATE_SECONDS = 28_800  # the longest that SageMaker takes
WAKE_POLLS = 7200 // POLL_SECONDS
POLLS = (UPDATE_SECONDS + 3600) // POLL_SECONDS
MOVING = ["Creating", "Deleting", "Updating"]
BUSY_TRIES = 5
"""How often an update is tried while the autoscaler changes the number of copies."""
BAKE_SECONDS = 300
"""How long SageMaker looks at the alarms after each half; they are of one minute each."""


def _deployment(guarded: bool) -> dict[str, Any]:
    """Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_InferenceComponentDeploymentConfig.html"""
    rolling = {
        "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
        "WaitIntervalInSeconds": BAKE_SECONDS if guarded else 0,
        "MaximumExecutionTimeoutInSeconds": UPDATE_SECONDS,
    }
    guard = {"AutoRollbackConfiguration": {"Alarms": expr("$part.alarms")}} if guarded else {}
    return {"RollingUpdatePolicy": rolling, **guard}


def definition(release: Release) -> dict[str, Any]:
    """The state machine; Outputs in it are still to be waited for."""
    states = _asked(release) | _found(release) | _version(release) | _awake(release) | _updated(release)
    states |= end_states(release)
    return machine(f"Puts a version of a model into service on {release.endpoint}", "Read", states)


def _asked(release: Release) -> dict[str, State]:
    """What is asked, whether another release is at it, and which model is meant."""
    known = {
        held.part.key: {
            "component": held.part.name,
            "served": held.part.model,
            "packages": held.packages,
            "image": held.image,
            **({"alarms": [{"AlarmName": name} for name in held.alarms]} if held.alarms else {}),
        }
        for held in release.held
    }
    only = release.held[0].part.key if len(release.held) == 1 else ""
    asked = {
        "asked": expr(f"$states.input.model ? $string($states.input.model) : {literal(only)}"),
        "version": expr("$states.input.version ? $string($states.input.version) : ''"),
        "image": expr("$states.input.image ? $states.input.image : ''"),
        "name": expr(f"'{release.stem}-' & $substring($uuid(), 0, 8)"),
    }
    start = {"known": known, "repository": release.repository, "needs": release.needs}
    unknown = {"model": "", "failure": "", "polls": 0, "tries": 0, "then": ""}
    return {
        "Read": {"Type": "Pass", "Assign": {**asked, **start, **unknown}, "Next": "Others"},
        **alone("IsKnown"),
        "IsKnown": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$asked in $keys($known)"), "Next": "Which"}],
            "Default": "NoModel",
        },
        "Which": {"Type": "Pass", "Assign": {"part": expr("$lookup($known, $asked)")}, "Next": "Component"},
    }


def _found(release: Release) -> dict[str, State]:
    """What serves by now: the model that the component runs says so; the one that it started with has no version."""
    value = "[$states.result.Tags[Key = '{0}'].Value, ''][0]"
    same = "$component.Specification.ComputeResourceRequirements = $needs"
    return {
        "Component": look("IsReady", running=expr("$states.result.Specification.ModelName")),
        "IsReady": {
            "Type": "Choice",
            "Choices": [
                {"Condition": expr(f"{STATUS} = 'InService'"), "Next": "IsOurs"},
                # the autoscaler may be changing the number of copies
                {"Condition": expr(f"{STATUS} = 'Updating' and $polls < {BUSY_TRIES}"), "Next": "Settle"},
            ],
            "Default": "NotReady",
        },
        "Settle": {
            "Type": "Wait",
            "Seconds": POLL_SECONDS,
            "Assign": {"polls": expr("$polls + 1")},
            "Next": "Component",
        },
        "IsOurs": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(f"$substringBefore($running, '{release.stem}-') = ''"), "Next": "Tags"}],
            "Default": "AtFirst",
        },
        "AtFirst": {"Type": "Pass", "Assign": {"serves": "", "older": ""}, "Next": "IsAsked"},
        "Tags": call(
            "sagemaker",
            "listTags",
            {"ResourceArn": expr(f"'{release.models}' & $running")},
            "IsAsked",
            Assign={"serves": expr(value.format("version")), "older": expr(value.format("former"))},
            Retry=DESCRIBE_RETRY,
        ),
        "IsAsked": {
            "Type": "Choice",
            "Choices": [
                {"Condition": expr("$version != ''"), "Next": "Version"},
                {"Condition": expr(same), "Next": "Released"},
            ],
            "Default": "Hold",
        },
    }


def _version(release: Release) -> dict[str, State]:
    """From the version's number to a model of it."""
    tagged = {"former": "$running", "model": "$part.served", "version": "$version"}
    return {
        **approved("$contains($version, /^arn:/) ? $version : $part.packages & '/' & $version", "Model"),
        "Model": call(
            "sagemaker",
            "createModel",
            {
                **release.model,
                "ModelName": expr("$name"),
                "PrimaryContainer": expr(_container(release)),
                "Tags": [*release.tags, *({"Key": key, "Value": expr(value)} for key, value in tagged.items())],
            },
            "Hold",
            Assign={"model": expr("$name")},
            Catch=[caught("Refused")],
        ),
    }


# the version as it was registered; with another image it is taken apart and put together anew
_CONTAINER = (
    "($held := $package.InferenceSpecification.Containers[0];"
    " $own := $not($contains($image, '/') and $contains($split($image, '/')[0], /[.:]/));"
    " $other := $image != '' ? ($own ? $repository & '/' & $image : $image) : ($held.Image ? '' : $part.image);"
    " $other = '' ? {'ModelPackageName': $package.ModelPackageArn} : $merge([{'Image': $other},"
    " $sift($held, function($v, $k) {$k in ['ModelDataUrl', 'ModelDataSource', 'Environment']})%s]))"
)


def _container(release: Release) -> str:
    return _CONTAINER % told(release.variables)


def _awake(release: Release) -> dict[str, State]:
    """A component without a copy gets one: what no container has started proves nothing of a version."""
    runs = "$component.RuntimeConfig.CurrentCopyCount > 0"
    return {
        "Hold": scaling(True, "IsAwake", Catch=[caught("Discard")]),
        "IsAwake": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(runs), "Next": "Update"}],
            "Default": "Wake",
        },
        "Wake": call(
            "sagemaker",
            "updateInferenceComponentRuntimeConfig",
            {"InferenceComponentName": expr("$part.component"), "DesiredRuntimeConfig": {"CopyCount": release.least}},
            "Waking",
            Assign={"polls": 0},
            Catch=[caught("Resume")],
        ),
        "Waking": {
            "Type": "Wait",
            "Seconds": POLL_SECONDS,
            "Assign": {"polls": expr("$polls + 1")},
            "Next": "LookAwake",
        },
        "LookAwake": look("HasWoken"),
        "HasWoken": {
            "Type": "Choice",
            "Choices": [
                {"Condition": expr(f"{STATUS} = 'InService' and {runs}"), "Next": "Update"},
                {"Condition": expr(f"{STATUS} = 'Failed' or $polls >= {WAKE_POLLS}"), "Next": "Asleep"},
            ],
            "Default": "Waking",
        },
        "Asleep": {
            "Type": "Pass",
            "Assign": {"failure": expr(f"$part.component & ' has no copy: ' & {WHY}")},
            "Next": "Resume",
        },
    }


def _updated(release: Release) -> dict[str, State]:
    """Half of the copies at a time; a version that does not start is taken back by SageMaker."""
    specification = {
        "ModelName": expr("$model = '' ? $running : $model"),
        "ComputeResourceRequirements": release.needs,
        **release.start,
    }
    moving = f"{STATUS} in {MOVING}"
    return {
        "Update": call(
            "sagemaker",
            "updateInferenceComponent",
            {
                "InferenceComponentName": expr("$part.component"),
                "Specification": specification,
                "DeploymentConfig": _deployment(any(held.alarms for held in release.held)),
            },
            "Wait",
            Assign={"polls": 0, "failure": "", "then": "updated"},
            Catch=[caught("LookAgain")],
        ),
        # the autoscaler may have begun to add a copy a moment before
        "LookAgain": look("IsMoving"),
        "IsMoving": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(f"({moving} or $tries > 0) and $tries < {BUSY_TRIES}"), "Next": "Later"}],
            "Default": "Resume",
        },
        "Later": {
            "Type": "Wait",
            "Seconds": POLL_SECONDS,
            "Assign": {"tries": expr("$tries + 1")},
            "Next": "Update",
        },
        "Wait": {
            "Type": "Wait",
            "Seconds": POLL_SECONDS,
            "Assign": {"polls": expr("$polls + 1")},
            "Next": "Look",
        },
        "Look": look("HasSettled"),
        "HasSettled": {
            "Type": "Choice",
            "Choices": [
                {"Condition": expr(f"{moving} and $polls < {POLLS}"), "Next": "Wait"},
                {"Condition": expr(moving), "Next": "TooLong"},
            ],
            "Default": "Resume",
        },
        "TooLong": {"Type": "Pass", "Assign": {"then": "late"}, "Next": "Resume"},
        # whatever came of it; who can't is told by the next release, which does it again
        "Resume": scaling(False, "Verdict", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Verdict"}]),
    }
