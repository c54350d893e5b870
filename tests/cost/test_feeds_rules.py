"""The catalogue's own rules fit its tables, and its tables go through the program unharmed."""

import csv
import io
import re
from collections import defaultdict

import pytest

from components.catalog.machines import kinds
from components.catalog.services import services
from groundplan.cost.feeds.mapping import rules
from groundplan.cost.feeds.quote import quoter
from groundplan.cost.feeds.table import prune, read, write
from tests.cost.feeds.tables import CATALOGUE

CLOUDS = ("aws", "gcp", "azure")
IMPORTANT = {
    "aws": {
        "s3-standard-storage", "s3-put-requests", "nat-gateway-hour", "vpc-endpoint-interface-hour", "kms-key-month",
        "cloudwatch-logs-ingest", "cloudwatch-alarm-standard-month", "step-functions-transitions", "ecr-storage",
        "sagemaker-featurestore-online-write-unit", "ebs-gp3-storage", "secrets-manager-secret-month",
    },
    "gcp": {
        "gcs-standard-storage", "gcs-class-a-requests", "cloud-nat-data", "psc-data", "kms-key-version-month-software",
        "logging-ingest", "monitoring-metrics-ingest", "artifact-registry-storage", "bigquery-storage-active", "pd-ssd",
    },
    "azure": {
        "blob-hot-lrs-storage", "blob-write-operations", "nat-gateway-hour", "private-endpoint-hour",
        "key-vault-operations", "log-analytics-ingest", "monitor-metric-alert-month", "logic-apps-consumption-actions",
        "container-registry-premium-day", "functions-flex-gb-seconds", "managed-disk-premium-p10-month",
    },
}  # fmt: skip


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_rule_is_of_an_item_of_the_catalogue(cloud):
    """
    A rule for an item that the table lacks would never be used.
    """
    assert set(rules(CATALOGUE / "feeds.csv", cloud)) <= services(cloud)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_a_stack_pays_most_for_can_be_renewed(cloud):
    """
    Storage, requests, NAT, private endpoints, keys, logs, alarms, workflows, registries and disks have rules.
    """
    assert IMPORTANT[cloud] <= set(rules(CATALOGUE / "feeds.csv", cloud))


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_rule_s_note_states_no_price(cloud):
    """
    The note outlives the price it is put beside, so no figure of money is in it.
    """
    known = rules(CATALOGUE / "feeds.csv", cloud)

    assert {} == {item: rule.note for item, rule in known.items() if re.search(r"\b\d+\.\d\d", rule.note)}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_no_two_items_are_one_meter_by_accident(cloud):
    """
    Items that share a rule are those that the cloud bills by one meter.
    """
    shared = defaultdict(set)
    for item, rule in rules(CATALOGUE / "feeds.csv", cloud).items():
        shared[rule.offer, rule.family, rule.kind, rule.meter.pattern].add(item)

    one_meter = [{"s3-standard-storage", "s3-noncurrent"}, {"log-analytics-ingest", "application-insights-ingest"}]
    assert [] == [items for items in shared.values() if len(items) > 1 and items not in one_meter]


def test_machines_of_every_cloud_can_be_renewed():
    """
    All of SageMaker's and Azure's machines, and all of Vertex AI's but the few whose parts Google sells otherwise.
    """
    without = {"a3-ultragpu-8g", "a4-highgpu-8g", "a4x-highgpu-4g", "a3-megagpu-8g"}
    for cloud in CLOUDS:
        ask = quoter(cloud, CATALOGUE).asks
        assert {key for key in kinds(cloud) if not ask(key, "a-region")} == (without if cloud == "gcp" else set())


@pytest.mark.parametrize("name", [f"{kind}_{cloud}" for kind in ("prices", "services") for cloud in CLOUDS])
def test_a_table_goes_through_the_program_unharmed(name, tmp_path):
    """
    Read and written, the catalogue's tables are what they were: a renewal's difference is its prices and no more.
    """
    before = (CATALOGUE / f"{name}.csv").read_bytes()
    (tmp_path / f"{name}.csv").write_bytes(before)
    table = read(tmp_path / f"{name}.csv")
    write(table, list(table.rows))

    after = (tmp_path / f"{name}.csv").read_bytes()
    assert _parsed(after) == _parsed(before)
    assert after.count(b"\n") == before.count(b"\n")


def test_pruning_keeps_every_source_in_use():
    """
    Sources of images, machines and accelerators are in use too, though no feed renews them.
    """
    sources = read(CATALOGUE / "sources.csv")
    used = {row["source"] for row in prune(sources)}

    for name in ("machines", "images", "accelerators", "prices_aws", "services_gcp"):
        for row in read(CATALOGUE / f"{name}.csv").rows:
            named = {row[column] for column in row if column == "source" or column.endswith("_source")}
            assert named & {row["source"] for row in sources.rows} <= used


def _parsed(text):
    return list(csv.reader(io.StringIO(text.decode())))
