"""Which stacks `groundplan ci` takes for changed."""

import os

import pytest

from tests.ci.conftest import BLUEPRINT, Repo


def _stacks(ran):
    return {stack["stack"]: stack["status"] for stack in ran.json["stacks"]}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("owner: ml-team\n", "owner: ml-team  # us\n"),
        ("environments: {dev:", "environments: {test: {}, dev:"),
        ("{cpu: 4, memory: 16GiB}", "{memory: 16GiB, cpu: 4}"),
        ("budget: {monthly_usd: 600}\n", "budget: {monthly_usd: 600.0}\noverrides: {gcp: {labels: {a: b}}}\n"),
    ],
    ids=["comment", "another environment", "order", "another cloud"],
)
def test_what_changes_nothing_is_no_change(repo, ci, old, new):
    """
    A comment, the order of keys, another environment or another cloud leaves a stack as it is.
    """
    repo.change(old, new)
    ran = ci("--env", "dev")

    assert 0 == ran.code
    assert "✅ groundplan: no stack changes" in ran.out


def test_only_the_environment_that_differs_is_told(repo, ci):
    """
    A change in the overlay of one environment changes the stacks of that one alone, committed or not.
    """
    repo.change("dev: {budget: {monthly_usd: 450}}", "dev: {budget: {monthly_usd: 400}}")

    assert {"shop-dev-aws": "changed"} == _stacks(ci("--json"))
    repo.commit()
    assert {"shop-dev-aws": "changed"} == _stacks(ci("--json"))


def test_new_and_removed_blueprints_are_told(repo, ci):
    """
    A blueprint that is not added yet is new, one that git ignores is not there, and one that is gone is removed.
    """
    repo.write("ignored.yaml\n", ".gitignore")
    repo.write(BLUEPRINT.replace("name: shop", "name: ignored"), "ignored.yaml")
    repo.write(BLUEPRINT.replace("name: shop", "name: spare"), "ml/spare.yml")
    repo.write("apiVersion: v1\nkind: Service\n", "service.yaml")
    (repo.folder / "shop.yaml").unlink()
    ran = ci("--env", "dev", "--json")

    assert {"shop-dev-aws": "removed", "spare-dev-aws": "new"} == _stacks(ran)
    removed, new = sorted(ran.json["stacks"], key=lambda stack: stack["status"], reverse=True)
    assert removed["resources"]["delete"] == new["resources"]["create"] > 50
    assert removed["cost"]["delta"]["min"] < 0 < new["cost"]["delta"]["min"]


def test_a_moved_blueprint_is_the_same_stack(repo, ci):
    """
    A file that is moved changes nothing; moved and changed, it is compared with what it was.
    """
    (repo.folder / "ml").mkdir()
    repo.git("mv", "shop.yaml", "ml/shop.yaml")
    assert {} == _stacks(ci("--env", "dev", "--json"))

    repo.change("monthly_usd: 450", "monthly_usd: 400", "ml/shop.yaml")
    assert {"shop-dev-aws": "changed"} == _stacks(ci("--env", "dev", "--json"))


def test_another_name_is_another_stack(repo, ci):
    """
    A blueprint with another name takes one stack away and makes another.
    """
    repo.change("name: shop", "name: store")

    assert {"shop-dev-aws": "removed", "store-dev-aws": "new"} == _stacks(ci("--env", "dev", "--json"))


def test_what_the_base_got_since_is_no_change_of_the_branch(repo, ci):
    """
    The branch is compared with where it left main.
    """
    repo.git("switch", "--quiet", "main")
    repo.change("owner: ml-team", "owner: other-team")
    repo.commit()
    repo.git("switch", "--quiet", "change")

    assert {} == _stacks(ci("--env", "dev", "--json"))


def test_named_blueprints_alone_are_compared(repo, ci):
    """
    Files that are named, relative to where one stands, are looked at and no others.
    """
    repo.change("monthly_usd: 450", "monthly_usd: 400")
    repo.write(BLUEPRINT.replace("name: shop", "name: spare"), "ml/spare.yaml")

    assert {"shop-dev-aws": "changed"} == _stacks(ci("shop.yaml", "--env", "dev", "--json"))
    ran = ci("../shop.yaml", "--env", "dev", "--json", folder=repo.folder / "ml")
    assert {"shop-dev-aws": "changed"} == _stacks(ran)


