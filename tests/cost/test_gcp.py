"""What a stack on Google Cloud costs besides machines: quantities by hand, and nothing left out."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from blueprints import parse
from components.base import Cloud
from components.catalog.services import services
from groundplan.cost.free import is_free
from groundplan.cost.line import Line, Sight
from groundplan.cost.services.gcp import PAYS
from groundplan.testing import plan_blueprint

ROOT = Path(__file__).parents[2]
GOLDEN = sorted((ROOT / "tests" / "golden").glob("*-gcp.json"))
TRAINING: dict[str, Any] = {"runtime": "sklearn", "machine": {"cpu": 4}, "restartable": True, "max_run": "2h"}
VIEW: dict[str, Any] = {
    "entity": "card",
    "event_time": "at",
    "schema": {"paid": "float", "shop": "string"},
    "source": "data/paid/",
    "materialize": {"every": "1h"},
    "freshness": "2h",
}
SMALL: dict[str, Any] = {"training": {"net": TRAINING}, "endpoints": {"ask": {"model": "net"}}}
LARGE: dict[str, Any] = {
    "data": {"classification": "confidential"},
    "features": {
        "entities": {"card": {"key": "card_id"}},
        "views": {"fast": {**VIEW, "online": {}}, "slow": {**VIEW, "materialize": {"every": "1d"}, "freshness": "3d"}},
    },
    "tracking": {"experiments": ["one"]},
    "training": {
        "net": {**TRAINING, "inputs": {"train": "data/in/"}},
        "searched": {
            **TRAINING,
            "tuning": {
                "objective": "auc",
                "goal": "maximize",
                "trials": 8,
                "parallel": 2,
                "parameters": {"eta": {"float": [0.1, 0.3]}},
            },
        },
    },
    "registry": {"approval": "manual"},
    "endpoints": {
        "ask": {
            "model": "net",
            "scale": {"min": 1, "max": 2, "schedule": {"day": {"every": "weekdays 08:00-18:00", "min": 2}}},
            "slo": {"errors": "1%"},
            "rollout": {"steps": ["10%"], "bake": "10m", "metrics": {"refunds": {"above": 3}}},
            "capture": {"sample": "50%", "retain": "60d"},
        },
        "either": {"models": {"a": "net", "b": "searched"}},
        "seldom": {"model": "net", "form": "serverless", "memory": "2GiB", "concurrency": 4},
    },
    "batch": {
        "nightly": {
            "model": "net",
            "input": "data/rows/",
            "output": "data/scores/",
            "machine": {"cpu": 4},
            "schedule": "daily 03:30",
            "max_run": "1h",
        },
        "new": {
            "model": "net",
            "input": "data/new/",
            "output": "data/news/",
            "machine": {"cpu": 4},
            "on": "data",
            "max_run": "1h",
        },
    },
    "monitoring": {"ask": {"drift": {"every": "6h"}, "data_quality": {"every": "1d"}, "on_breach": "retrain"}},
    "pipelines": {
        "line": {
            "train": "net",
            "schedule": "weekly sunday 02:00",
            "on": ["ask.drift"],
            "expect": {"rows": {"at_least": 10}},
            "deploy": "ask",
        }
    },
    "notebooks": {"lab": {"machine": {"cpu": 4}, "disk": "100GiB", "users": ["a@example.com"]}},
    "alerts": {"email": ["a@example.com"], "webhook": "secret/chat", "pager": "secret/pager"},
    "budget": {"monthly_usd": 900},
    "dashboard": {},
    "usage": {"features": "20GiB", "endpoints": {"ask": {"requests": "2M"}, "seldom": {"answer_time": 0.2}}},
}
WORKLESS = {"object_writes": 1, "object_reads": 1, "changes": 1, "feature_writes": 1, "alerts": 0, "pushes": 0}


@cache
def _planned(text: str) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "it.yaml"
        path.write_text(text)
        return dict(plan_blueprint(path, "prod", "gcp", "us-central1").document)


def _plan(base: dict[str, Any], **more: Any) -> dict[str, Any]:
    head = {"apiVersion": "groundplan/v1", "name": "it", "owner": "ml", "environments": {"prod": {}}}
    return _planned(json.dumps({**head, **base, **more}))


def _rows(base: dict[str, Any], **more: Any) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Component and item to the rows."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for part in _plan(base, **more)["cost"]["components"]:
        for row in part["rows"]:
            found.setdefault((part["name"], row["item"]), []).append(row)
    return found


def _one(base: dict[str, Any], component: str, item: str, **more: Any) -> dict[str, Any]:
    (row,) = _rows(base, **more)[component, item]
    return row


def _lines(base: dict[str, Any]) -> list[tuple[str, Line]]:
    """Type of a resource and each line it pays."""
    head = {"apiVersion": "groundplan/v1", "name": "it", "owner": "ml", "environments": {"prod": {}}}
    blueprint = parse(json.dumps({**head, **base})).resolve("prod", Cloud.GCP)
    resources = _plan(base)["resources"]
    sight = Sight("gcp", "us-central1", blueprint, resources)
    return [(r["type"], line) for r in resources if r["type"] in PAYS for line in PAYS[r["type"]](r, sight)]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_no_type_of_an_example_is_left_without_a_price(path):
    """
    Every type that an example makes is priced, or known to be free.
    """
    types = set(re.findall(r'"[^" ]+ (gcp:[a-z0-9]+/\w+:\w+) ', path.read_text("utf-8")))

    assert types
    assert set() == {kind for kind in types if kind not in PAYS and not is_free(kind)}


def test_no_capability_is_left_without_a_price():
    """
    A stack of every capability has no type without a price; what is unknown is a line, with its quantity.
    """
    cost = _plan(LARGE)["cost"]

    assert set(PAYS) == {kind for kind, _ in _lines(LARGE)}
    assert [] == [entry for entry in cost["unknown"] if str(entry["item"]).startswith("gcp:")]


def test_no_type_is_both_free_and_paid():
    """
    What makes one pay is not told to be free.
    """
    assert set() == {kind for kind in PAYS if is_free(kind)}


def test_each_line_is_of_an_item_of_the_table():
    """
    Whatever is counted is in the table of Google Cloud's services, and no cheapest month is dearer than a dearest.
    """
    lines = [line for _, line in _lines(LARGE)]

    assert {line.item for line in lines} <= services("gcp")
    assert all(0 <= line.low <= line.expected <= line.high for line in lines)
    assert all(line.told and line.what for line in lines)


def test_what_nobody_uses_costs_nothing_in_the_cheapest_month():
    """
    What is paid by use is free where there is none; what is paid always is not.
    """
    for _, line in _lines(LARGE):
        assert (line.low == 0) == (line.when == "use"), line


def test_without_work_nothing_is_paid_for_work():
    """
    No run, release, search, alert or push: no step of a workflow, no image scanned, no disk of a machine.
    """
    usage = {
        **WORKLESS,
        "training": {"net": {"runs": 0}},
        "endpoints": {"ask": {"releases": 0}},
    }
    rows = _rows(SMALL, usage=usage)

    assert 0 == rows["training/net", "Workflows, run"][0]["amount"]
    assert 0 == rows["training/net", "Disk of the machine, run"][0]["amount"]
    assert 0 == rows["endpoints/ask", "Workflows, release"][0]["amount"]
    assert 0 == rows["registry", "Workflows, register"][0]["amount"]
    assert 0 == rows["foundation", "Artifact Analysis"][0]["amount"]
    assert 0 == rows["foundation", "Pub/Sub"][0]["amount"]


def test_each_endpoint_has_an_address_and_a_zone():
    """
    Each endpoint, and each of several models, adds a door of 7.30 USD and a zone of 20 cents.
    """
    rows = _rows(LARGE)

    door, zone = "Private Service Connect, endpoint", "Cloud DNS, zone"
    assert [7.3] == [row["amount"] for row in rows["endpoints/ask", door]]
    assert [7.3, 7.3] == [row["amount"] for row in rows["endpoints/either", door]]
    assert [0.2, 0.2] == [row["amount"] for row in rows["endpoints/either", zone]]
    assert ("endpoints/seldom", door) not in rows


def test_old_versions_stay_and_are_paid_for():
    """
    A tenth of 100 GiB a month, kept for 73 days and a week in the bin: 10 x 80 / 30.4167 GiB.
    """
    row = _one(
        SMALL,
        "foundation",
        "Cloud Storage, old versions of data",
        storage={"keep_versions": "73d"},
        usage={"data": "100GiB"},
    )

    assert 10 * 80 * 24 / 730 == pytest.approx(row["quantity"])


def test_audit_logs_are_paid_for_as_long_as_their_bucket_keeps_them():
    """
    20 GiB a month, and the age at which the bucket's own rule deletes them.
    """
    plan = _plan(SMALL, usage={"logs": "20GiB"})
    (bucket,) = [r for r in plan["resources"] if (r["type"], r["name"]) == ("gcp:storage/bucket:Bucket", "logs")]
    (days,) = [age for rule in bucket["inputs"]["lifecycleRules"] if (age := rule["condition"].get("age")) and age > 7]
    row = _one(SMALL, "foundation", "Cloud Storage, audit logs", usage={"logs": "20GiB"})

    assert 20 * days * 24 / 730 == pytest.approx(row["quantity"])


def test_recorded_requests_are_written_kept_read_by_windows_and_by_their_expiry():
    """
    2M requests of 5 KiB, half of them kept for 60 days; each of 121.67 + 30.42 windows, and each day, reads them all.
    """
    written = 2e6 * 5 / 2**20 / 2
    kept = written * 60 * 24 / 730
    windows = 730 / 6 + 730 / 24
    rows = _rows(LARGE)

    assert written == pytest.approx(rows["endpoints/ask", "BigQuery, recording of requests"][0]["quantity"])
    assert kept == pytest.approx(rows["endpoints/ask", "BigQuery, requests"][0]["quantity"])
    assert kept * 730 / 24 / 1024 == pytest.approx(rows["endpoints/ask", "BigQuery, expiry of requests"][0]["quantity"])
    assert kept * windows / 1024 == pytest.approx(rows["monitoring/ask", "BigQuery, windows"][0]["quantity"])
    assert 2e6 * 5 / 2**20 == pytest.approx(rows["endpoints/ask", "Private Service Connect, requests"][0]["quantity"])


def test_a_disk_is_paid_for_while_the_machine_runs():
    """
    Three runs of an hour and 100 GiB; at the most of the two hours that a run may last.
    """
    row = _one(SMALL, "training/net", "Disk of the machine, run", usage={"training": {"net": {"runs": 3, "hours": 1}}})

    assert 300 / 730 == pytest.approx(row["quantity"])
    assert row["high"] == pytest.approx(2 * row["amount"], abs=2e-4)


def test_a_notebook_s_disks_are_there_when_nobody_works():
    """
    150 GiB to start from and 100 GiB of one's own, all month.
    """
    rows = _rows(LARGE)

    boot, data = (rows["notebooks/lab", f"Workbench, {disk} disk"][0] for disk in ("boot", "data"))
    assert (150, 100) == (boot["quantity"], data["quantity"])
    assert boot["low"] == boot["amount"] == pytest.approx(15)


def test_a_serverless_endpoint_is_paid_for_by_the_second():
    """
    A million answers of 0.2 s on 1 vCPU with 2 GiB.
    """
    rows = _rows(LARGE)

    assert 200_000 == pytest.approx(rows["endpoints/seldom", "Cloud Run, CPU"][0]["quantity"])
    assert 400_000 == pytest.approx(rows["endpoints/seldom", "Cloud Run, memory"][0]["quantity"])
    assert 1 == pytest.approx(rows["endpoints/seldom", "Cloud Run, requests"][0]["quantity"])


def test_features_are_held_twice_read_by_each_materialization_and_served_by_a_node():
    """
    Of 20 GiB each of two views has half: read once whole and three of its four columns again, each hour or each day.
    """
    rows = _rows(LARGE)

    assert 20 == rows["features", "BigQuery, features"][0]["quantity"]
    assert [10, 10] == [row["quantity"] for row in rows["features", "BigQuery, last load"]]
    read = sorted(row["quantity"] for row in rows["features", "BigQuery, merge and age"])
    assert [times * 17.5 / 1024 for times in (730 / 24, 730)] == pytest.approx(read)
    nodes = rows["features", "Feature store, online nodes"][0]
    assert (730 * 0.94, 7300 * 0.94) == pytest.approx((nodes["low"], nodes["high"]))
    assert 730 * 20 == rows["features", "Feature store, online values"][0]["quantity"]


def test_workflows_run_by_clock_by_hand_and_by_alert():
    """
    What starts a workflow is told with how often it does in a month.
    """
    told = {key[0] + " " + key[1]: rows[0]["told"] for key, rows in _rows(LARGE).items() if key[1].startswith("Workfl")}

    assert told["training/net Workflows, run"].startswith("1 by hand, 4.35 by pipelines, ")
    assert told["training/searched Workflows, tune"].startswith("1 by hand, 0 by pipelines, ")
    assert told["batch/nightly Workflows, batch"].startswith("30.42 run(s), ")
    assert told["monitoring/ask Workflows, monitor"].startswith("152.083 windows, ")
    assert told["pipelines/line Workflows, pipeline"].startswith("4.35 run(s) by schedule, ")
    assert told["pipelines/line Workflows, breaches"].startswith("100 alerts, ")
    assert told["foundation Workflows, calls outside"].endswith("to 2 chat(s) and pager(s)")
    assert told["endpoints/ask Workflows, hours"].startswith("43.45 by clock, ")  # 5 of 7 days, twice
    assert told["batch/new Workflows, arrivals"].startswith("half of 100K objects written, ")


def test_the_calls_of_a_confidential_stack_are_logged_one_by_one():
    """
    Each object that is read or written is 2 KiB of log where the data is confidential, and none where it is not.
    """
    calls = ("foundation", "Cloud Logging, calls to storage.googleapis.com")
    (row,) = _rows(LARGE)[calls]

    assert 1.1e6 * 2 / 2**20 == pytest.approx(row["quantity"])
    assert calls not in _rows(SMALL)
