"""Calls of endpoints are recorded, by capture or by the cloud's audit log."""

from __future__ import annotations

from typing import Any

import pytest

from policies.pack import rule
from policies.resource import Resource, Stack
from policies.settings import Settings

CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
VERTEX, AUDIT = "gcp:vertex/aiEndpoint:AiEndpoint", "gcp:projects/iAMAuditConfig:IAMAuditConfig"
ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint"
DIAGNOSTICS = "azure-native:monitor:DiagnosticSetting"


def found(*resources: Resource, environment: str = "prod") -> list[str]:
    return [b.urn for b in rule("GP-GOV-007").breaches_across(Stack(resources), Settings(environment=environment))]


def test_production_and_high_risk_are_recorded():
    """
    An endpoint that records nothing is found in production, and anywhere that is labelled high-risk.
    """
    plain = Resource("c", CONFIG, {"dataCaptureConfig": {"enableCapture": False}})
    risky = Resource("r", CONFIG, {"tags": {"risk": "high"}})

    assert ["c", "r"] == found(plain, risky)
    assert ["r"] == found(plain, risky, environment="dev")


@pytest.mark.parametrize(
    ("service", "kind", "open_"),
    [
        ("aiplatform.googleapis.com", "DATA_READ", []),
        ("allServices", "DATA_READ", []),
        ("aiplatform.googleapis.com", "ADMIN_READ", ["e"]),
        ("storage.googleapis.com", "DATA_READ", ["e"]),
    ],
)
def test_vertex_predictions_are_reads_of_data(service: str, kind: str, open_: list[str]):
    """
    Only an audit config with DATA_READ of Vertex AI records predictions.
    """
    audit = Resource("a", AUDIT, {"service": service, "auditLogConfigs": [{"logType": kind}]})

    assert open_ == found(Resource("e", VERTEX, {"name": "1"}), audit)


def test_a_diagnostic_setting_is_for_the_endpoint_it_names():
    """
    Traffic logs of one endpoint say nothing of another whose name begins the same, and metrics alone say nothing.
    """
    logs: list[dict[str, Any]] = [{"category": "AmlOnlineEndpointTrafficLog", "enabled": True}]
    endpoints = [Resource(name, ENDPOINT, {"endpointName": name}) for name in ("scorer", "scorer-b")]
    setting = Resource("d", DIAGNOSTICS, {"resourceUri": "/w/onlineEndpoints/scorer", "logs": logs})

    assert ["scorer-b"] == found(*endpoints, setting)
    off = Resource(
        "d", DIAGNOSTICS, {"resourceUri": "/w/onlineEndpoints/scorer", "logs": [{**logs[0], "enabled": False}]}
    )
    assert ["scorer", "scorer-b"] == found(*endpoints, off)
