"""GP-GOV-010: who did what with models and data is in a log."""

from collections.abc import Iterator
from typing import Any

from policies.endpoints import about
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import is_known

DIAGNOSTICS, AUDIT = "azure-native:monitor:DiagnosticSetting", "gcp:projects/iAMAuditConfig:IAMAuditConfig"
AUDITED = (
    "azure-native:machinelearningservices:Workspace",
    "azure-native:cognitiveservices:Account",
    "azure-native:search:Service",
)
VERTEX = ("gcp:vertex/aiEndpoint:AiEndpoint", "gcp:vertex/aiDataset:AiDataset", "gcp:vertex/aiIndex:AiIndex")
_KINDS = {"DATA_READ", "DATA_WRITE"}


def _unaudited(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    for resource in stack.of(*AUDITED):
        if not any(_keeps(s) and about(stack, resource, s, ["resourceUri"]) for s in stack.of(DIAGNOSTICS)):
            yield Breach("no diagnostic setting keeps the logs of this resource", urn=resource.urn)
    used = stack.of(*VERTEX)
    if used and not any(map(_audits, stack.of(AUDIT))):
        message = "no audit config of this project has DATA_READ and DATA_WRITE of aiplatform.googleapis.com"
        yield Breach(message, urn=used[0].urn)


def _keeps(setting: Resource) -> bool:
    logs = setting.at("logs")
    if not isinstance(logs, list):
        return not is_known(logs)
    return any(not isinstance(log, dict) or log.get("enabled") is not False for log in logs)


def _audits(audit: Resource) -> bool:
    service, logs = audit.at("service"), audit.at("auditLogConfigs")
    if is_known(service) and service not in ("aiplatform.googleapis.com", "allServices"):
        return False
    kinds = [found for _, found in audit.all("auditLogConfigs.*.logType")]
    return not is_known(logs) or any(not is_known(kind) for kind in kinds) or all(kind in kinds for kind in _KINDS)


def _at(kind: str, inputs: dict[str, Any], *on: str) -> Resource:
    urn = f"urn:pulumi:prod::ml::{kind}::ml"
    return Resource(urn, kind, inputs, "ml", property_dependencies={"resourceUri": on} if on else {})


_USED = tuple(_at(kind, {"name": "ml"}) for kind in (*AUDITED, *VERTEX))
_LOGS = {"logs": [{"categoryGroup": "allLogs", "enabled": True}]}
_DATA = [{"logType": kind} for kind in sorted(_KINDS)]

RULE = Rule(
    id="GP-GOV-010",
    demand="ML workspaces and projects keep audit logs of data access.",
    why="By default nobody can tell who read a training set, or who called or changed a model.",
    fix="Add a diagnostic setting for the workspace; on GCP an audit config with DATA_READ and DATA_WRITE.",
    source="https://learn.microsoft.com/azure/machine-learning/monitor-azure-machine-learning",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("azpol:afe0c3be-ba3b-4544-ba52-0c99672a8ad6", "azpol:1b4d1c4e-934c-4703-944c-27c82c06bebb"),
    across=(
        StackCheck(
            run=_unaudited,
            types=(*AUDITED, *VERTEX, DIAGNOSTICS, AUDIT),
            passes=(
                *_USED,
                _at(DIAGNOSTICS, _LOGS, *(resource.urn for resource in _USED)),
                _at(AUDIT, {"service": "aiplatform.googleapis.com", "auditLogConfigs": _DATA}),
            ),
            fails=(*_USED, _at(DIAGNOSTICS, _LOGS), _at(AUDIT, {"service": "storage.googleapis.com"})),
        ),
    ),
)
