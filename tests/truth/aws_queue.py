"""Plays S3, the runtime of SageMaker and Step Functions to the state machines of an asynchronous endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlparse

from tests.truth.aws_states import Ended, StateError, run

__all__ = ["Queue"]

ANSWER = "0b0b0b0b-0000-4000-8000-000000000000"


@dataclass
class Queue:
    """
    A bucket, an endpoint that answers as a test says, and executions by their names.

    Attributes:
        definitions: `request`, `gate` and `answer`.
        bucket: Its name.
        objects: Key to content; `types` to content type.
        fails: Whether the model answers with an error.
        silent: Whether no answer ever comes.
        refuses: Error and cause of `InvokeEndpointAsync`.
        busy: How many calls of SageMaker fail before one does not.
        early: Whether the answer is there before the ticket is.
        asked: What SageMaker was asked.
        ended: How the execution of each request ended, by its name.
    """

    definitions: Mapping[str, Any]
    bucket: str
    objects: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    fails: bool = False
    silent: bool = False
    refuses: tuple[str, str] | None = None
    busy: int = 0
    early: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    ended: dict[str, Ended] = field(default_factory=dict)
    told: list[Ended] = field(default_factory=list)
    output: Any = None
    misses: int = 0

    def put(self, key: str, content: str = "{}", version: str = "v1") -> Ended:
        """Somebody writes a file; what starts the gate is what S3 tells EventBridge."""
        self.objects[key] = content
        return run(self.definitions["gate"], self.event(key, version), self)

    @staticmethod
    def event(key: str, version: str = "v1") -> dict[str, Any]:
        """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""
        return {"detail-type": "Object Created", "detail": {"object": {"key": key, "size": 2, "version-id": version}}}

    def __call__(self, _service: str, operation: str, arguments: dict[str, Any]) -> Any:
        name, _dot, told = operation.partition(".")
        found = getattr(self, f"_{name[0].lower()}{name[1:]}")(arguments)
        return self._callback(arguments) if told else found

    # Step Functions

    def _startExecution(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments["Name"]
        if name in self.ended:
            raise StateError("Sfn.ExecutionAlreadyExistsException", name)
        self.ended[name] = Ended()
        machine = arguments["StateMachineArn"]
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        self.ended[name] = run(self.definitions["request"], json.loads(arguments["Input"]), self, execution=arn)
        return {"ExecutionArn": arn}

    def _sendTaskSuccess(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if self.output is not None:
            raise StateError("Sfn.TaskTimedOutException", "Task Timed Out")
        assert arguments["TaskToken"].startswith("token of ")
        self.output = json.loads(arguments["Output"])
        return {}

    def _callback(self, ticket: dict[str, Any]) -> Any:
        """The execution waits; SageMaker answers, and its file starts the state machine that tells."""
        assert "token" in json.loads(ticket["Body"])
        if self.silent:
            raise StateError("States.Timeout", "")
        key = f"failed/{ANSWER}-error.out" if self.fails else f"written/{ANSWER}.out"
        self.objects[key] = '{"error": "no such column"}' if self.fails else '{"score": 0.5}'
        self.output = None
        if self.early:
            self.misses = 2
        self.told.append(run(self.definitions["answer"], self.event(key), self))
        return self.output

    # SageMaker

    def _invokeEndpointAsync(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if self.busy:
            self.busy -= 1
            raise StateError("SageMakerRuntime.ServiceUnavailableException", "try again")
        if self.refuses:
            raise StateError(*self.refuses)
        place = urlparse(arguments["InputLocation"])
        assert (place.netloc, place.path[1:] in self.objects) == (self.bucket, True)
        self.asked.append(arguments)
        return {
            "InferenceId": arguments["InferenceId"],
            "OutputLocation": f"s3://{self.bucket}/written/{ANSWER}.out",
            "FailureLocation": f"s3://{self.bucket}/failed/{ANSWER}-error.out",
        }

    # S3

    def _headObject(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self._there(arguments["Key"])
        return {"ContentType": self.types.get(arguments["Key"], "binary/octet-stream")}

    def _getObject(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if self.misses:
            self.misses -= 1
            raise StateError("S3.NoSuchKeyException", arguments["Key"])
        self._there(arguments["Key"])
        return {"Body": self.objects[arguments["Key"]]}

    def _putObject(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.objects[arguments["Key"]] = arguments["Body"]
        return {}

    def _copyObject(self, arguments: dict[str, Any]) -> dict[str, Any]:
        bucket, _slash, key = arguments["CopySource"].partition("/")
        assert bucket == self.bucket
        self._there(key)
        self.objects[arguments["Key"]] = self.objects[key]
        return {}

    def _deleteObjects(self, arguments: dict[str, Any]) -> dict[str, Any]:
        for one in arguments["Delete"]["Objects"]:
            self.objects.pop(one["Key"], None)
        return {}

    def _there(self, key: str) -> None:
        if key not in self.objects:
            raise StateError("S3.NoSuchKeyException", key)
