"""Online endpoints of a stack, and what stands around them: alarms, scaling, monitors, releases."""

from __future__ import annotations

import re
from collections.abc import Iterable

from policies.resource import Resource, Stack
from policies.values import ABSENT, is_known

__all__ = [
    "AWS_CONFIG",
    "AWS_ENDPOINT",
    "AZURE_DEPLOYMENT",
    "AZURE_ENDPOINT",
    "GCP_ENDPOINT",
    "about",
    "configurations",
    "names",
]

AWS_ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
AWS_CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
GCP_ENDPOINT = "gcp:vertex/aiEndpoint:AiEndpoint"
AZURE_ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint"
AZURE_DEPLOYMENT = "azure-native:machinelearningservices:OnlineDeployment"
_NAMES = ("name", "endpointName", "workspaceName", "accountName", "searchServiceName", "modelPackageGroupName")


def names(resource: Resource, *paths: str) -> list[str]:
    """Physical names of a resource that are known, by default at the paths where the clouds' services have theirs."""
    found = (resource.at(path) for path in paths or _NAMES)
    return [name for name in found if isinstance(name, str) and name]


def about(stack: Stack, one: Resource, other: Resource, paths: Iterable[str], *called: str) -> bool:
    """
    Whether `other` may be about `one`: it takes a value of it, or a text of its inputs has its name as a word.

    What is not known yet may be; a text that is known and another's is not.

    Args:
        stack: Both are in it.
        one: What is spoken of, such as an endpoint.
        other: What speaks of it, such as an alarm.
        paths: Inputs of `other` that name what it is about; `*` is every item.
        called: Names of `one`, where they are not those of `names`.
    """
    if stack.joined(one, other):
        return True
    words = [
        re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])", re.IGNORECASE) for name in called or names(one) if name
    ]
    texts = [found for path in paths for _, found in other.all(path)]
    if any(isinstance(text, str) and word.search(text) for text in texts for word in words):
        return True
    elsewhere = any(stack.joined(peer, other) for peer in stack.of(one.type) if peer.urn != one.urn)
    return not elsewhere and any(text is not ABSENT and not is_known(text) for text in texts)


def configurations(stack: Stack, endpoint: Resource) -> list[Resource]:
    """Configurations of a SageMaker endpoint that are in its stack."""
    return [config for config in stack.of(AWS_CONFIG) if stack.joined(config, endpoint, {"endpointConfigName": "name"})]
