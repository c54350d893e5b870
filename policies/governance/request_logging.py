"""GP-GOV-007: every call of a production or high-risk endpoint leaves a record."""

from collections.abc import Iterator
from typing import Any

from policies.checks import must_equal
from policies.endpoints import AWS_CONFIG, AZURE_DEPLOYMENT, AZURE_ENDPOINT, GCP_ENDPOINT, about
from policies.resource import Resource, Stack
from policies.rule import Absent, Breach, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, is_known

TRAIL = "aws:cloudtrail/trail:Trail"
AUDIT = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
DIAGNOSTICS = "azure-native:monitor:DiagnosticSetting"
_AWS, _GCP = "dataCaptureConfig.enableCapture", "predictRequestResponseLoggingConfig.enabled"
_AZURE = "properties.dataCollector"
_TRAFFIC = ("alllogs", "audit", "amlonlineendpointtrafficlog")


def _asked(resource: Resource, settings: Settings) -> bool:
    return settings.production or resource.label(settings.risk_label) == "high"


def _unlogged(stack: Stack, settings: Settings) -> Iterator[Breach]:
    def asked(kind: str) -> list[Resource]:
        return [resource for resource in stack.of(kind) if _asked(resource, settings)]

    for config in asked(AWS_CONFIG):
        if not _on(config, _AWS) and not any(map(_records, stack.of(TRAIL))):
            yield Breach(f"neither {_AWS} nor a trail with data events of endpoints records calls", _AWS, config.urn)
    for endpoint in asked(GCP_ENDPOINT):
        if not _on(endpoint, _GCP) and not any(map(_audits, stack.of(AUDIT))):
            yield Breach(f"neither {_GCP} nor an audit config of Vertex AI records calls", _GCP, endpoint.urn)
    for deployment in asked(AZURE_DEPLOYMENT):
        of = [e for e in stack.of(AZURE_ENDPOINT) if _of(stack, e, deployment)]
        if not _collects(deployment) and not any(_traced(stack, endpoint) for endpoint in of):
            yield Breach(f"neither {_AZURE} nor a diagnostic setting records calls", _AZURE, deployment.urn)
    for endpoint in asked(AZURE_ENDPOINT):
        own = any(_of(stack, endpoint, deployment) for deployment in stack.of(AZURE_DEPLOYMENT))
        if not own and not _traced(stack, endpoint):  # its deployments are released later
            yield Breach("no diagnostic setting of this endpoint records calls", urn=endpoint.urn)


def _of(stack: Stack, endpoint: Resource, deployment: Resource) -> bool:
    return stack.joined(endpoint, deployment, {"endpointName": "endpointName"})


def _on(resource: Resource, path: str) -> bool:
    found = resource.at(path)
    return found is True or (found is not ABSENT and not is_known(found))


def _records(trail: Resource) -> bool:
    """Whether a trail records calls of SageMaker endpoints; what is not known yet may."""
    found = [
        names for _, names in trail.all("advancedEventSelectors.*.fieldSelectors.*.equals.*") if names is not ABSENT
    ]
    return any(not is_known(name) or name == "AWS::SageMaker::Endpoint" for name in found)


def _audits(audit: Resource) -> bool:
    """Whether predictions, which read data, are in the project's audit log."""
    if audit.at("service") in ("aiplatform.googleapis.com", "allServices") or not is_known(audit.at("service")):
        kinds = [found for _, found in audit.all("auditLogConfigs.*.logType")]
        return any(kind == "DATA_READ" or not is_known(kind) for kind in kinds)
    return False


def _collects(deployment: Resource) -> bool:
    collector = deployment.at(_AZURE)
    if collector is ABSENT or not isinstance(collector, dict):
        return collector is not ABSENT
    modes = [found for _, found in deployment.all(f"{_AZURE}.collections.*.dataCollectionMode")]
    return any(not is_known(mode) or mode == "Enabled" for mode in modes) and ABSENT not in modes


def _traced(stack: Stack, endpoint: Resource) -> bool:
    """Whether a diagnostic setting of an endpoint records traffic."""
    return any(_keeps(s) and about(stack, endpoint, s, ["resourceUri"]) for s in stack.of(DIAGNOSTICS))


def _keeps(setting: Resource) -> bool:
    logs = setting.at("logs")
    if not isinstance(logs, list):
        return logs is not ABSENT
    if any(not isinstance(log, dict) for log in logs):
        return True
    kinds = [log.get("categoryGroup", log.get("category")) for log in logs if log.get("enabled")]
    return any(not isinstance(kind, str) or kind.lower() in _TRAFFIC for kind in kinds)


def _at(kind: str, name: str, inputs: dict[str, Any], *on: str) -> Resource:
    urn = f"urn:pulumi:prod::ml::{kind}::{name}"
    return Resource(urn, kind, inputs, name, property_dependencies={"of": on} if on else {})


_SILENT = (
    _at(AWS_CONFIG, "scorer", {"name": "scorer"}),
    _at(GCP_ENDPOINT, "scorer", {"name": "scorer"}),
    _at(AZURE_ENDPOINT, "scorer", {"endpointName": "scorer"}),
    _at(AZURE_DEPLOYMENT, "scorer", {"endpointName": "scorer"}, f"urn:pulumi:prod::ml::{AZURE_ENDPOINT}::scorer"),
)
_SELECTOR = {"fieldSelectors": [{"field": "resources.type", "equals": ["AWS::SageMaker::Endpoint"]}]}

RULE = Rule(
    id="GP-GOV-007",
    demand="Every call of a production or high-risk endpoint is captured, or recorded in the cloud's audit log.",
    why="Without a record nobody can explain a decision, find misuse, or see that the data has changed.",
    fix="Write capture: {sample: 100%, retain: 30d} at the endpoint, or turn on data events for endpoints.",
    fields=("capture.sample", "capture"),
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html",
    severity=Severity.HIGH,
    external=(
        "EU-AI-Act:Art12",
        "prowler:bedrock_model_invocation_logging_enabled",
        "ISO42001:A.6.2.8",
        "NIST-AI-RMF:MEASURE-2.4",
    ),
    checks={
        "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration": must_equal(
            "loggingConfig.textDataDeliveryEnabled", True, wrong=False, absent=Absent.PASSES, when=_asked
        ),
        "gcp:vertex/aiIndexEndpointDeployedIndex:AiIndexEndpointDeployedIndex": must_equal(
            "enableAccessLogging", True, wrong=False, because="Vertex AI logs no access", when=_asked
        ),
    },
    across=(
        StackCheck(
            run=_unlogged,
            types=(AWS_CONFIG, GCP_ENDPOINT, AZURE_ENDPOINT, AZURE_DEPLOYMENT, TRAIL, AUDIT, DIAGNOSTICS),
            passes=(
                *_SILENT,
                _at(AWS_CONFIG, "other", {"dataCaptureConfig": {"enableCapture": True}}),
                _at(GCP_ENDPOINT, "other", {"predictRequestResponseLoggingConfig": {"enabled": True}}),
                _at(TRAIL, "calls", {"advancedEventSelectors": [_SELECTOR]}),
                _at(AUDIT, "calls", {"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}),
                _at(DIAGNOSTICS, "calls", {"logs": [{"categoryGroup": "allLogs", "enabled": True}]}, _SILENT[2].urn),
            ),
            fails=(
                *_SILENT,
                _at(TRAIL, "c", {}),
                _at(AUDIT, "c", {"service": "a"}),
                _at(DIAGNOSTICS, "c", {"logs": []}),
            ),
        ),
    ),
)
