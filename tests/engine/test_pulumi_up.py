"""`pulumi up -s <stack>` at the repository's root, as a Pulumi user types it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from groundplan.cli.life import emulated_cloud
from groundplan.engine.environment import sandbox_environment
from tests.engine.test_stacks import _target

pytestmark = pytest.mark.engine
ROOT = Path(__file__).parents[2]


@pytest.fixture(name="checkout")
def _checkout(tmp_path) -> Path:
    """A copy of what the project is made of, as `pulumi stack init` writes into it."""
    folder = tmp_path / "checkout"
    for name in ("stacks", "blueprints"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


@pytest.fixture(name="pulumi")
def _pulumi(engine, checkout, tmp_path):
    """Run the CLI in the checkout, with emulated clouds attached."""

    def run(*words, cloud, fails=False):
        with emulated_cloud(_target(cloud), tmp_path) as clouds:
            environment = sandbox_environment(engine, tmp_path / "engine", clouds.env["PULUMI_DEBUG_PROVIDERS"])
            done = subprocess.run(
                [engine.path, *words, "--non-interactive"],
                cwd=checkout,
                env=environment.apply(dict(os.environ)),
                capture_output=True,
                text=True,
                check=False,
            )
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_up_preview_destroy(pulumi, cloud):
    """
    The shipped stack comes up, its outputs are the components' results, and it goes away.
    """
    stack = f"fraud-detection-dev-{cloud}"
    pulumi("stack", "init", stack, cloud=cloud)

    assert "created" in pulumi("up", "-s", stack, "--yes", "--skip-preview", cloud=cloud)
    outputs = json.loads(pulumi("stack", "output", "-s", stack, "--json", cloud=cloud))
    assert set(outputs) == {"foundation", "registry", "training/fraud-xgb", "endpoints/scorer", "dashboard", "budget"}
    if cloud == "aws":  # `test_stacks` looks a second time on every cloud
        assert "unchanged" in pulumi("preview", "-s", stack, "--expect-no-changes", cloud=cloud)
    assert "deleted" in pulumi("destroy", "-s", stack, "--yes", "--skip-preview", cloud=cloud)


def test_a_missing_value_is_one_clear_line(pulumi, checkout):
    """
    A stack whose configuration lacks a value is told the command that sets it, without a traceback.
    """
    file = checkout / "stacks" / "Pulumi.fraud-detection-dev-gcp.yaml"
    kept = [line for line in file.read_text("utf-8").splitlines() if "projectNumber" not in line]
    file.write_text("\n".join(kept), encoding="utf-8")
    pulumi("stack", "init", "fraud-detection-dev-gcp", cloud="gcp")

    said = pulumi("preview", "-s", "fraud-detection-dev-gcp", cloud="gcp", fails=True)

    assert "pulumi config set groundplan:projectNumber <value>" in said
    assert "Traceback" not in said


def test_a_bad_blueprint_is_told_by_line(pulumi, checkout):
    """
    What is wrong with the blueprint is shown where it stands, and nothing is made.
    """
    file = checkout / "blueprints" / "fraud-detection.yaml"
    file.write_text(file.read_text("utf-8").replace("model: fraud-xgb", "model: fraud-xbg"), encoding="utf-8")
    pulumi("stack", "init", "fraud-detection-dev-aws", cloud="aws")

    said = pulumi("up", "-s", "fraud-detection-dev-aws", "--yes", "--skip-preview", cloud="aws", fails=True)

    assert "fraud-detection.yaml:" in said
    assert "Write fraud-xgb." in said
    assert "Traceback" not in said


def test_a_month_beyond_an_enforced_budget_is_not_built(pulumi, checkout):
    """
    A bare `pulumi up` says what the month would cost and makes nothing; a waiver lets it through.
    """
    file = checkout / "blueprints" / "fraud-detection.yaml"
    text = file.read_text("utf-8")
    assert "budget: {monthly_usd: 600," in text
    file.write_text(text.replace("budget: {monthly_usd: 600,", "budget: {monthly_usd: 90, enforce: plan,"), "utf-8")
    pulumi("stack", "init", "fraud-detection-dev-aws", cloud="aws")

    refused = pulumi("preview", "-s", "fraud-detection-dev-aws", cloud="aws", fails=True)
    waiver = "{rule: GP-COST-025, resource: budget, reason: load test until launch, owner: risk-ml, until: 2999-01-31}"
    with file.open("a", encoding="utf-8") as more:
        more.write(f"waivers: [{waiver}]\n")
    let_through = pulumi("preview", "-s", "fraud-detection-dev-aws", cloud="aws")

    assert "fraud-detection.yaml:96: GP-COST-025: a month is expected to cost" in refused
    assert "above the budget of 90.00" in refused
    assert "+ 1 to create" in refused  # the stack itself
    assert " to create" in let_through
