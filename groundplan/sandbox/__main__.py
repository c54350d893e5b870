"""Serves emulated clouds until interrupted, for a `pulumi` command in another terminal."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from groundplan.sandbox.attach import PLACES, Sandbox, UnknownCloud

__all__ = ["serve"]


def serve(
    world: Annotated[Path, typer.Option(help="Folder that keeps the emulated clouds' memory")],
    clouds: Annotated[str, typer.Option(help="Which clouds, separated by commas")] = ",".join(PLACES),
) -> None:
    """Serve emulated clouds, and print the line that makes Pulumi use them."""
    try:
        sandbox = Sandbox(world, [cloud.strip() for cloud in clouds.split(",")])
    except UnknownCloud as error:
        raise typer.BadParameter(str(error)) from None
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with sandbox:
        for name, value in sandbox.env.items():
            typer.echo(f"export {name}={value}")
        done.wait()


if __name__ == "__main__":
    typer.run(serve)
