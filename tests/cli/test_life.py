"""`up`, `preview` and `destroy` in the sandbox, as a person runs them."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine
ROOT = Path(__file__).parents[2]


def test_up_and_destroy_in_the_sandbox(groundplan):
    """
    A stack comes up with its outputs shown, a preview finds no change, and destroy says what is left.
    """
    up = groundplan("up", "minimal.yaml", "--cloud", "gcp", "--sandbox")
    assert 0 == up.code
    assert "created" in up.out
    assert "endpoints/predict.url: https://" in up.out

    again = json.loads(groundplan("preview", "minimal.yaml", "--cloud", "gcp", "--sandbox", "--json").out)
    assert ["same"] == list(again["changes"])
    assert "registry" in again["outputs"] or again["operation"] == "preview"

    gone = groundplan("destroy", "minimal.yaml", "--cloud", "gcp", "--sandbox")
    assert 0 == gone.code
    assert "a key ring can't be deleted" in gone.out


def test_a_protected_stack_is_left_whole(groundplan):
    """
    Destroying prod is refused before anything is deleted; `--unprotect` gives the data up.
    """
    assert 0 == groundplan("up", "minimal.yaml", "--env", "prod", "--cloud", "aws", "--sandbox").code

    refused = groundplan("destroy", "minimal.yaml", "--env", "prod", "--cloud", "aws", "--sandbox")
    assert 1 == refused.code
    assert "nothing was deleted" in refused.err
    preview = groundplan("preview", "minimal.yaml", "--env", "prod", "--cloud", "aws", "--sandbox", "--json")
    assert ["same"] == list(json.loads(preview.out)["changes"])

    gone = groundplan("destroy", "minimal.yaml", "--env", "prod", "--cloud", "aws", "--sandbox", "--unprotect")
    assert 0 == gone.code
    assert "left: nothing" in gone.out


def test_ctrl_c_leaves_a_state_that_the_next_up_goes_on_from(folder):
    """
    Interrupted half-way, `up` ends what it began and says so; the next one makes the rest, and nothing twice.
    """
    command = [sys.executable, "-m", "groundplan", "up", "minimal.yaml", "--cloud", "aws", "--sandbox"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    first = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    assert first.stderr
    said = ""
    for line in first.stderr:
        said += line
        if "50 resources" in line:
            first.send_signal(signal.SIGINT)
            break
    said += first.communicate()[1]
    assert 130 == first.returncode
    assert "the next `up` goes on from here" in said

    second = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    assert "unchanged" in second.stdout
    assert "created" in second.stdout


def test_a_month_beyond_an_enforced_budget_is_not_built(groundplan, folder):
    """
    `up` says in one line what the month would cost and what to write, and makes nothing.
    """
    text = (folder / "minimal.yaml").read_text("utf-8")
    assert "budget: {" in text
    (folder / "minimal.yaml").write_text(re.sub("budget: {[^}]*}", "budget: {monthly_usd: 5, enforce: plan}", text))

    refused = groundplan("up", "minimal.yaml", "--cloud", "gcp", "--sandbox")

    assert (1, "") == (refused.code, refused.out)
    assert 1 == refused.err.count("GP-COST-025: a month is expected to cost")
