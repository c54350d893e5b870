"""The part of a release that moves traffic by itself: two variants, the weights between them, and back on an alarm."""

from __future__ import annotations

from typing import Any

from components.clouds.aws.release_guard import raised
from components.clouds.aws.release_means import CANDIDATE, POLL_SECONDS, SERVING, STEPS, Release, call, caught, drop
from components.clouds.aws.rollout import Guard, Shift
from components.clouds.aws.states import State, expr, fail

__all__ = ["settled_steps", "step_states"]

SUSPENDED = {"DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": False, "ScheduledScalingSuspended": False}
_HALF = "$endpoint.EndpointConfigName"


def settled_steps() -> list[tuple[str, str]]:
    """What follows once the endpoint has settled, by what it was waited for."""
    return [
        ("moved", "Restore"),
        ("restored", "IsRestored"),
        ("joined", "IsJoined"),
        ("shifted", "IsShifted"),
        ("back", "Undo"),
    ]


def step_states(release: Release, shift: Shift, guard: Guard) -> dict[str, State]:
    """From `Pair` to the new model alone; from `MoveBack` where a start finds two variants."""
    return _joined(release) | _shifted(release, shift, guard) | _back(release) | _recovered(release)


def _joined(release: Release) -> dict[str, State]:
    """The candidate stands beside the variant that serves, with as many machines, and no traffic."""
    request = release.variant.request(expr("$model = '' ? $running.ModelName : $model"))
    (new,) = request["ProductionVariants"]
    candidate = {**new, "VariantName": CANDIDATE, "InitialInstanceCount": expr(SERVING), "InitialVariantWeight": 0}
    stable = expr("$merge([$running, {'InitialVariantWeight': 1}])")
    both: dict[str, Any] = {**request, "ProductionVariants": [stable, candidate]}
    name = f"$name & '{STEPS}'"
    return {
        "Pair": call(
            "sagemaker",
            "createEndpointConfig",
            {**both, "EndpointConfigName": expr(name), "Tags": release.tagged("$serves", "$former")},
            "Join",
            Catch=[caught("Discard")],
        ),
        "Join": release.update(name, "joined", weights=True),
        "IsJoined": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(f"{_in_service()} = {name}"), "Next": "Suspend"}],
            "Default": "TakeBack",
        },
        # or it would take machines off the variant that the traffic may have to go back to
        "Suspend": call(
            "applicationautoscaling",
            "registerScalableTarget",
            {**release.limits(), "SuspendedState": SUSPENDED},
            "Shift",
            Catch=[caught("TakeBack")],
        ),
    }


def _in_service() -> str:
    """Expression: the configuration that serves; empty while none does as it should."""
    return f"($endpoint.EndpointStatus = 'InService' ? {_HALF} : '')"


def _shifted(release: Release, shift: Shift, guard: Guard) -> dict[str, State]:
    shares = f"{shift.shares}"
    reached = f"$waited >= {shift.bake}"
    last = f"$step + 1 >= {len(shift.shares)}"
    return {
        "Shift": release.weigh(expr(f"100 - {shares}[$step]"), expr(f"{shares}[$step]"), "shifted", "Back"),
        "IsShifted": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$endpoint.EndpointStatus = 'InService'"), "Next": "Watched"}],
            "Default": "Back",
        },
        "Watched": {"Type": "Pass", "Assign": {"waited": 0}, "Next": "Bake"},
        "Bake": {
            "Type": "Wait",
            "Seconds": expr(f"$min([{POLL_SECONDS}, {shift.bake} - $waited])"),
            "Assign": {"waited": expr(f"$waited + {POLL_SECONDS}")},
            "Next": "Alarms",
        },
        "Alarms": raised([a.name for a in (*guard.own, *guard.metrics)], "IsGood", Catch=[caught("Back")]),
        "IsGood": {
            "Type": "Choice",
            "Choices": [
                {"Condition": expr("$ailing != ''"), "Next": "Back"},
                {"Condition": expr(f"{reached} and {last}"), "Next": "Promote"},
                {"Condition": expr(reached), "Next": "NextStep"},
            ],
            "Default": "Bake",
        },
        "NextStep": {"Type": "Pass", "Assign": {"step": expr("$step + 1")}, "Next": "Shift"},
        # the candidate has all of the traffic; the variant that stays gets its model
        "Promote": release.update("$name", "verdict", weights=True),
    }


def _back(release: Release) -> dict[str, State]:
    """All of the traffic to the variant that was stable, at once; then the candidate goes."""
    return {
        "Back": release.weigh(1, 0, "back", "Undo"),
        "Undo": release.update("$former", "undone", weights=True),
    }


def _recovered(release: Release) -> dict[str, State]:
    """A release that died between its steps is taken back before the next one begins."""
    dead = "$substringBefore($config.EndpointConfigName, '" + STEPS + "')"
    candidate = f"$config.ProductionVariants[VariantName = '{CANDIDATE}'][0].ModelName"
    return {
        "MoveBack": release.weigh(1, 0, "moved", "Refused"),
        "Restore": release.update("$older", "restored", weights=True),
        "IsRestored": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(f"{_in_service()} = $older"), "Next": "Resume"}],
            "Default": "NotRestored",
        },
        "Resume": call(
            "applicationautoscaling",
            "registerScalableTarget",
            release.limits(),
            "DropPair",
            Catch=[caught("Refused")],
        ),
        "DropPair": drop("EndpointConfig", "$config.EndpointConfigName", "DropDead"),
        "DropDead": drop("EndpointConfig", dead, "DropCandidate"),
        "DropCandidate": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(f"{candidate} = $running.ModelName"), "Next": "Endpoint"}],
            "Default": "DropItsModel",
        },
        "DropItsModel": drop("Model", candidate, "Endpoint"),
        "NotRestored": fail(
            "NotRestored",
            expr(
                f"'A release died between its steps, and {release.endpoint} could not be put back to ' & $older & ': '"
                " & ($endpoint.FailureReason ? $endpoint.FailureReason : $endpoint.EndpointStatus)"
            ),
        ),
    }
