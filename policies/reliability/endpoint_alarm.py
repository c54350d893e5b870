"""GP-REL-017: somebody hears of it when a production endpoint fails."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.endpoints import AWS_ENDPOINT, AZURE_ENDPOINT, GCP_ENDPOINT, about
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import is_known

ALARMS = {  # endpoint: types of its alarms, and the inputs that say what each watches
    AWS_ENDPOINT: {
        "aws:cloudwatch/metricAlarm:MetricAlarm": (
            "dimensions.EndpointName",
            "metricQueries.*.metric.dimensions.EndpointName",
        ),
    },
    GCP_ENDPOINT: {
        "gcp:monitoring/alertPolicy:AlertPolicy": (
            "conditions.*.conditionThreshold.filter",
            "conditions.*.conditionPrometheusQueryLanguage.query",
        ),
    },
    AZURE_ENDPOINT: {
        "azure-native:monitor:MetricAlert": ("scopes.*",),
        # of the log, which is of all endpoints, the query takes the endpoint's own lines
        "azure-native:monitor:ScheduledQueryRule": ("criteria.allOf.*.query", "scopes.*"),
    },
}


def _unwatched(stack: Stack, settings: Settings) -> Iterator[Breach]:
    for kind, alarms in ALARMS.items() if settings.production else ():
        found = [(a, paths) for alarm, paths in alarms.items() for a in stack.of(alarm) if not _of_own_number(a)]
        for endpoint in stack.of(kind):
            if not any(_on_all(a) or about(stack, endpoint, a, paths) for a, paths in found):
                yield Breach("no alarm watches this endpoint", urn=endpoint.urn)


def _of_own_number(alarm: Resource) -> bool:
    """Whether a CloudWatch alarm is on a number that somebody publishes, such as drift: it sees no request fail."""
    dimensions = alarm.at("dimensions")
    return isinstance(dimensions, Mapping) and "Endpoint" in dimensions and "EndpointName" not in dimensions


def _on_all(alarm: Resource) -> bool:
    """Whether an alert policy is on Vertex AI's endpoints, whichever: it groups by endpoint, and names none."""
    paths = ALARMS[GCP_ENDPOINT].get(alarm.type, ())
    texts = [text for path in paths for _, text in alarm.all(path) if is_known(text)]
    found = [str(text) for text in texts if "aiplatform.googleapis.com" in str(text)]
    return any("endpoint_id" not in text for text in found)


def _at(kind: str, name: str, inputs: dict[str, Any], *on: str) -> Resource:
    urn = f"urn:pulumi:prod::ml::{kind}::{name}"
    return Resource(urn, kind, inputs, name, property_dependencies={"of": on} if on else {})


_ENDPOINTS = tuple(_at(kind, "scorer", {"name": "scorer", "endpointName": "scorer"}) for kind in ALARMS)
_BY_KIND = {endpoint.type: endpoint for endpoint in _ENDPOINTS}
_FIRST = {kind: next(iter(alarms)) for kind, alarms in ALARMS.items()}

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
            types=tuple(kind for endpoint, alarms in ALARMS.items() for kind in (endpoint, *alarms)),
            passes=(
                *_ENDPOINTS,
                *(_at(alarm, "errors", {}, _BY_KIND[kind].urn) for kind, alarm in _FIRST.items()),
            ),
            fails=(
                *_ENDPOINTS,
                _at(_FIRST[AWS_ENDPOINT], "errors", {"dimensions": {"EndpointName": "scorer-b"}}),
                _at(_FIRST[AWS_ENDPOINT], "drift", {"dimensions": {"Endpoint": "scorer"}}, _BY_KIND[AWS_ENDPOINT].urn),
                _at(_FIRST[GCP_ENDPOINT], "errors", {"conditions": []}),
                _at(_FIRST[AZURE_ENDPOINT], "errors", {"scopes": ["/onlineEndpoints/scorer-b"]}),
                _at(
                    "azure-native:monitor:ScheduledQueryRule",
                    "errors-of-another",
                    {
                        "criteria": {
                            "allOf": [{"query": "AmlOnlineEndpointTrafficLog | where EndpointName =~ 'scorer-b'"}]
                        }
                    },
                ),
            ),
        ),
    ),
)
