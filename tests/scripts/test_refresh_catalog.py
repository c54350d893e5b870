"""The command that renews the catalogue says what it did, and fails where a table had to stay."""

import json
import subprocess
from pathlib import Path

import pytest

from groundplan.cost.feeds.gcp import KEY
from groundplan.cost.feeds.web import Web
from scripts import refresh_catalog
from tests.cost.feeds.hosts import Answered, Hosts
from tests.cost.feeds.tables import TABLES, cells, lay

ROOT = Path(__file__).parents[2]


@pytest.fixture
def hosts():
    return Hosts()


@pytest.fixture
def run(tmp_path, hosts, capsys):
    data = lay(tmp_path)

    def do(*argv, environment=None):
        web = Web(hosts, pause=lambda _: None)
        known = {KEY: "key"} if environment is None else environment
        code = refresh_catalog.main(["--data", str(data), *argv], web, known)
        said = capsys.readouterr()
        return code, said.out, said.err

    return do


def test_all_clouds_are_renewed_and_told(run, tmp_path):
    """
    Without options every cloud's two tables are renewed; each price that changed is told with both its values.
    """
    code, out, err = run()

    assert code == 0
    assert [line.split(":")[0] for line in out.splitlines() if not line.startswith(" ")] == [
        "prices_aws", "services_aws", "prices_gcp", "services_gcp", "prices_azure", "services_azure",
    ]  # fmt: skip
    assert "prices_aws: 2 renewed, 1 unchanged, 1 kept; 0 rows are in no feed" in out
    assert "  renewed: ml.m5.xlarge in eu-west-1: 0.2568 -> 0.257" in out
    assert "  renewed: n1-standard-4 in us-central1: 0.21 -> 0.218499; spot 0.1 -> 0.0685" in out
    assert "  kept: the feed has no ml.p5.4xlarge here" in out
    assert "AmazonS3 eu-west-1" in err
    assert cells(tmp_path, "prices_azure", "Standard_D4s_v3", "usd_per_hour")[0] == ("0.192",)


def test_one_cloud_alone_may_be_renewed(run, tmp_path, hosts):
    """
    The feeds of the others are not asked, and their tables stay.
    """
    code, out, _ = run("--cloud", "azure", "--cloud", "azure")

    assert code == 0
    assert out.count("prices_azure:") == 1
    assert {request.host.split(":")[0] for request in hosts.asked} == {"prices.azure.com"}
    assert (tmp_path / "prices_aws.csv").read_text("utf-8") == TABLES["prices_aws"]


def test_a_dry_run_says_what_would_change(run, tmp_path):
    """
    The same account, nothing written.
    """
    code, out, _ = run("--dry-run", "--cloud", "aws")

    assert code == 0
    assert "  nothing was written: --dry-run" in out
    assert "ml.m5.xlarge in eu-west-1: 0.2568 -> 0.257" in out
    assert (tmp_path / "prices_aws.csv").read_text("utf-8") == TABLES["prices_aws"]


def test_json_has_every_price(run):
    """
    Standard output is one JSON document with each price, its outcome, its values and its reason.
    """
    code, out, _ = run("--json", "--cloud", "aws")

    assert code == 0
    prices, services = json.loads(out)
    assert (prices["table"], prices["written"], prices["faults"]) == ("prices_aws", True, [])
    assert {"kept", "renewed", "unchanged"} == {price["outcome"] for price in prices["prices"]}
    (nat,) = [p for p in services["prices"] if (p["key"], p["region"]) == ("nat-gateway-hour", "us-east-1")]
    assert (nat["before"], nat["after"]) == ([0.04], [0.045])
    assert services["rows_no_feed_has"] == 1


def test_a_table_that_had_to_stay_is_exit_code_1(run, hosts, tmp_path):
    """
    The reason is told, the other tables are renewed, and the exit code is 1.
    """
    hosts.spoilt["aws/AmazonS3-eu-west-1.csv"] = lambda _r, body: Answered(body[:900], announced=len(body))
    code, out, _ = run("--cloud", "aws")

    assert code == 1
    assert "  stays as it is: " in out
    assert "ended after 900 of" in out
    assert (tmp_path / "services_aws.csv").read_text("utf-8") == TABLES["services_aws"]
    assert cells(tmp_path, "prices_aws", "ml.m5.xlarge", "usd_per_hour")[0] == ("0.23",)


def test_without_google_s_key_its_tables_stay_and_the_run_says_which_variable(run, hosts):
    """
    A missing key is told by the variable's name; Google's host is not asked.
    """
    code, out, _ = run("--cloud", "gcp", environment={})

    assert code == 1
    assert f"set {KEY}" in out
    assert hosts.asked == []


def test_the_key_is_never_shown(run, hosts):
    """
    Neither standard output nor progress nor an error has the key in it.
    """
    hosts.spoilt["gcp/6F81-5844-456A-2.json"] = lambda _r, body: Answered(body[:100], announced=len(body))
    _, out, err = run("--cloud", "gcp", environment={KEY: "AIza-not-to-be-seen"})

    assert "ended after 100 of" in out
    assert "AIza-not-to-be-seen" not in out + err


def test_tables_that_cannot_be_read_are_one_sentence(tmp_path, capsys):
    """
    A folder without tables is said in a line, with exit code 2, not in a traceback.
    """
    assert refresh_catalog.main(["--data", str(tmp_path / "nowhere"), "--cloud", "aws"], Web(Hosts())) == 2
    assert "No such file" in capsys.readouterr().err


def test_the_wrapper_is_like_the_other_scripts():
    """
    scripts/refresh_catalog is executable, well-formed bash, and makes the environment by setup.sh.
    """
    path = ROOT / "scripts" / "refresh_catalog"

    assert path.stat().st_mode & 0o111
    assert 'source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"' in path.read_text("utf-8")
    subprocess.run(["bash", "-n", str(path)], check=True)  # noqa: S607
