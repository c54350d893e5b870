"""Runs a workflow definition as Logic Apps does, against a cloud that a test plays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import jsonschema

from tests.truth.azure_language import Clock, Environment, evaluate

__all__ = ["Request", "Run", "run"]


@dataclass(frozen=True)
class Request:
    """One call that the workflow made."""

    method: str
    path: str
    version: str
    body: Any
    identity: str


Answer = tuple[int, Any]


@dataclass
class Run:
    """
    How a run went.

    Attributes:
        status: `Succeeded` or `Failed`.
        error: Code and message where the definition ended it as failed.
        requests: Every call, in order.
        outputs: What the Compose actions came to.
        seconds: How long it took on the workflow's clock.
    """

    status: str = "Succeeded"
    error: Mapping[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0

    def sent(self, method: str, part: str = "") -> list[Request]:
        """Calls by method and a part of the path."""
        return [r for r in self.requests if r.method == method and part in r.path]


class _Ended(Exception):
    """A Terminate action."""


class _Failed(Exception):
    """An action failed, and nothing in our definitions goes on after that."""


@dataclass
class _Machine:
    world: Environment
    cloud: Callable[[Request], Answer]
    run: Run

    def actions(self, actions: Mapping[str, Any]) -> None:
        """Run actions in the order that `runAfter` gives; all of ours wait for a success."""
        done: set[str] = set()
        while len(done) < len(actions):
            ready = [n for n, a in actions.items() if n not in done and set(a["runAfter"]) <= done]
            if not ready:
                raise AssertionError(f"{sorted(set(actions) - done)} never run: their runAfter leads nowhere")
            for name in ready:
                self.action(name, actions[name])
                done.add(name)

    def action(self, name: str, action: Mapping[str, Any]) -> None:
        match action["type"]:
            case "Compose":
                self.world.outputs[name] = evaluate(action["inputs"], self.world)
            case "Select":
                made = []
                for item in evaluate(action["inputs"]["from"], self.world):
                    self.world.item = item
                    made.append(evaluate(action["inputs"]["select"], self.world))
                self.world.bodies[name] = made
            case "InitializeVariable" | "SetVariable":
                self.variables(name, action)
            case "Wait":
                self.world.clock.wait(action["inputs"]["interval"]["count"])
            case "Http":
                self.http(name, action)
            case "If":
                chosen = action["actions"] if self.holds(action["expression"]) else action["else"]["actions"]
                self.actions(chosen)
            case "Until":
                self.until(action)
            case "Foreach":
                for item in evaluate(action["foreach"], self.world):
                    self.world.items[name] = item
                    self.actions(action["actions"])
            case "Terminate":
                given = evaluate(action["inputs"], self.world)
                self.run.status, self.run.error = given["runStatus"], given.get("runError", {})
                raise _Ended
            case other:
                raise AssertionError(f"{name} is of the type {other}, which these definitions may not use")

    def variables(self, name: str, action: Mapping[str, Any]) -> None:
        inputs = action["inputs"]
        if action["type"] == "SetVariable":
            if inputs["name"] not in self.world.variables:
                raise AssertionError(f"{name} sets the variable {inputs['name']}, which is not declared")
            inputs = {"variables": [inputs]}
        for given in inputs["variables"]:
            self.world.variables[given["name"]] = evaluate(given["value"], self.world)

    def http(self, name: str, action: Mapping[str, Any]) -> None:
        inputs = evaluate(action["inputs"], self.world)
        host, _, rest = inputs["uri"].removeprefix("https://").partition("/")
        assert host == "management.azure.com", inputs["uri"]
        path, _, query = rest.partition("?")
        request = Request(
            inputs["method"],
            f"/{path}",
            query.removeprefix("api-version="),
            inputs.get("body"),
            inputs["authentication"]["identity"],
        )
        self.run.requests.append(request)
        status, body = self.cloud(request)
        self.world.bodies[name] = body
        if status >= 400:
            self.run.status, self.run.error = "Failed", {"code": "ActionFailed", "message": f"{name}: {status} {body}"}
            raise _Failed

    def until(self, action: Mapping[str, Any]) -> None:
        started = self.world.clock.now
        timeout = int(action["limit"]["timeout"].removeprefix("PT").removesuffix("S"))
        for _ in range(action["limit"]["count"]):
            self.actions(action["actions"])
            if evaluate(action["expression"], self.world):
                return
            if (self.world.clock.now - started).total_seconds() > timeout:
                return

    def holds(self, condition: Mapping[str, Any]) -> bool:
        """A condition object: one operator, over values."""
        (operator, operands), *more = condition.items()
        assert not more, f"a condition has one operator; got {sorted(condition)}"
        if operator == "not":
            return not self.holds(operands)
        one, other = evaluate(operands, self.world)
        if operator == "equals":
            return one == other
        if operator == "contains":
            return other in one
        if operator == "greater":
            return one > other
        raise AssertionError(f"{operator} is no operator of a condition that these definitions may use")


def run(
    definition: Mapping[str, Any],
    parameters: Mapping[str, Mapping[str, Any]],
    start: Any,
    cloud: Callable[[Request, Clock], Answer],
) -> Run:
    """
    Start a workflow and see it through.

    Args:
        definition: As the resource gets it.
        parameters: As the resource gets them.
        start: Body of the request; one that does not fit the trigger's schema starts nothing.
        cloud: Answers a request with status and body.

    Raises:
        jsonschema.ValidationError: The body does not fit.
        BadExpression: An expression is wrong, or fails.
    """
    trigger = definition["triggers"]["manual"]
    assert trigger["operationOptions"] == "EnableSchemaValidation"
    jsonschema.validate(start, trigger["inputs"]["schema"], cls=jsonschema.Draft4Validator)
    values = {name: parameters[name]["value"] for name in definition["parameters"]}
    clock = Clock()
    result = Run()
    world = Environment(values, start, clock)
    machine = _Machine(world, lambda request: cloud(request, clock), result)
    began = clock.now
    with suppress(_Ended, _Failed):
        machine.actions(definition["actions"])
    result.outputs = world.outputs
    result.seconds = (clock.now - began).total_seconds()
    return result
