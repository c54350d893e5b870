"""Runs a plugin written in Python for the engine: a policy pack, a component package, a provider."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
from pulumi.runtime.proto import language_pb2

from groundplan.engine.child import Child, Stream
from groundplan.engine.debugger import Debugger
from groundplan.engine.interpreter import Project, ProjectError
from groundplan.engine.policy_proxy import PolicyProxy, StackConfiguration

Response = language_pb2.RunPluginResponse

ANALYZER = "analyzer"


def run_plugin(
    project: Project,
    request: language_pb2.RunPluginRequest,
    engine: str,
    context: grpc.ServicerContext,
) -> Iterator[Response]:
    """
    Start the plugin, pass on its output, and end with its exit code.

    Raises:
        ProjectError: The folder holds nothing that runs.
    """
    environ = project.environ() | dict(entry.split("=", 1) for entry in request.env)
    with Debugger.attached(request.attach_debugger) as debugger:

        def start(arguments: list[str], cwd: str | None, environ: dict[str, str]) -> Child:
            command = [project.python, "-u", *debugger.arguments, *arguments]
            child = Child(command, cwd=cwd, environ=environ, captured=True)
            context.add_callback(child.kill)  # the engine has told it to end by their protocol
            debugger.announce(engine, child.process, f"Pulumi: Plugin ({request.name})")
            return child

        if request.kind == ANALYZER and project.configured == "by-environment":
            yield from _policy_pack(project, request, environ, start, context)
            return
        folder = str(project.program) if request.kind == ANALYZER else request.pwd or None
        child = start([*_command(project), *request.args], folder, environ)
        for stream, line in child.output():
            yield _said(stream, line)
        yield Response(exitcode=child.wait())


def _said(stream: Stream, line: bytes) -> Response:
    return Response(stdout=line) if stream == "stdout" else Response(stderr=line)


def _command(project: Project) -> list[str]:
    if (project.root / "__main__.py").exists():
        return [str(project.program)]
    manifest = project.root / "pyproject.toml"
    name = _package_name(manifest) if manifest.exists() else None
    if not name:
        raise ProjectError(
            f"{project.root} can't be run: it has neither __main__.py nor a pyproject.toml that names a package"
        )
    return ["-m", "pulumi.run.plugin", name]


def _package_name(manifest: Path) -> str | None:
    with manifest.open("rb") as file:
        return tomllib.load(file).get("project", {}).get("name")


def _policy_pack(
    project: Project,
    request: language_pb2.RunPluginRequest,
    environ: dict[str, str],
    start: Callable[[list[str], str, dict[str, str]], Child],
    context: grpc.ServicerContext,
) -> Iterator[Response]:
    proxy = PolicyProxy()
    context.add_callback(lambda: proxy.close("the engine has stopped the policy pack"))
    yield Response(stdout=f"{proxy.port}\n".encode())
    environ |= _stack_environ(proxy.configuration())
    if not context.is_active():
        return
    pack = str(project.program)
    child = start(["-m", "pulumi.policy", *request.args, pack], pack, environ)
    attached = False
    for stream, line in child.output():
        if stream == "stdout" and not attached and line.strip().isdigit():
            proxy.attach(int(line))  # the first number it prints is where the pack listens
            attached = True
        else:
            yield _said(stream, line)
    code = child.wait()
    proxy.close(f"the policy pack has ended with exit code {code}")
    yield Response(exitcode=code)


def _stack_environ(told: StackConfiguration | None) -> dict[str, str]:
    """What `pulumi.policy` reads of the stack that is being checked."""
    if told is None:
        return {}
    environ = {
        "PULUMI_ORGANIZATION": told.organization,
        "PULUMI_PROJECT": told.project,
        "PULUMI_STACK": told.stack,
        "PULUMI_DRY_RUN": "true" if told.dry_run else "false",
        "PULUMI_CONFIG": json.dumps(dict(told.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(told.config_secret_keys)),
    }
    return {name: value for name, value in environ.items() if value}
