"""The dashboard on Azure: a workbook, what it asks, and that its parts are those of workbooks."""

import json
import re
from typing import Any

import pytest

from components.clouds.azure.logs import AUDIT_TABLES
from tests.components.dashboard.stacks import stack

KIND = "azure-native:applicationinsights:Workbook"
GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ITEMS = {1: None, 3: "KqlItem/1.0", 9: "KqlParameterItem/1.0", 10: "MetricsItem/2.0"}
TABLES = {*AUDIT_TABLES, "resources", "alertsmanagementresources"}
# Source: https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/metrics-index
METRICS = {
    "microsoft.machinelearningservices/workspaces/onlineendpoints": {
        "Traffic-RequestLatency_P50",
        "Traffic-RequestLatency_P99",
    },
    "microsoft.machinelearningservices/workspaces/onlineendpoints/deployments": {
        "Resource-CpuUtilizationPercentage",
        "Resource-DeploymentCapacity",
        "Resource-GpuUtilizationPercentage",
    },
    "microsoft.logic/workflows": {"-RunsSucceeded", "-RunsFailed", "-RunsStarted", "-RunLatency"},
    "groundplan": {"-drift", "-prediction_drift", "-data_quality", "-quality", "-bias", "-explain", "-rows"},
}
EVERYTHING = {"endpoints": 3, "monitored": True, "features": True, "endpoint": {"machine": {"accelerator": "T4"}}}
CASES = pytest.mark.parametrize(
    "how",
    [{}, {"endpoints": 0, "trainings": 0}, EVERYTHING, {"endpoints": 200, "monitored": True, "trainings": 200}],
    ids=["one", "nothing", "everything", "hundreds"],
)


def _workbook(**how: Any) -> dict[str, Any]:
    planned = stack("azure", **how)
    assert [] == planned.refusals
    return json.loads(planned.one(KIND).inputs["serializedData"])


def _item(body: dict[str, Any], name: str) -> dict[str, Any]:
    return next(item for item in body["items"] if item["name"] == name)["content"]


@CASES
def test_every_part_is_one_of_workbooks(how):
    """
    Each item has the version of its type, names its source, and is called otherwise than the others.
    """
    body = _workbook(**how)
    names = [item["name"] for item in body["items"]]

    assert "Notebook/1.0" == body["version"]
    assert len(names) == len(set(names))
    for item in body["items"]:
        assert ITEMS[item["type"]] == item["content"].get("version")
        assert 0 < int(item.get("customWidth", 100)) <= 100
        if item["type"] == 3:
            assert item["content"]["crossComponentResources"]
            assert item["content"]["query"].split(" ")[0] in {*TABLES, "let"}


@CASES
def test_every_graph_is_of_metrics_that_there_are(how):
    """
    Each metric is one that Azure Monitor documents of the resource, or that monitors publish.
    """
    for item in _workbook(**how)["items"]:
        for metric in item["content"].get("metrics", []):
            space = metric["namespace"]
            assert metric["metric"].removeprefix(f"{space}-") in METRICS[space]
            assert metric["aggregation"] in (1, 2, 3, 4, 7)


@CASES
def test_every_choice_that_is_named_is_there(how):
    """
    Whatever an item refers to is a parameter of the workbook, which Azure fills in.
    """
    body = _workbook(**how)
    known = {parameter["name"] for parameter in _item(body, "choices")["parameters"]}
    text = json.dumps(body["items"])
    used = set(re.findall(r"\{([A-Z][A-Za-z]+)(?::[a-z]+)?\}", text))
    used |= {i["content"][key] for i in body["items"] for key in ("resourceParameter",) if key in i["content"]}

    assert used <= known


def test_two_hundred_endpoints_are_one_workbook():
    """
    The workbook has as many items as that of one endpoint: which is looked at is chosen.
    """
    many, one = _workbook(endpoints=200, trainings=200), _workbook()
    chosen = {p["name"]: p for p in _item(many, "choices")["parameters"]}

    assert len(one["items"]) == len(many["items"])
    assert 200 == len(json.loads(chosen["Endpoint"]["jsonData"])) == len(json.loads(chosen["Training"]["jsonData"]))
    assert len(json.dumps(many)) < 1_000_000


def test_what_is_promised_stands_beside_what_is():
    """
    Errors are drawn with the bound of the endpoint that is chosen; the latency that is promised stands over its graph.
    """
    body = _workbook(endpoints=2)
    query = _item(body, "errors")["query"]

    assert "['scorer-0', 0.5, 0.1, 'scorer-1', 0.5, 0.1]" in query
    assert "errors_promised" in query.rpartition("project")[2]
    assert "scorer-0: p99 120ms" in _item(body, "latency")["title"]


def test_its_name_stays():
    """
    A workbook is named by a GUID, which is the stack's own and the same at every plan.
    """
    first, second = (stack("azure").one(KIND).at("resourceName") for _ in range(2))

    assert GUID.fullmatch(first)
    assert first == second
    assert stack("azure").one(KIND).at("kind") == "shared"


def test_alarms_and_versions_come_from_azure_resource_graph():
    """
    Alerts are those of the stack's resource group, and the version is the tag that a release writes.
    """
    body = _workbook()

    assert "targetResourceGroup) =~ 'example-prod'" in _item(body, "alarms")["query"]
    assert "tags.serves" in _item(body, "versions")["query"]
