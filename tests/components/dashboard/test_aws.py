"""The dashboard on AWS: what its graphs are of, and that CloudWatch takes them."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from groundplan.testing import plan_blueprint
from tests.components.dashboard.stacks import stack
from tests.truth.aws_dashboard import problems

KIND = "aws:cloudwatch/dashboard:Dashboard"


def _bodies(**how: Any) -> list[dict[str, Any]]:
    planned = stack("aws", **how)
    assert [] == planned.refusals
    return [json.loads(r.inputs["dashboardBody"]) for r in planned.all(KIND)]


def _titled(body: dict[str, Any], title: str) -> dict[str, Any]:
    return next(w["properties"] for w in body["widgets"] if w["properties"].get("title") == title)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"endpoints": 0, "trainings": 0},
        {"endpoints": 3, "monitored": True, "features": True, "endpoint": {"machine": {"accelerator": "A10G"}}},
        {"endpoints": 200, "trainings": 200, "monitored": True},
        {"endpoints": 30, "trainings": 500, "monitored": True, "endpoint": {"machine": {"accelerator": "A10G"}}},
    ],
    ids=["one", "nothing", "everything", "hundreds", "full"],
)
def test_cloudwatch_takes_every_body(how):
    """
    Each widget has what its kind has, lies within the grid over no other, and the dashboard is within its limits.
    """
    for body in _bodies(**how):
        assert [] == problems(body)


def test_two_hundred_endpoints_are_on_seven_dashboards():
    """
    Each endpoint is on one of them, and the first leads to the others.
    """
    bodies = _bodies(endpoints=200)
    shown = [w["properties"]["markdown"] for b in bodies for w in b["widgets"] if w["type"] == "text"]
    links = bodies[0]["widgets"][0]["properties"]["markdown"]

    assert 7 == len(bodies)
    assert all(1 == sum(text.startswith(f"## scorer-{n}\n") for text in shown) for n in range(200))
    assert 6 == links.count("#dashboards/dashboard/")


def test_models_of_one_endpoint_have_a_row_each():
    """
    Their requests are counted apart, and so are the copies of each; CloudWatch takes the body.
    """
    blueprint = {
        "apiVersion": "groundplan/v1",
        "name": "shop",
        "owner": "ml",
        "registry": {"models": ["a", "b"]},
        "endpoints": {"ranker": {"models": {"home": "a", "cart": "b"}, "machine": {"cpu": 4, "memory": "16GiB"}}},
        "dashboard": {},
        "environments": {"prod": {}},
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "shop.yaml"
        path.write_text(json.dumps(blueprint))
        body = json.loads(plan_blueprint(path, "prod", "aws").one(KIND).inputs["dashboardBody"])
    headings = [w["properties"]["markdown"].partition("\n")[0] for w in body["widgets"] if w["type"] == "text"]
    copies = [metric for w in body["widgets"] if w["properties"].get("title") == "Copies" for metric in _metrics(w)]

    assert [] == problems(body)
    assert {"## ranker: cart", "## ranker: home"} < set(headings)
    assert {"/aws/sagemaker/InferenceComponents"} == {metric[0] for metric in copies}
    assert {"InferenceComponentName"} == {metric[2] for metric in copies}
    assert 2 == len({metric[3] for metric in copies})


def _metrics(widget: dict[str, Any]) -> list[list[Any]]:
    return widget["properties"]["metrics"]


def test_what_is_promised_is_drawn():
    """
    The line of the 99th percentile is in the metric's microseconds, those of errors in hundredths of the requests.
    """
    (body,) = _bodies()
    latency, errors = _titled(body, "Latency"), _titled(body, "Errors")

    assert {"p50", "p99"} == {metric[-1]["stat"] for metric in latency["metrics"]}
    assert [120_000] == [line["value"] for line in latency["annotations"]["horizontal"]]
    assert [0.5, 0.1] == [line["value"] for line in errors["annotations"]["horizontal"]]


def test_machines_are_counted_by_their_reports():
    """
    Replicas are those that reported; an endpoint without a GPU has no line of one.
    """
    (plain,), (gpu,) = _bodies(), _bodies(endpoint={"machine": {"accelerator": "A10G"}})
    count = next(m for m in _titled(plain, "Machines")["metrics"] if m[-1]["label"] == "machines")

    assert ("SampleCount", "right") == (count[-1]["stat"], count[-1]["yAxis"])
    assert "GPUUtilization" not in json.dumps(_titled(plain, "Machines"))
    assert "GPUUtilization" in json.dumps(_titled(gpu, "Machines"))


def test_every_alarm_shows_its_state():
    """
    Those of releases, of budgets, of monitors and of features: each once.
    """
    (body,) = _bodies(endpoints=2, monitored=True, features=True)
    shown = [arn for w in body["widgets"] if w["type"] == "alarm" for arn in w["properties"]["alarms"]]

    assert 2 * (3 + 4 + 2) + 1 == len(set(shown)) == len(shown)


def test_numbers_of_monitors_are_those_that_are_published():
    """
    They are in the stack's name space with the endpoint as their one dimension, as docs/metrics.md has them.
    """
    (body,) = _bodies(monitored=True)
    drawn = _titled(body, "scorer-0: drift and quality")["metrics"]

    names = ["drift", "prediction_drift", "data_quality", "quality", "explain", "rows"]
    assert names == [metric[1] for metric in drawn]
    assert {("example-prod", "Endpoint", "scorer-0")} == {(m[0], m[2], m[3]) for m in drawn}
    assert [0.25, 0.05, 0.8, 0.1] == [
        line["value"] for line in _titled(body, "scorer-0: drift and quality")["annotations"]["horizontal"]
    ]


def test_names_are_the_stacks_own():
    """
    The first is called as the stack, and the others are numbered.
    """
    named = [r.at("dashboardName") for r in stack("aws", 31).all(KIND)]

    assert {"example-prod-dashboard", "example-prod-dashboard-2"} == set(named)
