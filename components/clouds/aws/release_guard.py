"""The part of a release that looks at alarms: before it begins, on its own machines, and after it was taken back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pulumi

from components.clouds.aws.release_means import CANDIDATE, POLL_SECONDS, SERVING, Release, call, caught
from components.clouds.aws.rollout import AT_ONCE, Guard, Shift
from components.clouds.aws.states import State, expr, fail, read_again
from components.clouds.aws.variant import VARIANT

__all__ = ["guard_states", "raised"]

# an alarm that was raised by the release before is looked at again within some minutes
CALM_POLLS = 20
_FORCE = "Wait until they are OK, or start it with force: true, which releases at once and watches nothing."


def raised(names: Iterable[pulumi.Input[str]], following: str, when: str = "true", **more: Any) -> State:
    """A task that says which of the alarms are raised, in the variable `ailing`."""
    found = f"$join([$states.result.MetricAlarms[StateValue = 'ALARM' and ({when})].AlarmName], ', ')"
    return call(
        "cloudwatch",
        "describeAlarms",
        {"AlarmNames": list(names)},
        following,
        Assign={"ailing": expr(found), **more.pop("Assign", {})},
        Retry=read_again("CloudWatch"),
        **more,
    )


def guard_states(release: Release, shift: Shift, guard: Guard) -> dict[str, State]:
    """From `Checked`, before anything is made, and from `How`, before the endpoint is touched."""
    return _health(release, guard) | _ways(release, shift, guard) | _watch(release, guard) | _tripped(guard)


def _health(release: Release, guard: Guard) -> dict[str, State]:
    """A release that an alarm would take back at once is not begun."""
    known = [alarm.name for alarm in (*guard.standing, *guard.metrics)]
    # before the first release there is a model that answers 503, and so raises what is promised
    counts = f"$serves != '' or Namespace = '{release.namespace}'"
    unwell = f"'These alarms are raised: ' & $ailing & '. {_FORCE}'"
    return {
        "Checked": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$force or $shading"), "Next": "Open"}],
            "Default": "Health",
        },
        "Health": raised(known, "IsHealthy", counts, Catch=[caught("Refused")]),
        "IsHealthy": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$ailing = ''"), "Next": "Open"}],
            "Default": "NotHealthy",
        },
        "NotHealthy": fail("NotHealthy", expr(unwell)),
    }


def _way(following: str, deployment: dict[str, Any], dimensions: dict[str, str], **more: Any) -> State:
    watched = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    return {"Type": "Pass", "Assign": {"deployment": deployment, "watched": watched, **more}, "Next": following}


def _ways(release: Release, shift: Shift, guard: Guard) -> dict[str, State]:
    """How this release takes over, and which machines its own alarms are on."""
    here = {"EndpointName": release.endpoint, "VariantName": VARIANT}
    # what only the machines of this configuration say. Source:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    fresh = {**here, "EndpointConfigName": expr("$name")}
    ways = [("$force", "AtOnce"), ("$serves = ''", "First")]
    if release.by_weights:
        # one machine has no share that guardrails would take
        unknown = f"{SERVING} < 2" if shift.is_native else "true"
        ways += [(f"{release.same_machine} and ({unknown})", "Stepped")]
    if shift.has_steps:
        ways += [(f"{SERVING} < 2", "Whole")]
    first = "Watch1" if guard.own else "IsSameMachine"
    states: dict[str, State] = {
        "How": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(condition), "Next": way} for condition, way in ways],
            "Default": "Guarded",
        },
        "AtOnce": _way("IsSameMachine", AT_ONCE, here),
        # there is nothing to go back to but a model that answers 503: no steps, and no look at what it raised
        "First": _way(first, shift.at_once(guard.names(first=True)), fresh),
        "Guarded": _way(first, shift.guarded(guard.names()), fresh),
    }
    if shift.has_steps:
        states["Whole"] = _way(first, shift.at_once(guard.names()), fresh)
    if release.by_weights:
        apart = {"EndpointName": release.endpoint, "VariantName": CANDIDATE}
        states["Stepped"] = _way(first if guard.own else "Pair", AT_ONCE, apart, stepped=True)
    return states


def _watch(release: Release, guard: Guard) -> dict[str, State]:
    """The release's own alarms are put on its machines, and what the release before raised is over."""
    if not guard.own:
        return {}
    last = len(guard.own)
    states = {
        f"Watch{n}": call(
            "cloudwatch",
            "putMetricAlarm",
            alarm.request(expr("$watched"), guard.topic),
            f"Watch{n + 1}" if n < last else "Calm",
            Assign={"polls": 0},
            Catch=[caught("Discard")],
        )
        for n, alarm in enumerate(guard.own, 1)
    }
    calm = [{"Condition": expr("$ailing = '' and $stepped"), "Next": "Pair"}] if release.by_weights else []
    calm += [
        {"Condition": expr("$ailing = ''"), "Next": "IsSameMachine"},
        {"Condition": expr(f"$polls < {CALM_POLLS}"), "Next": "CalmDown"},
    ]
    # once it serves, what is raised is the standing alarms' to tell: these have nothing to look at any more
    idle = [{"Name": "EndpointName", "Value": release.endpoint}, {"Name": "VariantName", "Value": CANDIDATE}]
    for n, alarm in enumerate(guard.own, 1):
        following = f"Rest{n + 1}" if n < last else "Tidy"
        on = {"ErrorEquals": ["States.ALL"], "Next": following}
        states[f"Rest{n}"] = call(
            "cloudwatch", "putMetricAlarm", alarm.request(idle, guard.topic), following, Catch=[on]
        )
    return states | {
        "Calm": raised([alarm.name for alarm in guard.own], "IsCalm", Catch=[caught("Discard")]),
        "IsCalm": {"Type": "Choice", "Choices": calm, "Default": "NotCalm"},
        "CalmDown": {
            "Type": "Wait",
            "Seconds": POLL_SECONDS,
            "Assign": {"polls": expr("$polls + 1")},
            "Next": "Calm",
        },
        "NotCalm": {
            "Type": "Pass",
            "Assign": {"then": "unwell"},
            "Next": "Discard",
        },
    }


def _tripped(guard: Guard) -> dict[str, State]:
    """What took the release back, for the cause."""
    on = {"ErrorEquals": ["States.ALL"], "Next": "Discard"}
    return {"Tripped": raised(guard.names(), "Discard", Catch=[on])}
