"""Runs the tool as a person does: in a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.forked import Forks

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(name="folder")
def _folder(tmp_path) -> Path:
    """A folder with the example blueprints in it."""
    for path in (ROOT / "blueprints").glob("*.yaml"):
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.fixture(name="forks", scope="session")
def _forks() -> Iterator[Forks]:
    forks = Forks()
    yield forks
    forks.close()


@pytest.fixture(name="groundplan")
def _groundplan(folder, forks, tmp_path_factory):
    """`groundplan("plan", "minimal.yaml")` in that folder; no traceback may ever come out."""
    said = tmp_path_factory.mktemp("said")

    def run(*words: str, **environment: str) -> Ran:
        if environment:  # the interpreter is to start with it
            ran = _started(words, folder, environment)
        else:
            out, err = said / "out", said / "err"
            code = forks.run(words, folder, out, err)
            ran = Ran(code, out.read_text("utf-8"), err.read_text("utf-8"))
        assert "Traceback" not in ran.err, ran.err
        return ran

    return run


def _started(words: tuple[str, ...], folder: Path, environment: dict[str, str]) -> Ran:
    done = subprocess.run(
        [sys.executable, "-m", "groundplan", *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "120", "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
