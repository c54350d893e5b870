"""
A release as a state machine: it puts one version of a model into service, and says so only once it serves.

It is started with `{"version": "12"}` (or the ARN of a version that another environment shares), optionally with an
`"image"` that serves it in place of the version's own. With `{}` the model that serves now is put on the machines,
capture and scaling that the blueprint asks for by now. With a rollout, traffic moves step by step and an alarm moves
it back; `"force": true` releases at once. `{"shadow": "13"}` puts a version into the shadow, `{"shadow": ""}` takes
it away; a release takes it away too.
"""

from __future__ import annotations

from typing import Any

import pulumi

from components.clouds.aws.hours import clock
from components.clouds.aws.release_anew import with_anew
from components.clouds.aws.release_guard import guard_states
from components.clouds.aws.release_means import POLL_SECONDS, STEPS, Release, alone, approved, call, caught
from components.clouds.aws.release_scaler import scaler_states
from components.clouds.aws.release_shadow import refusals, settled_shadow, shadow_states
from components.clouds.aws.release_steps import settled_steps, step_states
from components.clouds.aws.release_tidy import end_states, tidy_states
from components.clouds.aws.rollout import AT_ONCE
from components.clouds.aws.serving import told
from components.clouds.aws.states import DESCRIBE_RETRY, State, expr, machine
from components.clouds.aws.variant import VARIANT

__all__ = ["Release", "definition"]

MOVING = ["Creating", "RollingBack", "SystemUpdating", "Updating"]


def definition(release: Release) -> dict[str, Any]:
    """The state machine; Outputs in it are still to be waited for."""
    states = _start(release) | _found(release) | _version(release) | _configuration(release) | _update(release)
    states |= scaler_states(release) | _verdict(release) | tidy_states(release) | end_states(release) | refusals()
    if release.shift and release.guard:
        states |= guard_states(release, release.shift, release.guard)
    if release.by_weights and release.shift and release.guard:
        states |= step_states(release, release.shift, release.guard)
    if release.shadow:
        states |= shadow_states(release, release.shadow)
    if release.first is not None:
        states = with_anew(release, release.first, states)
    return machine(f"Puts a version into service on {release.endpoint}", "Read", _reached(states, "Read"))


def _reached(states: dict[str, State], start: str) -> dict[str, State]:
    """Those that some way leads to: what only a shadow or a rollout needs is written down where it is."""
    found: dict[str, State] = {}
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in found:
            state = found[name] = states[name]
            branches = [*state.get("Choices", []), *state.get("Catch", [])]
            following = [state.get("Next"), state.get("Default"), *(branch["Next"] for branch in branches)]
            ahead += [other for other in following if other]
    return {name: state for name, state in states.items() if name in found}


def _start(release: Release) -> dict[str, State]:
    """What is asked, and whether another release is at it."""
    text = "$string($states.input.{0})"
    asked = {
        "version": expr(f"$states.input.version ? {text.format('version')} : ''"),
        "image": expr("$states.input.image ? $states.input.image : ''"),
        "shadow": expr(f"$states.input.shadow ? {text.format('shadow')} : ''"),
        "shading": expr("$exists($states.input.shadow)"),
        "force": expr("$states.input.force = true"),
        "name": expr(f"'{release.stem}-' & $substring($uuid(), 0, 8)"),
    }
    hours = clock(release.scaling.scale) if release.scaling and release.scaling.turns else {}
    unknown = {"model": "", "failure": "", "ailing": "", "then": "", "polls": 0, "stepped": False, "step": 0}
    return {
        "Read": {"Type": "Pass", "Assign": {**asked, **unknown, **hours}, "Next": "Others"},
        **alone("Endpoint"),
    }


def _found(release: Release) -> dict[str, State]:
    """What serves by now."""
    tag = "[$states.result.Tags[Key = '{0}'].Value, ''][0]"
    half = [{"Condition": expr("$count($config.ProductionVariants) > 1"), "Next": "MoveBack"}]
    refused = [{"Condition": expr("$shading and $version != ''"), "Next": "TwoWishes"}]
    refused += [] if release.shadow else [{"Condition": expr("$shading"), "Next": "NoShadow"}]
    return {
        "Endpoint": call(
            "sagemaker",
            "describeEndpoint",
            {"EndpointName": release.endpoint},
            "IsReady",
            Assign={"endpoint": expr("$states.result")},
            Retry=DESCRIBE_RETRY,
        ),
        "IsReady": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$endpoint.EndpointStatus != 'InService'"), "Next": "NotReady"}],
            "Default": "Running",
        },
        "Running": call(
            "sagemaker",
            "describeEndpointConfig",
            {"EndpointConfigName": expr("$endpoint.EndpointConfigName")},
            "Tags",
            Assign={
                "config": expr("$states.result"),
                "former": expr("$states.result.EndpointConfigName"),
                "running": expr(f"$states.result.ProductionVariants[VariantName = '{VARIANT}'][0]"),
                "shaded": expr("$exists($states.result.ShadowProductionVariants[0])"),
            },
            Retry=DESCRIBE_RETRY,
        ),
        "Tags": call(
            "sagemaker",
            "listTags",
            {"ResourceArn": expr("$config.EndpointConfigArn")},
            "IsAsked",
            Assign={
                "serves": expr(tag.format("version")),
                "older": expr(tag.format("former")),
                "wanted": expr("$shading ? $shadow : $version"),
            },
            Retry=DESCRIBE_RETRY,
        ),
        "IsAsked": {
            "Type": "Choice",
            "Choices": [
                *refused,
                *(half if release.by_weights else []),
                {"Condition": expr("$wanted = ''"), "Next": _checked(release)},
            ],
            "Default": "Version",
        },
    }


