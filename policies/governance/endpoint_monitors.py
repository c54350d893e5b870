"""GP-GOV-006: every production endpoint is watched for drift."""

from collections.abc import Iterator
from typing import Any

from policies.cloud_control import TOKEN as CLOUD_CONTROL
from policies.endpoints import AWS_CONFIG, AWS_ENDPOINT, AZURE_ENDPOINT, about, configurations
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, is_known, look

SCHEDULE = "aws:sagemaker/monitoringSchedule:MonitoringSchedule"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
JOB = "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition"
AZURE_SCHEDULE = "azure-native:machinelearningservices:Schedule"
AZURE_ALERT = "azure-native:monitor:MetricAlert"
_CONFIG = "monitoringScheduleConfig"
_INLINE = f"{_CONFIG}.monitoringJobDefinition.monitoringInputs.endpointInput.endpointName"
_METRICS = ("metricName", "metricQueries.*.metric.metricName")
_DIMENSIONS = [
    f"{place}dimensions.{name}" for place in ("", "metricQueries.*.metric.") for name in ("Endpoint", "EndpointName")
]
_TARGET = "properties.action.monitorDefinition.monitoringTarget.deploymentId"


def _unmonitored(stack: Stack, settings: Settings) -> Iterator[Breach]:
    if not settings.production:
        return
    for endpoint in stack.of(AWS_ENDPOINT):
        if not _records(stack, endpoint):
            continue
        scheduled = any(_watches(stack, endpoint, schedule) for schedule in stack.of(SCHEDULE))
        if not scheduled and not any(_alarms(stack, endpoint, alarm) for alarm in stack.of(ALARM)):
            yield Breach("no monitoring schedule watches this endpoint", urn=endpoint.urn)
    for endpoint in stack.of(AZURE_ENDPOINT):
        if endpoint.at("properties.traffic") == {}:  # each caller names a deployment, and a monitor is of one
            continue
        monitors = filter(_monitors, stack.of(AZURE_SCHEDULE))
        watched = any(about(stack, endpoint, schedule, [_TARGET]) for schedule in monitors)
        alerts = filter(_on_drift, stack.of(AZURE_ALERT))
        if not watched and not any(about(stack, endpoint, alert, ["scopes.*"]) for alert in alerts):
            yield Breach("no monitor is scheduled for this endpoint", urn=endpoint.urn)


def _records(stack: Stack, endpoint: Resource) -> bool:
    """
    Whether SageMaker can record what the endpoint is asked: of a serverless or asynchronous one it does not, nor where
    inference components answer, of which the endpoint's configuration names no model.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
    """
    found = configurations(stack, endpoint)
    if not found:  # one of Cloud Control's is not read before all of it is known
        made = (stack.by_urn.get(urn) for urn in endpoint.sources)
        return not any(source and source.type == CLOUD_CONTROL for source in made)
    return any(map(_can_capture, found))


def _can_capture(config: Resource) -> bool:
    """Whether a variant of a configuration has a model, and machines that answer at once."""
    variants = [variant for _, variant in config.all("productionVariants.*")]
    models = [v for v in variants if look(v, "modelName") is not ABSENT and look(v, "serverlessConfig") is ABSENT]
    return not config.has("asyncInferenceConfig") and bool(models or not variants)


def _monitors(schedule: Resource) -> bool:
    found = schedule.at("properties.action.actionType")
    return found == "CreateMonitor" or (found is not ABSENT and not is_known(found))


def _on_drift(alert: Resource) -> bool:
    """Whether an alert is on a number of drift, which somebody publishes: Azure has none of its own."""
    names = [name for _, name in alert.all("criteria.allOf.*.metricName")]
    return any(_of_drift(name) for name in names if name is not ABSENT)


def _of_drift(metric: Any) -> bool:
    """Whether a metric may be of drift: of inputs, of answers, or of how the columns weigh in them."""
    return not is_known(metric) or any(word in str(metric).lower() for word in ("drift", "explain"))


