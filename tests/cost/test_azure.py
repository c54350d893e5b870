"""What the services of a stack on Azure are expected to cost."""

import json
from typing import Any

import pytest

from components.catalog.services import services
from groundplan.cost.free import is_free
from groundplan.cost.services.azure import PAYS
from tests.cost.azure_stack import BLUEPRINT, WATCHED, plan, row, rows, total
from tests.truth.azure_stacks import stack

FEATURES: dict[str, Any] = {
    "entities": {"visitor": {"key": "visitor_id"}},
    "views": {
        "habits": {
            "entity": "visitor",
            "event_time": "event_ts",
            "schema": {"clicks": "int"},
            "source": "data/features/habits/",
            "online": {},
            "materialize": {"every": "1h"},
            "freshness": "3h",
        }
    },
}
IDLE: dict[str, Any] = {
    "training": {"net": {"runs": 0}},
    "endpoints": {"scorer": {"releases": 0}},
    "alerts": 0,
}
NOTEBOOKS: dict[str, Any] = {
    "desk": {
        "machine": {"cpu": 4},
        "users": ["asha@example.com", "ben@example.com"],
        "object_ids": {
            "asha@example.com": "00000000-0000-0000-0000-00000000000a",
            "ben@example.com": "00000000-0000-0000-0000-00000000000b",
        },
    }
}


def _known(kind: str) -> bool:
    return kind in PAYS or is_free(kind) or kind.startswith("groundplan:")


EXAMPLES = ("demand-forecast", "fraud-detection", "llm-assistant", "minimal", "recommender", "vision-inspection")


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_type_of_an_example_is_left_without_code(root, name):
    """
    Whatever an example has in any environment is priced, or is known to cost nothing.
    """
    golden = json.loads((root / "tests" / "golden" / f"{name}-azure.json").read_text("utf-8"))
    # of the first environment all is there, of the others what differs
    types = {key.split(" ")[1] for environment in golden.values() for key in environment.get("other", environment)}

    assert len(types) > 10
    assert set() == {kind for kind in types if not _known(kind)}


def test_no_type_that_a_component_can_make_is_left_without_code():
    """
    A stack with a component of every kind has nothing that the estimate does not know, and all that it has a price for.
    """
    types = {resource.type for resource in stack("long")}

    assert set() == {kind for kind in types if not _known(kind)}
    assert set(PAYS) <= types
    assert set() == {kind for kind in PAYS if is_free(kind)}


def test_every_line_has_a_price_or_says_that_it_has_none():
    """
    In a region whose prices were read, nothing is unknown but the one thing that has no known meter.
    """
    planned = plan(
        data={"classification": "restricted"},
        features=FEATURES,
        tracking={"experiments": ["fraud"]},
        registry={"approval": "manual", "share_with": ["staging"]},
        environments={"prod": {}, "staging": {}},
        monitoring=WATCHED,
        notebooks=NOTEBOOKS,
        training={"net": {**BLUEPRINT["training"]["net"], "environment": {"TOKEN": "secret/hub"}}},
    )

    found = rows(planned)

    assert ["shared model registry"] == [line["item"] for line in planned.document["cost"]["unknown"]]
    assert all(line["source"] and line["date"] and line["told"] for line in found if line["amount"] is not None)
    assert all((line["low"] or 0) <= (line["amount"] or 0) <= (line["high"] or 0) for line in found)


def test_a_stack_that_nobody_uses_costs_what_is_always_there():
    """
    Of what is paid by use there is nothing in the cheapest month, and runs that nobody starts cost nothing at all.
    """
    planned = plan(usage=IDLE)

    by_use = [line for line in rows(planned) if line["when"] == "use"]

    assert {0} == {line["low"] for line in by_use}
    started = ("Logic App net-runs", "Logic App scorer-release", "Logic Apps, history of all", "alerts, mails")
    assert [0] * 4 == [row(planned, item)["amount"] for item in started]
    assert planned.document["cost"]["idle_monthly"] == planned.document["cost"]["monthly"]["min"]


@pytest.mark.parametrize(
    ("item", "usage"),
    [
        ("data store", {"data": "200GiB"}),
        ("artifacts store", {"artifacts": "100GiB"}),
        ("data store, old versions", {"overwritten": "20%"}),
        ("data store, reads", {"object_reads": "2M"}),
        ("data store, writes", {"object_writes": "200K"}),
        ("logs, ingestion", {"logs": "20GiB"}),
        ("logs, retention", {"logs": "20GiB"}),
        ("private endpoints, data in", {"private_traffic": "200GiB"}),
        ("alerts, mails", {"alerts": 200}),
        ("Logic App net-runs", {"training": {"net": {"runs": 2}}}),
        ("Logic App scorer-release", {"endpoints": {"scorer": {"releases": 8}}}),
        ("disks of net-dedicated", {"training": {"net": {"hours": 4}}}),
    ],
)
def test_what_is_used_twice_as_much_costs_twice_as_much(item, usage):
    """
    Each assumption that the blueprint can overrule is one that its line is made of.
    """
    once, twice = row(plan(), item), row(plan(usage=usage), item)

    assert once["quantity"] > 0
    assert 2 * once["quantity"] == pytest.approx(twice["quantity"])


