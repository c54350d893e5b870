"""The dashboard on Google Cloud: what its charts ask, and that Cloud Monitoring takes them."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from components.endpoint import EndpointSpec
from groundplan.testing.component import plan_component
from tests.components.dashboard.stacks import stack
from tests.truth.gcp_discovery import faults
from tests.truth.gcp_promql import evaluate
from tests.truth.gcp_releases import given

KIND = "gcp:monitoring/dashboard:Dashboard"
EVERYTHING = {"endpoints": 3, "monitored": True, "features": True, "endpoint": {"machine": {"accelerator": "L4"}}}
SHARED = {"model": None, "models": {"travel": "trips", "home": "houses"}, "runtime": "pytorch"}
APART = {**SHARED, "runtime": "xgboost"}
SERVERLESS = {"form": "serverless"}
HOW: dict[str, dict[str, Any]] = {
    "one": {},
    "nothing": {"endpoints": 0, "trainings": 0},
    "everything": EVERYTHING,
    "hundreds": {"endpoints": 200, "monitored": True, "trainings": 120},
    "models": {"endpoint": {**SHARED, "machine": {"accelerator": "L4"}}},
    "models-apart": {"endpoints": 2, "endpoint": APART},
    "many-models": {"endpoint": {**SHARED, "models": {f"m-{n}": "m" for n in range(50)}}},
    "serverless": {"endpoints": 3, "endpoint": SERVERLESS},
}
CASES = pytest.mark.parametrize("how", HOW.values(), ids=HOW)


def _bodies(**how: Any) -> list[dict[str, Any]]:
    planned = stack("gcp", **how)
    assert [] == planned.refusals
    return [json.loads(r.inputs["dashboardJson"]) for r in planned.all(KIND)]


def _tiles(body: dict[str, Any]) -> list[dict[str, Any]]:
    return body["mosaicLayout"]["tiles"]


def _queries(body: dict[str, Any]) -> Iterator[str]:
    for tile in _tiles(body):
        for drawn in tile["widget"].get("xyChart", {}).get("dataSets", []):
            yield drawn["timeSeriesQuery"]["prometheusQuery"]


def _titled(body: dict[str, Any], title: str) -> dict[str, Any]:
    return next(tile["widget"] for tile in _tiles(body) if tile["widget"]["title"] == title)


@CASES
def test_cloud_monitoring_takes_every_body(how):
    """
    Each field is one that the API describes, with a value that it takes; no dashboard has more tiles than fit.
    """
    for body in _bodies(**how):
        assert [] == faults("monitoring.v1", "Dashboard", body)
        assert len(_tiles(body)) <= 40


@CASES
def test_tiles_lie_side_by_side(how):
    """
    No tile lies over another, or beyond the last column; a zero is left out, as the API leaves it out.
    """
    for body in _bodies(**how):
        taken: set[tuple[int, int]] = set()
        for tile in _tiles(body):
            left, top = tile.get("xPos", 0), tile.get("yPos", 0)
            cells = {(x, y) for x in range(left, left + tile["width"]) for y in range(top, top + tile["height"])}
            assert not cells & taken
            assert left + tile["width"] <= 48
            assert 0 not in (tile.get("xPos"), tile.get("yPos"))
            taken |= cells


@CASES
def test_every_chart_asks_for_measures_that_there_are(how):
    """
    Each query is of measures that Google documents, or that the stack publishes, with labels that they have.
    """
    for body in _bodies(**how):
        for query in _queries(body):
            answer, measures = evaluate(query.replace("${__interval}", "5m"), [], 0)
            assert {} == answer
            assert measures


def test_two_hundred_endpoints_are_shown():
    """
    Each is on one dashboard, whole; all dashboards have the stack's label.
    """
    bodies = _bodies(endpoints=200)
    headings = [[t["widget"]["title"] for t in _tiles(b) if "sectionHeader" in t["widget"]] for b in bodies]

    assert sorted(f"scorer-{n}" for n in range(200)) == sorted(title for titles in headings for title in titles)
    assert all("example-prod" in body["labels"] for body in bodies)
    assert 1 == len({body["displayName"] for body in bodies[:1]})
    assert len(bodies) == len({body["displayName"] for body in bodies})


@pytest.mark.parametrize(
    ("endpoint", "machines", "measure"),
    [
        (SHARED, "Replicas that the models share, and what they use", "deployment_resource_pool_replicas{"),
        (APART, "Replicas, and what they use", 'endpoint_id="scorer-0-home"'),
    ],
    ids=["shared", "apart"],
)
def test_each_model_is_shown_under_the_name_that_callers_give(endpoint, machines, measure):
    """
    Its requests are those of its own endpoint; its machines are its own, or those of all of them.
    """
    (body,) = _bodies(endpoint=endpoint)
    headings = [t["widget"]["title"] for t in _tiles(body) if "sectionHeader" in t["widget"]]

    assert ["scorer-0: home", "scorer-0: travel"] == headings
    (asked, *_) = _charted(body, "Requests a minute, by what serves")
    assert 'endpoint_id="scorer-0-home"' in asked
    assert measure in next(_charted(body, machines))
    assert machines in [tile["widget"]["title"] for tile in _tiles(body)]


def test_machines_that_models_share_are_those_of_releases():
    """
    The chart asks for pools that are called as releases call them, whatever machine they are of.
    """
    (body,) = _bodies(endpoint=SHARED)
    spec = EndpointSpec.model_validate(SHARED)
    release = plan_component("endpoint", "gcp", spec, name="scorer-0").one("gcp:workflows/workflow:Workflow")
    pool = given(release.inputs["sourceContents"])["pool"]["id"]
    (wanted,) = set(
        re.findall(
            r'deployment_resource_pool_id=~"([^"]+)"',
            next(_charted(body, "Replicas that the models share, and what they use")),
        )
    )

    assert re.fullmatch(wanted, pool)


def test_a_serverless_endpoint_is_shown_as_cloud_run_measures_it():
    """
    Requests, answers and instances are the service's; nothing asks for measures that Vertex AI has of endpoints.
    """
    (body,) = _bodies(endpoint=SERVERLESS)

    assert "aiplatform" not in "".join(_queries(body))
    assert 'service_name="scorer-0"' in next(_charted(body, "Latency"))
    assert "sum by (revision_name)" in next(_charted(body, "Requests a minute, by what serves"))
    assert "container_instance_count" in next(_charted(body, "Instances, and what they use"))
    assert "console.cloud.google.com/run?" in str(_tiles(body)[0])


def test_what_is_promised_is_drawn():
    """
    The line of the 99th percentile is in milliseconds, those of errors in hundredths of the requests.
    """
    (body,) = _bodies()

    assert [120] == [line["value"] for line in _titled(body, "Latency")["xyChart"]["thresholds"]]
    assert [0.5, 0.1] == [line["value"] for line in _titled(body, "Errors")["xyChart"]["thresholds"]]


def test_every_alarm_shows_its_state():
    """
    The list is of the stack's policies, without their project, as the API wants them.
    """
    (body,) = _bodies(endpoints=2, monitored=True, features=True)
    named = _titled(body, "Alarms")["incidentList"]["policyNames"]

    assert 2 * (3 + 4 + 2) + 1 == len(set(named)) == len(named)
    assert all(name.startswith("alertPolicies/") and name.count("/") == 1 for name in named)


def test_numbers_of_monitors_are_those_that_are_published():
    """
    They have the labels stack and endpoint, as docs/metrics.md has them.
    """
    (body,) = _bodies(monitored=True)
    (first, *_), (rows,) = ([*_charted(body, title)] for title in ("Drift and quality", "Requests in the window"))

    assert 'custom_googleapis_com:groundplan_drift{monitored_resource="generic_task"' in first
    assert 'stack="example-prod",endpoint="scorer-0"' in first
    assert "groundplan_rows{" in rows
    assert [0.25, 0.05, 0.8, 0.1] == [
        line["value"] for line in _titled(body, "Drift and quality")["xyChart"]["thresholds"]
    ]


def _charted(body: dict[str, Any], title: str) -> Iterator[str]:
    for drawn in _titled(body, title)["xyChart"]["dataSets"]:
        yield drawn["timeSeriesQuery"]["prometheusQuery"]
