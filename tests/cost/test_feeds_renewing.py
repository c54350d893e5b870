"""A table is renewed whole from its feed, or stays as it is and says why."""

import json

import pytest

from groundplan.cost.feeds import renew
from groundplan.cost.feeds.aws import PriceList
from groundplan.cost.feeds.azure import RetailPrices
from groundplan.cost.feeds.gcp import Catalog
from groundplan.cost.feeds.web import Web
from tests.cost.feeds.hosts import Answered, Hosts
from tests.cost.feeds.tables import TABLES, cells, lay, rows


@pytest.fixture
def hosts():
    return Hosts()


@pytest.fixture
def data(tmp_path):
    return lay(tmp_path)


def renewed(cloud, data, hosts, **options):
    web = Web(hosts, pause=lambda _: None)
    feed = {"aws": PriceList(web), "gcp": Catalog(web, "key"), "azure": RetailPrices(web)}[cloud]
    return {one.table: one for one in renew(cloud, data, feed, lambda _: None, **options)}


def outcomes(renewal):
    return {(one.key, one.region): one.outcome for one in renewal.decisions}


def unchanged(data, *names):
    return all((data / f"{name}.csv").read_text("utf-8") == TABLES[name] for name in names)


def test_machines_of_aws_are_sagemaker_s_own_prices(data, hosts):
    """
    A price derived from EC2 becomes the one that SageMaker lists; a machine the feed lacks stays.
    """
    done = renewed("aws", data, hosts)["prices_aws"]

    assert done.written
    assert cells(data, "prices_aws", "ml.m5.xlarge", "usd_per_hour", "basis", "source") == [
        ("0.23", "listed", "aws-feed-AmazonSageMaker-2026-09-29"),
        ("0.257", "listed", "aws-feed-AmazonSageMaker-2026-09-29"),
    ]
    assert outcomes(done) == {
        ("ml.m5.xlarge", "us-east-1"): "renewed",
        ("ml.g5.xlarge", "us-east-1"): "unchanged",
        ("ml.m5.xlarge", "eu-west-1"): "renewed",
        ("ml.p5.4xlarge", "eu-west-1"): "kept",
    }
    assert rows(data, "prices_aws")[-1]["basis"] == "unknown"


def test_two_prices_of_one_machine_leave_it_as_it_is(data, hosts):
    """
    Where hosting and training differ, the catalogue's one price cannot be both, and the run says so.
    """
    hosts.spoilt["aws/AmazonSageMaker-us-east-1.csv"] = lambda _r, body: Answered(
        b"\n".join(
            line.replace(b"0.2300000000", b"0.2800000000") if b"Train:ml.m5" in line else line
            for line in body.split(b"\n")
        )
    )
    done = renewed("aws", data, hosts)["prices_aws"]

    (kept,) = [one for one in done.decisions if one.place == "ml.m5.xlarge in us-east-1"]
    assert (kept.outcome, kept.why) == ("kept", "the feed has 2 prices of ml.m5.xlarge: 0.23, 0.28")
    assert cells(data, "prices_aws", "ml.m5.xlarge", "usd_per_hour")[0] == ("0.2304",)


def test_services_of_aws_are_renewed_tier_by_tier(data, hosts):
    """
    An item's tiers are replaced together, in the place of the old ones, with the note of the rules.
    """
    done = renewed("aws", data, hosts)["services_aws"]

    assert cells(data, "services_aws", "s3-standard-storage", "region", "from", "usd") == [
        ("us-east-1", "0", "0.0230"),
        ("us-east-1", "51200", "0.022"),
        ("us-east-1", "512000", "0.021"),
        ("eu-west-1", "0", "0.023"),
        ("eu-west-1", "51200", "0.022"),
        ("eu-west-1", "512000", "0.021"),
    ]
    assert [row["item"] for row in rows(data, "services_aws")][6:8] == ["route53-zone-month", "nat-gateway-hour"]
    assert {note for (note,) in cells(data, "services_aws", "s3-standard-storage", "note")} == {
        "tiers: 50 TB, next 450 TB, over 500 TB"
    }
    assert outcomes(done)["s3-standard-storage", "us-east-1"] == "unchanged"
    assert outcomes(done)["nat-gateway-hour", "eu-west-1"] == "renewed"


def test_units_free_allowances_and_regions_are_the_table_s(data, hosts):
    """
    The feed's unit is counted over, a free first tier left out, and a price for all regions taken from all.
    """
    renewed("aws", data, hosts)

    assert cells(data, "services_aws", "sns-requests", "from", "usd") == [("0", "0.5")]
    assert cells(data, "services_aws", "ebs-gp3-throughput", "usd", "source") == [
        ("0.044", "aws-feed-AmazonEC2-2026-09-25")
    ]
    assert cells(data, "services_aws", "kms-key-month", "region", "usd", "source") == [
        ("*", "1.0", "aws-feed-awskms-2026-09-20")
    ]


