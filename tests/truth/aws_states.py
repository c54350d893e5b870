"""Runs a Step Functions state machine (the JSONata dialect) against APIs that a test plays."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jsonata.jsonata import Jsonata

from tests.truth.aws_shapes import problems

__all__ = ["EXECUTION", "Ended", "StateError", "Stopped", "operation_of", "run"]

# the call that can be waited for; any other is `aws-sdk:`, which takes every field of the API. Source:
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
_OPTIMISED = {
    *("createHyperParameterTuningJob", "createTrainingJob", "createTransformJob"),
    *("startExecution", "startQueryExecution"),
}
_SERVICES = {
    "applicationautoscaling": "application-autoscaling",
    "athena": "athena",
    "cloudwatch": "cloudwatch",
    "sagemaker": "sagemaker",
    "budgets": "budgets",
    "eventbridge": "events",
    "s3": "s3",
    "scheduler": "scheduler",
    "sns": "sns",
    "states": "stepfunctions",
    "sagemakerruntime": "sagemaker-runtime",
    "sagemakerfeaturestoreruntime": "sagemaker-featurestore-runtime",
    "sfn": "stepfunctions",
}
MOST_STEPS = 5000
CALLBACK = "waitForTaskToken"
MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:m"
EXECUTION = "arn:aws:states:us-east-1:111122223333:execution:m:e-1"


class StateError(Exception):
    """An error as a state sees it: its name and its cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


class Stopped(Exception):
    """The execution ends here, as when somebody stops it: no state hears of it."""


@dataclass
class Ended:
    """
    How an execution ended.

    Attributes:
        error: Name of the error; empty where it succeeded.
        cause: Of the error.
        output: Where it succeeded.
        calls: (operation, arguments) in their order.
        states: Names, in their order.
    """

    error: str = ""
    cause: str = ""
    output: Any = None
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    states: list[str] = field(default_factory=list)

    def called(self, operation: str) -> list[dict[str, Any]]:
        """Arguments of each call of an operation."""
        return [arguments for name, arguments in self.calls if name == operation]


Api = Callable[[str, str, dict[str, Any]], Any]


def operation_of(resource: str) -> tuple[str, str, bool]:
    """
    Service, API operation and whether the task waits for the end, of a task's resource.

    Raises:
        ValueError: Step Functions has no such integration.
    """
    parts = resource.removeprefix("arn:aws:states:::").split(":")
    if parts[0] == "aws-sdk":
        _sdk, service, action = parts
        name, _dot, pattern = action.partition(".")
        if pattern not in ("", CALLBACK):
            raise ValueError(f"{resource} is no integration")
        return _SERVICES[service], name[0].upper() + name[1:], False
    service, action = parts[:2]
    if parts[2:] not in ([], ["2"] if service == "states" else []):
        raise ValueError(f"{resource} is no integration")
    name, _dot, pattern = action.partition(".")
    if name not in _OPTIMISED or pattern not in ("", "sync"):
        raise ValueError(f"{resource} is no integration")
    return _SERVICES[service], name[0].upper() + name[1:], bool(pattern)


def _hash(text: str, algorithm: str) -> str:
    return hashlib.new(algorithm.replace("-", ""), text.encode()).hexdigest()


