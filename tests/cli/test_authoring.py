"""`init`, `validate`, `show`, `schema` and `stack` as a person runs them."""

import json

import pytest


@pytest.mark.parametrize("example", ["minimal", "fraud-detection", "vision-inspection"])
def test_what_init_writes_is_valid(groundplan, folder, example):
    """
    The blueprint that `init` writes validates as it stands, and its editor schema lies beside it.
    """
    assert 0 == groundplan("init", "new/mine.yaml", "--like", example).code

    assert 0 == groundplan("validate", "new/mine.yaml").code
    assert json.loads((folder / "new" / "schema.json").read_text("utf-8"))["properties"]


def test_validate_tells_all_errors_of_all_files(groundplan, folder):
    """
    Every error of every file is a line of its own; as JSON too; exit code 2.
    """
    text = (folder / "minimal.yaml").read_text("utf-8")
    bad = text.replace("owner:", "ownr:").replace("max_run: 1h", "max_run: 1")
    (folder / "bad.yaml").write_text(bad, encoding="utf-8")
    (folder / "worse.yaml").write_text("- list\n", encoding="utf-8")

    ran = groundplan("validate", "bad.yaml", "minimal.yaml", "worse.yaml")
    assert 2 == ran.code
    assert {"bad.yaml", "worse.yaml"} == {line.split(":")[0] for line in ran.err.splitlines()}
    assert "Write owner." in ran.err
    problems = json.loads(groundplan("validate", "bad.yaml", "--json").out)["problems"]
    assert all(p["line"] > 0 and p["message"] for p in problems)
    assert len(problems) >= 3


def test_show_fills_in_defaults(groundplan, folder):
    """
    `show` prints a blueprint with its defaults, which plans like the original.
    """
    shown = groundplan("show", "minimal.yaml", "--env", "prod").out
    (folder / "shown.yaml").write_text(shown, encoding="utf-8")

    assert "max_wait" in shown
    one, other = (
        json.loads(groundplan("plan", name, "--env", "prod", "--cloud", "aws", "--json").out)
        for name in ("minimal.yaml", "shown.yaml")
    )
    assert one["resources"] == other["resources"]


def test_schema_is_the_shipped_one(groundplan, root):
    """
    `schema` prints what editors are given.
    """
    assert (root / "blueprints" / "schema.json").read_text("utf-8") == groundplan("schema").out


def test_stack_writes_a_file_for_pulumi(groundplan, folder):
    """
    `stack` writes the configuration that `pulumi up` reads, and never over one of yours.
    """
    assert 0 == groundplan("stack", "minimal.yaml", "--env", "prod", "--cloud", "gcp").code
    assert "gcp:region" in (folder / "stacks" / "Pulumi.minimal-prod-gcp.yaml").read_text("utf-8")

    again = groundplan("stack", "minimal.yaml", "--env", "prod", "--cloud", "gcp")
    assert 2 == again.code
    assert "--force" in again.err


@pytest.mark.parametrize("command", ["init", "validate", "plan", "compare", "show", "schema", "stack", "up", "destroy"])
def test_every_command_explains_itself(groundplan, command):
    """
    `--help` says in a sentence what a command is for.
    """
    ran = groundplan(command, "--help")

    assert 0 == ran.code
    assert "Usage" in ran.out
