"""Several plans at the same time, a process each: what they share is loaded once and inherited."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

from blueprints import BlueprintError, Problem

__all__ = ["side_by_side"]

T = TypeVar("T")
R = TypeVar("R")

# Work for the children, which inherit it: a blueprint need not be sent to where it already is.
_WORK: dict[str, Any] = {}


def _ignore_interrupt() -> None:
    """Ctrl-C is the parent's to answer; the children end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _nth(index: int) -> tuple[Any, tuple[Problem, ...]]:
    """The result of the nth item, or the problems of its blueprint, which cross processes where errors don't."""
    try:
        return _WORK["do"](_WORK["items"][index]), ()
    except BlueprintError as error:
        return None, error.problems


def side_by_side(do: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """
    Do something with each item, at the same time where the machine can, and give the results in their order.

    Args:
        do: Touches nothing outside its item.
        items: One to a process; they are inherited, the results are sent back.

    Raises:
        BlueprintError: Of the first item that has one.
    """
    if len(items) < 2 or (os.cpu_count() or 1) < 2 or sys.platform != "linux":
        return [do(item) for item in items]  # elsewhere a fork is not safe, and a new interpreter costs what it saves
    _WORK.update(do=do, items=items)
    fork = multiprocessing.get_context("fork")
    workers = min(len(items), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=fork, initializer=_ignore_interrupt) as pool:
        outcomes = list(pool.map(_nth, range(len(items))))
    _WORK.clear()
    for _, problems in outcomes:
        if problems:
            raise BlueprintError(problems)
    return [result for result, _ in outcomes]
