"""The official download of the Pulumi CLI, given up at once where its site is out of reach."""

from __future__ import annotations

import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from pulumi.automation import PulumiCommand
from pulumi.automation.errors import InvalidVersionError

from groundplan.engine.cache import Progress, publish, staged
from groundplan.engine.elapsed import elapsed

# Source: https://www.pulumi.com/docs/install/ (the installer that `PulumiCommand.install` runs too).
INSTALLER = "https://get.pulumi.com/install.sh"

_CONNECT_TIMEOUT_SECONDS = 5


class DownloadFailed(Exception):
    """The official download did not give a CLI; the message says why, in a few words."""


def download(cache: Path, progress: Progress) -> Path:
    """
    Install the CLI that matches the installed Pulumi SDK into the cache; return the binary.

    Raises:
        DownloadFailed: The site is out of reach, or its installer failed.
    """
    _probe()
    with staged(cache) as folder, elapsed("downloading Pulumi", progress):
        try:
            installed = PulumiCommand.install(root=str(folder))
        except subprocess.CalledProcessError as failure:
            last = (failure.output or b"").decode(errors="replace").strip().splitlines()[-1:]
            raise DownloadFailed(f"the installer failed: {''.join(last)}") from failure
        except (OSError, InvalidVersionError) as failure:
            raise DownloadFailed(f"the download failed: {failure}") from failure
        return publish(folder, cache, str(installed.version)) / "bin" / "pulumi"


def _probe() -> None:
    """Ask for the installer's head only: an offline machine learns so in seconds, not minutes."""
    request = urllib.request.Request(INSTALLER, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_CONNECT_TIMEOUT_SECONDS):  # noqa: S310
            pass
    except (urllib.error.URLError, OSError) as failure:
        raise DownloadFailed("get.pulumi.com is out of reach") from failure
