"""Lists of Azure Resource Manager page by page, and calls of which one that fails does not keep back the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.clouds.azure.place import ARM
from components.clouds.azure.watch import EVER
from components.clouds.azure.workflow import (
    EMPTY,
    NOTHING,
    Actions,
    after,
    append,
    choose,
    chosen,
    each,
    http,
    increment,
    set_to,
    until,
)

__all__ = ["FOUND", "GATHERED", "NEXT", "TROUBLE", "attempt", "gathered", "pages", "status", "trouble"]

NEXT, GATHERED, FOUND, TROUBLE = "next", "gathered", "found", "trouble"
"""
Variables: the page that is read next; what was found on pages, as JSON with a comma before each; how many calls did
something; what could not be done, in words.
"""

PAGES_SECONDS = 6 * 3600
NOT_DONE = ("Failed", "TimedOut", "Skipped")


def status(call: str) -> str:
    """Expression of the HTTP status that a call came to; 500 where there was no answer."""
    return f"coalesce(outputs('{call}')?['statusCode'], 500)"


def trouble(what: str, run_after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The action that notes what could not be done, by an expression of it."""
    return append(TROUBLE, f"@concat({what}, '; ')", run_after)


def pages(
    prefix: str,
    first: str,
    where: str,
    actions: Actions,
    identity: str,
    what: str,
    run_after: Mapping[str, Any] | None = None,
) -> Actions:
    """
    Do something for each item of a list that has pages; the last action is `prefix`, and never fails.

    Args:
        prefix: What its actions' names begin with; the item is `items('<prefix>_each')`.
        first: Expression of the path and query of the first page.
        where: Expression of `item()`, which holds for the items that are meant.
        actions: What is done for an item.
        identity: Who asks.
        what: Expression of what is read, for the words of a failure.
        run_after: As of `after`.
    """
    page, some, one = f"{prefix}_page", f"{prefix}_some", f"{prefix}_each"
    # a page names the next one by its whole address; the token goes to no other host
    link = f"replace(coalesce(body('{page}')?['nextLink'], ''), '{ARM}', '')"
    turn: Actions = {
        page: http("GET", f"variables('{NEXT}')", identity),
        some: chosen(f"coalesce(body('{page}')?['value'], {EMPTY})", where, after(page)),
        one: each(f"body('{some}')", actions, after(some)),
        f"{prefix}_unread": trouble(what, after(one, status=NOT_DONE)),
        f"{prefix}_next": set_to(
            NEXT, f"@{link}", {**after(one, status=EVER), **after(f"{prefix}_unread", status=EVER)}
        ),
    }
    return {
        f"{prefix}_first": set_to(NEXT, f"@{first}", run_after),
        prefix: until(f"equals(variables('{NEXT}'), '')", turn, PAGES_SECONDS, after(f"{prefix}_first")),
    }


def gathered(
    prefix: str,
    first: str,
    where: str,
    kept: Sequence[str],
    actions: Actions,
    identity: str,
    what: str,
    run_after: Mapping[str, Any] | None = None,
) -> Actions:
    """
    The same for a list that what is done takes items from: it is read to its end first; the last action is `prefix`.

    Args:
        prefix: What its actions' names begin with; what is kept of an item is `items('<prefix>')`.
        first, where, actions, identity, what, run_after: As of `pages`.
        kept: Properties that are kept of an item.
    """
    listed = f"{prefix}_list"
    some = NOTHING
    for key in kept:
        some = f"setProperty({some}, '{key}', items('{listed}_each')?['{key}'])"
    return {
        f"{prefix}_none": set_to(GATHERED, "", run_after),
        **pages(
            listed,
            first,
            where,
            {f"{prefix}_kept": append(GATHERED, f"@concat(',', string({some}))")},
            identity,
            what,
            after(f"{prefix}_none"),
        ),
        prefix: each(f"skip(json(concat('[null', variables('{GATHERED}'), ']')), 1)", actions, after(listed)),
    }


def attempt(
    name: str, call: dict[str, Any], what: str, *, then: Actions | None = None, otherwise: Actions | None = None
) -> Actions:
    """
    A call that may fail: it is counted, or noted; the last action is `<name>_came`.

    Args:
        name: Of the call.
        call: The action.
        what: Expression of what it is about.
        then: What is done besides where it went well.
        otherwise: What is done where it failed, in place of the note.
    """
    refused: Actions = {f"{name}_refused": trouble(f"{what}, ' (', string({status(name)}), ')'")}
    return {
        name: call,
        f"{name}_came": choose(
            {"equals": [f"@less({status(name)}, 400)", True]},
            {f"{name}_counted": increment(FOUND), **(then or {})},
            refused if otherwise is None else otherwise,
            after(name, status=EVER),
        ),
    }