def _checked(release: Release) -> str:
    return "Checked" if release.guard else "Open"


def _version(release: Release) -> dict[str, State]:
    """From the version's number to a model of it; none is made where the start names no version."""
    way = "Way" if release.shadow else "Configuration"
    return {
        **approved(f"$contains($wanted, /^arn:/) ? $wanted : '{release.packages}/' & $wanted", _checked(release)),
        "Open": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$wanted = ''"), "Next": way}],
            "Default": "Model",
        },
        "Model": call(
            "sagemaker",
            "createModel",
            {
                **release.model,
                "ModelName": expr("$name"),
                "PrimaryContainer": _container(release),
                "Tags": release.tagged("$wanted"),
            },
            way,
            Assign={"model": expr("$name")},
            Catch=[caught("Refused")],
        ),
    }


def _container(release: Release) -> pulumi.Output[str]:
    """The version as it was registered; with another image it is taken apart and put together anew."""
    kept = "['ModelDataUrl', 'ModelDataSource', 'Environment']"
    return pulumi.Output.concat(
        "{% ($held := $package.InferenceSpecification.Containers[0]; ",
        "$own := $not($contains($image, '/') and $contains($split($image, '/')[0], /[.:]/)); ",
        "$other := $image != '' ? ($own ? '",
        release.repository,
        "/' & $image : $image) : ($held.Image ? '' : '",
        release.image,
        "'); $other = '' ? {'ModelPackageName': $package.ModelPackageArn} : ",
        f"$merge([{{'Image': $other}}, $sift($held, function($v, $k) {{$k in {kept}}}){told(release.variables)}])) %}}",
    )


def _configuration(release: Release) -> dict[str, State]:
    """A new configuration as the blueprint asks for it, with the new model or the one that serves."""
    plainly = "IsSameMachine" if release.scaling else "Update"
    return {
        "Configuration": call(
            "sagemaker",
            "createEndpointConfig",
            {
                **release.variant.request(expr("$model = '' ? $running.ModelName : $model")),
                "EndpointConfigName": expr("$name"),
                "Tags": release.tagged("$version = '' ? $serves : $version", "$former"),
            },
            "How" if release.guard else plainly,
            Catch=[caught("Discard")],
        ),
        # a variant that is scaled may not change its kind of machine
        "IsSameMachine": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(release.same_machine), "Next": "Update"}],
            "Default": "LetGo" if release.scaling else "Update",
        },
    }


def _update(release: Release) -> dict[str, State]:
    """Blue/green: the new machines take over once they are healthy, and SageMaker goes back if they are not."""
    deployment: dict[str, Any] = {"DeploymentConfig": expr("$deployment") if release.shift else AT_ONCE}
    settled = (settled_steps() if release.by_weights else []) + (settled_shadow() if release.shadow else [])
    branches = [{"Condition": expr(f"$then = '{then}'"), "Next": following} for then, following in settled]
    moving = f"$endpoint.EndpointStatus in {MOVING}"
    return {
        "Update": release.update("$name", "verdict", **(deployment if release.scaling else {})),
        "Wait": {
            "Type": "Wait",
            "Seconds": POLL_SECONDS,
            "Assign": {"polls": expr("$polls + 1")},
            "Next": "Look",
        },
        "Look": call(
            "sagemaker",
            "describeEndpoint",
            {"EndpointName": release.endpoint},
            "HasSettled",
            Assign={"endpoint": expr("$states.result")},
            Retry=DESCRIBE_RETRY,
        ),
        "HasSettled": {
            "Type": "Choice",
            "Choices": [
                {"Condition": expr(f"{moving} and $polls < {release.polls}"), "Next": "Wait"},
                {"Condition": expr(moving), "Next": "TimedOut"},
                *branches,
            ],
            "Default": "TakeBack",
        },
    }


def _verdict(release: Release) -> dict[str, State]:
    """SageMaker ends in service after a rollback too: what serves is what tells."""
    serves = "$endpoint.EndpointStatus = 'InService' and $endpoint.EndpointConfigName = $name"
    done = "Rest1" if release.guard and release.guard.own else "Tidy"
    good = [{"Condition": expr(f"{serves} and $shading"), "Next": "HasReplaced"}] if release.shadow else []
    good += [{"Condition": expr(f"{serves} and $stepped"), "Next": "DropSteps"}] if release.by_weights else []
    # the last step is the candidate's: where it can't take over, all goes back
    stuck = f"$stepped and $endpoint.EndpointConfigName = $name & '{STEPS}' and $not($then in ['back', 'undone'])"
    bad = [{"Condition": expr(stuck), "Next": "Back"}] if release.by_weights else []
    return {
        "Verdict": {
            "Type": "Choice",
            "Choices": [
                *good,
                {"Condition": expr(f"$failure = '' and {serves}"), "Next": done},
                *bad,
                {"Condition": expr("$failure != '' or $ailing != ''"), "Next": "Discard"},
            ],
            "Default": "Tripped" if release.guard else "Discard",
        },
    }
