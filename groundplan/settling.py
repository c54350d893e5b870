"""How a program ends whose resources are many: it waits for all its outputs at once, and looks for no garbage."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from pulumi.runtime.settings import SETTINGS

__all__ = ["kept", "settled", "uncollected"]


async def settled() -> None:
    """
    Wait for the outputs of the program that runs, or the first that fails.

    The SDK would wait for them after this, one by one, and set up the wait for all of them again each time:
    of a thousand resources, that takes longer than all the rest.
    """
    outputs = cast("set[asyncio.Task[Any]]", cast("Any", SETTINGS).outputs)  # bound by a decorator that has no types
    while outputs:
        waiting = set(outputs)
        _, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_EXCEPTION)
        if left or any(task.cancelled() or task.exception() for task in waiting):
            return  # the SDK tells what failed
        outputs -= waiting


@contextmanager
def uncollected() -> Iterator[None]:
    """
    Spare looking for garbage while a program runs: almost all that it makes lives until it ends.

    Of a thousand resources, the looking takes longer than all the rest, and finds 30 MiB.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def kept() -> Iterator[None]:
    """
    Spare looking at what a program has made until what it was made for is over: it lives as long.

    Call `gc.freeze` within, once it is made. Else the first look after the program falls into a call of the engine,
    which waits for it: of three hundred resources, a tenth of a second.
    """
    try:
        yield
    finally:
        gc.unfreeze()