def test_a_shallow_clone_needs_no_history(repo, ci, tmp_path):
    """
    Where the clone does not reach the point where the branch left, the base itself is compared with.
    """
    repo.change("monthly_usd: 450", "monthly_usd: 400")
    repo.commit()
    clone = tmp_path / "clone"
    url = f"file://{repo.folder}"
    repo.git("clone", "--quiet", "--depth=1", "--branch=change", url, str(clone))
    Repo(clone).git("fetch", "--quiet", "--depth=1", "origin", "main:refs/remotes/origin/main")
    ran = ci("--env", "dev", folder=clone)

    assert "Compared with `origin/main`" in ran.out
    assert "the clone is too shallow to tell" in ran.out
    assert "`shop-dev-aws` | 0 | 1 | 0 | 0 |" in ran.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--base", "maim"], "--base: there is no commit 'maim' here."),
        (["--base", "--output=x"], "--base: there is no commit '--output=x' here."),
        (["--env", "pord"], "no blueprint here has an environment 'pord'. Write prod."),
        (["shop.yml"], "shop.yml: there is no such file. Write"),
        (["/etc/passwd"], "/etc/passwd is outside the repository"),
        (["--cloud", "asw"], "Write aws."),
        (["--json", "--comment", "-"], "--json and --comment - both print."),
        (["--sarif", "/dev/null/x"], "--sarif: /dev/null/x can't be written"),
        (["--config", "none.json"], "none.json can't be read"),
    ],
)
def test_bad_input_is_one_clear_line(ci, words, said):
    """
    What was given wrong ends with exit code 2 and what to write instead.
    """
    ran = ci(*words)

    assert 2 == ran.code
    assert said in ran.err
    assert 1 == len(ran.err.strip().splitlines())


@pytest.mark.parametrize("name", [b"\xff.yaml", b"a\n::error::b.yaml", "a\u202eb.yaml".encode()])
def test_a_name_that_cannot_be_shown_is_bad_input(repo, ci, name):
    """
    A blueprint whose name is not text is told in one line; another file of such a name is nothing to us.
    """
    file = repo.folder / os.fsdecode(name)
    file.write_text("kind: Service\n", encoding="utf-8")
    assert 0 == ci("--env", "dev").code

    file.write_text(BLUEPRINT, encoding="utf-8")
    ran = ci("--env", "dev")
    assert (2, 1) == (ran.code, len(ran.err.splitlines()))
    assert "Rename the blueprint." in ran.err


def test_outside_a_repository_there_is_nothing_to_compare(ci, tmp_path):
    """
    A folder that no repository holds is bad input, and so is a repository without a commit.
    """
    ran = ci(folder=tmp_path)
    assert (2, True) == (ran.code, "not a git repository" in ran.err)

    (tmp_path / "empty").mkdir()
    Repo(tmp_path / "empty").git("init", "--quiet")
    ran = ci(folder=tmp_path / "empty")
    assert (2, True) == (ran.code, "has no commit to compare with" in ran.err)


def test_errors_of_one_blueprint_do_not_hide_the_others(repo, ci):
    """
    A blueprint with errors is told with its lines, the other stacks are still there, and the exit code is 2.
    """
    repo.change("monthly_usd: 450", "monthly_usd: 400")
    repo.write(BLUEPRINT.replace("name: shop", "name: spare").replace("model: churn", "model: chrun"), "spare.yaml")
    ran = ci("--env", "dev")

    assert 2 == ran.code
    assert "❌ groundplan: 1 blueprint(s) with errors" in ran.out
    assert "[`spare.yaml` line 7](spare.yaml#L7)" in ran.out
    assert "`shop-dev-aws`" in ran.out
    assert "spare.yaml:7" in ran.err


def test_what_a_cloud_cannot_grant_is_an_error_of_that_stack(repo, ci):
    """
    A wish that only the plan finds out about is told at its line, for its stack.
    """
    repo.change("machine: {cpu: 4, memory: 16GiB}", "machine: {cpu: 1000, memory: 16GiB}")
    ran = ci("--env", "dev", "--json")

    (error,) = ran.json["errors"]
    assert 2 == ran.code
    assert ("shop.yaml", "shop-dev-aws") == (error["file"], error["stack"])
    assert 5 == error["problems"][0]["line"]


def test_a_base_with_errors_counts_as_absent(repo, ci):
    """
    Where the base could not be planned, all is new, and the comment says why.
    """
    repo.git("switch", "--quiet", "main")
    repo.change("model: churn", "model: chrun")
    repo.commit()
    repo.git("switch", "--quiet", "--create", "mended")
    repo.write(BLUEPRINT)
    ran = ci("--env", "dev")

    assert 0 == ran.code
    assert "`shop-dev-aws` (new)" in ran.out
    assert "The blueprint has errors at the base: it counts as absent there." in ran.out


def test_a_blueprint_that_stops_being_one_is_an_error(repo, ci):
    """
    A slip in apiVersion does not make a stack vanish from the review.
    """
    repo.change("groundplan/v1", "groundplam/v1")
    ran = ci()

    assert 2 == ran.code
    assert "Write groundplan/v1" in ran.out
