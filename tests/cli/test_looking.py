"""`plan` and `compare` as a person runs them: what they print, write and exit with."""

import json

import pytest


def test_plan_shows_resources_parity_and_cost(groundplan):
    """
    The table of one cloud names the components, what the cloud substitutes, and the monthly cost.
    """
    ran = groundplan("plan", "fraud-detection.yaml", "--env", "prod", "--cloud", "aws")

    assert 0 == ran.code
    for shown in ("foundation", "training/fraud-xgb", "endpoints/scorer", "substitute", "No price yet", "at least"):
        assert shown in ran.out


def test_plan_json_is_one_document(groundplan):
    """
    `--json` of one cloud is the plan's document, alone on standard output.
    """
    ran = groundplan("plan", "minimal.yaml", "--cloud", "gcp", "--json")

    assert 0 == ran.code
    assert "groundplan.plan/1" == json.loads(ran.out)["schema"]
    assert "" == ran.err


def test_plan_writes_the_page(groundplan, folder):
    """
    `--html` writes a page that holds every resource, and says where it is.
    """
    ran = groundplan("plan", "minimal.yaml", "--cloud", "aws", "--html", "out/page.html", "--json")

    page = (folder / "out" / "page.html").read_text("utf-8")
    assert "page: out/page.html" in ran.err
    assert all(r["name"] in page for r in json.loads(ran.out)["resources"])


def test_strict_refuses_substitutes(groundplan):
    """
    `--strict` fails with each needed feature that is not native, and why.
    """
    ran = groundplan("plan", "minimal.yaml", "--cloud", "azure", "--strict")

    assert 1 == ran.code
    assert "azure: training: fallback to on-demand: substitute" in ran.err


def test_compare_sets_the_clouds_side_by_side(groundplan):
    """
    One table for three clouds; as JSON, a mapping of them.
    """
    ran = groundplan("compare", "minimal.yaml", "--json")

    made = json.loads(ran.out)
    assert 0 == ran.code
    assert ["aws", "gcp", "azure"] == list(made["clouds"])
    assert all(c["resources"] > 50 and c["monthly"]["expected"] > 0 for c in made["clouds"].values())
    assert "Google Cloud" in groundplan("compare", "minimal.yaml").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plan", "minimal.yaml", "--cloud", "asw"], "'asw' is not one of aws, gcp, azure, all. Write aws."),
        (["plan", "minimal.yaml", "--env", "pord"], "there is no environment 'pord'. Write prod."),
        (["plan", "minimal.yml"], "Write minimal.yaml."),
        (["plan", "."], "it is a directory."),
        (["plan", "minimal.yaml", "--cloud", "aws", "--region", "eu-west-9"], "eu-west-9"),
        (["plan", "minimal.yaml", "--region", "eu-west-1"], "Name the cloud too"),
        (["plan", "minimal.yaml", "--month", "next"], "--month"),
        (["plan", "minimal.yaml", "--cloud", "aws", "--html", "/dev/null/x.html"], "can't be written"),
        (["up", "minimal.yaml", "--cloud", "all"], "one cloud at a time"),
        (["up", "minimal.yaml", "--cloud", "aws"], "there is no Pulumi.yaml here"),
        (["init", "minimal.yaml"], "minimal.yaml exists."),
        (["init", "x.yaml", "--like", "big"], "'big' is not an example."),
        (["plan"], "Missing argument"),
        (["paln", "minimal.yaml"], "No such command"),
    ],
)
def test_bad_input_is_one_clear_line(groundplan, words, said):
    """
    What was asked for in vain is told with what to write instead; exit code 2, nothing on standard output.
    """
    ran = groundplan(*words)

    assert 2 == ran.code
    assert said in ran.err
    assert "" == ran.out


def test_a_wish_no_machine_grants_is_told_where_it_stands(groundplan, folder):
    """
    An accelerator that a cloud does not sell in the region is an error at its line, with the nearest ones.
    """
    text = (folder / "minimal.yaml").read_text("utf-8")
    wish = "machine: {accelerator: A10G}"
    (folder / "gpu.yaml").write_text(text.replace("machine: {cpu: 4, memory: 16GiB}", wish), encoding="utf-8")

    ran = groundplan("plan", "gpu.yaml", "--cloud", "gcp")

    line = next(n for n, t in enumerate(text.splitlines(), 1) if "machine: {cpu: 4" in t)
    assert 2 == ran.code
    assert ran.err.startswith(f"gpu.yaml:{line}:")
    assert "training.churn.machine: gcp has no A10G" in ran.err
    assert "nearest: L4" in ran.err


def test_what_a_cloud_cannot_honour_is_refused(groundplan, folder):
    """
    A bid for spot, which none of the clouds' managed training takes, is refused on every one of them.
    """
    text = (folder / "minimal.yaml").read_text("utf-8")
    bid = "restartable: true, spot: {max_usd_per_hour: 1}"
    (folder / "bid.yaml").write_text(text.replace("restartable: true", bid), encoding="utf-8")

    for cloud in ("aws", "gcp", "azure"):
        ran = groundplan("plan", "bid.yaml", "--cloud", cloud)
        assert 2 == ran.code
        assert "leave spot.max_usd_per_hour out" in ran.err


def test_a_missing_sdk_is_named_with_its_command(groundplan, tmp_path):
    """
    Without a cloud's SDK, the command that installs it is told; the other clouds still plan.
    """
    (tmp_path / "hide").mkdir()
    (tmp_path / "hide" / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "real = util.find_spec\n"
        "util.find_spec = lambda name, package=None: None if name == 'pulumi_azure_native' else real(name, package)\n",
        encoding="utf-8",
    )
    hidden = {"PYTHONPATH": str(tmp_path / "hide")}

    refused = groundplan("plan", "minimal.yaml", "--cloud", "azure", **hidden)
    assert 2 == refused.code
    assert "pip install 'groundplan[azure]'" in refused.err
    assert 0 == groundplan("plan", "minimal.yaml", "--cloud", "aws", **hidden).code
