"""Parts of an Azure Monitor workbook: text, parameters, queries of logs and of Azure Resource Graph, metrics."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

__all__ = ["Item", "by_graph", "by_logs", "choice", "document", "metrics", "text"]

Item = dict[str, Any]
# what a query asks. Source: https://github.com/microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json
LOGS, GRAPH = 0, 1
WORKSPACES = "microsoft.operationalinsights/workspaces"
DAY_MILLISECONDS = 86_400_000
SPANS = (3_600_000, 21_600_000, DAY_MILLISECONDS, 7 * DAY_MILLISECONDS, 28 * DAY_MILLISECONDS)
AGGREGATIONS = {"sum": 1, "average": 4, "maximum": 3, "minimum": 2, "count": 7}
"""Source: https://learn.microsoft.com/azure/azure-monitor/metrics/metrics-aggregation-explained"""


def text(name: str, markdown: Any) -> Item:
    """A block of Markdown."""
    return {"type": 1, "content": {"json": markdown}, "name": name}


def choice(
    name: str,
    ids: dict[str, str],
    endpoints: Sequence[dict[str, Any]],
    trainings: Sequence[dict[str, Any]],
    subscription: str,
) -> Item:
    """
    The parameters of the workbook: the span of time, the endpoint and the training that are looked at.

    Args:
        name: Of the item.
        ids: Parameter to the GUID that the workbook knows it by.
        endpoints, trainings: What can be chosen, by `value` and `label`; the first is at first.
        subscription: Where the endpoints are.
    """
    parameters: list[Item] = [
        {
            "id": ids["TimeRange"],
            "version": "KqlParameterItem/1.0",
            "name": "TimeRange",
            "label": "Time",
            "type": 4,
            "isRequired": True,
            "value": {"durationMs": DAY_MILLISECONDS},
            "typeSettings": {"selectableValues": [{"durationMs": span} for span in SPANS], "allowCustom": True},
        }
    ]
    for key, kind, items in (
        ("Endpoint", "microsoft.machinelearningservices/workspaces/onlineendpoints", endpoints),
        ("Training", "microsoft.logic/workflows", trainings),
    ):
        if items:
            parameters.append(
                {
                    "id": ids[key],
                    "version": "KqlParameterItem/1.0",
                    "name": key,
                    "type": 5,  # a resource
                    "isRequired": True,
                    "multiSelect": False,
                    "typeSettings": {"resourceTypeFilter": {kind: True}, "additionalResourceOptions": []},
                    "jsonData": json.dumps(items),
                    "value": items[0]["value"],
                }
            )
    if endpoints:
        parameters.append(_deployments(ids["Deployment"], subscription))
    content = {
        "version": "KqlParameterItem/1.0",
        "parameters": parameters,
        "style": "pills",
        "queryType": LOGS,
        "resourceType": WORKSPACES,
    }
    return {"type": 9, "content": content, "name": name}


def _deployments(id_: str, subscription: str) -> Item:
    """Whatever is deployed to the endpoint that is chosen: releases make deployments, and name them."""
    query = (
        "resources | where type == 'microsoft.machinelearningservices/workspaces/onlineendpoints/deployments'"
        " | where id startswith '{Endpoint}/' | project id"
    )
    return {
        "id": id_,
        "version": "KqlParameterItem/1.0",
        "name": "Deployment",
        "type": 5,
        "isRequired": True,
        "multiSelect": True,
        "quote": "'",
        "delimiter": ",",
        "isHiddenWhenLocked": True,
        "typeSettings": {"additionalResourceOptions": ["value::all"]},
        "query": query,
        "crossComponentResources": [f"/subscriptions/{subscription}"],
        "queryType": GRAPH,
        "resourceType": "microsoft.resourcegraph/resources",
        "value": ["value::all"],
    }


def _query(name: str, title: str, query: Any, kind: int, source: str, ids: list[Any], shown_as: str) -> Item:
    content: Item = {
        "version": "KqlItem/1.0",
        "query": query,
        "size": 0,
        "title": title,
        "queryType": kind,
        "resourceType": source,
        "crossComponentResources": ids,
        "visualization": shown_as,
        "noDataMessage": "Nothing yet",
    }
    return {"type": 3, "content": content, "name": name}


def by_logs(name: str, title: str, query: Any, workspace: Any, *, shown_as: str = "timechart", width: int = 50) -> Item:
    """
    A query of the log workspace, over the time that is chosen.

    Args:
        name: Of the item.
        title: Over it.
        query: In Kusto's language.
        workspace: ARM id.
        shown_as: `timechart` or `table`.
        width: Share of the workbook's, in hundredths.
    """
    item = _query(name, title, query, LOGS, WORKSPACES, [workspace], shown_as)
    item["content"]["timeContextFromParameter"] = "TimeRange"
    return {**item, "customWidth": str(width)}


def by_graph(name: str, title: str, query: Any, subscription: str) -> Item:
    """A table that Azure Resource Graph answers with."""
    return _query(
        name, title, query, GRAPH, "microsoft.resourcegraph/resources", [f"/subscriptions/{subscription}"], "table"
    )


def metrics(
    name: str,
    title: str,
    kind: str,
    of: str,
    wanted: Sequence[tuple[str, str, str]],
    *,
    namespace: str = "",
    category: str = "",
    width: int = 50,
) -> Item:
    """
    Metrics of the resource that a parameter names.

    Args:
        name: Of the item.
        title: Over it.
        kind: Type of the resource.
        of: The parameter.
        wanted: Name of each metric, how it is put together, and what it is called.
        namespace: Of the metrics, where it is not that of the resource.
        category: Of the metrics, as Azure Monitor files them.
        width: Share of the workbook's, in hundredths.
    """
    space = namespace or kind
    content: Item = {
        "version": "MetricsItem/2.0",
        "size": 0,
        "chartType": 2,  # lines
        "resourceType": kind,
        "metricScope": 0,
        "resourceParameter": of,
        "timeContextFromParameter": "TimeRange",
        "title": title,
        "metrics": [
            {
                "namespace": space,
                "metric": f"{space}-{category}-{metric}",
                "aggregation": AGGREGATIONS[how],
                "columnName": called,
            }
            for metric, how, called in wanted
        ],
        "gridSettings": {"rowLimit": 10000},
    }
    return {"type": 10, "content": content, "customWidth": str(width), "name": name}


def document(items: Sequence[Item]) -> Item:
    """The whole workbook, as `serializedData` has it."""
    return {
        "version": "Notebook/1.0",
        "items": list(items),
        "fallbackResourceIds": ["Azure Monitor"],
        "$schema": "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json",
    }
