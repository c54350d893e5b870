"""GP-REL-017 and GP-GOV-006 on Azure: an alert that names an endpoint watches it, of any of the two kinds."""

from __future__ import annotations

from typing import Any

import pytest

from policies.endpoints import AZURE_ENDPOINT
from policies.governance import endpoint_monitors
from policies.reliability import endpoint_alarm
from policies.resource import Resource, Stack
from policies.settings import Settings

QUERY, METRIC = "azure-native:monitor:ScheduledQueryRule", "azure-native:monitor:MetricAlert"
SCOPE = "/subscriptions/s/resourceGroups/g/providers/x/workspaces/w/onlineEndpoints/scorer-1a2b3c"


def _at(kind: str, inputs: dict[str, Any]) -> Resource:
    return Resource(f"urn:pulumi:prod::ml::{kind}::x", kind, inputs, "x")


ENDPOINT = _at(AZURE_ENDPOINT, {"endpointName": "scorer-1a2b3c"})


def _breaches(module: Any, *others: Resource) -> int:
    (check,) = module.RULE.across
    return len(list(check.run(Stack((ENDPOINT, *others)), Settings(environment="prod"))))


def _query(name: str) -> Resource:
    text = f"AmlOnlineEndpointTrafficLog | where EndpointName =~ '{name}' | summarize count()"
    return _at(QUERY, {"scopes": ["/subscriptions/s/workspaces/logs"], "criteria": {"allOf": [{"query": text}]}})


def _drift(metric: str, scope: str = SCOPE) -> Resource:
    return _at(METRIC, {"scopes": [scope], "criteria": {"allOf": [{"metricName": metric}]}})


@pytest.mark.parametrize(("name", "breaches"), [("scorer-1a2b3c", 0), ("scorer", 1), ("scorer-1a2b3c-b", 1)])
def test_a_query_of_the_log_watches_the_endpoint_that_it_names(name, breaches):
    """
    An alert on the log counts where its query names this endpoint, whole, and not one that begins alike.
    """
    assert breaches == _breaches(endpoint_alarm, _query(name))


@pytest.mark.parametrize(
    ("alert", "breaches"),
    [
        (_drift("drift_breaches"), 0),
        (_drift("RequestLatency_P99"), 1),
        (_drift("drift_breaches", SCOPE.replace("scorer", "other")), 1),
    ],
)
def test_an_alert_on_published_drift_is_a_monitor(alert, breaches):
    """
    An alert on a number of drift, on this endpoint's own resource, says that somebody works it out.
    """
    assert breaches == _breaches(endpoint_monitors, alert)
