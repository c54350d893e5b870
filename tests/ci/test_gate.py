"""When `groundplan ci` keeps a change from being merged, and what it says of findings."""

import json

from tests.ci.conftest import BLUEPRINT

WAIVER = """\
waivers:
  - {rule: GP-COST-901, resource: budget, reason: load test until launch, owner: ml-team, until: 2999-01-31}
"""
DEAR = ("monthly_usd: 450", "monthly_usd: 550")


def _since(ran):
    (stack,) = ran.json["stacks"]
    return [(f["rule"], f["since"], bool(f["waived"])) for f in stack["findings"]]


def test_a_new_mandatory_violation_fails(repo, ci):
    """
    A budget above the limit is told as new, with its line, and fails.
    """
    repo.change(*DEAR)
    ran = ci("--env", "dev")

    assert 1 == ran.code
    assert "❌ groundplan: 1 mandatory violation(s) in 1 of 1 stack(s)" in ran.out
    assert "| 1, 1 mandatory | 0 |" in ran.out
    assert "**New violations**" in ran.out
    assert "([`shop.yaml` line 9](shop.yaml#L9))" in ran.out


def test_an_advisory_one_is_told_and_does_not_fail(repo, ci):
    """
    What is advisory is in the comment and merges.
    """
    repo.change("owner: ml-team\n", "owner: other-team\n")
    ran = ci("--env", "dev", "--json")

    assert 0 == ran.code
    assert [("GP-GOV-902", "new", False)] == _since(ran)


def test_an_old_violation_fails_unless_only_new_ones_count(repo, ci):
    """
    A violation of the base fails a change of its stack; with --only-new it is told and does not.
    """
    repo.git("switch", "--quiet", "main")
    repo.change(*DEAR)
    repo.commit()
    repo.git("switch", "--quiet", "--create", "later")
    repo.change("{cpu: 4, memory: 16GiB}", "{cpu: 8, memory: 16GiB}")
    ran = ci("--env", "dev", "--json")

    assert 1 == ran.code
    assert [("GP-COST-901", "still", False)] == _since(ran)
    ran = ci("--env", "dev", "--only-new")
    assert 0 == ran.code
    assert "**Still there**" in ran.out
    assert "✅ `shop-dev-aws`" in ran.out


def test_a_fixed_violation_is_told(repo, ci):
    """
    A violation that the change ends is told as fixed, and does not fail.
    """
    repo.git("switch", "--quiet", "main")
    repo.change(*DEAR)
    repo.commit()
    repo.git("switch", "--quiet", "--create", "later")
    repo.write(BLUEPRINT)
    ran = ci("--env", "dev", "--json")

    assert 0 == ran.code
    assert [("GP-COST-901", "fixed", False)] == _since(ran)


def test_a_waiver_is_told_apart(repo, ci):
    """
    A violation that the change waives does not fail, and the comment says by whom, why and until when.
    """
    repo.git("switch", "--quiet", "main")
    repo.change(*DEAR)
    repo.commit()
    repo.git("switch", "--quiet", "--create", "later")
    repo.write((repo.folder / "shop.yaml").read_text("utf-8") + WAIVER)
    ran = ci("--env", "dev")

    assert 0 == ran.code
    assert "**Waived**" in ran.out
    assert "Waived **by this change** until 2999-01-31 by `ml-team`: load test until launch." in ran.out


def test_a_waiver_taken_away_is_a_new_violation(repo, ci):
    """
    What was waived at the base and no longer is, is new: even --only-new fails.
    """
    repo.git("switch", "--quiet", "main")
    repo.change(*DEAR)
    repo.write((repo.folder / "shop.yaml").read_text("utf-8") + WAIVER)
    repo.commit()
    repo.git("switch", "--quiet", "--create", "later")
    repo.change(WAIVER, "")
    ran = ci("--env", "dev", "--only-new", "--json")

    assert 1 == ran.code
    assert [("GP-COST-901", "new", False)] == _since(ran)


def test_lines_that_move_make_nothing_new(repo, ci):
    """
    A violation is known by rule, component, resource and property, not by its line.
    """
    repo.git("switch", "--quiet", "main")
    repo.change(*DEAR)
    repo.commit()
    repo.git("switch", "--quiet", "--create", "later")
    repo.change("owner: ml-team\n", "\n\nowner: other-team\n")
    found = {rule: since for rule, since, _ in _since(ci("--env", "dev", "--json"))}

    assert {"GP-COST-901": "still", "GP-GOV-902": "new"} == found


def test_the_team_s_configuration_holds(repo, ci):
    """
    A rule that the packs' configuration makes advisory does not fail.
    """
    repo.change(*DEAR)
    settings = {"gp-settings": {"productionEnvironments": ["dev"]}}
    (repo.folder / "packs.json").write_text(json.dumps(settings), encoding="utf-8")

    assert 0 == ci("--env", "dev", "--config", "packs.json").code