def test_an_item_that_no_rule_knows_stays(data, hosts):
    """
    Rows without a rule are left to the hand that wrote them, to the letter.
    """
    before = cells(data, "services_aws", "route53-zone-month", "usd", "basis", "source", "note")
    done = renewed("aws", data, hosts)["services_aws"]

    assert cells(data, "services_aws", "route53-zone-month", "usd", "basis", "source", "note") == before
    assert done.untouched == 1


def test_sources_follow_the_rows(data, hosts):
    """
    Each offer read is a source with its publication day; a source that no row names any longer goes.
    """
    renewed("aws", data, hosts)

    known = {row["source"]: row["date"] for row in rows(data, "sources")}
    used = {row["source"] for name in TABLES if name != "sources" for row in rows(data, name)} - {""}
    assert used == set(known)
    assert known["aws-feed-AmazonS3-2026-09-28"] == "2026-09-28"
    assert "other" not in known


def test_a_second_run_on_the_same_feed_changes_nothing(data, hosts):
    """
    Renewing is stable: the same answers leave every file to the letter.
    """
    renewed("aws", data, hosts)
    files = {path.name: path.read_bytes() for path in data.iterdir()}
    again = renewed("aws", data, hosts)

    assert {path.name: path.read_bytes() for path in data.iterdir()} == files
    assert not any(one.written or one.faults for one in again.values())
    assert "renewed" not in {outcome for one in again.values() for outcome in outcomes(one).values()}


def test_a_dry_run_writes_nothing(data, hosts):
    """
    It decides as the true run does, and every file stays.
    """
    done = renewed("aws", data, hosts, dry=True)

    assert outcomes(done["prices_aws"])["ml.m5.xlarge", "us-east-1"] == "renewed"
    assert unchanged(data, *TABLES)


def test_machines_of_google_are_the_sum_of_their_parts(data, hosts):
    """
    Cores, memory and cards of Compute Engine x 1.15, and its spot price with the fee on top; no rule, no change.
    """
    done = renewed("gcp", data, hosts)["prices_gcp"]

    assert cells(data, "prices_gcp", "a2-highgpu-1g", "usd_per_hour", "basis") == [("4.224393", "derived")]
    assert cells(data, "prices_gcp", "n1-standard-4", "usd_per_hour", "spot_usd_per_hour") == [
        ("0.218499", "0.0685"),
        ("0.240579", ""),
    ]
    assert outcomes(done)["a2-highgpu-1g", "us-central1"] == "unchanged"
    assert (done.untouched, rows(data, "prices_gcp")[-1]["source"]) == (1, "hand")


def test_services_of_google_are_matched_by_description_and_region(data, hosts):
    """
    A regional disk is not a zonal one; what Google counts by the hour is a month of 730.
    """
    renewed("gcp", data, hosts)

    assert cells(data, "services_gcp", "pd-ssd", "region", "usd") == [
        ("us-central1", "0.17"),
        ("europe-west4", "0.187"),
    ]
    assert cells(data, "services_gcp", "external-ip-hour", "usd") == [("0.005",)]
    assert cells(data, "services_gcp", "artifact-registry-storage", "usd", "source") == [
        ("0.1", "gcp-feed-149C-F9EC-3994-2026-09-24")
    ]


def test_machines_of_azure_are_linux_on_demand_and_low_priority(data, hosts):
    """
    Windows and spot meters are other prices; without a low-priority meter its share of the price stays.
    """
    renewed("azure", data, hosts)

    assert cells(data, "prices_azure", "Standard_D4s_v3", "usd_per_hour", "spot_usd_per_hour") == [
        ("0.192", "0.0384"),
        ("0.24", "0.048"),
    ]


def test_services_of_azure_are_matched_by_product_sku_and_meter(data, hosts):
    """
    Of meters with one name the product decides; operations sold by ten are a million.
    """
    renewed("azure", data, hosts)

    assert cells(data, "services_azure", "blob-hot-lrs-storage", "region", "usd") == [
        ("westeurope", "0.0196"),
        ("westeurope", "0.018816"),
        ("westeurope", "0.018032"),
        ("eastus2", "0.0184"),
        ("eastus2", "0.017664"),
        ("eastus2", "0.016928"),
    ]
    assert cells(data, "services_azure", "functions-flex-executions", "from", "usd") == [("0", "0.4")]
    assert cells(data, "services_azure", "key-vault-hsm-advanced-key-month", "from", "usd") == [
        ("0", "5"),
        ("250", "2.5"),
        ("1500", "0.9"),
        ("4000", "0.4"),
    ]


def test_a_feed_that_fails_leaves_its_table_and_no_other(data, hosts):
    """
    One offer short: the services stay to the letter and say why; the machines, which did not need it, are renewed.
    """
    hosts.spoilt["aws/AmazonS3-eu-west-1.csv"] = lambda _r, body: Answered(body[:900], announced=len(body))
    done = renewed("aws", data, hosts)

    assert done["services_aws"].faults == (
        "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonS3/20260930180000/eu-west-1/index.csv: "
        "ended after 900 of 2186 bytes",
    )
    assert unchanged(data, "services_aws")
    assert done["prices_aws"].written