def _watches(stack: Stack, endpoint: Resource, schedule: Resource) -> bool:
    """Whether a schedule is for the endpoint, or runs a job that is."""
    if about(stack, endpoint, schedule, [_INLINE]):
        return True
    name = f"{_CONFIG}.monitoringJobDefinitionName"
    jobs = [job for job in stack.of(JOB) if stack.joined(job, schedule, {name: "name"})]
    return any(about(stack, endpoint, job, ["dataQualityJobInput.endpointInput.endpointName"]) for job in jobs)


def _alarms(stack: Stack, endpoint: Resource, alarm: Resource) -> bool:
    """Whether an alarm is on the endpoint's drift, as whatever looks at its requests publishes it."""
    names = [name for path in _METRICS for _, name in alarm.all(path)]
    return any(map(_of_drift, names)) and about(stack, endpoint, alarm, _DIMENSIONS)


def _at(kind: str, name: str, inputs: dict[str, Any], *on: str) -> Resource:
    urn = f"urn:pulumi:prod::ml::{kind}::{name}"
    return Resource(urn, kind, inputs, name, property_dependencies={"of": on} if on else {})


_AWS, _AZURE = (
    _at(AWS_ENDPOINT, "scorer", {"name": "scorer"}),
    _at(AZURE_ENDPOINT, "scorer", {"endpointName": "scorer"}),
)
_OTHER = _at(AWS_ENDPOINT, "b", {"name": "b"})
_VARIANT: dict[str, Any] = {"modelName": "b", "serverlessConfig": {"maxConcurrency": 5}}
_SERVERLESS = (
    _at(AWS_CONFIG, "asked-rarely", {"name": "asked-rarely", "productionVariants": [_VARIANT]}),
    _at(AWS_ENDPOINT, "asked-rarely", {"name": "asked-rarely", "endpointConfigName": "asked-rarely"}),
)
_JOB = _at(JOB, "drift", {"name": "drift"}, _AWS.urn)

RULE = Rule(
    id="GP-GOV-006",
    demand="Every production endpoint is monitored for drift.",
    why="Data changes and a model goes wrong without an error: only a comparison with its training data shows it.",
    fix="Add monitoring of the endpoint in the blueprint, or a monitoring schedule on its captured requests.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=(
        "prowler:sagemaker_models_monitor_enabled",
        "EU-AI-Act:Art72",
        "NIST-AI-RMF:MEASURE-2.4",
        "ISO42001:A.6.2.6",
        "OWASP:ML08",
    ),
    across=(
        StackCheck(
            run=_unmonitored,
            types=(AWS_ENDPOINT, AWS_CONFIG, SCHEDULE, JOB, ALARM, AZURE_ENDPOINT, AZURE_SCHEDULE, AZURE_ALERT),
            passes=(
                _AWS,
                _JOB,
                _at(SCHEDULE, "drift", {_CONFIG: {"monitoringJobDefinitionName": "drift"}}, _JOB.urn),
                _OTHER,
                _at(ALARM, "b-drift", {"metricName": "largest_drift", "dimensions": {"Endpoint": "b"}}),
                *_SERVERLESS,
                _AZURE,
                _at(AZURE_SCHEDULE, "drift", {"properties": {"action": {"actionType": "CreateMonitor"}}}, _AZURE.urn),
            ),
            fails=(
                _AWS,
                _JOB,
                _at(ALARM, "b-drift", {"metricName": "drift", "dimensions": {"Endpoint": "b"}}),
                _at(ALARM, "errors", {"metricName": "Invocation5XXErrors", "dimensions": {"EndpointName": "scorer"}}),
                _AZURE,
                _at(AZURE_SCHEDULE, "train", {"properties": {"action": {"actionType": "CreateJob"}}}),
                _at(AZURE_ALERT, "slow", {"criteria": {"allOf": [{"metricName": "RequestLatency_P99"}]}}, _AZURE.urn),
            ),
        ),
    ),
)
