"""What the engine's tests share: the CLI, found once, and a sandbox of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from groundplan.engine.cli import Engine, resolve
from groundplan.engine.environment import RunEnvironment, sandbox_environment
from groundplan.engine.shims import ensure_language_host
from tests.engine.slow_cloud import SlowCloud


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The real Pulumi CLI, with a Python language host."""
    return ensure_language_host(resolve(print))


@pytest.fixture
def sandbox(engine: Engine, tmp_path: Path) -> RunEnvironment:
    """An environment with no providers, whose state is gone after the test."""
    return sandbox_environment(engine, tmp_path / "sandbox", providers="")


@pytest.fixture
def slow_cloud() -> Iterator[SlowCloud]:
    """A provider whose creations end when the test says so."""
    cloud = SlowCloud()
    yield cloud
    cloud.stop()
