"""Serves emulated clouds to the real Pulumi engine, which attaches them in place of plugins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from groundplan.sandbox.provider import EmulatedProvider
from groundplan.sandbox.world import World

__all__ = ["PLACES", "Sandbox", "UnknownCloud"]

_PACKAGES = {"aws": "aws", "gcp": "gcp", "azure": "azure-native"}

PLACES: dict[str, dict[str, str]] = {
    "aws": {"cloud": "aws", "region": "eu-west-1", "account": "111122223333"},
    "gcp": {
        "cloud": "gcp",
        "region": "europe-west1",
        "project": "groundplan-sandbox",
        "project_number": "123456789012",
    },
    "azure": {
        "cloud": "azure",
        "region": "westeurope",
        "subscription": "00000000-0000-4000-8000-000000000001",
        "tenant": "00000000-0000-4000-8000-000000000002",
    },
}
"""Where the emulated clouds are unless told otherwise; accounts of documentation, not of people."""

_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
_STOP_S = 5


class UnknownCloud(ValueError):
    """A cloud was asked for that the sandbox does not emulate."""


class Sandbox:
    """
    Emulated clouds over one world, served while the `with` block runs.

    Set `env` in the environment of a `pulumi` command to make it use them:

    ```python
    with Sandbox(Path(".world"), ["aws"]) as sandbox:
        subprocess.run(["pulumi", "up", "--yes"], env=os.environ | sandbox.env, check=True)
    ```

    Args:
        folder: Where the world is kept; it is made where it does not exist.
        clouds: Which clouds to serve, from `aws`, `gcp` and `azure`.
        places: A place for each cloud that is not to be at its usual one.

    Raises:
        UnknownCloud: A cloud is not emulated.
    """

    def __init__(
        self,
        folder: Path,
        clouds: Iterable[str] = ("aws", "gcp", "azure"),
        places: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.clouds = tuple(clouds)
        if unknown := sorted(set(self.clouds) - set(_PACKAGES)):
            raise UnknownCloud(f"no emulated cloud {unknown}; there are {sorted(_PACKAGES)}")
        self.places = {c: {**PLACES[c], **(places or {}).get(c, {})} for c in self.clouds}
        self.folder = Path(folder)
        self.ports: dict[str, int] = {}
        self._servers: list[grpc.Server] = []
        self._world: World | None = None

    @property
    def world(self) -> World:
        """What exists in these clouds, to be looked at and changed."""
        if self._world is None:
            self._world = World(self.folder)
        return self._world

    @property
    def env(self) -> dict[str, str]:
        """The environment that makes a `pulumi` command attach these clouds."""
        attached = ",".join(f"{package}:{port}" for package, port in self.ports.items())
        return {"PULUMI_DEBUG_PROVIDERS": attached}

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serve each cloud on a free port of this machine only."""
        for cloud in self.clouds:
            package = _PACKAGES[cloud]
            server = grpc.server(ThreadPoolExecutor(max_workers=16), options=_UNLIMITED)
            provider = EmulatedProvider(package, self.places[cloud], self.world)
            provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
            self.ports[package] = server.add_insecure_port("127.0.0.1:0")
            server.start()
            self._servers.append(server)

    def stop(self) -> None:
        """Let running calls end, then stop serving; the world stays on disk."""
        for stopped in [server.stop(_STOP_S) for server in self._servers]:
            stopped.wait(_STOP_S)
        self._servers.clear()
        self.ports.clear()
        if self._world is not None:
            self._world.close()
            self._world = None
