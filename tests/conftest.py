"""Options and facts that all tests share."""

import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.shipped import PLANS

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`, which writes the golden files anew instead of comparing."""
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew")


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of plans that all processes of the run share; those that others start inherit it."""
    gc.set_threshold(200_000, 50, 100)  # the SDKs' classes live to the end; looking at them is a sixth of the time
    if not hasattr(config, "workerinput"):
        os.environ[PLANS] = tempfile.mkdtemp(prefix="groundplan-plans-")


def pytest_collection_finish() -> None:
    """Look no more at what lives to the end: all modules are loaded."""
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(PLANS))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def examples() -> list[Path]:
    """The example blueprints that we ship."""
    return sorted((ROOT / "blueprints").glob("*.yaml"))
