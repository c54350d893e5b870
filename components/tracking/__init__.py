"""Experiment tracking: parameters, metrics and artifacts of each run, kept and compared."""

from __future__ import annotations

from pydantic import Field

from components.base import Spec
from components.fields import Name

__all__ = ["TrackingSpec"]


class TrackingSpec(Spec):
    """Experiments that runs are filed under."""

    experiments: list[Name] = Field(min_length=1, max_length=100, examples=[["fraud"]])
