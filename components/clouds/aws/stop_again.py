"""The part of the hard stop below the limit: what it had switched off is switched on again, and nothing else."""

from __future__ import annotations

import pulumi

from components.clouds.aws.release_means import call
from components.clouds.aws.states import State, expr, literal, read_again
from components.clouds.aws.step import S3_RETRY
from components.clouds.aws.stop_kinds import rewritten
from components.clouds.aws.stop_lists import failed

__all__ = ["again"]


def again(bucket: pulumi.Output[str], note: str, topic: pulumi.Output[str], stack: str) -> dict[str, State]:
    """
    From `ScheduleAgain`: what can't be switched on stays in the note, for the next look; endpoints are people's.

    Args:
        bucket: Of the note.
        note: Its key.
        topic: Who is told.
        stack: Its name.
    """
    return _schedules() | _rules() | _ended(bucket, note, topic, stack)


def _turn(of: str, first: str, following: str) -> State:
    return {
        "Type": "Choice",
        "Choices": [{"Condition": expr(f"${of}FoundAt < $count([$held.{of}s])"), "Next": first}],
        "Default": following,
    }


def _one(of: str) -> str:
    """Expression: the one whose turn it is."""
    return f"[$held.{of}s][${of}FoundAt]"


def _onward(of: str) -> dict[str, str]:
    return {f"{of}FoundAt": expr(f"${of}FoundAt + 1")}


def _skips(of: str, gone: str) -> list[dict[str, object]]:
    """What was taken away meanwhile needs no start; anything else is kept for the next look."""
    left, again = f"{of}sLeft", f"{of.capitalize()}Again"
    kept = {left: expr(f"[$append(${left}, {_one(of)})]"), "failed": failed(f"'{of} ' & {_one(of)}")}
    return [
        {"ErrorEquals": [gone], "Assign": _onward(of), "Next": again},
        {"ErrorEquals": ["States.ALL"], "Assign": {**_onward(of), **kept}, "Next": again},
    ]


def _schedules() -> dict[str, State]:
    skips = _skips("schedule", "Scheduler.ResourceNotFoundException")
    return {
        "ScheduleAgain": _turn("schedule", "ScheduleNow", "RuleAgain"),
        "ScheduleNow": call(
            "scheduler",
            "getSchedule",
            {"GroupName": "default", "Name": expr(_one("schedule"))},
            "ScheduleOn",
            Assign={"thing": expr("$states.result")},
            Retry=read_again("Scheduler"),
            Catch=skips,
        ),
        "ScheduleOn": call(
            "scheduler",
            "updateSchedule",
            expr(rewritten("ENABLED")),
            "ScheduleAgain",
            Assign=_onward("schedule"),
            Catch=skips,
        ),
    }


def _rules() -> dict[str, State]:
    return {
        "RuleAgain": _turn("rule", "RuleOn", "AreAllOn"),
        "RuleOn": call(
            "eventbridge",
            "enableRule",
            {"Name": expr(_one("rule"))},
            "RuleAgain",
            Assign=_onward("rule"),
            Catch=_skips("rule", "EventBridge.ResourceNotFoundException"),
        ),
    }


def _ended(bucket: pulumi.Output[str], note: str, topic: pulumi.Output[str], stack: str) -> dict[str, State]:
    key = {"Bucket": bucket, "Key": note}
    left = "{'schedules': $schedulesLeft, 'rules': $rulesLeft}"
    lost = {"ErrorEquals": ["States.ALL"], "Assign": {"failed": failed(literal(note))}, "Next": "NotStopped"}
    serves = (
        "($of := [$held.endpoints]; $count($of) = 0 ? '' : '\\n\\nTo be released again, where it is to serve:\\n' &"
        " $join($of.($string(endpoint) & (component ? ', ' & component : '')"
        " & (version = '' ? '' : ' (version ' & version & ')')), '\\n'))"
    )
    text = (
        "'This month has cost ' & $spend & ' USD, below the limit of ' & $limit & ' USD. On again is what the hard stop"
        " had switched off: ' & $count([$held.schedules]) & ' schedule(s), ' & $count([$held.rules]) & ' rule(s).'"
        f" & {serves}"
    )
    return {
        "AreAllOn": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$count($failed) = 0"), "Next": "Forget"}],
            "Default": "Keep",
        },
        "Keep": call(
            "s3",
            "putObject",
            {**key, "Body": expr(f"$string($merge([$held, {left}]))"), "ContentType": "application/json"},
            "NotStopped",
            Retry=S3_RETRY,
            Catch=[lost],
        ),
        "Forget": call("s3", "deleteObject", key, "TellAgain", Retry=S3_RETRY, Catch=[lost]),
        "TellAgain": call(
            "sns",
            "publish",
            {"TopicArn": topic, "Subject": f"{stack} may run again", "Message": expr(text)},
            "Fine",
            Catch=[{"ErrorEquals": ["States.ALL"], "Assign": {"failed": failed("'the alert'")}, "Next": "NotStopped"}],
        ),
    }
