"""Runs the tool as a person does: in a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

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


@pytest.fixture(name="groundplan")
def _groundplan(folder):
    """`groundplan("plan", "minimal.yaml")` in that folder; no traceback may ever come out."""

    def run(*words: str, **environment: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "groundplan", *words],
            cwd=folder,
            env={**os.environ, "COLUMNS": "120", "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    return run
