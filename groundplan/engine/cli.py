"""Finds a Pulumi CLI: on PATH, in our cache, by the official download, or built from Go modules."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from semver import VersionInfo

from groundplan.engine import build, download
from groundplan.engine.cache import Progress, engine_cache, exclusive

# The oldest CLI we drive. The Automation API streams events by gRPC only above 3.205 and runs an
# inline program in refresh and destroy from 3.181 on; below that it falls back or refuses.
# Source: pulumi.automation._stack (`_setup_event_log`, `_check_inline_support`), SDK 3.272.
MINIMUM_VERSION = VersionInfo(3, 220, 0)

_VERSION_TIMEOUT_SECONDS = 30


class EngineUnavailable(Exception):
    """No Pulumi CLI could be found or made; the message is one line that says what to install."""


@dataclass(frozen=True)
class Engine:
    """A Pulumi CLI that runs."""

    path: Path
    version: str
    found: Literal["path", "cache", "download", "build"]

    @property
    def bin_dir(self) -> Path:
        """The folder to put on PATH: the CLI and the plugins it comes with."""
        return self.path.parent

    def search_path(self, path: str) -> str:
        """`path` (a PATH) with this engine before all else."""
        return os.pathsep.join([str(self.bin_dir), path]) if path else str(self.bin_dir)


def resolve(progress: Progress) -> Engine:
    """
    Find a Pulumi CLI, making one where none is there.

    Order: `pulumi` on PATH, our cache, the official download, a build from Go modules (minutes).
    `progress` gets a line for each thing that takes time.

    Raises:
        EngineUnavailable: None of the four gave a CLI of at least `MINIMUM_VERSION`.
    """
    on_path, why_not_path = _on_path()
    if on_path:
        return on_path
    cache = engine_cache()
    if cached := _cached(cache):
        return cached
    with exclusive(cache, progress):
        return _cached(cache) or _made(cache, progress, [why_not_path])


def cli_version(binary: Path) -> VersionInfo | None:
    """The version that a `pulumi` binary reports, or nothing where it does not run or say."""
    environment = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        said = subprocess.run(  # noqa: S603 (the user's own CLI)
            [binary, "version"],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
            timeout=_VERSION_TIMEOUT_SECONDS,
        ).stdout
        return VersionInfo.parse(said.strip().removeprefix("v"))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _on_path() -> tuple[Engine | None, str]:
    found = shutil.which("pulumi")
    if not found:
        return None, "none on PATH"
    version = cli_version(Path(found))
    if version is None:
        return None, f"{found} does not tell its version"
    if not _new_enough(version):
        return None, f"{found} is {version}"
    return Engine(Path(found), str(version), "path"), ""


def _new_enough(version: VersionInfo) -> bool:
    # A development build (3.250.0-dev) sorts before its release but has its features.
    return version.major == MINIMUM_VERSION.major and version.finalize_version() >= MINIMUM_VERSION


def _cached(cache: Path) -> Engine | None:
    """The newest CLI in the cache that still runs."""
    candidates = []
    for place in cache.glob("[0-9]*.*"):
        try:
            candidates.append((VersionInfo.parse(place.name), place / "bin" / "pulumi"))
        except ValueError:
            continue
    for version, binary in sorted(candidates, reverse=True):
        if _new_enough(version) and cli_version(binary) == version:
            return Engine(binary, str(version), "cache")
    return None


def _made(cache: Path, progress: Progress, reasons: list[str]) -> Engine:
    makers: list[tuple[Literal["download", "build"], Callable[[Path, Progress], Path]]] = [
        ("download", download.download),
        ("build", build.build),
    ]
    for how, make in makers:
        try:
            binary = make(cache, progress)
        except (download.DownloadFailed, build.BuildFailed) as failure:
            reasons.append(str(failure))
            continue
        version = cli_version(binary)
        if version is not None and _new_enough(version):
            return Engine(binary, str(version), how)
        reasons.append(f"the {how} gave {version or 'a CLI that does not run'}")
    raise EngineUnavailable(
        f"no Pulumi CLI from {MINIMUM_VERSION} on ({'; '.join(reasons)}): install it with"
        f" `curl -fsSL https://get.pulumi.com | sh`, or install Go {build.minimum_go()} or newer"
        " and groundplan builds it"
    )
