"""GP-REL-017: somebody hears of it when a production endpoint fails."""

from collections.abc import Iterator
from typing import Any

from policies.endpoints import AWS_ENDPOINT, AZURE_ENDPOINT, GCP_ENDPOINT, about
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import is_known

ALARMS = {  # endpoint: type of its alarms, and the inputs that say what they watch
    AWS_ENDPOINT: (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        ("dimensions.EndpointName", "metricQueries.*.metric.dimensions.EndpointName"),
    ),
    GCP_ENDPOINT: (
        "gcp:monitoring/alertPolicy:AlertPolicy",
        ("conditions.*.conditionThreshold.filter", "conditions.*.conditionPrometheusQueryLanguage.query"),
    ),
    AZURE_ENDPOINT: ("azure-native:monitor:MetricAlert", ("scopes.*",)),
}


def _unwatched(stack: Stack, settings: Settings) -> Iterator[Breach]:
    for kind, (alarm, paths) in ALARMS.items() if settings.production else ():
        for endpoint in stack.of(kind):
            if not any(_on_all(a) or about(stack, endpoint, a, paths) for a in stack.of(alarm)):
                yield Breach("no alarm watches this endpoint", urn=endpoint.urn)


def _on_all(alarm: Resource) -> bool:
    """Whether an alert policy is on Vertex AI's endpoints, whichever: it groups by endpoint, and names none."""
    texts = [text for path in ALARMS[GCP_ENDPOINT][1] for _, text in alarm.all(path) if is_known(text)]
    found = [str(text) for text in texts if "aiplatform.googleapis.com" in str(text)]
    return any("endpoint_id" not in text for text in found)


def _at(kind: str, name: str, inputs: dict[str, Any], *on: str) -> Resource:
    urn = f"urn:pulumi:prod::ml::{kind}::{name}"
    return Resource(urn, kind, inputs, name, property_dependencies={"of": on} if on else {})


_ENDPOINTS = tuple(_at(kind, "scorer", {"name": "scorer", "endpointName": "scorer"}) for kind in ALARMS)
_BY_KIND = {endpoint.type: endpoint for endpoint in _ENDPOINTS}

RULE = Rule(
    id="GP-REL-017",
    demand="A production endpoint has an alarm.",
    why="Without one the users are the first to know that requests fail or take too long.",
    fix="Add an alarm on errors or latency with the endpoint's name, and send it to the people on duty.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    across=(
        StackCheck(
            run=_unwatched,
            types=tuple(kind for endpoint, (alarm, _) in ALARMS.items() for kind in (endpoint, alarm)),
            passes=(
                *_ENDPOINTS,
                *(_at(alarm, "errors", {}, _BY_KIND[kind].urn) for kind, (alarm, _) in ALARMS.items()),
            ),
            fails=(
                *_ENDPOINTS,
                _at(ALARMS[AWS_ENDPOINT][0], "errors", {"dimensions": {"EndpointName": "scorer-b"}}),
                _at(ALARMS[GCP_ENDPOINT][0], "errors", {"conditions": []}),
                _at(ALARMS[AZURE_ENDPOINT][0], "errors", {"scopes": ["/onlineEndpoints/scorer-b"]}),
            ),
        ),
    ),
)
