"""What a stack on AWS costs besides machines: quantities as one reckons them by hand, and nothing without a price."""

from __future__ import annotations

import ast
import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from blueprints import load
from components.base import Cloud
from components.catalog.services import services
from groundplan.cost.free import is_free
from groundplan.cost.line import Sight
from groundplan.cost.services.aws import PAYS
from groundplan.cost.services.aws_runs import starts
from tests.cost.aws_stacks import EVERYTHING, SMALL, cost, rows

FOUNDATION = "foundation"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


def _quantity(found: dict[str, Any], component: str, item: str) -> float:
    return rows(found)[component, item]["quantity"]


def _of_services(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in rows(found).values() if row["unit"] != "machine-hour"]


def _made() -> set[tuple[str, str]]:
    """Every resource class of `pulumi_aws` that a component makes: module and name."""
    root = Path(__file__).parents[2] / "components"
    found = set()
    for path in [*root.glob("*/aws.py"), *(root / "clouds" / "aws").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
                found.add((called.value.id, called.attr))
    return found


def _types() -> set[str]:
    found = set()
    for module, name in _made() | {("scheduler", "Schedule")}:
        if find_spec(f"pulumi_aws.{module}"):
            made = getattr(import_module(f"pulumi_aws.{module}"), name, None)
            found.add(getattr(made, "pulumi_type", None))
    return found - {None}


def test_each_type_that_a_component_makes_is_paid_for_or_free():
    """
    Nothing that any blueprint can ask of AWS is left without a price for lack of code.
    """
    found = _types()

    assert {"aws:s3/bucket:Bucket", "aws:lambda/function:Function", "aws:cloudcontrol/resource:Resource"} <= found
    assert [] == sorted(kind for kind in found if kind not in PAYS and not is_free(kind))


def test_each_type_of_every_example_is_paid_for_or_free(root):
    """
    The estimate of an example lists no resource as unknown but for a price that the table has not.
    """
    kinds = set()
    for path in (root / "tests" / "golden").glob("*-aws.json"):
        for resources in json.loads(path.read_text("utf-8")).values():
            kinds |= {word for key in resources for word in key.split() if word.startswith("aws:")}

    assert len(kinds) > 50
    assert [] == sorted(kind for kind in kinds if kind not in PAYS and not is_free(kind))


def test_no_type_is_both_paid_for_and_free():
    """
    What costs something is not in the list of what costs nothing.
    """
    assert [] == sorted(kind for kind in PAYS if is_free(kind))


def test_all_that_a_stack_may_have_has_a_price():
    """
    Of a stack with every section, in the region whose prices are best known, one price alone is not known to anyone.
    """
    found = cost(EVERYTHING)

    assert ["later, requests and answers"] == [entry["item"] for entry in found["unknown"]]
    assert all(row["source"] and row["date"] and row["told"] for row in _of_services(found) if row["amount"])


def test_private_endpoints_are_paid_for_by_zone_and_hour():
    """
    Ten ways to services in two zones, all month, and the traffic once; the way to S3 costs nothing.
    """
    found = cost(SMALL)
    hours = [row for row in _of_services(found) if row["item"].endswith(", hours")]
    traffic = [row for row in _of_services(found) if row["item"].endswith(", traffic")]

    assert [2 * 730] * 10 == [row["quantity"] for row in hours]
    assert 100 == pytest.approx(sum(row["quantity"] for row in traffic))
    assert 10 * 2 * 730 * 0.01 == pytest.approx(sum(row["amount"] for row in hours))


def test_more_ways_and_more_zones_cost_more(tmp_path):
    """
    Features add a way of their own; a third zone costs as much again as each of two.
    """
    both = [sum(r["amount"] for r in _of_services(cost(s)) if ", hours" in r["item"]) for s in (SMALL, EVERYTHING)]
    (tmp_path / "b.yaml").write_text(json.dumps({"apiVersion": "groundplan/v1", "name": "b", "owner": "ml", **SMALL}))
    blueprint = load(tmp_path / "b.yaml").resolve("dev", Cloud.AWS)
    doors = [
        {"type": ENDPOINT, "name": "kms", "inputs": {"vpcEndpointType": "Interface", "subnetIds": ["a", "b", "c"][:n]}}
        for n in (2, 3)
    ]
    two, three = (next(PAYS[ENDPOINT](d, Sight("aws", "us-east-1", blueprint, [d]))).expected for d in doors)

    assert both[1] >= both[0] + 14.6
    assert (2 * 730, 3 * 730) == (two, three)


def test_stores_hold_what_is_assumed_and_old_versions_as_long_as_they_are_kept():
    """
    200 GiB, of which a fifth is overwritten in a month, with 73 days of old versions: a tenth of the year's 480.
    """
    usage = {"data": "200GiB", "overwritten": "20%", "object_writes": "1M", "object_reads": "10M"}

    found = cost({**SMALL, "storage": {"keep_versions": "73d"}}, usage)

    assert 200 == _quantity(found, FOUNDATION, "Bucket data")
    assert 480 / 5 == pytest.approx(_quantity(found, FOUNDATION, "Bucket data, old versions"))
    assert (500, 5000) == tuple(_quantity(found, FOUNDATION, f"Bucket data, {way}") for way in ("writes", "reads"))


def test_a_bucket_of_ones_own_is_not_the_stacks_to_pay_for():
    """
    With a data bucket that is there already, the stack pays for its artifacts, and for all of the requests there.
    """
    stack = {**SMALL, "overrides": {"aws": {"storage": {"existing": {"data": "ours-since-2019"}}}}}

    found = rows(cost(stack))

    assert (FOUNDATION, "Bucket data") not in found
    assert 100 == found[FOUNDATION, "Bucket artifacts, writes"]["quantity"]


def test_logs_are_counted_once():
    """
    Written in a month, and compressed for as long as they are kept: the group of an endpoint adds nothing.
    """
    found = cost(SMALL, {"logs": "50GiB"})

    assert 50 == _quantity(found, FOUNDATION, "Logs, written")
    assert 50 * 0.2 * 180 / (365 / 12) == pytest.approx(_quantity(found, FOUNDATION, "Logs, kept"))
    assert 2 == sum(row["item"].startswith("Logs") for row in _of_services(found))


def test_each_request_of_an_endpoint_is_in_the_trail():
    """
    Three million requests and 100,000 objects that are written are as many records at a dollar a million.
    """
    found = rows(cost(SMALL, {"endpoints": {"now": {"requests": "3M"}}}))

    trail = found[FOUNDATION, "Audit trail, data"]
    assert (3.1e6, 3.1) == (trail["quantity"], trail["amount"])
    assert 0.2 == found[FOUNDATION, "Audit trail, changes"]["amount"]


def test_a_key_is_paid_for_again_when_it_is_rotated():
    """
    A dollar a month, two after a year, as is expected, and three from the second rotation on.
    """
    key = rows(cost(SMALL))[FOUNDATION, "Key"]

    assert (1, 2, 3) == (key["low"], key["amount"], key["high"])


def test_alarms_are_paid_for_by_metric():
    """
    One that reads counts of requests and errors costs as many metrics; one above others has a price of its own.
    """
    found = rows(cost(EVERYTHING))

    assert 1 == found["endpoints/now", "Alarm now-latency_p99"]["quantity"]
    assert 4 == found["endpoints/now", "Alarm now-errors"]["quantity"]
    assert 0.5 == found["endpoints/now", "Alarm now-burn_errors_fast"]["unit_price"]
    assert 2 == found["endpoints/now", "Alarms of autoscaler now-target"]["quantity"]


def test_volumes_are_paid_for_as_long_as_there_are_replicas():
    """
    Two to four machines with a volume of 30 GiB each; a machine that has a disk of its own has no volume.
    """
    volumes = rows(cost(EVERYTHING))["endpoints/now", "Volumes of now"]
    gpu = cost({**SMALL, "endpoints": {"now": {"model": "net", "machine": {"accelerator": "T4"}}}})

    assert (60, 60 * 0.14, 120 * 0.14) == pytest.approx((volumes["quantity"], volumes["low"], volumes["high"]))
    assert "always" == volumes["when"]
    assert ("endpoints/now", "Volumes of now") not in rows(gpu)


def test_serverless_is_paid_for_by_the_second_and_gigabyte():
    """
    A million answers of a fifth of a second in 2 GB are 400,000 GB-seconds.
    """
    found = rows(cost(EVERYTHING, {"endpoints": {"seldom": {"answer_time": 0.2}}}))

    assert 400_000 == found["endpoints/seldom", "seldom, time"]["quantity"]
    assert 8 == found["endpoints/seldom", "seldom, time"]["amount"]
    assert 0 == found["endpoints/seldom", "seldom, time"]["low"]


def test_a_queue_is_paid_for_by_the_request():
    """
    Each request of an asynchronous endpoint is a run of nine states, two short ones, and eleven requests to S3.
    """
    found = rows(cost(EVERYTHING, {"endpoints": {"later": {"requests": "2M"}}}))

    assert 18_000 == found["endpoints/later", "Runs of later-queue-request"]["quantity"]
    assert 2 == found["endpoints/later", "Runs of later-queue-gate"]["quantity"]
    assert (12_000, 10_000) == tuple(
        found["endpoints/later", f"Queue of later, {way}"]["quantity"] for way in ("writes", "reads")
    )


def test_jobs_have_volumes_for_as_long_as_they_run():
    """
    100 GB for 73 hours of runs is ten GB-months; a search has as many trials as it may.
    """
    found = rows(cost(EVERYTHING, {"training": {"home": {"runs": 73, "hours": 1}, "net": {"searches": 2, "hours": 1}}}))

    assert 10 == pytest.approx(found["training/home", "Volumes of home-train"]["quantity"])
    assert 100 * (2 + 4.35) * 20 / 730 == pytest.approx(found["training/net", "Volumes of net-tune"]["quantity"])


def test_a_monitor_is_paid_for_by_the_window():
    """
    Four windows a day and one, a job each: step machines, their volumes, runs, and figures in the hours that have some.
    """
    found = rows(cost(EVERYTHING, {"window": "30m"}))

    windows = 5 * 365 / 12
    assert windows / 2 == pytest.approx(found["monitoring/now", "ml.m5.xlarge"]["quantity"])
    assert windows / 2 * 50 / 730 == pytest.approx(found["monitoring/now", "Volumes of now-monitor"]["quantity"])
    assert 4 / 6 == pytest.approx(found["monitoring/now", "Figures of now, every 6h"]["quantity"])


def test_materializations_are_paid_for_by_what_their_queries_read():
    """
    Each hour the whole source of 10 GiB, and three of its four columns again.
    """
    found = rows(cost(EVERYTHING))["features", "Queries for spending"]

    assert 730 * 10 * 1.75 / 1024 == pytest.approx(found["quantity"])
    assert 5 == found["unit_price"]


def test_what_is_not_used_costs_nothing_by_use():
    """
    In the cheapest month nothing is used: it costs what is always there, and that is what the stack costs idle.
    """
    found = cost(EVERYTHING)
    used = [row for row in _of_services(found) if row["when"] == "use"]

    assert all(row["low"] == 0 for row in used)
    assert found["idle_monthly"] == found["monthly"]["min"]


def test_no_runs_cost_no_runs():
    """
    Nobody trains and nothing is released: no run of a state machine is paid for, nor a volume of a job.
    """
    never = {"endpoints": {"now": {"releases": 0}}, "training": {"net": {"runs": 0}}, "alerts": 0}

    found = _of_services(cost(SMALL, never))

    assert 0 == sum(row["amount"] for row in found if row["item"].startswith(("Runs of", "Volumes of net", "Alert")))


def test_more_of_anything_never_costs_less():
    """
    Ten times as much of all that is assumed costs more in every component that it is assumed of.
    """
    much = {"data": "1000GiB", "artifacts": "500GiB", "images": "100GiB", "logs": "100GiB", "features": "100GiB"}
    much |= {"feature_reads": "10M", "feature_writes": "10M", "private_traffic": "1TiB", "window": "100m"}
    less, more = cost(EVERYTHING), cost(EVERYTHING, much)

    before = {part["name"]: part["monthly"]["expected"] for part in less["components"]}
    after = {part["name"]: part["monthly"]["expected"] for part in more["components"]}
    assert all(after[name] >= before[name] for name in before)
    assert all(after[name] > before[name] for name in ("foundation", "features", "monitoring/now"))


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("rate(15 minutes)", 2920),
        ("rate(1 minute)", 43_800),
        ("cron(20 * * * ? *)", 730),
        ("cron(20 0/6 * * ? *)", 365 / 12 * 4),
        ("cron(30 1 * * ? *)", 30.42),
        ("cron(0 2 ? * 1 *)", 4.35),
        ("cron(0 3 1 * ? *)", 1),
    ],
)
def test_a_schedule_starts_as_often_as_it_says(expression, times):
    """
    Starts in a month of 730 hours, in every form that a component writes.
    """
    assert times == pytest.approx(starts(expression))


def test_items_are_in_the_table():
    """
    What the code asks a price of is there, whatever part of it a stack comes to.
    """
    root = Path(__file__).parents[2] / "groundplan" / "cost" / "services"
    asked = set()
    for path in root.glob("aws*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            if isinstance(node, ast.Call) and called in ("always", "used") and isinstance(node.args[0], ast.Constant):
                asked.add(node.args[0].value)

    assert len(asked) > 20
    assert set() == asked - services("aws")
