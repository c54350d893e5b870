"""Which provider plugins the engine is asked to have ready."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundplan.engine.interpreter import Project
from groundplan.engine.packages import Package, installed, plugin_version, plugins

AWS = Package("pulumi_aws", "7.51.0", {"resource": True, "name": "aws", "version": "7.51.0"}, False)


@pytest.fixture(autouse=True)
def _nothing_attached(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PULUMI_DEBUG_PROVIDERS", raising=False)


def asked(*packages: Package) -> list[tuple[str, str]]:
    return [(plugin.name, plugin.version) for plugin in plugins(list(packages))]


def test_installed_providers_are_asked_for():
    """By what their package says, or by its name where it says nothing."""
    unmarked = Package("pulumi-random", "4.16", None, False)

    assert [("aws", "v7.51.0"), ("random", "v4.16.0")] == asked(AWS, unmarked)


def test_libraries_are_not():
    """A Pulumi library without a provider, and packages that have nothing to do with Pulumi."""
    library = Package("pulumi-policy", "1.21.0", {"resource": False}, False)

    assert [] == asked(library, Package("rich", "14.0", None, True))


def test_attached_providers_are_not_downloaded(monkeypatch: pytest.MonkeyPatch):
    """A sandbox does not fetch hundreds of megabytes of the provider it stands in for."""
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "gcp:1,aws:2")

    assert [] == asked(AWS)


@pytest.mark.parametrize(
    ("package", "plugin"),
    [
        ("7.51.0", "7.51.0"),
        ("1.0", "1.0.0"),
        ("1.2.3a4", "1.2.3-alpha.4"),
        ("1.2.3b1", "1.2.3-beta.1"),
        ("1.2.3rc4", "1.2.3-rc.4"),
        ("1.2.3.post4.dev5", "1.2.3+post4dev5"),
        ("3.29.0.dev1", "3.29.0+dev1"),
        ("1!2.0", None),
        ("", None),
    ],
)
def test_a_plugins_version_is_told_from_its_packages(package: str, plugin: str | None):
    """PEP 440 becomes semver; what can't be told is not guessed."""
    assert plugin == plugin_version(package)


def test_the_projects_own_python_is_asked(tmp_path: Path):
    """The list is of its packages, and tells which are there for another's sake only."""
    here = Project(root=tmp_path, program=tmp_path, toolchain="pip", virtualenv=None)

    found = {package.name: package for package in installed(here)}

    assert {"resource": True} | (found["pulumi_aws"].plugin or {}) == found["pulumi_aws"].plugin
    assert found["grpcio"].required
    assert not found["groundplan"].required
