"""Endpoint configurations that AWS Cloud Control makes, judged as those of the provider's own class are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from policies.endpoints import AWS_CONFIG
from policies.resource import Resource

__all__ = ["TOKEN", "as_made"]

TOKEN = "aws:cloudcontrol/resource:Resource"  # noqa: S105 a type
_TYPE = "AWS::SageMaker::EndpointConfig"
_NAMES = {  # where the provider's class has another name, or another form
    "EnableSSMAccess": "enableSsmAccess",
    "EndpointConfigName": "name",
    "KmsKeyId": "kmsKeyArn",
    "VolumeSizeInGB": "volumeSizeInGb",
}
_OF_CAPTURE = "DataCaptureConfig"


def as_made(resource: Resource) -> Resource:
    """The resource as the class of its own would have it; itself where it is none of these, or not known yet."""
    if resource.type != TOKEN or resource.inputs.get("typeName") != _TYPE:
        return resource
    text = resource.inputs.get("desiredState")
    if not isinstance(text, str):
        return resource
    try:
        body = json.loads(text)
    except ValueError:
        return resource  # Cloud Control refuses it
    return replace(resource, type=AWS_CONFIG, inputs=_inputs(body)) if isinstance(body, dict) else resource


def _inputs(body: Mapping[str, Any]) -> dict[str, Any]:
    found = {_name(key): _value(value) for key, value in body.items() if key not in ("Tags", _OF_CAPTURE)}
    if _OF_CAPTURE in body:  # its key keeps its name
        found["dataCaptureConfig"] = {_camel(key): _value(value) for key, value in body[_OF_CAPTURE].items()}
    for variant in (*found.get("productionVariants", ()), *found.get("shadowProductionVariants", ())):
        if "routingConfig" in variant:
            variant["routingConfigs"] = [variant.pop("routingConfig")]
    if "Tags" in body:
        found["tags"] = {tag["Key"]: tag["Value"] for tag in body["Tags"]}
    return found


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_name(str(key)): _value(inner) for key, inner in value.items()}
    return [_value(inner) for inner in value] if isinstance(value, list) else value


def _name(key: str) -> str:
    return _NAMES.get(key) or _camel(key)


def _camel(key: str) -> str:
    return re.sub(r"^[A-Z]", lambda first: first.group().lower(), key)
