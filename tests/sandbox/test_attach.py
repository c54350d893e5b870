"""Serving the emulated clouds: in a `with` block, and from a command line."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from groundplan.sandbox.attach import Sandbox, UnknownCloud
from tests.sandbox.conftest import Engine, good

BUCKET = "aws:s3/bucket:Bucket"


def test_the_environment_names_each_provider_and_its_port(tmp_path: Path) -> None:
    """
    `pulumi` attaches what the variable lists.
    """
    with Sandbox(tmp_path, ["aws", "azure"]) as sandbox:
        assert re.fullmatch(r"aws:\d+,azure-native:\d+", sandbox.env["PULUMI_DEBUG_PROVIDERS"])


def test_a_place_can_be_chosen(tmp_path: Path) -> None:
    """
    What is not said of a place stays as usual.
    """
    with Sandbox(tmp_path, ["aws"], {"aws": {"region": "eu-north-1"}}) as sandbox:
        _, outputs = Engine(sandbox.ports["aws"]).create("aws:iam/role:Role", "r", {"assumeRolePolicy": "{}"})

    assert sandbox.places["aws"]["region"] == "eu-north-1"
    assert outputs["arn"].startswith("arn:aws:iam::111122223333:role/r-")


def test_an_unknown_cloud_is_refused(tmp_path: Path) -> None:
    """
    The error says which clouds there are.
    """
    with pytest.raises(UnknownCloud, match=r"\['aws', 'azure', 'gcp'\]"):
        Sandbox(tmp_path, ["oracle"])


def test_the_command_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    """
    `python -m groundplan.sandbox` prints what to export, serves, keeps its world, and ends cleanly.
    """
    command = [sys.executable, "-m", "groundplan.sandbox", "--world", str(tmp_path), "--clouds", "aws"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as served:
        assert served.stdout is not None
        line = served.stdout.readline()
        port = int(line.rsplit(":", 1)[1])
        Engine(port).create(BUCKET, "it", good(BUCKET))
        served.send_signal(signal.SIGINT)
        assert served.wait(20) == 0

    assert re.fullmatch(r"export PULUMI_DEBUG_PROVIDERS=aws:\d+\n", line)
    assert [r.id for r in Sandbox(tmp_path, []).world.resources()] == ["acme-artifacts"]