def test_a_region_that_is_missing_leaves_the_table(data, hosts):
    """
    A region index without a region that the table has is no whole answer.
    """
    hosts.edit("aws/AmazonSageMaker-region_index.json", lambda index: index["regions"].pop("eu-west-1"))
    done = renewed("aws", data, hosts)

    assert done["prices_aws"].faults == ("AmazonSageMaker: the region index has no eu-west-1",)
    assert unchanged(data, "prices_aws", "services_aws")


def test_a_region_without_a_single_price_leaves_the_table(data, hosts):
    """
    Google's answers hold all regions: one with none of the prices known is missing.
    """
    for page in (1, 2):
        hosts.replace(f"gcp/6F81-5844-456A-{page}.json", "us-west1", "us-west9")
    hosts.replace("gcp/6F81-5844-456A-2.json", '"europe-west4"', '"europe-west5"')
    done = renewed("gcp", data, hosts)

    assert done["prices_gcp"].faults == ("europe-west4: the feed has none of 1 prices known",)
    assert unchanged(data, "prices_gcp", "services_gcp")


@pytest.mark.parametrize(
    ("price", "why"),
    [
        ("0.0000000000", "nat-gateway-hour in us-east-1: the feed has a price of 0"),
        ("0.1300000000", "nat-gateway-hour in us-east-1: 0.04 USD became 0.13, more than 3 times off"),
        ("0.0130000000", "nat-gateway-hour in us-east-1: 0.04 USD became 0.013, more than 3 times off"),
    ],
)
def test_a_price_that_cannot_be_leaves_the_table(data, hosts, price, why):
    """
    A price of 0, or one that leapt by more than three times either way, and nothing of the table is written.
    """
    hosts.replace("aws/AmazonEC2-us-east-1.csv", "0.0450000000", price)
    done = renewed("aws", data, hosts)["services_aws"]

    assert done.faults == (why,)
    assert unchanged(data, "services_aws")


def test_a_change_of_three_times_is_still_taken(data, hosts):
    """
    The bound is more than three times: 0.04 to 0.12 is written.
    """
    hosts.replace("aws/AmazonEC2-us-east-1.csv", "0.0450000000", "0.1200000000")

    assert renewed("aws", data, hosts)["services_aws"].written


def test_a_spot_price_above_the_on_demand_one_leaves_the_table(data, hosts):
    """
    Spot prices move, but never above what an hour costs on demand.
    """
    hosts.edit("azure/Standard_D4s_v3.json", lambda page: _low_priority(page["Items"], 0.5))
    done = renewed("azure", data, hosts)["prices_azure"]

    assert done.faults == ("Standard_D4s_v3 in eastus: the feed has a spot price of 0.5 beside 0.192",)
    assert unchanged(data, "prices_azure")


def test_a_feed_that_lost_a_tenth_of_what_it_had_leaves_the_table(data, hosts):
    """
    More than a tenth of the prices renewed before are gone: the feed, or a rule, is not what it was.
    """
    renewed("aws", data, hosts)
    before = (data / "services_aws.csv").read_text("utf-8")
    hosts.replace("aws/AmazonEC2-eu-west-1.csv", "EU-NatGateway-Hours", "EU-NatGateway-Hrs")
    done = renewed("aws", data, hosts)["services_aws"]

    assert done.faults == (
        "the feed has 1 of 8 prices renewed before no longer, such as nat-gateway-hour in eu-west-1",
    )
    assert (data / "services_aws.csv").read_text("utf-8") == before


def test_a_price_the_feed_never_had_is_kept_and_told(data, hosts):
    """
    A first run may find less than the table has: those rows stay, each with its reason.
    """
    hosts.replace("aws/AmazonEC2-eu-west-1.csv", "EBS:VolumeP-Throughput", "EBS:Throughput")
    done = renewed("aws", data, hosts)["services_aws"]

    (kept,) = [one for one in done.decisions if one.outcome == "kept"]
    assert kept.place == "ebs-gp3-throughput in eu-west-1"
    assert "AmazonEC2 has no" in kept.why
    assert done.written


def test_a_unit_that_changed_is_not_taken_for_the_old_one(data, hosts):
    """
    A factor is for one unit: in another the price is kept, and the run names both.
    """
    hosts.replace("aws/AmazonEC2-eu-west-1.csv", "GiBps-mo", "MiBps-mo")
    done = renewed("aws", data, hosts)["services_aws"]

    (kept,) = [one for one in done.decisions if one.outcome == "kept"]
    assert "in MiBps-mo, not in GiBps-mo" in kept.why


def test_a_write_that_fails_leaves_the_old_file(data, hosts, monkeypatch):
    """
    The new table takes the old one's place in one step: when that fails, the old one is whole and nothing lies about.
    """

    def fail(_descriptor):
        raise OSError("disk full")

    monkeypatch.setattr("groundplan.cost.feeds.table.os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        renewed("aws", data, hosts)

    assert unchanged(data, *TABLES)
    assert not list(data.glob(".*"))


def _low_priority(items, price):
    for item in items:
        if item["skuName"].endswith("Low Priority"):
            item["retailPrice"] = price
    assert json.dumps(items).count("Low Priority")
