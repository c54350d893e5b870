"""Runs a workflow definition as Logic Apps does, against a cloud that a test plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import jsonschema

from tests.truth.azure_language import Clock, Environment, evaluate

__all__ = ["THIS_RUN", "Request", "Run", "run"]


@dataclass(frozen=True)
class Request:
    """One call that the workflow made."""

    method: str
    path: str
    version: str
    body: Any
    identity: str
    query: Mapping[str, str] = field(default_factory=dict)


Answer = tuple[int, Any]
THIS_RUN = "this-run"
"""Name of the run that goes on."""


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


def _fails(name: str, actions: Mapping[str, Any], came_to: Mapping[str, str]) -> bool:
    """Whether a last action failed; where it was skipped, whether one before it did."""
    if came_to[name] == "Skipped":
        return any(_fails(before, actions, came_to) for before in actions[name]["runAfter"])
    return came_to[name] == "Failed"


@dataclass
class _Machine:
    world: Environment
    cloud: Callable[[Request], Answer]
    run: Run
    failure: Mapping[str, str] = field(default_factory=dict)

    def actions(self, actions: Mapping[str, Any]) -> str:
        """
        Run actions in the order that `runAfter` gives, and say what came of them all.

        Source: https://learn.microsoft.com/azure/logic-apps/error-exception-handling#evaluate-workflow-outcomes
        """
        came_to: dict[str, str] = {}
        while len(came_to) < len(actions):
            ready = [n for n, a in actions.items() if n not in came_to and set(a["runAfter"]) <= set(came_to)]
            if not ready:
                raise AssertionError(f"{sorted(set(actions) - set(came_to))} never run: their runAfter leads nowhere")
            for name in ready:
                wanted = actions[name]["runAfter"]
                goes = all(came_to[before] in statuses for before, statuses in wanted.items())
                came_to[name] = self.action(name, actions[name]) if goes else self.skip({name: actions[name]})
        followed = {before for action in actions.values() for before in action["runAfter"]}
        leaves = [name for name in actions if name not in followed]
        return "Failed" if any(_fails(leaf, actions, came_to) for leaf in leaves) else "Succeeded"

    def skip(self, actions: Mapping[str, Any]) -> str:
        """What was skipped has a null as output and body, and so has what is in it."""
        for name, action in actions.items():
            self.world.outputs[name] = self.world.bodies[name] = None
            self.skip({**action.get("actions", {}), **action.get("else", {}).get("actions", {})})
        return "Skipped"

    def action(self, name: str, action: Mapping[str, Any]) -> str:
        match action["type"]:
            case "Compose":
                self.world.outputs[name] = evaluate(action["inputs"], self.world)
            case "Select" | "Query":
                self.world.bodies[name] = list(self.items(action))
            case "InitializeVariable" | "SetVariable" | "IncrementVariable" | "AppendToStringVariable":
                self.variables(name, action)
            case "Wait":
                self.world.clock.wait(action["inputs"]["interval"]["count"])
            case "Http":
                return self.http(name, action)
            case "Scope":
                return self.actions(action["actions"])
            case "If":
                holds = self.holds(action["expression"])
                chosen, left = action["actions"], action["else"]["actions"]
                self.skip(left if holds else chosen)
                return self.actions(chosen if holds else left)
            case "Until":
                return self.until(action)
            case "Foreach":
                return self.each(name, action)
            case "Terminate":
                given = evaluate(action["inputs"], self.world)
                self.run.status, self.run.error = given["runStatus"], given.get("runError", {})
                raise _Ended
            case other:
                raise AssertionError(f"{name} is of the type {other}, which these definitions may not use")
        return "Succeeded"

    def items(self, action: Mapping[str, Any]) -> Iterator[Any]:
        """What a Select makes of each item, or those items that a Query keeps."""
        for item in evaluate(action["inputs"]["from"], self.world):
            self.world.item = item
            if action["type"] == "Select":
                yield evaluate(action["inputs"]["select"], self.world)
            elif evaluate(action["inputs"]["where"], self.world):
                yield item

    def each(self, name: str, action: Mapping[str, Any]) -> str:
        assert action["runtimeConfiguration"]["concurrency"]["repetitions"] == 1
        came_to = []
        for item in evaluate(action["foreach"], self.world):
            self.world.items[name] = item
            came_to.append(self.actions(action["actions"]))
        return "Failed" if "Failed" in came_to else "Succeeded"

    def variables(self, name: str, action: Mapping[str, Any]) -> None:
        inputs, held = action["inputs"], self.world.variables
        if action["type"] == "InitializeVariable":
            for given in inputs["variables"]:
                held[given["name"]] = evaluate(given["value"], self.world)
            return
        of, value = inputs["name"], evaluate(inputs["value"], self.world)
        if of not in held:
            raise AssertionError(f"{name} sets the variable {of}, which is not declared")
        if action["type"] == "SetVariable" and f"variables('{of}')" in str(inputs["value"]):
            raise AssertionError(f"{name} makes {of} of itself, which Logic Apps refuses")
        if action["type"] != "SetVariable":
            value = held[of] + value
        if type(value) is not type(held[of]):
            raise AssertionError(f"{name} gives {of} the value {value!r}, and it held {held[of]!r}")
        held[of] = value

    def http(self, name: str, action: Mapping[str, Any]) -> str:
        inputs = evaluate(action["inputs"], self.world)
        host, _, rest = inputs["uri"].removeprefix("https://").partition("/")
        audience = inputs["authentication"]["audience"]
        if host.endswith(".monitoring.azure.com"):  # where numbers are published, which has no versions
            assert ("https://monitoring.azure.com/", "?" in rest) == (audience, False), inputs["uri"]
            rest += "?api-version="
        else:
            assert ("management.azure.com", "https://management.azure.com/") == (host, audience), inputs["uri"]
        path, _, query = rest.partition("?")
        assert " " not in query, query
        asked = {key: unquote(value) for key, _, value in (part.partition("=") for part in query.split("&"))}
        request = Request(
            inputs["method"],
            f"/{path}",
            asked.pop("api-version"),
            inputs.get("body"),
            inputs["authentication"]["identity"],
            asked,
        )
        self.run.requests.append(request)
        status, body = self.cloud(request)
        self.world.bodies[name] = body
        self.world.outputs[name] = {"statusCode": status, "body": body}
        if status < 400:
            return "Succeeded"
        self.failure = {"code": "ActionFailed", "message": f"{name}: {status} {body}"}
        return "Failed"

    def until(self, action: Mapping[str, Any]) -> str:
        """A turn that fails is no end: the loop is over by its expression, its count or its time alone."""
        started = self.world.clock.now
        timeout = int(action["limit"]["timeout"].removeprefix("PT").removesuffix("S"))
        came_to = "Succeeded"
        for _ in range(action["limit"]["count"]):
            came_to = self.actions(action["actions"])
            if evaluate(action["expression"], self.world):
                break
            if (self.world.clock.now - started).total_seconds() > timeout:
                break
        return came_to

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
    clock: Clock | None = None,
    own: str = "",
) -> Run:
    """
    Start a workflow and see it through.

    Args:
        definition: As the resource gets it.
        parameters: As the resource gets them.
        start: Body of the request; one that does not fit the trigger's schema starts nothing. None: by the clock.
        cloud: Answers a request with status and body.
        clock: The time, which goes on; it begins anew where none is given.
        own: ARM id of the workflow itself.

    Raises:
        jsonschema.ValidationError: The body does not fit.
        BadExpression: An expression is wrong, or fails.
    """
    triggers = definition["triggers"]
    name = "manual" if "manual" in triggers and start is not None else next(n for n in triggers if n != "manual")
    trigger = triggers[name]
    if name == "manual":
        assert trigger["operationOptions"] == "EnableSchemaValidation"
        jsonschema.validate(start, trigger["inputs"]["schema"], cls=jsonschema.Draft4Validator)
    else:
        assert ("Recurrence", False) == (trigger["type"], bool(start)), "a recurrence starts with nothing"
    values = {name: parameters[name]["value"] for name in definition["parameters"]}
    clock = clock or Clock()
    result = Run()
    itself = {"id": own, "name": own.rpartition("/")[2], "run": {"name": THIS_RUN}}
    world = Environment(values, start, clock, workflow=itself)
    machine = _Machine(world, lambda request: cloud(request, clock), result)
    began = clock.now
    with suppress(_Ended):
        if machine.actions(definition["actions"]) == "Failed":
            result.status, result.error = "Failed", machine.failure
    result.outputs = world.outputs
    result.seconds = (clock.now - began).total_seconds()
    return result
