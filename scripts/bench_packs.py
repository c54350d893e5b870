"""What the policy packs add to a preview by the real engine, on an emulated cloud."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from groundplan.cli.life import emulated_cloud, engine, sandboxed
from groundplan.engine.environment import sandbox_environment
from groundplan.policy.folder import pack_folder
from groundplan.target import Target
from policies.pack import PACKS

__all__ = ["Added", "packs"]

ROOT = Path(__file__).parent.parent
GROUNDPLAN = Path(sys.prefix) / "bin" / "groundplan"

_Previews = Mapping[str, Callable[[], object]]


@dataclass(frozen=True)
class Added:
    """Median seconds of a preview without packs, and with those of each kind."""

    without: float
    kinds: Mapping[str, float]

    def __str__(self) -> str:
        told = (f"{seconds / self.without:.2f} {kind} ({seconds:.2f} s)" for kind, seconds in self.kinds.items())
        return f"{', '.join(told)}; {self.without:.2f} s without"


def packs(stack: Target, folder: Path, runs: int) -> Mapping[str, Added]:
    """
    What packs add to a stack's preview, by how it is asked for.

    A command is measured from when it is typed to its end; the engine, within a process that has had previews before.
    """
    measures = {
        "`groundplan preview`": _by_groundplan(stack, folder / "typed"),
        "`pulumi preview --policy-pack`": _by_pulumi(stack, folder / "bare"),
        "engine alone": _by_engine(stack, folder / "engine"),
    }
    found = {}
    for name, measure in measures.items():
        with measure as previews:
            found[name] = _in_turn(previews, runs)
    return found


def _in_turn(previews: _Previews, runs: int) -> Added:
    """They take turns, so that what else the machine does falls on all of them."""
    seconds: dict[str, list[float]] = {kind: [] for kind in previews}
    for _ in range(runs + 1):
        for kind, preview in previews.items():
            begun = time.perf_counter()
            preview()
            seconds[kind].append(time.perf_counter() - begun)
    medians = {kind: statistics.median(each[1:]) for kind, each in seconds.items()}
    return Added(medians.pop("none"), medians)


@contextmanager
def _by_groundplan(stack: Target, folder: Path) -> Iterator[_Previews]:
    folder.mkdir()
    command = [GROUNDPLAN, "preview", stack.source.file, "--env", stack.environment, "--cloud", str(stack.cloud)]
    command.append("--sandbox")
    yield {
        "none": partial(_command, [*command, "--no-policies"], folder),
        "all": partial(_command, command, folder),
    }


@contextmanager
def _by_pulumi(stack: Target, folder: Path) -> Iterator[_Previews]:
    """The program and each pack have a process of their own, as wherever the engine runs them."""
    for part in ("blueprints", "stacks"):
        (folder / part).mkdir(parents=True)
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    shutil.copy(ROOT / "stacks" / "__main__.py", folder / "stacks")
    shutil.copy(stack.source.file, folder / "blueprints")
    (folder / ".venv").symlink_to(sys.prefix)
    blueprint = f"blueprints/{Path(stack.source.file).name}"
    asked = ["--env", stack.environment, "--cloud", str(stack.cloud)]
    _command([GROUNDPLAN, "stack", blueprint, *asked], folder)
    found = engine()
    with emulated_cloud(stack, folder / "state") as clouds:
        box = sandbox_environment(found, folder / "state" / "engine", clouds.env["PULUMI_DEBUG_PROVIDERS"])
        environ = box.apply(dict(os.environ))
        _command([found.path, "stack", "init", stack.stack], folder, environ)
        command = [found.path, "preview", "--stack", stack.stack, "--non-interactive"]
        kinds = {"none": [], "all": [ROOT / "policies"], "security's": [ROOT / "policies" / "security"]}
        yield {
            kind: partial(_command, [*command, *_loaded(folders)], folder, environ) for kind, folders in kinds.items()
        }


@contextmanager
def _by_engine(stack: Target, folder: Path) -> Iterator[_Previews]:
    kinds = {"none": [], "all": [pack_folder(ROOT)], "as four": [ROOT / "policies" / pack for pack in PACKS]}
    with sandboxed(stack, engine(), folder) as life:
        yield {kind: partial(life.preview, policy_packs=folders) for kind, folders in kinds.items()}


def _loaded(folders: list[Path]) -> list[str]:
    return [word for folder in folders for word in ("--policy-pack", str(folder))]


def _command(words: list[str | Path], folder: Path, environ: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 ours
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))} failed:\n{done.stdout}{done.stderr}")
