"""A CLI without a Python language host gets ours; one with the official host is left alone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from groundplan.engine.cli import Engine
from groundplan.engine.shims import ensure_language_host


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A CLI that is alone in its folder, and on PATH."""
    binary = tmp_path / "bin" / "pulumi"
    binary.parent.mkdir()
    binary.write_text("#!/bin/sh\necho v3.250.0\n")
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", str(binary.parent))
    monkeypatch.setenv("GROUNDPLAN_CACHE", str(tmp_path / "cache"))
    return Engine(binary, "3.250.0", "path")


def official(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    host = folder / "pulumi-language-python"
    host.write_text("#!/bin/sh\n")
    host.chmod(0o755)


def test_a_bare_cli_gets_a_folder_with_both_hosts(bare: Engine):
    """The same CLI beside executable hosts, outside the user's own folder."""
    engine = ensure_language_host(bare)

    assert engine.path.samefile(bare.path)
    assert bare.bin_dir != engine.bin_dir
    for name in ("pulumi-language-python", "pulumi-analyzer-policy-python"):
        assert os.access(engine.bin_dir / name, os.X_OK)
    assert ["pulumi"] == [file.name for file in bare.bin_dir.iterdir()]


def test_the_cli_beside_the_hosts_is_no_symbolic_link(bare: Engine):
    """Through one the CLI would look for its hosts elsewhere, and warn at each run."""
    assert not ensure_language_host(bare).path.is_symlink()


def test_the_host_starts_from_any_folder(bare: Engine, tmp_path: Path):
    """Also from one with a `groundplan` of its own, and without our environment's PYTHONPATH."""
    (tmp_path / "groundplan").mkdir()
    (tmp_path / "groundplan" / "__init__.py").write_text("raise SystemExit('the wrong one')")

    host = ensure_language_host(bare).bin_dir / "pulumi-language-python"
    said = subprocess.check_output([host, "--version"], cwd=tmp_path, text=True)

    assert said.startswith("3.")


def test_a_second_time_changes_nothing(bare: Engine):
    """A language host that runs is not pulled from under an engine."""
    first = ensure_language_host(bare)
    before = {file.name: file.stat().st_ino for file in first.bin_dir.iterdir()}

    assert first == ensure_language_host(bare)
    assert before == {file.name: file.stat().st_ino for file in first.bin_dir.iterdir()}


def test_the_official_host_beside_the_cli_is_used(bare: Engine):
    """Also where the CLI is reached by a symbolic link, as Homebrew lays it."""
    official(bare.bin_dir)
    link = bare.bin_dir.parent / "link"
    link.symlink_to(bare.path)
    linked = Engine(link, bare.version, "path")

    assert bare is ensure_language_host(bare)
    assert linked is ensure_language_host(linked)


def test_the_official_host_on_path_is_used(bare: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Distributions may keep it apart from the CLI."""
    official(tmp_path / "elsewhere")
    monkeypatch.setenv("PATH", f"{bare.bin_dir}:{tmp_path / 'elsewhere'}")

    assert bare is ensure_language_host(bare)