def test_images_cost_past_what_the_registry_includes():
    """
    A premium registry keeps 500 GiB for its price of a day, and what is beyond is paid by the GB.
    """
    assert 0 == row(plan(), "image registry, storage")["amount"]
    beyond = row(plan(usage={"images": "600GiB"}), "image registry, storage")

    assert 100 * 1.073741824 == pytest.approx(beyond["quantity"])
    assert beyond["amount"] == pytest.approx(10.7374)


def test_logs_cost_their_retention_past_a_month_and_then_an_archive():
    """
    Of restricted data logs are kept for years: two where queries read them, and then as an archive.
    """
    known = {kind: plan(data={"classification": kind}) for kind in ("internal", "restricted")}
    size = 10 * 1.073741824

    assert size * (180 - 31) / (730 / 24) == pytest.approx(row(known["internal"], "logs, retention")["quantity"])
    assert size * (730 - 31) / (730 / 24) == pytest.approx(row(known["restricted"], "logs, retention")["quantity"])
    archive = row(known["restricted"], "logs, archive")["quantity"]
    whole = known["restricted"].one("azure-native:operationalinsights:Table", "AzureDiagnostics-archive")
    assert size * (whole.inputs["totalRetentionInDays"] - 730) / (730 / 24) == pytest.approx(archive)
    assert not [line for line in rows(known["internal"]) if line["item"] == "logs, archive"]


def test_more_zones_and_more_private_endpoints_cost_more():
    """
    A feature store is reached by four private endpoints and two DNS zones more, and has a network of its own.
    """
    plain, more = plan(), plan(features=FEATURES)

    def count(planned: Any, item: str) -> float:
        return sum(line["quantity"] for line in rows(planned) if line["item"].startswith(item))

    assert 6 == count(plain, "private DNS zone")
    assert 8 == count(more, "private DNS zone")
    hours = {
        name: sum(q["quantity"] for q in rows(p) if q["unit"] == "hour") for name, p in (("a", plain), ("b", more))
    }
    # four endpoints, a managed network of five by itself and five of rules, and the cache
    assert (4 + 10 + 1) * 730 == hours["b"] - hours["a"]
    assert total(more) > total(plain)


def test_an_online_store_costs_its_cache_and_an_hourly_materialization_its_cores():
    """
    A premium cache runs all month; each materialization has three machines of four cores for as long as is assumed.
    """
    planned = plan(features=FEATURES, usage={"window": "30m"})

    cache, spark = row(planned, "online features, cache"), row(planned, "materialization of habits, Spark")

    assert (730, 0.555) == (cache["quantity"], cache["unit_price"])
    assert 730 * 12 * 0.5 == pytest.approx(spark["quantity"])
    assert 0 == spark["low"]


def test_a_notebook_keeps_its_disk_while_it_is_stopped():
    """
    Disks of notebooks are paid for all month, and those of a cluster while it has machines.
    """
    planned = plan(notebooks=NOTEBOOKS)

    kept = [line for line in rows(planned, "notebooks/desk") if line["item"].startswith("disk of")]

    assert [(1, "always")] * 2 == [(line["quantity"], line["when"]) for line in kept]
    assert 2 / 730 == pytest.approx(row(planned, "disks of net-dedicated")["quantity"])


def test_alerts_cost_by_how_often_they_look():
    """
    A metric's alert has a price a series; one on the log is dearer the more often it looks.
    """
    endpoint = {**BLUEPRINT["endpoints"]["scorer"], "slo": {"latency_p99": "120ms", "errors": "1%"}}
    planned = plan(endpoints={"scorer": endpoint}, features=FEATURES)

    assert 0.1 == row(planned, "metric alert scorer-latency_p99")["amount"]
    assert 1.5 == row(planned, "log alert scorer-errors")["amount"]
    assert 1.0 == row(planned, "log alert scorer-burn-errors_slow")["amount"]
    assert 0.5 == row(planned, "log alert habits-freshness")["amount"]  # each hour, as dear as each quarter of one


def test_what_is_yours_is_not_in_the_estimate():
    """
    DNS zones, a key and a data store that existed before are paid for elsewhere.
    """
    group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/hub/providers"
    subnet = f"{group}/Microsoft.Network/virtualNetworks/hub/subnets/ml"
    key = f"{group}/Microsoft.KeyVault/vaults/hub-vault/keys/ml/versions/{'0' * 32}"
    data = f"{group}/Microsoft.Storage/storageAccounts/hubdata/blobServices/default/containers/data"
    planned = plan(
        overrides={
            "azure": {
                "network": {"existing": {"subnet": subnet, "dns_zones": group.removesuffix("/providers")}},
                "key": {"existing": key},
                "storage": {"existing": {"data": data}},
            }
        }
    )

    items = {line["item"] for line in rows(planned)}

    assert not [item for item in items if item.startswith(("private DNS zone", "key,", "data store"))]
    assert "artifacts store" in items


def test_the_table_has_what_is_asked_of_it():
    """
    Rates and sizes that a name is made of exist: each tier of a registry, each rate of an alert, each cache.
    """
    made = {f"container-registry-{tier}-day" for tier in ("basic", "standard", "premium")}
    made |= {f"monitor-log-alert-{rate}min-month" for rate in (1, 5, 10, 15)}
    made |= {f"redis-premium-p{size}-hour" for size in range(1, 6)}
    made |= {f"{kind}-hot-{copies}-storage" for kind in ("blob", "adls-gen2") for copies in ("lrs", "zrs")}

    assert made <= services("azure")