def _as_sent(service: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """
    The arguments as the API has them: a task begins them with capitals, whatever the API does.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """
    if service != "stepfunctions":
        return arguments
    sent = {name[0].lower() + name[1:]: value for name, value in arguments.items()}
    if isinstance(sent.get("input"), dict):  # the call that can be waited for takes an object, too
        sent["input"] = json.dumps(sent["input"])
    return sent


@dataclass
class _Execution:
    states: Mapping[str, Any]
    api: Api
    context: Mapping[str, Any]
    ended: Ended
    variables: dict[str, Any] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    now: int = 0

    def evaluate(self, template: Any, states: Mapping[str, Any]) -> Any:
        if isinstance(template, dict):
            return {key: self.evaluate(value, states) for key, value in template.items()}
        if isinstance(template, list):
            return [self.evaluate(value, states) for value in template]
        if not (isinstance(template, str) and template.startswith("{%") and template.endswith("%}")):
            return template
        expression = Jsonata(template[2:-2].strip())
        for name, value in self.variables.items():
            expression.assign(name, value)
        task = {"Task": {"Token": f"token of {self.context['Execution']['Name']}"}}
        expression.assign("states", {**states, "context": {**self.context, **task}})
        expression.register_lambda("uuid", lambda: f"{next(self.numbers):08x}-0000-4000-8000-000000000000")
        expression.register_lambda("parse", json.loads)
        expression.register_lambda("millis", lambda: self.now)
        expression.register_lambda("hash", _hash)
        found = expression.evaluate(None)
        if found is None:
            raise StateError("States.QueryEvaluationError", f"{template} returned nothing")
        return found

    def assign(self, state: Mapping[str, Any], states: Mapping[str, Any]) -> None:
        self.variables |= self.evaluate(state.get("Assign", {}), states)

    def choose(self, state: Mapping[str, Any], states: Mapping[str, Any]) -> str:
        for choice in state["Choices"]:
            found = self.evaluate(choice["Condition"], states)
            assert isinstance(found, bool), (choice, found)
            if found:
                return choice["Next"]
        return state["Default"]

    def call(self, state: Mapping[str, Any], states: Mapping[str, Any]) -> Any:
        """The task's call, again as often as its `Retry` says."""
        service, operation, waits = operation_of(state["Resource"])
        tried: dict[int, int] = {}
        while True:
            arguments = self.evaluate(state["Arguments"], states)
            self.ended.calls.append((operation, arguments))
            found = problems(service, operation, _as_sent(service, arguments))
            assert [] == found, (operation, found)
            try:
                told = f".{CALLBACK}" if state["Resource"].endswith(CALLBACK) else ""
                return self.api(service, operation + (".sync" if waits else told), arguments)
            except StateError as error:
                for index, retrier in enumerate(state.get("Retry", [])):
                    if error.error in retrier["ErrorEquals"] and tried.get(index, 0) < retrier["MaxAttempts"]:
                        tried[index] = tried.get(index, 0) + 1
                        break
                else:
                    raise

    def task(self, state: Mapping[str, Any], value: Any) -> tuple[str | None, Any]:
        states = {"input": value}
        try:
            result = self.call(state, states)
        except StateError as error:
            for catcher in state.get("Catch", []):
                if "States.ALL" in catcher["ErrorEquals"] or error.error in catcher["ErrorEquals"]:
                    caught = {**states, "errorOutput": {"Error": error.error, "Cause": error.cause}}
                    self.assign(catcher, caught)
                    return catcher["Next"], caught["errorOutput"]
            raise
        self.assign(state, {**states, "result": result})
        return state.get("Next"), result

    def each_row(self, state: Mapping[str, Any], states: Mapping[str, Any]) -> tuple[str, Any]:
        """
        A distributed map: an execution of its own for each item of a file, which knows nothing but the item.

        One that fails ends the map; what they come to is written to a file, too.
        """
        reader, writer, processor = state["ItemReader"], state["ResultWriter"], state["ItemProcessor"]
        assert processor["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
        read = self.evaluate(reader["Arguments"], states)
        self.ended.calls.append(("GetObject", read))
        rows = self.api("s3", "GetObject", read)
        write = self.evaluate(writer["Arguments"], states)
        for row in rows:
            inner = _Execution(processor["States"], self.api, self.context, self.ended)
            name, value = processor["StartAt"], row
            try:
                while name is not None:
                    name, value = inner.step(name, value)
            except StateError as error:
                raise StateError("States.ExceedToleratedFailureThreshold", f"{error.error}: {error.cause}") from error
        return state["Next"], {
            "ResultWriterDetails": {"Bucket": write["Bucket"], "Key": f"{write['Prefix']}/m/manifest.json"}
        }

    def step(self, name: str, value: Any) -> tuple[str | None, Any]:
        state, states = self.states[name], {"input": value}
        kind = state["Type"]
        if kind == "Fail":
            raise StateError(*(self.evaluate(state[key], states) for key in ("Error", "Cause")))
        if kind == "Succeed":
            return None, self.evaluate(state.get("Output", value), states)
        if kind == "Choice":
            return self.choose(state, states), value
        if kind == "Task":
            return self.task(state, value)
        if kind == "Map":
            return self.each_row(state, states)
        assert kind in ("Pass", "Wait"), kind
        self.assign(state, states)
        return state["Next"], value


def run(
    definition: Mapping[str, Any],
    given: Mapping[str, Any],
    api: Api,
    *,
    execution: str = EXECUTION,
    start: str = "2026-11-21T10:11:12.345Z",
    first: int = 1,
) -> Ended:
    """
    Execute a definition with an input.

    Every argument is held against the API's model; a wait takes no time.

    Args:
        definition: Of the state machine.
        given: Input of the execution.
        api: Called with service, operation (`.sync` where the task waits, `.waitForTaskToken` where somebody has to
            tell it) and arguments; raises `StateError`.
        execution: ARN of the execution.
        start: When it starts.
        first: Number that its first UUID begins with.
    """
    ended = Ended()
    context = {
        "Execution": {"Id": execution, "StartTime": start, "Name": execution.rpartition(":")[2]},
        "StateMachine": {"Id": MACHINE, "Name": "m"},
    }
    running = _Execution(definition["States"], api, context, ended)
    running.numbers = itertools.count(first)
    running.now = int(datetime.fromisoformat(start).timestamp() * 1000)
    name: str | None = definition["StartAt"]
    value: Any = dict(given)
    try:
        while name is not None:
            ended.states.append(name)
            assert len(ended.states) < MOST_STEPS, ended.states[-10:]
            name, value = running.step(name, value)
        ended.output = value
    except StateError as error:
        ended.error, ended.cause = error.error, error.cause
    except Stopped:
        ended.error = "Aborted"
    return ended
