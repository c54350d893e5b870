"""Where the Pulumi CLI comes from, in which order, and what is said where it comes from nowhere."""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path

import pytest
from pulumi.automation import PulumiCommand

from groundplan.engine import build, cli, download
from groundplan.engine.cache import engine_cache

FAKE_GO = """#!/bin/sh
echo "GOFLAGS=$GOFLAGS GOWORK=$GOWORK $*" >> "{log}"
{fails}
for argument; do case $argument in -o=*) out=${{argument#-o=}};; esac; done
sleep 0.2
printf '#!/bin/sh\\necho v{version}\\n' > "$out"
chmod +x "$out"
"""


def write_script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def pulumi_at(path: Path, says: str) -> Path:
    return write_script(path, f"#!/bin/sh\necho {says}\n")


class Machine:
    """A machine with nothing: no CLI, no Go, no network, an empty cache."""

    def __init__(self, home: Path) -> None:
        self.cache = home / "cache" / "engine"
        self.bin = home / "bin"
        self.go_log = home / "go.log"
        self.said: list[str] = []

    def with_pulumi(self, says: str) -> Path:
        return pulumi_at(self.bin / "pulumi", says)

    def with_cached(self, version: str, says: str | None = None) -> Path:
        return pulumi_at(self.cache / version / "bin" / "pulumi", says or f"v{version}")

    def with_go(self, fails: str = "") -> None:
        text = FAKE_GO.format(log=self.go_log, fails=fails, version=build.pinned_version())
        write_script(self.bin / "go", text)

    def resolve(self) -> cli.Engine:
        return cli.resolve(self.said.append)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    made.bin.mkdir()
    for tool in ("chmod", "sleep"):  # the fake Go's, and nothing else of this machine
        (made.bin / tool).symlink_to(str(shutil.which(tool)))
    monkeypatch.setenv("PATH", str(made.bin))
    monkeypatch.setenv("GROUNDPLAN_CACHE", str(made.cache.parent))
    monkeypatch.setattr(download, "INSTALLER", "http://127.0.0.1:1/install.sh")
    return made


def test_a_cli_on_path_comes_before_our_cache(machine: Machine):
    """What the user has installed is what runs."""
    installed = machine.with_pulumi("v3.240.1")
    machine.with_cached("3.250.0")

    engine = machine.resolve()

    assert (installed, "3.240.1", "path") == (engine.path, engine.version, engine.found)
    assert machine.bin == engine.bin_dir


def test_a_development_build_counts_as_its_release(machine: Machine):
    """Somebody who builds Pulumi from source is not sent to download it."""
    machine.with_pulumi("v3.220.0-dev.0")

    assert "path" == machine.resolve().found


@pytest.mark.parametrize("says", ["v3.100.0", "v2.9.0", "v4.0.0", "nonsense"])
def test_a_cli_on_path_that_we_cant_drive_is_passed_over(machine: Machine, says: str):
    """Too old, of another major version, or not Pulumi at all: the cache's is taken."""
    machine.with_pulumi(says)
    cached = machine.with_cached("3.250.0")

    engine = machine.resolve()

    assert (cached, "cache") == (engine.path, engine.found)


def test_the_newest_cli_in_the_cache_that_runs_is_taken(machine: Machine):
    """A broken or misnamed one is passed over, an old one kept for whoever pins it."""
    machine.with_cached("3.221.0")
    newest = machine.with_cached("3.250.0")
    machine.with_cached("3.260.0", says="v3.1.0")
    (machine.cache / "3.270.0").mkdir()

    assert newest == machine.resolve().path


