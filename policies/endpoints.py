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
    spoken = [name.lower() for name in called or names(one) if name]
    paths = tuple(paths)
    words, texts = other.once(("words", paths), lambda: _words(other, paths))
    if any(name in words if _WORD.fullmatch(name) else _within(name, texts) for name in spoken):
        return True
    if not other.once(("unknown", paths), lambda: _unknown(other, paths)):
        return False
    peers = (stack.by_urn.get(urn) for urn in other.sources if urn != one.urn)
    return not any(peer and peer.type == one.type for peer in peers)


_WORD = re.compile(r"[\w-]+")


def _words(other: Resource, paths: tuple[str, ...]) -> tuple[frozenset[str], list[str]]:
    """The words of a resource's texts, and the texts, in lower case."""
    texts = [found.lower() for path in paths for _, found in other.all(path) if isinstance(found, str)]
    return frozenset(word for text in texts for word in _WORD.findall(text)), texts


def _unknown(other: Resource, paths: tuple[str, ...]) -> bool:
    found = [value for path in paths for _, value in other.all(path)]
    return any(value is not ABSENT and not is_known(value) for value in found)


def _within(name: str, texts: Iterable[str]) -> bool:
    """Whether a name of several words stands in a text, whole."""
    whole = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    return any(whole.search(text) for text in texts)


def configurations(stack: Stack, endpoint: Resource) -> list[Resource]:
    """Configurations of a SageMaker endpoint that are in its stack."""
    taken = (stack.by_urn.get(urn) for urn in sorted(endpoint.sources))
    found = [config for config in taken if config and config.type == AWS_CONFIG]
    return found or stack.named(AWS_CONFIG, "name", endpoint.at("endpointConfigName"))
