"""A sandbox run shares nothing with the user's Pulumi; any other run shares all of it."""

from __future__ import annotations

from pathlib import Path

from groundplan.engine.cli import Engine
from groundplan.engine.environment import sandbox_environment, user_environment

ENGINE = Engine(Path("/opt/engine/pulumi"), "3.250.0", "cache")
USERS = {
    "PATH": "/usr/bin",
    "HOME": "/home/ada",
    "PULUMI_ACCESS_TOKEN": "pul-1",
    "PULUMI_BACKEND_URL": "s3://state",
    "PULUMI_CONFIG_PASSPHRASE_FILE": "/home/ada/passphrase",
    "PULUMI_DEBUG_PROVIDERS": "aws:1",
    "AWS_PROFILE": "prod",
}


def test_a_users_run_changes_only_the_path():
    """Backend, login, passphrase and credentials reach the engine as the user has them."""
    changed = user_environment(ENGINE).apply(USERS)

    assert {**USERS, "PATH": changed["PATH"]} == changed
    assert changed["PATH"].startswith("/opt/engine:")


def test_a_sandbox_has_its_own_home_state_and_passphrase(tmp_path: Path):
    """Nothing of the user's Pulumi or of their clouds' credentials gets in."""
    made = sandbox_environment(ENGINE, tmp_path / "box").apply(USERS)

    assert str(tmp_path / "box" / "home") == made["PULUMI_HOME"]
    assert f"file://{tmp_path}/box/backend?metadata=skip" == made["PULUMI_BACKEND_URL"]
    assert made["PULUMI_CONFIG_PASSPHRASE"]
    assert "true" == made["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"]
    for kept_out in ("PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE_FILE", "AWS_PROFILE"):
        assert kept_out not in made
    assert "/home/ada" == made["HOME"]


def test_a_sandbox_attaches_its_own_providers_or_else_the_users(tmp_path: Path):
    """`PULUMI_DEBUG_PROVIDERS` is what the caller says; unsaid, the user's goes through."""
    own = sandbox_environment(ENGINE, tmp_path, providers="gcp:2").apply(USERS)
    users = sandbox_environment(ENGINE, tmp_path).apply(USERS)

    assert "gcp:2" == own["PULUMI_DEBUG_PROVIDERS"]
    assert "aws:1" == users["PULUMI_DEBUG_PROVIDERS"]


def test_a_sandboxs_state_is_for_its_user_alone(tmp_path: Path):
    """State can hold secrets: no one else may read it."""
    sandbox_environment(ENGINE, tmp_path / "box")

    assert 0o700 == (tmp_path / "box" / "backend").stat().st_mode & 0o777