def test_the_cache_follows_the_xdg_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Users who moved their caches find ours there, and a relative folder is ignored."""
    monkeypatch.delenv("GROUNDPLAN_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert tmp_path / "groundplan" / "engine" == engine_cache()

    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert Path.home() / ".cache" / "groundplan" / "engine" == engine_cache()


def test_the_official_download_comes_before_a_build(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    """Where Pulumi's site is in reach, its CLI is installed into our cache under its version."""
    machine.with_go()

    def install(root: str) -> PulumiCommand:
        pulumi_at(Path(root) / "bin" / "pulumi", "v3.272.0")
        return PulumiCommand(root=root)

    monkeypatch.setattr(PulumiCommand, "install", install)
    monkeypatch.setattr(download, "_probe", lambda: None)

    engine = machine.resolve()

    assert machine.cache / "3.272.0" / "bin" / "pulumi" == engine.path
    assert "download" == engine.found
    assert not machine.go_log.exists()


def test_without_the_site_the_cli_is_built_from_go_modules(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    """The build is the pinned one, keeps the user's GOFLAGS, tells that it works, and is kept."""
    machine.with_go()
    monkeypatch.setenv("GOFLAGS", "-p=1")

    first, second = machine.resolve(), machine.resolve()

    version = build.pinned_version()
    assert ("build", version) == (first.found, first.version)
    assert ("cache", first.path) == (second.found, second.path)
    (call,) = machine.go_log.read_text().splitlines()
    assert call.startswith("GOFLAGS=-p=1 GOWORK=off build -mod=readonly ")
    assert f"version.Version={version}" in call
    assert f"building Pulumi {version} from Go modules (once, some minutes)" == machine.said[0]


def test_two_processes_do_not_build_twice(machine: Machine):
    """The second one waits, says so, and takes what the first one built."""
    machine.with_go()
    found: list[cli.Engine] = []
    threads = [threading.Thread(target=lambda: found.append(machine.resolve())) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1 == len(machine.go_log.read_text().splitlines())
    assert ["build", "cache"] == sorted(engine.found for engine in found)
    assert "waiting for another process that is getting Pulumi ready" in machine.said


def test_what_a_killed_build_left_is_swept_away(machine: Machine):
    """A half-made CLI neither runs nor stays."""
    machine.with_go()
    leftover = machine.cache / ".partial-killed"
    pulumi_at(leftover / "bin" / "pulumi", "v3.250.0")

    machine.resolve()

    assert not leftover.exists()
    assert ["3.250.0"] == [place.name for place in machine.cache.glob("[!.]*")]


def test_a_machine_that_offers_nothing_is_told_what_to_install(machine: Machine):
    """One line: what was looked at, and both ways out."""
    machine.with_pulumi("v3.100.0")

    with pytest.raises(cli.EngineUnavailable) as failure:
        machine.resolve()

    (line,) = str(failure.value).splitlines()
    assert "pulumi is 3.100.0" in line
    assert "get.pulumi.com is out of reach" in line
    assert "no Go to build it with" in line
    assert "`curl -fsSL https://get.pulumi.com | sh`" in line
    assert f"Go {build.minimum_go()} or newer" in line


def test_a_build_that_fails_says_why(machine: Machine):
    """Go's own reason is in the line, not its list of downloads."""
    machine.with_go(
        fails="echo 'go: go.mod requires go >= 1.25 (running go 1.22)' >&2;echo 'go: downloading x v1' >&2; exit 1"
    )

    with pytest.raises(cli.EngineUnavailable, match=r"requires go >= 1\.25 \(running go 1\.22\)"):
        machine.resolve()
    assert [] == list(machine.cache.glob(".partial-*"))


def test_the_build_pins_one_version_with_its_checksums():
    """CLI and SDK modules are of one version, and go.sum vouches for both."""
    folder = Path(build.__file__).parent / "gobuild"
    module, sums = (folder / "go.mod").read_text(), (folder / "go.sum").read_text()

    pinned = re.findall(r"^\tgithub\.com/pulumi/pulumi/(pkg|sdk)/v3 v(\S+)$", module, re.M)

    assert [("pkg", build.pinned_version()), ("sdk", build.pinned_version())] == pinned
    for part, version in pinned:
        assert f"github.com/pulumi/pulumi/{part}/v3 v{version} h1:" in sums
