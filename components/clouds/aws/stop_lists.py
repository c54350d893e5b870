"""Pieces of the hard stop: one kind of thing of the stack is listed, page by page, and each of them is stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from components.clouds.aws.release_means import call
from components.clouds.aws.states import State, expr, literal, read_again

__all__ = ["MOST", "Kind", "Listed", "act", "failed", "gather", "starts_with"]

MOST = 250
"""
Of a kind in one look; the next one stops the rest.

An execution has 25,000 events, and a thing that is stopped takes up to twelve of them.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""
ENDED = "/in (status|state) .?(Stopping|Stopped|Completed|Failed)/i"
"""What SageMaker says of a job that needs no stop any more."""
WHY = "$states.errorOutput.Error & ': ' & $states.errorOutput.Cause"


def failed(label: str, *, unless: str = "") -> str:
    """
    Expression of `failed` with what could not be stopped and why.

    Args:
        label: Expression of what it is.
        unless: Regular expression of causes that are no failure.
    """
    more = f"[$append($failed, {label} & ' (' & {WHY} & ')')]"
    return expr(f"$contains($states.errorOutput.Cause, {unless}) ? [$failed] : {more}" if unless else more)


def starts_with(name: str, start: str) -> str:
    """Expression: whether a name is one of the stack's."""
    return f"$substring({name}, 0, {len(start)}) = {literal(start)}"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """
    Things of one kind, and how they are listed.

    Attributes:
        name: How its states' names begin.
        what: What people call one.
        service: As Step Functions calls it.
        prefix: How the names of the service's errors begin.
        lists: Action that lists them.
        asked: Arguments of that; `and_asked` is an expression of others.
        picks: Expression of those that are meant, from `$states.result`; there may be none.
        more: Expression: whether there is a further page.
        turn, skip: What is assigned besides when a page was read, or could not be.
    """

    name: str
    what: str
    service: str
    prefix: str
    lists: str
    asked: dict[str, Any]
    picks: str
    and_asked: str = "{}"
    more: str = "$token != ''"
    turn: dict[str, Any] = field(default_factory=dict)
    skip: dict[str, Any] = field(default_factory=dict)

    @property
    def found(self) -> str:
        """Variable that holds them."""
        return f"{self.name[0].lower()}{self.name[1:]}Found"

    @property
    def number(self) -> str:
        """Variable that counts them."""
        return f"{self.found}At"

    @property
    def begin(self) -> dict[str, Any]:
        """What its variables are at first."""
        return {self.found: [], self.number: 0}


@dataclass(frozen=True, kw_only=True)
class Kind(Listed):
    """
    Things that are stopped.

    Attributes:
        stops: Action that stops one.
        sent: Expression of its arguments, from `$it`, or from `$thing` where it is read first.
        label: Expression of what it is called, from `$it`.
        reads: Expression of the arguments of `read`, from `$it`; empty where there is no need to.
        read: Action that reads the whole of it.
    """

    stops: str
    sent: str
    label: str = "$it"
    read: str = ""
    reads: str = ""

    @property
    def it(self) -> str:
        """Begin of an expression in brackets that speaks of the one whose turn it is."""
        return f"($it := ${self.found}[${self.number}]; "

    @property
    def onward(self) -> dict[str, Any]:
        """Assigns that the next one has its turn."""
        return {self.number: expr(f"${self.number} + 1")}


def gather(kind: Listed, following: str) -> dict[str, State]:
    """`<Name>List` and `<Name>More`: all pages, so that none is missed as those of the first one stop."""
    page = "$token = '' ? {} : {'NextToken': $token}"
    label = f"'the list of each {kind.what}'"
    return {
        f"{kind.name}List": call(
            kind.service,
            kind.lists,
            expr(f"$merge([{literal(kind.asked)}, {kind.and_asked}, {page}])"),
            f"{kind.name}More",
            Assign={
                kind.found: expr(f"[$append(${kind.found}, {kind.picks})]"),
                "token": expr("$states.result.NextToken ? $states.result.NextToken : ''"),
                **kind.turn,
            },
            Retry=read_again(kind.prefix),
            Catch=[
                {
                    "ErrorEquals": ["States.ALL"],
                    "Assign": {"failed": failed(label), "token": "", **kind.skip},
                    "Next": f"{kind.name}More",
                }
            ],
        ),
        f"{kind.name}More": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(kind.more), "Next": f"{kind.name}List"}],
            "Default": following,
        },
    }


def act(kind: Kind, following: str) -> dict[str, State]:
    """`<Name>Each`, and what stops one; what can't be stopped holds up nothing."""
    each, stop, rest = (f"{kind.name}{what}" for what in ("Each", "Stop", "Rest"))
    label = f"{kind.it}'{kind.what} ' & {kind.label})"
    skip = {
        "ErrorEquals": ["States.ALL"],
        "Assign": {**kind.onward, "failed": failed(label, unless=ENDED)},
        "Next": each,
    }
    states: dict[str, State] = {
        each: {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": expr(f"${kind.number} < $count(${kind.found}) and ${kind.number} < {MOST}"),
                    "Next": f"{kind.name}Read" if kind.read else stop,
                },
                {"Condition": expr(f"$count(${kind.found}) > {MOST}"), "Next": rest},
            ],
            "Default": following,
        },
        rest: {
            "Type": "Pass",
            "Assign": {"failed": expr(f"[$append($failed, 'each {kind.what} beyond the first {MOST}')]")},
            "Next": following,
        },
        stop: call(
            kind.service,
            kind.stops,
            expr(f"{kind.it}{kind.sent})"),
            each,
            Assign={**kind.onward, "stopped": expr(f"[$append($stopped, {label})]")},
            Catch=[skip],
        ),
    }
    if kind.read:
        states[f"{kind.name}Read"] = call(
            kind.service,
            kind.read,
            expr(f"{kind.it}{kind.reads})"),
            stop,
            Assign={"thing": expr("$states.result")},
            Retry=read_again(kind.prefix),
            Catch=[skip],
        )
    return states
