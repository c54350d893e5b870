"""Which Python a project runs in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from groundplan.engine.interpreter import Project, ProjectError, project


def virtualenv(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return folder


def read(folder: Path, **options: object) -> Project:
    program = folder / "program"
    program.mkdir(exist_ok=True)
    return project(str(folder), str(program), options)


@pytest.fixture(autouse=True)
def _no_environment_active(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.delenv("UV_PROJECT_ENVIRONMENT", raising=False)


def test_the_virtualenv_option_starts_at_the_projects_root(tmp_path: Path):
    """`virtualenv: env` is beside Pulumi.yaml, wherever `main` is."""
    virtualenv(tmp_path / "env")

    assert tmp_path / "env" / "bin" / "python" == read(tmp_path, virtualenv="env").python


def test_a_missing_virtualenv_is_named_with_what_to_do(tmp_path: Path):
    """No traceback: the folder, and the command that makes it."""
    with pytest.raises(ProjectError, match=r"/env is not a virtual environment: run `pulumi inst"):
        _ = read(tmp_path, virtualenv="env").python


def test_a_uv_project_runs_in_the_environment_beside_its_lock(tmp_path: Path):
    """Also from a folder below, as policy packs lie."""
    (tmp_path / "uv.lock").touch()
    virtualenv(tmp_path / ".venv")
    pack = tmp_path / "policies" / "security"
    pack.mkdir(parents=True)

    found = project(str(pack), str(pack), {})

    assert ("uv", tmp_path / ".venv") == (found.toolchain, found.virtualenv)


@pytest.mark.parametrize("name", [".venv", "venv"])
def test_without_options_the_projects_own_environment_is_found(tmp_path: Path, name: str):
    """A `.venv` or `venv` beside Pulumi.yaml needs no option."""
    virtualenv(tmp_path / name)

    assert tmp_path / name == read(tmp_path).virtualenv


def test_a_project_without_any_runs_in_ours(tmp_path: Path):
    """The interpreter that has Pulumi for sure: the one that runs the language host."""
    assert Path(sys.executable) == read(tmp_path).python


def test_the_environment_is_active_for_what_the_program_starts(tmp_path: Path):
    """`python` in a program's subprocess is the project's."""
    made = virtualenv(tmp_path / ".venv")

    environ = read(tmp_path).environ()

    assert str(made) == environ["VIRTUAL_ENV"]
    assert environ["PATH"].startswith(f"{made}/bin:")


@pytest.mark.parametrize(("option", "value"), [("toolchain", "conda"), ("typechecker", "ty"), ("virtualenv", 3)])
def test_an_option_that_pulumi_does_not_know_is_refused(tmp_path: Path, option: str, value: object):
    """A mistyped option is not passed over in silence."""
    with pytest.raises(ProjectError, match=option):
        read(tmp_path, **{option: value})
