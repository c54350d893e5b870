"""Runs definitions of Google Cloud Workflows: the part of the language that we use, strictly, on a clock of its own."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.truth.gcp_expression import Raised, check, evaluate, is_expression

__all__ = ["Engine", "Reply", "check_source"]

EXECUTION = "c4dffd1f-13db-46a0-8a4a-ee39c144cb96"
KINDS = {  # what a step is, and what else may stand in it
    "assign": {"next"},
    "call": {"args", "result", "next"},
    "for": set(),
    "raise": set(),
    "return": set(),
    "switch": {"next"},
    "try": {"retry", "except"},
}
LOG = {"text", "json", "severity", "data"}
BRANCH = {"condition", "next", "steps", "return", "raise"}
HTTP = {"url", "headers", "body", "query", "auth", "timeout"}
VERBS = {"http.get": "GET", "http.post": "POST", "http.patch": "PATCH", "http.put": "PUT", "http.delete": "DELETE"}
AGAIN = {  # codes that a retry policy tries again; 5 times in all
    "${http.default_retry}": {429, 502, 503, 504},
    "${http.default_retry_non_idempotent}": {429, 503},
}
RESERVED = {"end", "continue", "break"}


@dataclass(frozen=True)
class Reply:
    """Answer of an API: its code and its body."""

    code: int
    body: Any


class _Return(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


class _Jump(Exception):
    def __init__(self, target: str) -> None:
        self.target = target


class _Scope:
    """Variables; those first set in a loop or an `except` are gone after it."""

    def __init__(self, values: dict[str, Any], outer: _Scope | None = None) -> None:
        self.values, self.outer = values, outer

    def home(self, name: str) -> _Scope | None:
        return self if name in self.values else self.outer and self.outer.home(name)

    def get(self, name: str) -> Any:
        home = self.home(name)
        assert home is not None, f"variable {name} is not set"
        return home.values[name]

    def set(self, path: str, value: Any, index: Callable[[str], Any]) -> None:
        name, *keys = re.findall(r"\w+|\[[^\]]+\]", path)
        home = self.home(name) or self
        if not keys:
            home.values[name] = copy.deepcopy(value)
            return
        target = home.values[name]
        steps = [index("${" + key[1:-1] + "}") if key.startswith("[") else key for key in keys]
        for key in steps[:-1]:
            target = target[key]
        target[steps[-1]] = copy.deepcopy(value)


@dataclass
class Engine:
    """
    One execution.

    Attributes:
        http: Answers the calls: verb, URL, query, body.
        now: Seconds on the clock; sleeping moves it.
        steps: How many were executed; an execution of Workflows may have 100,000.
        log: What was logged.
        execution: Its id.
    """

    http: Callable[[str, str, Mapping[str, Any], Any], Reply]
    now: float = 0
    steps: int = 0
    log: list[Any] = field(default_factory=list)
    execution: str = EXECUTION
    routines: Mapping[str, Any] = field(default_factory=dict)

    def run(self, source: str, start: Any = None) -> Any:
        """Execute `main`; what it raises is `Raised`."""
        check_source(source)
        self.routines = json.loads(source)
        return self._routine("main", {self.routines["main"]["params"][0]: copy.deepcopy(start)})

    def _routine(self, name: str, arguments: dict[str, Any]) -> Any:
        routine = self.routines[name]
        assert set(arguments) == set(routine.get("params", [])), f"{name} takes {routine.get('params')}"
        try:
            self._list(routine["steps"], _Scope(dict(arguments)))
        except _Return as done:
            return done.value
        except _Jump as jump:
            if jump.target != "end":
                raise LookupError(f"{name} has no step {jump.target}") from jump
        return None

    def _list(self, steps: list[dict[str, Any]], scope: _Scope) -> None:
        names, at = [next(iter(step)) for step in steps], 0
        while at < len(steps):
            self.steps += 1
            try:
                self._step(steps[at][names[at]], scope)
                at += 1
            except _Jump as jump:
                if jump.target not in names:
                    raise
                at = names.index(jump.target)

    def _step(self, step: dict[str, Any], scope: _Scope) -> None:
        kind = next(k for k in KINDS if k in step)
        getattr(self, f"_{kind}")(step, scope)
        if "next" in step:
            raise _Jump(step["next"])

    def _assign(self, step: dict[str, Any], scope: _Scope) -> None:
        for assignment in step["assign"]:
            ((path, value),) = assignment.items()
            scope.set(path, self._value(value, scope), lambda text: self._value(text, scope))

    def _return(self, step: dict[str, Any], scope: _Scope) -> None:
        raise _Return(self._value(step["return"], scope))

    def _raise(self, step: dict[str, Any], scope: _Scope) -> None:
        raise Raised(self._value(step["raise"], scope))

    def _switch(self, step: dict[str, Any], scope: _Scope) -> None:
        for branch in step["switch"]:
            holds = self._value(branch["condition"], scope)
            assert isinstance(holds, bool), f"{branch['condition']} is {holds!r}"
            if holds:
                for kind in ("return", "raise"):
                    if kind in branch:
                        getattr(self, f"_{kind}")(branch, scope)
                self._list(branch.get("steps", []), scope)
                if "next" in branch:
                    raise _Jump(branch["next"])
                return

    def _for(self, step: dict[str, Any], scope: _Scope) -> None:
        loop = step["for"]
        for value in self._value(loop["in"], scope):
            try:
                self._list(loop["steps"], _Scope({loop["value"]: value}, scope))
            except _Jump as jump:
                if jump.target == "break":
                    return
                if jump.target != "continue":
                    raise

    def _try(self, step: dict[str, Any], scope: _Scope) -> None:
        codes, left = AGAIN.get(step.get("retry", ""), set()), 5
        while True:
            try:
                if "steps" in step["try"]:
                    self._list(step["try"]["steps"], scope)
                else:
                    self._step(step["try"], scope)
            except Raised as error:
                code = error.value.get("code") if isinstance(error.value, dict) else None
                if code in codes and left:
                    left -= 1
                    self.now += 1
                    continue
                if "except" not in step:
                    raise
                handler = step["except"]
                self._list(handler["steps"], _Scope({handler["as"]: error.value}, scope))
            return

    def _call(self, step: dict[str, Any], scope: _Scope) -> None:
        what, args = step["call"], self._value(step.get("args", {}), scope)
        if what == "sys.sleep":
            assert 0 < args["seconds"] <= 31_536_000
            self.now += args["seconds"]
            answer = None
        elif what == "sys.log":
            assert set(args) <= LOG, args
            answer = self.log.append(args.get("json", args.get("text")))
        elif what in VERBS:
            answer = self._http(VERBS[what], args)
        else:
            answer = self._routine(what, args)
        if "result" in step:
            scope.set(step["result"], answer, str)

    def _http(self, verb: str, args: dict[str, Any]) -> dict[str, Any]:
        assert set(args) <= HTTP, f"http takes {HTTP}; got {set(args)}"
        foreign = re.match(r"https?://(?![a-z0-9.-]+\.googleapis\.com/)", args["url"]) is not None
        wanted = None if foreign else {"type": "OAuth2"}
        assert args.get("auth") == wanted, "APIs of Google Cloud want an OAuth2 token, and nobody else is to have one"
        reply = self.http(verb, args["url"], args.get("query", {}), args.get("body"))
        if reply.code >= 400:
            message = f"HTTP server responded with error code {reply.code}"
            raise Raised({"code": reply.code, "body": reply.body, "message": message, "tags": ["HttpError"]})
        return {"code": reply.code, "body": copy.deepcopy(reply.body), "headers": {}}

    def _value(self, value: Any, scope: _Scope) -> Any:
        if isinstance(value, dict):
            return {key: self._value(inner, scope) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(inner, scope) for inner in value]
        if not is_expression(value):
            return value
        system = {"sys.now": lambda: float(self.now), "sys.get_env": lambda _name: self.execution}
        return evaluate(value, scope.get, system)  # copied where it is assigned


def check_source(source: str) -> None:
    """Hold a definition against the language without running it."""
    routines = json.loads(source)
    assert "main" in routines
    for name, routine in routines.items():
        assert set(routine) <= {"params", "steps"}, name
        names: list[str] = []
        _check_list(routine["steps"], frozenset(routines), names, ())
        assert len(set(names)) == len(names), (
            f"{name}: two steps are called {sorted(n for n in names if names.count(n) > 1)}"
        )


def _check_list(
    steps: list[dict[str, Any]], routines: frozenset[str], names: list[str], reachable: tuple[str, ...]
) -> None:
    here = (*reachable, *(name for step in steps for name in step))
    for step in steps:
        ((name, body),) = step.items()
        assert name not in RESERVED, name
        names.append(name)
        _check_step(name, body, routines, names, here)


def _check_step(
    name: str, body: dict[str, Any], routines: frozenset[str], names: list[str], here: tuple[str, ...]
) -> None:
    kinds = [kind for kind in KINDS if kind in body]
    assert len(kinds) == 1, f"{name} is {kinds}"
    assert set(body) - {kinds[0]} <= KINDS[kinds[0]], f"{name}: {set(body)}"
    answers = [branch["return"] for branch in (body, *body.get("switch", [])) if "return" in branch]
    assert None not in answers, f"{name}: a return of nothing is ${{null}}, or it reads as no return at all"
    _check_next(name, body, here)
    _check_values({k: v for k, v in body.items() if k not in ("switch", "for", "try", "except", "retry")})
    if "call" in body:
        assert body["call"] in routines or body["call"] in {*VERBS, "sys.sleep", "sys.log"}, body["call"]
    for branch in body.get("switch", []):
        assert set(branch) <= BRANCH, f"{name}: {set(branch)}"
        assert is_expression(branch["condition"]), f"{name}: {branch['condition']}"
        _check_next(name, branch, here)
        _check_values({k: v for k, v in branch.items() if k != "steps"})
        _check_list(branch.get("steps", []), routines, names, here)
    if "for" in body:
        assert set(body["for"]) == {"value", "in", "steps"}, name
        _check_values(body["for"]["in"])
        _check_list(body["for"]["steps"], routines, names, ("continue", "break"))
    if "try" in body:
        if "steps" in body["try"]:
            assert set(body["try"]) == {"steps"}, name
            _check_list(body["try"]["steps"], routines, names, here)
        else:
            assert "call" in body["try"], f"{name}: a try is of one call, or of steps"
            _check_step(name, body["try"], routines, [], here)
        assert body.get("retry") in (None, *AGAIN), name
        if "except" in body:
            assert set(body["except"]) == {"as", "steps"}, name
            _check_list(body["except"]["steps"], routines, names, here)


def _check_next(name: str, body: dict[str, Any], here: tuple[str, ...]) -> None:
    assert body.get("next", "end") in {*here, "end"}, f"{name}: no step {body.get('next')} here"


def _check_values(value: Any) -> None:
    if isinstance(value, dict):
        for inner in value.values():
            _check_values(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_values(inner)
    elif is_expression(value):
        check(value)
