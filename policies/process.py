"""A pack as the process that the engine starts."""

from __future__ import annotations

import gc
from importlib import import_module
from pathlib import Path

__all__ = ["run"]


def run(name: str, *packs: str, root: Path = Path(__file__).parent.parent) -> None:
    """
    Serve rules until the engine ends the process; the engine waits for its start before it runs a program.

    Args:
        name: Of the pack.
        packs: Folders of its rules; all where none is named.
        root: Folder of the project, that the path of the stack's blueprint is relative to.
    """
    gc.disable()  # what is loaded stays: to look for garbage in it takes a tenth of the start; `serve` enables it again
    listening, pack = import_module("policies.listening"), import_module("policies.pack")
    listening.serve(name, pack.rules(*packs), root)
