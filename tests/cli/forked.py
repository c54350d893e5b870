"""
Commands of the tool, each in a process of its own that is forked from one which has the modules loaded already.

To load them takes longer than most commands, and is the same each time.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from blueprints import load
from components.base import Cloud
from groundplan.cli.app import main
from groundplan.plan import document, lazy_sdk
from groundplan.target import Target, offline_place

__all__ = ["Forks"]

ROOT = Path(__file__).parents[2]


class Forks:
    """The process that is forked; it lives until `close`."""

    def __init__(self) -> None:
        environment = {**os.environ, "COLUMNS": "120", "PYTHONPATH": str(ROOT)}
        self._parent = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, words: tuple[str, ...], folder: Path, out: Path, err: Path) -> int:
        """The exit code of a command in the folder; what it says goes to the files."""
        assert self._parent.stdin
        assert self._parent.stdout
        asked = {"words": words, "folder": str(folder), "out": str(out), "err": str(err)}
        self._parent.stdin.write(json.dumps(asked) + "\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._parent.communicate()


def _load() -> None:
    """What every plan loads: the clouds' components, and of the SDKs what a small stack has."""
    lazy_sdk.install()
    source = load(ROOT / "blueprints" / "minimal.yaml")
    for cloud in Cloud:
        document.plan(Target(source, source.resolve("dev", cloud), "dev", cloud, offline_place(cloud, []), "2026-11"))


def _child(asked: dict[str, Any]) -> NoReturn:
    code = 1
    try:
        os.chdir(asked["folder"])
        for number, name in ((1, asked["out"]), (2, asked["err"])):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.argv = ["groundplan", *asked["words"]]
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:  # noqa: BLE001 - as the interpreter would tell it
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _serve() -> None:
    _load()
    gc.freeze()  # no child looks at, and so copies, what it inherits
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _child(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
