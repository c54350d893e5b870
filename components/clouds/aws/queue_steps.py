"""The state machines of an asynchronous endpoint: from a file that arrives to an answer of its name, or a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.clouds.aws.states import State, caught, expr, fail, machine, read_again, sdk

__all__ = ["ANSWERS", "ASKED", "Desk"]

ASKED, ANSWERS, TICKETS = "requests", "answers", "tickets"
# Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
LONGEST_ANSWER_SECONDS = 3600
LATE_SECONDS = 60  # what SageMaker writes at the very end still counts
GATE_TRIES = 8
TICKET_TRIES = 6  # the ticket is written once SageMaker has said where it answers, which may be after it has
# what a caller who named no type means by the end of the file's name
TYPES = {"csv": "text/csv", "json": "application/json", "jsonl": "application/jsonlines", "txt": "text/plain"}
NO_TYPE = ["", "binary/octet-stream", "application/octet-stream"]
BUSY = ("InternalFailure", "SageMakerRuntime", "SdkClient", "ServiceUnavailable")
_EVENT = "$states.input.detail.object"


def _s3(action: str, arguments: Any, following: str, **more: Any) -> State:
    return {"Type": "Task", "Resource": sdk("s3", action), "Arguments": arguments, **more, "Next": following}


@dataclass(frozen=True)
class Desk:
    """
    What the definitions are made of.

    Attributes:
        bucket: Where requests, tickets and answers lie.
        endpoint: Who answers.
        max_age: Seconds after which a request is given up.
    """

    bucket: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    max_age: int

    def gate(self, request: pulumi.Output[str]) -> dict[str, Any]:
        """Started by each file: one execution a version of a file, however often the event comes."""
        states: dict[str, State] = {
            "Which": {
                "Type": "Pass",
                "Assign": {
                    "key": expr(f"{_EVENT}.key"),
                    "id": expr(f"$hash({_EVENT}.key & ' ' & {_EVENT}.`version-id`, 'SHA-256')"),
                },
                "Next": "Start",
            },
            "Start": {
                "Type": "Task",
                "Resource": sdk("sfn", "startExecution"),
                "Arguments": {
                    "StateMachineArn": request,
                    "Name": expr("$id"),
                    "Input": expr("$string({'key': $key, 'id': $id})"),
                },
                "Retry": [
                    {
                        "ErrorEquals": ["Sfn.SfnException", "Sfn.SdkClientException", "Sfn.ThrottlingException"],
                        "IntervalSeconds": 2,
                        "MaxAttempts": GATE_TRIES,
                        "BackoffRate": 2,
                    }
                ],
                "Catch": [{"ErrorEquals": ["Sfn.ExecutionAlreadyExistsException"], "Next": "Started"}],
                "Next": "Started",
            },
            "Started": {"Type": "Succeed", "Output": {"id": expr("$id")}},
        }
        return machine("Starts the answer to one request", "Which", states)

    def request(self) -> dict[str, Any]:
        """One request, from the question to the answer of its name."""
        return machine("Has one request answered", "Read", self._ask() | self._wait() | self._answered() | self._ends())

    def _ask(self) -> dict[str, State]:
        uri = self.bucket.apply(lambda name: expr(f"'s3://{name}/' & $key"))
        known = f"$lookup({TYPES}, $lowercase($split($key, '.')[-1]))"
        prefix = self.bucket.apply(lambda name: f"s3://{name}/")
        return {
            "Read": {
                "Type": "Pass",
                "Assign": {
                    "key": expr("$states.input.key"),
                    "id": expr("$states.input.id"),
                    "name": expr(f"$substringAfter($states.input.key, '{ASKED}/')"),
                    "why": "",
                    "failure": "",
                },
                "Next": "Type",
            },
            "Type": _s3(
                "headObject",
                {"Bucket": self.bucket, "Key": expr("$key")},
                "Ask",
                Assign={
                    "type": expr(
                        f"($said := $states.result.ContentType; $guess := {known};"
                        f" $exists($said) and $not($said in {NO_TYPE}) ? $said : ($guess ? $guess : '{NO_TYPE[-1]}'))"
                    )
                },
                Retry=read_again("S3"),
                Catch=[caught("Refused")],
            ),
            "Ask": {
                "Type": "Task",
                "Resource": sdk("sagemakerruntime", "invokeEndpointAsync"),
                "Arguments": {
                    "EndpointName": self.endpoint,
                    "InputLocation": uri,
                    "ContentType": expr("$type"),
                    "InferenceId": expr("$id"),
                    "RequestTTLSeconds": self.max_age,
                    "InvocationTimeoutSeconds": min(self.max_age, LONGEST_ANSWER_SECONDS),
                },
                "Assign": {
                    "written": prefix.apply(lambda p: expr(f"$substringAfter($states.result.OutputLocation, '{p}')")),
                    "failed": prefix.apply(
                        lambda p: expr(
                            "$exists($states.result.FailureLocation)"
                            f" ? $substringAfter($states.result.FailureLocation, '{p}') : 'failed/' & $id"
                        )
                    ),
                },
                "Retry": [
                    {
                        "ErrorEquals": [f"SageMakerRuntime.{error}Exception" for error in BUSY],
                        "IntervalSeconds": 2,
                        "MaxAttempts": 5,
                        "BackoffRate": 2,
                    }
                ],
                "Catch": [caught("Refused")],
                "Next": "Point",
            },
        }

    def _wait(self) -> dict[str, State]:
        """The ticket of the failure points to that of the answer, which holds what wakes the execution."""
        ticket = f"'{TICKETS}/' & "
        return {
            "Point": _s3(
                "putObject",
                {
                    "Bucket": self.bucket,
                    "Key": expr(f"{ticket}$failed"),
                    "Body": expr("$string({'of': $written})"),
                    "ContentType": "application/json",
                },
                "Wait",
                Retry=read_again("S3"),
                Catch=[caught("Refused")],
            ),
            "Wait": {
                "Type": "Task",
                "Resource": f"{sdk('s3', 'putObject')}.waitForTaskToken",
                "Arguments": {
                    "Bucket": self.bucket,
                    "Key": expr(f"{ticket}$written"),
                    "Body": expr("$string({'token': $states.context.Task.Token})"),
                    "ContentType": "application/json",
                },
                "TimeoutSeconds": self.max_age + LATE_SECONDS,
                "Assign": {"found": expr("$states.result.key")},
                "Retry": read_again("S3"),
                "Catch": [
                    {"ErrorEquals": ["States.Timeout"], "Assign": {"why": "late"}, "Next": "Reason"},
                    caught("Refused"),
                ],
                "Next": "Name",
            },
        }

    def _answered(self) -> dict[str, State]:
        end = "($found = $written ? '.out' : '.error')"
        late = f"'no answer after {self.max_age} s'"
        gone = ["$found", f"'{TICKETS}/' & $written", f"'{TICKETS}/' & $failed"]
        return {
            "Name": _s3(
                "copyObject",
                {
                    "Bucket": self.bucket,
                    "CopySource": self.bucket.apply(lambda name: expr(f"'{name}/' & $found")),
                    "Key": expr(f"'{ANSWERS}/' & $name & {end}"),
                },
                "Tidy",
                Assign={"why": expr("$found = $written ? '' : 'failed'")},
                Retry=read_again("S3"),
            ),
            # what is left ends with all that the bucket keeps
            "Tidy": _s3(
                "deleteObjects",
                {"Bucket": self.bucket, "Delete": {"Objects": [{"Key": expr(key)} for key in gone], "Quiet": True}},
                "Outcome",
                Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Outcome"}],
            ),
            "Refused": {"Type": "Pass", "Assign": {"why": "refused"}, "Next": "Reason"},
            "Reason": _s3(
                "putObject",
                {
                    "Bucket": self.bucket,
                    "Key": expr(f"'{ANSWERS}/' & $name & '.error'"),
                    "Body": expr(f"$string({{'error': $why = 'late' ? {late} : $failure}})"),
                    "ContentType": "application/json",
                },
                "Outcome",
                Retry=read_again("S3"),
            ),
        }

    def _ends(self) -> dict[str, State]:
        says = f"'{ANSWERS}/' & $name & '.error says why'"
        return {
            "Outcome": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": expr("$why = ''"), "Next": "Answered"},
                    {"Condition": expr("$why = 'late'"), "Next": "GivenUp"},
                ],
                "Default": "NotAnswered",
            },
            "Answered": {"Type": "Succeed", "Output": {"answer": expr(f"'{ANSWERS}/' & $name & '.out'")}},
            "GivenUp": fail("GivenUp", expr(f"'{self.max_age} s are over: ' & {says}")),
            "NotAnswered": fail("NotAnswered", expr(says)),
        }

    def answer(self) -> dict[str, Any]:
        """Started by each file that SageMaker writes: it wakes the execution that waits for it."""
        missing = ["S3.NoSuchKeyException", "S3.S3Exception", "S3.SdkClientException"]
        states: dict[str, State] = {
            "Read": {
                "Type": "Pass",
                "Assign": {"key": expr(f"{_EVENT}.key"), "ticket": expr(f"{_EVENT}.key")},
                "Next": "Ticket",
            },
            "Ticket": _s3(
                "getObject",
                {"Bucket": self.bucket, "Key": expr(f"'{TICKETS}/' & $ticket")},
                "Points",
                Assign={"held": expr("$parse($states.result.Body)")},
                Retry=[{"ErrorEquals": missing, "IntervalSeconds": 1, "MaxAttempts": TICKET_TRIES, "BackoffRate": 2}],
                # somebody asked SageMaker by itself, and knows where it answers
                Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Nobodys"}],
            ),
            "Points": {
                "Type": "Choice",
                "Choices": [{"Condition": expr("$exists($held.of)"), "Next": "Follow"}],
                "Default": "Tell",
            },
            "Follow": {"Type": "Pass", "Assign": {"ticket": expr("$held.of")}, "Next": "Ticket"},
            "Tell": {
                "Type": "Task",
                "Resource": sdk("sfn", "sendTaskSuccess"),
                "Arguments": {"TaskToken": expr("$held.token"), "Output": expr("$string({'key': $key})")},
                "Retry": read_again("Sfn"),
                # it was given up, or has been told already
                "Catch": [
                    {
                        "ErrorEquals": ["Sfn.TaskTimedOutException", "Sfn.TaskDoesNotExistException"],
                        "Next": "Told",
                    }
                ],
                "Next": "Told",
            },
            "Told": {"Type": "Succeed", "Output": {"key": expr("$key")}},
            "Nobodys": {"Type": "Succeed", "Output": {"key": expr("$key")}},
        }
        return machine("Tells who waits for an answer", "Read", states)
