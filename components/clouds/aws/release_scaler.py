"""The part of a release that takes the autoscaler off while the kind of machine changes, and puts it back."""

from __future__ import annotations

from components.clouds.aws.release_means import Release, call
from components.clouds.aws.states import State, expr
from components.clouds.aws.variant import Scaling

__all__ = ["scaler_states"]


def scaler_states(release: Release) -> dict[str, State]:
    """`LetGo`, before an update to another machine, and from `TakeBack` to `Verdict`, whatever came of it."""
    scaling = release.scaling
    if scaling is None:
        return {"TakeBack": {"Type": "Pass", "Next": "Verdict"}}
    same = {"Condition": expr(release.same_machine)}
    taken: State = {"Type": "Choice", "Choices": [{**same, "Next": "Verdict"}], "Default": "Register"}
    # what a release that died had suspended goes on with the next one, and what hours it is may have changed
    if release.by_weights or scaling.turns:
        taken = {"Type": "Pass", "Next": "Register"}
    return {
        "LetGo": call(
            "applicationautoscaling",
            "deregisterScalableTarget",
            scaling.target_request(),
            "Update",
            Catch=[{"ErrorEquals": ["ApplicationAutoScaling.ObjectNotFoundException"], "Next": "Update"}],
        ),
        "TakeBack": taken,
        **_put_back(scaling),
    }


def _put_back(scaling: Scaling) -> dict[str, State]:
    """The target, and what went with it when it was let go of: its policies, and the hours' scheduled actions."""
    service = "applicationautoscaling"
    after = [f"Turn{n}" for n in range(1, len(scaling.turns) + 1)] + ["Verdict"]
    states = {
        "Register": call(service, "registerScalableTarget", scaling.limits_request(), "Policy"),
        "Policy": call(service, "putScalingPolicy", scaling.policy_request(), "Wake" if scaling.wake else after[0]),
    }
    if scaling.wake:
        policy = scaling.wake.policy_request(scaling.target_request())
        arn = {"waking": expr("$states.result.PolicyARN")}
        states["Wake"] = call(service, "putScalingPolicy", policy, "WakeAlarm", Assign=arn)
        alarm = scaling.wake.alarm_request(expr("$waking"))
        states["WakeAlarm"] = call("cloudwatch", "putMetricAlarm", alarm, after[0])
    for n, turn in enumerate(scaling.turns):
        request = turn.request(scaling.target_request())
        states[after[n]] = call(service, "putScheduledAction", request, after[n + 1])
    return states
