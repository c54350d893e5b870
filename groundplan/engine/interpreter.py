"""Which Python runs a project, as its runtime options and lock files say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Toolchain = Literal["pip", "poetry", "uv"]
Configured = Literal["by-environment", "by-call"]
"""How a policy pack learns of the stack: from its environment, as pulumi-policy does, or when the engine calls it."""

_TOOLCHAINS: tuple[Toolchain, ...] = ("pip", "poetry", "uv")
_TYPECHECKERS = ("mypy", "pyright")
_CONFIGURED: tuple[Configured, ...] = ("by-environment", "by-call")


class ProjectError(Exception):
    """A project's Python set-up does not work; the message says what to change."""


@dataclass(frozen=True)
class Project:
    """A program or plugin, and how its Python is set up."""

    root: Path  # where Pulumi.yaml, PulumiPlugin.yaml or PulumiPolicy.yaml lies
    program: Path  # the folder of the program
    toolchain: Toolchain
    virtualenv: Path | None  # None: no environment of its own
    typechecker: str | None = None
    configured: Configured = "by-environment"

    @property
    def python(self) -> Path:
        """
        The interpreter.

        Raises:
            ProjectError: The virtual environment is not there.
        """
        if self.virtualenv is None:
            return Path(sys.executable)
        python = self.virtualenv / "bin" / "python"
        if not python.exists():
            raise ProjectError(
                f"{self.virtualenv} is not a virtual environment: run `pulumi install`, or name"
                " another under runtime.options.virtualenv"
            )
        return python

    def version(self) -> str:
        """
        The interpreter's version.

        Raises:
            ProjectError: The virtual environment is not there.
        """
        command = [self.python, "-c", "import platform; print(platform.python_version())"]
        return subprocess.check_output(command, text=True).strip()  # noqa: S603 (the project's own)

    def environ(self) -> dict[str, str]:
        """The process environment with the virtual environment active."""
        environ = dict(os.environ)
        if self.virtualenv is not None:
            environ.pop("PYTHONHOME", None)
            environ["VIRTUAL_ENV"] = str(self.virtualenv)
            environ["PATH"] = f"{self.virtualenv / 'bin'}{os.pathsep}{environ.get('PATH', '')}"
        return environ


def project(root: str, program: str, options: Mapping[str, Any]) -> Project:
    """
    Read runtime options (`virtualenv`, `toolchain`, `typechecker`) as the official host does, and `configured`.

    Raises:
        ProjectError: An option has a value that Pulumi does not know.
    """
    top, folder = Path(root), Path(program)
    toolchain = _choice(options, "toolchain", _TOOLCHAINS) or _detected(folder)
    return Project(
        root=top,
        program=folder,
        toolchain=toolchain,
        virtualenv=_virtualenv(top, folder, toolchain, options.get("virtualenv")),
        typechecker=_choice(options, "typechecker", _TYPECHECKERS),
        configured=_choice(options, "configured", _CONFIGURED) or "by-environment",
    )


def _choice(options: Mapping[str, Any], name: str, known: tuple[Any, ...]) -> Any:
    value = options.get(name)
    if value is not None and value not in known:
        raise ProjectError(f"runtime option {name} is {value!r}; Pulumi knows {list(known)}")
    return value


def _detected(folder: Path) -> Toolchain:
    if _above(folder, "uv.lock"):
        return "uv"
    return "poetry" if _above(folder, "poetry.lock") else "pip"


def _above(folder: Path, name: str) -> Path | None:
    """The nearest folder, going up from `folder`, that holds `name`."""
    return next((place for place in (folder, *folder.parents) if (place / name).exists()), None)


def _virtualenv(root: Path, folder: Path, toolchain: Toolchain, named: Any) -> Path | None:
    if named is not None and not isinstance(named, str):
        raise ProjectError(f"runtime option virtualenv is {named!r}; it must be a path")
    if named:
        return root / named
    if toolchain == "poetry":
        return _of_poetry(folder)
    if toolchain == "uv":
        home = _above(folder, "uv.lock") or _above(folder, "pyproject.toml") or root
        return home / os.environ.get("UV_PROJECT_ENVIRONMENT", ".venv")
    for place in (root / ".venv", root / "venv"):
        if (place / "bin" / "python").exists():
            return place
    active = os.environ.get("VIRTUAL_ENV")
    return Path(active) if active else None


def _of_poetry(folder: Path) -> Path:
    try:
        said = subprocess.run(
            ["poetry", "env", "info", "--path"],  # noqa: S607 (the user's own tool)
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise ProjectError(f"poetry has no environment for {folder} ({error}): run `pulumi install`") from error
    return Path(said)
