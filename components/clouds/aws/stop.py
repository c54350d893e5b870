"""
The hard stop as a state machine: it looks at the budget every hour, and from the limit on nothing of the stack runs.

It is started with `{}`. Below the limit it does nothing, or switches on again what it had switched off. What that is it
keeps in `budget/stopped.json` of the artifact store, written before the first starter is switched off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.base import Context
from components.clouds.aws.release_means import call
from components.clouds.aws.states import State, expr, fail, literal, machine, read_again
from components.clouds.aws.step import S3_RETRY
from components.clouds.aws.stop_again import again
from components.clouds.aws.stop_kinds import APPS, EXECUTIONS, jobs, machines, rules, schedules
from components.clouds.aws.stop_lists import Kind, Listed, act, failed, gather
from components.clouds.aws.stop_serving import emptied, taken

__all__ = ["NOTE", "Stop"]

NOTE = "budget/stopped.json"
SETTLE_SECONDS = 30  # Step Functions stops the job that an execution waits for, which is not to be told twice
MOST_TOLD = 100  # things that one message names
KEPT = 1000  # of what was stopped, the newest in the note
LEFT = {"schedulesLeft": [], "rulesLeft": []}  # that could not be switched on again
LONGEST_CAUSE = 2000  # characters of what a failed run says


@dataclass(frozen=True)
class Stop:
    """
    What the definition is made of.

    Attributes:
        context: The stack's.
        account: That has the budget.
        budget: Its name.
        bucket: Of the artifacts.
        topic: Who is told.
        own: Names of the schedule that starts the stop, and of its state machine.
        spared: Names of state machines whose executions only wait, and tell a caller if it was in vain.
        serving: Names of endpoints that go.
        shared: Names of inference components that are emptied.
        configurations: ARN of an endpoint's configuration, up to its name.
        studio: Id of the Studio domain; None where there are no notebooks.
    """

    context: Context
    account: str
    budget: pulumi.Output[str]
    bucket: pulumi.Output[str]
    topic: pulumi.Output[str]
    own: tuple[str, str]
    spared: list[str]
    serving: list[pulumi.Output[str]]
    shared: list[pulumi.Output[str]]
    configurations: str
    studio: pulumi.Output[str] | None

    def definition(self) -> dict[str, Any]:
        """The state machine; Outputs in it are still to be waited for."""
        states = self._look() | self._starters() | self._running() | self._ends()
        states |= again(self.bucket, NOTE, self.topic, self.context.name())
        return machine(f"Stops {self.context.name()} at its budget's limit", "Begin", states)

    @property
    def _schedules(self) -> Kind:
        return schedules(self.context, self.own[0])

    @property
    def _machines(self) -> Listed:
        return machines(self.context, [self.own[1], *self.spared])

    def _look(self) -> dict[str, State]:
        """What the month has cost so far; nothing is done while that is not known."""
        kinds = (self._schedules, rules(self.context), self._machines, EXECUTIONS, *jobs(self.context), APPS)
        counts = {name: value for kind in kinds for name, value in kind.begin.items()}
        known = {"serving": self.serving, "shared": self.shared, "servingAt": 0, "sharedAt": 0}
        studio = {"studio": self.studio} if self.studio else {}
        amounts = "[$states.result.Budget.CalculatedSpend.ActualSpend.Amount]"
        limits = "[$states.result.Budget.BudgetLimit.Amount]"
        key = {"Bucket": self.bucket, "Key": NOTE}
        return {
            "Begin": {
                "Type": "Pass",
                "Assign": {**counts, **known, **studio, "token": "", "stopped": [], "failed": [], **LEFT},
                "Next": "Spend",
            },
            "Spend": call(
                "budgets",
                "describeBudget",
                {"AccountId": self.account, "BudgetName": self.budget},
                "Noted",
                Assign={
                    "known": expr(f"$count({amounts}) = 1 and $count({limits}) = 1"),
                    "spend": expr(f"$number([{amounts[1:-1]}, 0][0])"),
                    "limit": expr(f"$number([{limits[1:-1]}, 0][0])"),
                },
                Retry=read_again("Budgets"),
            ),
            "Noted": call(
                "s3",
                "getObject",
                key,
                "Which",
                Assign={"held": expr("$parse($states.result.Body)"), "noted": True},
                Retry=S3_RETRY,
                Catch=[
                    {
                        "ErrorEquals": ["S3.NoSuchKeyException"],
                        "Assign": {"held": {"schedules": [], "rules": []}, "noted": False},
                        "Next": "Which",
                    }
                ],
            ),
            "Which": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": expr("$known and $spend >= $limit"), "Next": "Over"},
                    {"Condition": expr("$known and $noted"), "Next": "ScheduleAgain"},
                ],
                "Default": "Fine",
            },
            "Fine": {"Type": "Succeed", "Output": {"spend": expr("$spend"), "limit": expr("$limit")}},
        }

    def _starters(self) -> dict[str, State]:
        """What starts something by itself is noted, and then switched off."""
        first, second = self._schedules, rules(self.context)
        new = "$not($noted) or $count($scheduleFound) > 0 or $count($ruleFound) > 0"
        begun = {
            "since": expr("$noted ? $held.since : $states.context.Execution.StartTime"),
            "told": expr("$noted ? $held.told : false"),
            "endpoints": expr("$noted ? [$held.endpoints] : []"),
            "all": expr("$noted ? [$held.stopped] : []"),
        }
        names = {kind: expr(f"[$distinct($append([$held.{kind}s], ${kind}Found))]") for kind in ("schedule", "rule")}
        note = self._note("ScheduleEach", "MachineList")
        return {
            "Over": {"Type": "Pass", "Assign": begun, "Next": "ScheduleList"},
            **gather(first, "RuleList"),
            **gather(second, "Starters"),
            "Starters": {
                "Type": "Pass",
                "Assign": {"schedules": names["schedule"], "rules": names["rule"]},
                "Next": "HasStarters",
            },
            "HasStarters": {
                "Type": "Choice",
                "Choices": [{"Condition": expr(new), "Next": "Promise"}],
                "Default": "MachineList",
            },
            # what is not noted would never be switched on again
            "Promise": note,
            **act(first, "RuleEach"),
            **act(second, "MachineList"),
        }

    def _running(self) -> dict[str, State]:
        """Executions first, or they would start the next attempt; then jobs, endpoints and notebooks."""
        states: dict[str, State] = {
            **gather(self._machines, "ExecutionMore"),
            **gather(EXECUTIONS, "ExecutionEach"),
            **act(EXECUTIONS, "HasStopped"),
            "HasStopped": {
                "Type": "Choice",
                "Choices": [{"Condition": expr("$count($executionFound) > 0"), "Next": "Settle"}],
                "Default": "SearchList",
            },
            "Settle": {"Type": "Wait", "Seconds": SETTLE_SECONDS, "Next": "SearchList"},
        }
        last = "AppList" if self.studio else "IsNews"
        kinds = jobs(self.context)
        after = [f"{kind.name}List" for kind in kinds[1:]] + ["ServingEach"]
        for kind, following in zip(kinds, after, strict=True):
            states |= gather(kind, f"{kind.name}Each") | act(kind, following)
        states |= taken(self.configurations, "SharedEach") | emptied(last)
        if self.studio:
            states |= gather(APPS, "AppEach") | act(APPS, "IsNews")
        return states

    def _note(self, following: str, lost: str) -> State:
        said = ("since", "spend", "limit", "told", "schedules", "rules", "endpoints")
        body = ", ".join(f"'{word}': ${word}" for word in said) + ", 'stopped': $all"
        return call(
            "s3",
            "putObject",
            {
                "Bucket": self.bucket,
                "Key": NOTE,
                "Body": expr(f"$string({{{body}}})"),
                "ContentType": "application/json",
            },
            following,
            Retry=S3_RETRY,
            Catch=[{"ErrorEquals": ["States.ALL"], "Assign": {"failed": failed(literal(NOTE))}, "Next": lost}],
        )

    def _text(self) -> str:
        """Expression of the message; what a message that got lost would have told comes with the next one."""
        named = f"$join($news[[0..{MOST_TOLD - 1}]], '\\n')"
        more = f"$count($news) > {MOST_TOLD} ? '\\nand ' & ($count($news) - {MOST_TOLD}) & ' more' : ''"
        return (
            "($news := $told ? $stopped : $all; 'This month has cost ' & $spend & ' USD, and its limit is ' & $limit"
            " & ' USD.\\n\\n'"
            f" & ($count($news) = 0 ? 'Nothing was running.' : 'Stopped:\\n' & {named} & ({more}))"
            " & ($count($failed) = 0 ? '' : '\\n\\nNot stopped, and tried again within the hour:\\n'"
            f" & $join($failed[[0..{MOST_TOLD - 1}]], '\\n'))"
            " & '\\n\\nUntil the month is over nothing starts by itself. To go on before that, raise budget.monthly_usd"
            " and run up; within the hour schedules and events are switched on again. What is to serve has to be"
            " released again.')"
        )

    def _ends(self) -> dict[str, State]:
        brief = f"[$stopped[[0..{MOST_TOLD - 1}]]]"
        return {
            "IsNews": {
                "Type": "Choice",
                "Choices": [{"Condition": expr("$count($stopped) > 0 or $not($told)"), "Next": "News"}],
                "Default": "Ended",
            },
            "News": {
                "Type": "Pass",
                "Assign": {"all": expr(f"[$filter($append($stopped, $all), function($v, $i) {{$i < {KEPT}}})]")},
                "Next": "Tell",
            },
            "Tell": call(
                "sns",
                "publish",
                {
                    "TopicArn": self.topic,
                    "Subject": f"{self.context.name()} is stopped at its budget's limit",
                    "Message": expr(self._text()),
                },
                "Note",
                Assign={"told": True},
                Catch=[{"ErrorEquals": ["States.ALL"], "Assign": {"failed": failed("'the alert'")}, "Next": "Note"}],
            ),
            "Note": self._note("Ended", "Ended"),
            "Ended": {
                "Type": "Choice",
                "Choices": [{"Condition": expr("$count($failed) = 0"), "Next": "Stopped"}],
                "Default": "NotStopped",
            },
            "Stopped": {
                "Type": "Succeed",
                "Output": {"spend": expr("$spend"), "limit": expr("$limit"), "stopped": expr(brief)},
            },
            "NotStopped": fail("NotStopped", expr(f"$substring($join($failed, '; '), 0, {LONGEST_CAUSE})")),
        }
