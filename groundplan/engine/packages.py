"""What a project's Python has installed, and which Pulumi plugins that asks for."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from dataclasses import dataclass
from importlib import resources
from typing import Any

from pulumi.runtime.proto import plugin_pb2

from groundplan.engine.interpreter import Project, ProjectError

# PEP 440 to semver, as far as a plugin's version can be told from its package's.
_PEP440 = re.compile(
    r"(?P<release>\d+(\.\d+)*)"
    r"(?:(?P<stage>a|b|rc)(?P<number>\d+))?"
    r"(?:\.post(?P<post>\d+))?(?:\.dev(?P<dev>\d+))?"
)
_STAGES = {"a": "alpha", "b": "beta", "rc": "rc"}


@dataclass(frozen=True)
class Package:
    """One installed distribution."""

    name: str
    version: str
    plugin: dict[str, Any] | None  # its pulumi-plugin.json
    required: bool  # by another package


def installed(project: Project) -> list[Package]:
    """
    List what the project's interpreter has installed.

    Raises:
        ProjectError: The interpreter could not be asked.
    """
    script = resources.files("groundplan.engine") / "program" / "list_packages.py"
    with resources.as_file(script) as path:
        asked = subprocess.run(  # noqa: S603 (the project's own interpreter)
            [project.python, path],
            env=project.environ(),
            capture_output=True,
            text=True,
            check=False,
        )
    if asked.returncode:
        last = asked.stderr.strip().splitlines()[-1:]
        raise ProjectError(f"{project.python} can't list its packages: {''.join(last)}")
    return [Package(**row) for row in json.loads(asked.stdout)]


def plugins(packages: list[Package]) -> list[plugin_pb2.PackageDependency]:
    """
    The provider plugins that installed Pulumi packages ask for.

    Providers attached by `PULUMI_DEBUG_PROVIDERS` run already: fetching them would be in vain.
    """
    attached = attached_providers()
    found = [dependency for package in packages if (dependency := _dependency(package))]
    return [dependency for dependency in found if dependency.name not in attached]


def attached_providers() -> set[str]:
    """Names of the providers in `PULUMI_DEBUG_PROVIDERS` (`aws:4711,gcp:4712`)."""
    listed = os.environ.get("PULUMI_DEBUG_PROVIDERS", "")
    return {entry.split(":")[0] for entry in listed.split(",") if entry}


def _dependency(package: Package) -> plugin_pb2.PackageDependency | None:
    told = package.plugin
    if told is None and not package.name.startswith("pulumi-"):
        return None
    if told is not None and not told.get("resource"):  # a library, such as pulumi-policy
        return None
    told = told or {}
    version = told.get("version") or plugin_version(package.version)
    if version is None:
        return None
    return plugin_pb2.PackageDependency(
        name=told.get("name") or package.name.removeprefix("pulumi-"),
        version=f"v{version.removeprefix('v')}",
        kind="resource",
        server=told.get("server", ""),
        parameterization=_parameterization(told.get("parameterization")),
    )


def _parameterization(told: dict[str, Any] | None) -> plugin_pb2.PackageParameterization | None:
    if not told:
        return None
    value = base64.b64decode(told.get("value", ""))
    return plugin_pb2.PackageParameterization(name=told["name"], version=told["version"], value=value)


def plugin_version(version: str) -> str | None:
    """A package's version (PEP 440) as its plugin's (semver); nothing where it can't be told."""
    found = _PEP440.fullmatch(version)
    if not found:
        return None
    numbers = [*found["release"].split("."), "0", "0"]
    parts = numbers[: max(3, len(numbers) - 2)]
    semver = ".".join(parts)
    if found["stage"]:
        semver += f"-{_STAGES[found['stage']]}.{found['number']}"
    late = (f"post{found['post']}" if found["post"] else "") + (f"dev{found['dev']}" if found["dev"] else "")
    return f"{semver}+{late}" if late else semver
