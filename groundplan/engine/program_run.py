"""Runs a Pulumi program for the engine, in the project's own Python."""

from __future__ import annotations

import json
import subprocess
from importlib import resources

import grpc
from pulumi.runtime.proto import language_pb2

from groundplan.engine.child import Child
from groundplan.engine.debugger import Debugger
from groundplan.engine.interpreter import Project, ProjectError
from groundplan.engine.packages import installed
from groundplan.engine.program.run_program import SHOWN_TO_USER


def run_program(
    project: Project,
    request: language_pb2.RunRequest,
    engine: str,
    context: grpc.ServicerContext,
    children: set[Child],
) -> language_pb2.RunResponse:
    """
    Run the program to its end; say whether it failed, and if the user has been told why.

    The program's output goes to ours, which the engine shows.

    Raises:
        ProjectError: Its Python, or the type checker it asks for, is not there or not content.
    """
    if project.typechecker:
        _check_types(project)
    environ = project.environ() | {
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }
    script = resources.files("groundplan.engine") / "program" / "run_program.py"
    with resources.as_file(script) as path, Debugger.attached(request.attach_debugger) as debugger:
        command = [project.python, *debugger.arguments, path, *_arguments(request, engine)]
        child = Child(command, cwd=None, environ=environ, captured=False)
        children.add(child)
        context.add_callback(child.stop)
        debugger.announce(engine, child.process, "Pulumi: Program (Python)")
        code = child.wait()
        children.discard(child)
    return _response(code)


def _arguments(request: language_pb2.RunRequest, engine: str) -> list[str]:
    options = {
        "--monitor": request.monitor_address,
        "--engine": engine,
        "--project": request.project,
        "--root-directory": request.info.root_directory,
        "--stack": request.stack,
        "--pwd": request.pwd,
        "--parallel": str(request.parallel),
        "--organization": request.organization,
    }
    given = [f"{name}={value}" for name, value in options.items() if value]
    if request.dryRun:
        given.append("--dry-run")
    return [*given, "--", request.info.entry_point or ".", *request.args]


def _response(code: int) -> language_pb2.RunResponse:
    if code == 0:
        return language_pb2.RunResponse()
    if code == SHOWN_TO_USER:
        return language_pb2.RunResponse(bail=True)  # bail: fail without one more message
    if code < 0:
        return language_pb2.RunResponse(error=f"program was ended by signal {-code}")
    return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {code}")


def _check_types(project: Project) -> None:
    checker = str(project.typechecker)
    if checker not in {package.name for package in installed(project)}:
        raise ProjectError(
            f"runtime option typechecker is {checker}, which is not installed: add it to the project's requirements"
        )
    command = [str(project.python), "-m", checker, str(project.program)]
    if checker == "mypy" and project.virtualenv:
        command += ["--exclude", project.virtualenv.name]
    checked = subprocess.run(  # noqa: S603 (the project's own tool)
        command, cwd=project.program, env=project.environ(), check=False, capture_output=True, text=True
    )
    if checked.returncode:
        raise ProjectError(f"{checker} found errors:\n{checked.stdout}{checked.stderr}")
