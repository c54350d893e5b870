"""
A pipeline as a state machine: expect, train, hold against the champion, register, wait for approval, release.

It is started with `{}`, or with `{"reason": "new features", "force": true}`; `event` is what its triggers say, `run`
and `not_before` what gathers new data says. It ends well as `skipped`, `rejected`, `registered` or `deployed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.clouds.aws.states import State, caught, expr, fail, literal, machine, read_again, sdk
from components.clouds.aws.step import NEW_RUN, S3_RETRY, Step

__all__ = ["Chain", "broke", "nested", "person"]

WORDS = ["event", "force", "not_before", "reason", "run"]
SETTLE_SECONDS = 10  # of two starts at once, the last to write is the one that goes on
NAME = "begun.json"
LONGEST_SUBJECT, LONGEST_CAUSE = 99, 20_000  # SNS takes 100 characters of ASCII; Step Functions 32,768 of a cause


@dataclass(frozen=True)
class Chain:
    """
    What every pipeline's definition is made of.

    Attributes:
        label: Of the pipeline.
        name: Of the pipeline.
        step: What runs steps.
        topic: Who is told.
        at_most_every: Seconds.
        review: Events after which a person approves, whatever the registry says.
        expect: Settings of the step that looks at the data; None without one.
        inputs: Channel to URI of the training's inputs.
        training: ARN of the training's state machine.
        objective: What its search looks for the best of; empty where it trains once.
    """

    label: str
    name: str
    step: Step
    topic: pulumi.Output[str]
    at_most_every: int
    review: list[str]
    expect: dict[str, Any] | None
    inputs: dict[str, pulumi.Output[str]]
    training: pulumi.Output[str]
    objective: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """What a run that made a version tells at its end."""
        found = {"run": "$run", "version": "$version", "metrics": "$figures", "reason": "$reason"}
        best = {"trial": "$trained.trial", "hyperparameters": "$trained.hyperparameters"}
        searched = best if self.objective else {}
        return {name: expr(variable) for name, variable in (found | searched).items()}

    def definition(self, further: dict[str, State], first: str) -> dict[str, Any]:
        """
        The state machine; Outputs in it are still to be waited for.

        Args:
            further: What comes after the training, which leaves `$trained`.
            first: The first of these.
        """
        states = self._read() | self._claim() | self._data() | self._train(first) | further | self._ends()
        return machine(f"Trains and releases for {self.label}", "Read", states)

    def _read(self) -> dict[str, State]:
        given = "$states.input"
        start = "$states.context.Execution.StartTime"
        return {
            "Read": {
                "Type": "Pass",
                "Assign": {
                    "run": expr(NEW_RUN),
                    "odd": expr(f"$count([$keys({given})[$not($ in {literal(WORDS)})]]) > 0"),
                    "reason": expr(
                        f"$exists({given}.reason) ? $string({given}.reason) :"
                        f" $exists({given}.event) ? {given}.event : $exists({given}.run) ? 'data' : 'by hand'"
                    ),
                    "review": expr(
                        f"($event := $exists({given}.event) ? {given}.event : $exists({given}.run) ? 'data' : '';"
                        f" $event in {literal(self.review)})"
                    ),
                    "force": expr(f"{given}.force = true"),
                    "gathers": expr(f"$exists({given}.not_before)"),
                    "begun": expr(f"$exists({given}.not_before) ? {given}.not_before : {start}"),
                    "mine": expr("$states.context.Execution.Id"),
                    "error": "",
                    "failure": "",
                    "figures": {},
                },
                "Next": "Check",
            },
            "Check": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": expr("$odd"), "Next": "BadStart"},
                    {"Condition": expr("$gathers"), "Next": "Gather"},
                ],
                "Default": "Last",
            },
            "Gather": {"Type": "Wait", "Timestamp": expr("$begun"), "Next": "Last"},
        }

    def _claim(self) -> dict[str, State]:
        """No other run goes on, or has begun a short time ago: an object says which was the last."""
        where = {"Bucket": self.step.bucket.name, "Key": f"pipelines/{self.name}/{NAME}"}
        recent = f"$toMillis($begun) - $toMillis($last.begun) < {self.at_most_every * 1000}"
        none = {"ErrorEquals": ["S3.NoSuchKeyException"], "Next": "Claim"}
        gone = {
            "ErrorEquals": ["Sfn.ExecutionDoesNotExistException"],
            "Assign": {"status": "GONE"},
            "Next": "MayBegin",
        }
        first = "Expect" if self.expect else "Train"
        return {
            "Last": {
                "Type": "Task",
                "Resource": sdk("s3", "getObject"),
                "Arguments": where,
                "Assign": {"last": expr("$parse($states.result.Body)")},
                "Retry": S3_RETRY,
                "Catch": [none, broke()],
                "Next": "LastRun",
            },
            "LastRun": {
                "Type": "Task",
                "Resource": sdk("sfn", "describeExecution"),
                "Arguments": {"ExecutionArn": expr("$last.execution")},
                "Assign": {"status": expr("$states.result.Status")},
                "Retry": read_again("Sfn"),
                "Catch": [gone, broke()],
                "Next": "MayBegin",
            },
            "MayBegin": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": expr("$force"), "Next": "Claim"},
                    {"Condition": expr(f"$status = 'RUNNING' or {recent}"), "Next": "Skipped"},
                ],
                "Default": "Claim",
            },
            "Claim": {
                "Type": "Task",
                "Resource": sdk("s3", "putObject"),
                "Arguments": {
                    **where,
                    "Body": expr("$string({'execution': $mine, 'begun': $begun, 'run': $run, 'reason': $reason})"),
                    "ContentType": "application/json",
                },
                "Retry": S3_RETRY,
                "Catch": [broke()],
                "Next": "Settle",
            },
            "Settle": {"Type": "Wait", "Seconds": SETTLE_SECONDS, "Next": "Claimed"},
            "Claimed": {
                "Type": "Task",
                "Resource": sdk("s3", "getObject"),
                "Arguments": where,
                "Assign": {"held": expr("$parse($states.result.Body).execution")},
                "Retry": S3_RETRY,
                "Catch": [broke()],
                "Next": "IsMine",
            },
            "IsMine": {
                "Type": "Choice",
                "Choices": [{"Condition": expr("$held = $mine"), "Next": first}],
                "Default": "Skipped",
            },
        }

    def _data(self) -> dict[str, State]:
        if self.expect is None:
            return {}
        unmet = "$contains($failure, 'groundplan expect:') or $contains($failure, 'No S3 objects')"
        return {
            "Expect": {
                "Type": "Pass",
                "Assign": {
                    "told": expr(f"$string({literal({'step': 'expect', **self.expect})})"),
                    "paths": self.inputs,
                },
                "Next": "Look",
            },
            **self.step.states("Look", "Train", "Unmet", suffix="-expect"),
            "Unmet": {
                "Type": "Pass",
                "Assign": {"error": expr(f"{unmet} ? 'ExpectationsNotMet' : 'StepFailed'")},
                "Next": "Tell",
            },
        }

    def _train(self, following: str) -> dict[str, State]:
        train = nested(self.training, {"run": expr("$run")}, "trained", following, "Tell", "'TrainingFailed'")
        if self.objective:
            name = literal(self.objective)
            train["Assign"]["figures"] = expr(f"{{{name}: $lookup($states.result.Output, {name})}}")
        return {"Train": train}

    def _ends(self) -> dict[str, State]:
        told = {"run": expr("$run"), "reason": expr("$reason")}
        text = "'The run ' & $run & ', started by ' & $reason & ', failed. ' & $error & ': ' & $failure"
        return {
            "Tell": person(self, f"'{self.label} failed: ' & $error", text, "Failed"),
            "Failed": fail(expr("$error"), expr(f"$substring($failure, 0, {LONGEST_CAUSE})")),
            "Skipped": {"Type": "Succeed", "Output": {"outcome": "skipped", **told}},
            "BadStart": fail("BadStart", 'A start takes "reason" and "force"; the rest is what starts it by itself.'),
        }


def broke(error: str = "PipelineFailed") -> dict[str, Any]:
    """A catcher of what should not happen: people are told, and the run fails."""
    return caught("Tell", error=error)


def person(chain: Chain, subject: str, text: str, following: str) -> State:
    """A task that tells people; subject and text are expressions. Who can't be told holds nothing up."""
    return {
        "Type": "Task",
        "Resource": sdk("sns", "publish"),
        "Arguments": {
            "TopicArn": chain.topic,
            "Subject": expr(f"$substring({subject}, 0, {LONGEST_SUBJECT})"),
            "Message": expr(text),
        },
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 3, "BackoffRate": 2}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": following}],
        "Next": following,
    }


def nested(
    machine_arn: pulumi.Output[str], given: dict[str, Any], result: str, following: str, failed: str, error: str
) -> State:
    """
    A task that runs another state machine to its end.

    Args:
        machine_arn: Which.
        given: Its input.
        result: Variable for its output.
        following: The next state.
        failed: The next one where it failed; `$failure` is its own error and cause.
        error: Expression of `$error`, in which `$own` is the error that the machine ended with.
    """
    found = (
        "$held := $states.errorOutput; $of := $contains($held.Cause, '\"Status\"') ? $parse($held.Cause) : {};"
        " $own := $exists($of.Error) ? $of.Error : $exists($of.Status) ? $of.Status : $held.Error;"
    )
    why = "$exists($of.Cause) ? $own & ': ' & $of.Cause : $own & ': ' & $held.Cause"
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": machine_arn, "Input": given},
        "Assign": {result: expr("$states.result.Output")},
        "Catch": [
            {
                "ErrorEquals": ["States.ALL"],
                "Assign": {"failure": expr(f"({found} {why})"), "error": expr(f"({found} {error})")},
                "Next": failed,
            }
        ],
        "Next": following,
    }
