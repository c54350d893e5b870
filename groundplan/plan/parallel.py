"""Several plans at the same time, a process each: what they share is loaded once and inherited."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from typing import Any, TypeVar

__all__ = ["side_by_side"]

T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Look for garbage seldom: an SDK's classes live to the end, and looking at them is a third of a plan's time."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _child(do: Callable[[Any], Any], item: Any, result: Connection, answer: Connection) -> None:
    """Send the item's result; on an error, end without a word: the parent meets it too, where it can be told."""
    result.close()  # the parent's alone: when it is gone, there is nobody to send to, and the child ends
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it, and is the parent's to speak of
    gc.disable()  # it ends with its result
    try:
        answer.send(do(item))
    except Exception:  # noqa: BLE001
        sys.exit(1)


def _started(do: Callable[[T], Any], item: T) -> tuple[ForkProcess, Connection]:
    """A child that works on the item, and where its result will come from."""
    fork = multiprocessing.get_context("fork")
    result, answer = fork.Pipe(duplex=False)
    child = fork.Process(target=_child, args=(do, item, result, answer), daemon=True)
    child.start()
    answer.close()  # so that a child that dies is the end of its results
    return child, result


def _result(of: Connection, do: Callable[[T], R], item: T) -> R:
    """What the item's child made of it, or this process where the child made nothing."""
    try:
        return of.recv()
    except EOFError:
        return do(item)


def _can_fork() -> bool:
    """Whether children pay: elsewhere than on Linux a fork is unsafe, and a new interpreter costs what it saves."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1 and threading.active_count() == 1


def side_by_side(do: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """
    Do something with each item, at the same time where the machine can, and give the results in their order.

    Args:
        do: Touches nothing outside its item, and raises what it raises each time: an item whose process ends
            without a result is done again in this one.
        items: One to a process; they are inherited, the results are sent back.

    Raises:
        Exception: What `do` raises, of the first item in order that makes it.
    """
    with _seldom_collecting():
        if len(items) < 2 or not _can_fork():
            return [do(item) for item in items]
        children: list[tuple[ForkProcess, Connection]] = []
        try:
            for item in items:
                children.append(_started(do, item))  # noqa: PERF401 - those begun are ended where one can't be
            return [_result(result, do, item) for (_, result), item in zip(children, items, strict=True)]
        finally:
            for child, result in children:
                child.terminate()
                child.join()
                result.close()
