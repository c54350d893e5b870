"""Builds the Pulumi CLI from its Go modules, for machines that reach those but not its site."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from importlib import resources
from pathlib import Path

from groundplan.engine.cache import Progress, publish, staged
from groundplan.engine.elapsed import elapsed

_CLI = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"


class BuildFailed(Exception):
    """The CLI could not be built; the message says why, in a few words."""


def pinned_version() -> str:
    """The CLI version that `gobuild/go.mod` pins, without its `v`."""
    return _from_go_mod(r"^\s*github\.com/pulumi/pulumi/pkg/v3 v(\S+)$")


def minimum_go() -> str:
    """The oldest Go that builds it, as `gobuild/go.mod` says."""
    return _from_go_mod(r"^go (\S+)$")


def build(cache: Path, progress: Progress) -> Path:
    """
    Build the pinned CLI into the cache; return the binary. Takes minutes the first time.

    Raises:
        BuildFailed: There is no Go, or it could not build (too old, or no module proxy).
    """
    go = shutil.which("go")
    if not go:
        raise BuildFailed("no Go to build it with")
    version = pinned_version()
    what = f"building Pulumi {version} from Go modules (once, some minutes)"
    with (
        resources.as_file(resources.files("groundplan.engine") / "gobuild") as module,
        staged(cache) as folder,
        elapsed(what, progress),
    ):
        _go_build(go, module, folder / "bin" / "pulumi", version)
        return publish(folder, cache, version) / "bin" / "pulumi"


def _go_build(go: str, module: Path, binary: Path, version: str) -> None:
    # Without the version the CLI calls itself 3.0.0-dev.0, which the Automation API refuses.
    flags = f"-s -w -X {_VERSION_VARIABLE}={version}"
    command = [go, "build", "-mod=readonly", "-trimpath", "-buildvcs=false"]
    command += [f"-ldflags={flags}", f"-o={binary}", _CLI]
    # GOFLAGS stays the user's (a flag above wins over it); a go.work above us must not apply.
    environment = os.environ | {"GOWORK": "off", "CGO_ENABLED": "0"}
    binary.parent.mkdir(parents=True)
    with tempfile.TemporaryFile("w+") as output:
        try:
            subprocess.run(  # noqa: S603 (arguments are ours)
                command, cwd=module, env=environment, stdout=output, stderr=output, check=True
            )
        except subprocess.CalledProcessError as failure:
            output.seek(0)
            raise BuildFailed(f"go build failed: {_reason(output.read())}") from failure


def _reason(output: str) -> str:
    """The line of Go's output that tells most: its last that is not a download's."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith("go: downloading")]
    return (told or lines or ["no output"])[-1]


def _from_go_mod(pattern: str) -> str:
    text = (resources.files("groundplan.engine") / "gobuild" / "go.mod").read_text("utf-8")
    found = re.search(pattern, text, re.MULTILINE)
    if not found:
        raise BuildFailed(f"gobuild/go.mod has no line like {pattern}")
    return found[1]
