"""Which version of a model serves: read off the live endpoint, as releases record it there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from typing import Any

from components.base import Cloud

__all__ = ["Get", "NotReadable", "Serving", "read"]

Get = Callable[[str], Mapping[str, Any]]
"""Answers an address of the cloud's API with the JSON that is there."""


class NotReadable(RuntimeError):
    """The endpoint can't be read; the message says what to do."""


@dataclass(frozen=True)
class Serving:
    """
    What an endpoint serves.

    Attributes:
        version: The version that takes most of the traffic, or that a release would go back to; "" before the first.
        shares: Version to its share of the traffic, in percent.
        shadow: The version that sees a copy of the traffic; "" where none does.
        state: The cloud's own word for the endpoint's state.
        settled: Whether one version has all of the traffic, and no release is under way.
        models: Of an endpoint with several models, which callers name, each one's name to the version that serves.
    """

    version: str
    shares: Mapping[str, float] = field(default_factory=dict)
    shadow: str = ""
    state: str = ""
    settled: bool = True
    models: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As documents have it."""
        return asdict(self)


def read(cloud: Cloud, endpoint_id: str) -> Serving:
    """
    What an endpoint serves now.

    Args:
        cloud: Where it is.
        endpoint_id: As the stack's output `endpoint_id` says.

    Raises:
        NotReadable: The cloud's SDK is not installed, nobody is logged in, or the endpoint is not there.
    """
    return import_module(f"groundplan.serving.{cloud}").read(endpoint_id)
