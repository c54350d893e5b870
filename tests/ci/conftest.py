"""Real git repositories with a blueprint in them, and `groundplan ci` as a pull request's job runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from groundplan.ci import report
from groundplan.cli import app
from groundplan.cli import ci as command
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Level, Rule, Severity
from policies.settings import Settings

BLUEPRINT = """\
apiVersion: groundplan/v1
name: shop
owner: ml-team
training:
  churn: {runtime: sklearn, machine: {cpu: 4, memory: 16GiB}, restartable: true, max_run: 1h}
endpoints:
  predict: {model: churn}
alerts: {email: [ml-team@example.com]}
budget: {monthly_usd: 600}
environments: {dev: {budget: {monthly_usd: 450}}, prod: {}}
"""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """What it printed, as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Repo:
    """A working tree."""

    folder: Path

    def git(self, *words: str) -> str:
        """Run git in it."""
        who = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
        command = ["git", *who, *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def write(self, text: str, name: str = "shop.yaml") -> None:
        """Write a file."""
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    def change(self, old: str, new: str, name: str = "shop.yaml") -> None:
        """Replace a text of a file, which must be there."""
        text = (self.folder / name).read_text("utf-8")
        assert old in text
        self.write(text.replace(old, new), name)

    def commit(self) -> None:
        """Commit all there is."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")


@pytest.fixture(name="repo")
def _repo(tmp_path) -> Repo:
    """A branch `change` of a `main` that has one blueprint, `shop.yaml`."""
    repo = Repo(tmp_path / "repository")
    repo.folder.mkdir()
    repo.git("init", "--quiet", "--initial-branch=main")
    repo.write(BLUEPRINT)
    repo.commit()
    repo.git("switch", "--quiet", "--create", "change")
    return repo


def _limit(resource: Resource, settings: Settings) -> Iterator[Breach]:
    limit = str(resource.at("limitAmount"))
    if float(limit) > 500 and settings.production is False:
        yield Breach(f"the limit is {limit}", "limitAmount")


def _owner(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    if resource.at("tags.owner") != "ml-team":
        yield Breach("another team's", "tags.owner")


def _rule(name: str, level: Level, kind: str, run: Any) -> Rule:
    return Rule(
        id=name,
        demand=f"{name} is kept.",
        why="The tests need it.",
        fix="Keep it.",
        source="https://example.com/rule",
        severity=Severity.HIGH,
        level=level,
        external=("EX_1",),
        checks={kind: Check(run=run, reads=(), passes={}, fails=(), absent=Absent.PASSES)},
    )


BUDGET = _rule("GP-COST-901", Level.MANDATORY, "aws:budgets/budget:Budget", _limit)
"""Broken by a budget of more than 500 outside production."""
OWNER = _rule("GP-GOV-902", Level.ADVISORY, "aws:sagemaker/endpoint:Endpoint", _owner)
"""Broken by another owner than ml-team."""
_PLANS: dict[str, dict[str, Any]] = {}


@pytest.fixture(name="ci")
def _ci(repo, monkeypatch, capsys):
    """
    `ci("--env", "dev")` in that repository, on AWS unless it says otherwise; no traceback may ever come out.

    Two rules of the tests' own stand for the packs, and what was planned once is not planned again.
    """
    plan = command._plan

    def remembered(target):
        key = f"{target.stack} {target.place} {target.blueprint.model_dump_json()}"
        if key not in _PLANS:
            _PLANS[key] = plan(target)
        return _PLANS[key]

    monkeypatch.setattr(command, "_plan", remembered)
    monkeypatch.setattr(report, "side_by_side", lambda do, items: [do(item) for item in items])  # a child forgets
    monkeypatch.setattr(command, "chosen_rules", lambda _: (BUDGET, OWNER))
    for name in ("GITHUB_REPOSITORY", "CI_PROJECT_URL", "BUILD_REPOSITORY_URI"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str, folder: Path | None = None) -> Ran:
        cloud = [] if "--cloud" in words else ["--cloud", "aws"]
        monkeypatch.chdir(folder or repo.folder)
        monkeypatch.setattr(sys, "argv", ["groundplan", "ci", *words, *cloud])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            app.main()
        printed = capsys.readouterr()
        return Ran(int(str(left.value.code)), printed.out, printed.err)

    return run
