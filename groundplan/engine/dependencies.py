"""Installs a project's Python dependencies with the tool that the project uses."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
from pulumi.runtime.proto import language_pb2

from groundplan.engine.child import Child
from groundplan.engine.interpreter import Project, ProjectError

Response = language_pb2.InstallDependenciesResponse
_Step = list[str]


def install(project: Project, *, plugin: bool, pyenv: bool, context: grpc.ServicerContext) -> Iterator[Response]:
    """
    Install them, passing on the tool's output.

    Raises:
        ProjectError: The tool is not installed, or fails.
    """
    yield Response(stdout=b"Installing dependencies...\n\n")
    for step in _steps(project, plugin, pyenv):
        yield from _run(step, project, context)
    yield Response(stdout=b"Finished installing dependencies\n\n")


def _steps(project: Project, plugin: bool, pyenv: bool) -> list[_Step]:
    steps: list[_Step] = []
    if pyenv and shutil.which("pyenv") and _pins_python(project.program):
        steps.append(["pyenv", "install", "--skip-existing"])
    if project.toolchain == "uv":
        return [*steps, [_tool("uv"), "sync"]]
    if project.toolchain == "poetry":
        return [*steps, [_tool("poetry"), "install", "--no-ansi"]]
    return steps + _pip_steps(project, plugin)


def _pip_steps(project: Project, plugin: bool) -> list[_Step]:
    steps: list[_Step] = []
    python = sys.executable
    if project.virtualenv:
        python = str(project.virtualenv / "bin" / "python")
        if not Path(python).exists():
            steps.append([sys.executable, "-m", "venv", str(project.virtualenv)])
    pip = [python, "-m", "pip", "install"]
    if (project.program / "requirements.txt").exists():
        steps.append([*pip, "-r", "requirements.txt"])
    elif (project.program / "pyproject.toml").exists():
        steps.append([*pip, "." if plugin else "--editable=."])
    return steps


def _pins_python(folder: Path) -> bool:
    return any((place / ".python-version").exists() for place in (folder, *folder.parents))


def _tool(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise ProjectError(f"the project uses {name}, which is not on PATH: install {name}")
    return found


def _run(step: _Step, project: Project, context: grpc.ServicerContext) -> Iterator[Response]:
    environ = dict(os.environ)
    environ.pop("VIRTUAL_ENV", None)  # ours, not the project's
    if project.toolchain == "uv" and project.virtualenv:
        environ["UV_PROJECT_ENVIRONMENT"] = str(project.virtualenv)
    child = Child(step, cwd=project.program, environ=environ, captured=True)
    context.add_callback(child.stop)
    for stream, line in child.output():
        yield Response(**{stream: line})
    if code := child.wait():
        raise ProjectError(f"`{' '.join(step)}` ended with exit code {code}")
