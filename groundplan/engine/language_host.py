"""
A Pulumi language host for Python, for machines without the official `pulumi-language-python`.

The engine starts it, reads its port from the first line, and runs programs and plugins through it.
"""

# ruff: noqa: ARG002 (the signatures are gRPC's)
from __future__ import annotations

import argparse
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import metadata

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from groundplan.engine.child import Child
from groundplan.engine.dependencies import install
from groundplan.engine.interpreter import Project, ProjectError, project
from groundplan.engine.packages import installed, plugins
from groundplan.engine.plugin_run import run_plugin
from groundplan.engine.program_run import run_program

_NO_LIMIT = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
_WORKERS = 64  # each program and plugin holds one as long as it runs
_ENGINE_CHECK_SECONDS = 3
_HEALTH_CHECK = "/grpc.health.v1.Health/Check"

Context = grpc.ServicerContext
Prompt = language_pb2.RuntimeOptionPrompt


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Every call that the engine makes to run Python; those that generate code are refused."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self._children: set[Child] = set()

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: Context
    ) -> language_pb2.LanguageHandshakeResponse:
        """Learn the engine's address, where it attaches to a host that already runs."""
        self.engine = request.engine_address
        watch(self.engine)
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Empty, context: Context) -> plugin_pb2.PluginInfo:
        """The version of the SDK, which is also that of the protocol."""
        return plugin_pb2.PluginInfo(version=metadata.version("pulumi"))

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: Context
    ) -> language_pb2.GetRequiredPackagesResponse:
        """The provider plugins of the Pulumi packages that the project has installed."""
        with _told(context):
            found = plugins(installed(_project(request.info)))
            return language_pb2.GetRequiredPackagesResponse(packages=found)

    def GetRequiredPlugins(
        self, request: language_pb2.GetRequiredPluginsRequest, context: Context
    ) -> language_pb2.GetRequiredPluginsResponse:
        """The same, as engines before `GetRequiredPackages` ask for it."""
        with _told(context):
            found = [
                plugin_pb2.PluginDependency(
                    name=package.name,
                    kind=package.kind,
                    version=package.version,
                    server=package.server,
                )
                for package in plugins(installed(_project(request.info)))
            ]
            return language_pb2.GetRequiredPluginsResponse(plugins=found)

    def Run(self, request: language_pb2.RunRequest, context: Context) -> language_pb2.RunResponse:
        """Run a program; what is wrong with its set-up is its error, too."""
        try:
            target = _project(request.info)
            return run_program(target, request, self.engine, context, self._children)
        except ProjectError as error:
            return language_pb2.RunResponse(error=str(error))

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: Context
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a policy pack, a component package or a provider until the engine is done with it."""
        with _told(context):
            yield from run_plugin(_project(request.info), request, self.engine, context)

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: Context
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """`pulumi install`."""
        with _told(context):
            yield from install(
                _project(request.info),
                plugin=request.is_plugin,
                pyenv=request.use_language_version_tools,
                context=context,
            )

    def About(self, request: language_pb2.AboutRequest, context: Context) -> language_pb2.AboutResponse:
        """`pulumi about`."""
        with _told(context):
            target = _project(request.info)
            return language_pb2.AboutResponse(
                executable=str(target.python),
                version=target.version(),
                metadata={
                    "toolchain": target.toolchain,
                    "typechecker": target.typechecker or "None",
                    "host": f"groundplan {metadata.version('groundplan')}",
                },
            )

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: Context
    ) -> language_pb2.GetProgramDependenciesResponse:
        """The project's packages; only those no other asks for, unless all are wanted."""
        with _told(context):
            found = [
                language_pb2.DependencyInfo(name=package.name, version=package.version)
                for package in installed(_project(request.info))
                if request.transitiveDependencies or not package.required
            ]
            return language_pb2.GetProgramDependenciesResponse(dependencies=found)

    def RuntimeOptionsPrompts(
        self, request: language_pb2.RuntimeOptionsRequest, context: Context
    ) -> language_pb2.RuntimeOptionsResponse:
        """What `pulumi new` asks: which toolchain, of those that are installed."""
        if "toolchain" in MessageToDict(request.info.options):
            return language_pb2.RuntimeOptionsResponse()
        tools = ["pip", *filter(shutil.which, ("poetry", "uv"))]
        choices = [Prompt.RuntimeOptionValue(stringValue=tool, displayName=tool) for tool in tools]
        prompt = Prompt(
            key="toolchain",
            description="The toolchain that installs dependencies and runs the program",
            choices=choices,
            default=choices[0],
        )
        return language_pb2.RuntimeOptionsResponse(prompts=[prompt])

    def Template(self, request: language_pb2.TemplateRequest, context: Context) -> language_pb2.TemplateResponse:
        """A new project needs no more than its template: each toolchain reads it as it is."""
        return language_pb2.TemplateResponse()

    def Cancel(self, request: Empty, context: Context) -> Empty:
        """Interrupt the programs that run."""
        self.stop()
        return Empty()

    def stop(self) -> None:
        """Interrupt the programs that run."""
        for child in list(self._children):
            child.stop()

    def GenerateProgram(self, request: object, context: Context) -> None:
        """Refused."""
        _refuse(context)

    GenerateProject = GeneratePackage = Pack = Link = GenerateProgram


def _refuse(context: Context) -> None:
    context.abort(
        grpc.StatusCode.UNIMPLEMENTED,
        "this language host runs Python but generates none: for `pulumi package add` and"
        " `pulumi convert` install Pulumi's own CLI with `curl -fsSL https://get.pulumi.com | sh`",
    )


@contextmanager
def _told(context: Context) -> Iterator[None]:
    """Turn a project's error into the call's error, which the engine shows as one line."""
    try:
        yield
    except ProjectError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


def _project(info: language_pb2.ProgramInfo) -> Project:
    here = os.getcwd()  # noqa: PTH109 (a string is what `project` takes)
    root = info.root_directory or here
    return project(root, info.program_directory or root, MessageToDict(info.options))


def watch(engine: str) -> None:
    """End this process once the engine no longer answers: one that was killed can't end us."""

    def check() -> None:
        with grpc.insecure_channel(engine) as channel:
            ask = channel.unary_unary(_HEALTH_CHECK)
            while True:
                time.sleep(_ENGINE_CHECK_SECONDS)
                try:
                    ask(b"")
                except grpc.RpcError as error:
                    if not _alive(error):
                        os.kill(os.getpid(), signal.SIGTERM)
                        return

    threading.Thread(target=check, name="watch", daemon=True).start()


def _alive(error: grpc.RpcError) -> bool:
    """An engine that has no health service still answers, saying so."""
    return isinstance(error, grpc.Call) and error.code() == grpc.StatusCode.UNIMPLEMENTED


def serve(engine: str) -> None:
    """Serve until interrupted."""
    server = grpc.server(ThreadPoolExecutor(_WORKERS), options=_NO_LIMIT)
    host = LanguageHost(engine)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    if engine:
        watch(engine)
    try:
        server.wait_for_termination()
    except KeyboardInterrupt:
        host.stop()
        server.stop(grace=1).wait()


def main() -> None:
    """The command `pulumi-language-python [engine address]`."""
    parser = argparse.ArgumentParser(prog="pulumi-language-python", description=__doc__)
    parser.add_argument("engine", nargs="?", default="", help="address of the engine")
    parser.add_argument("--version", action="version", version=metadata.version("pulumi"))
    arguments, _others = parser.parse_known_args()  # logging and tracing flags of the engine's
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    serve(arguments.engine)


if __name__ == "__main__":
    main()
