"""Experiment tracking: parameters, metrics and artifacts of each run, kept and compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pulumi
from pydantic import Field

from components.base import Component, Result, Spec
from components.fields import Name
from components.tracking.parity import FEATURES

__all__ = ["FEATURES", "Tracking", "TrackingResult", "TrackingSpec"]


class TrackingSpec(Spec):
    """Experiments that runs are filed under."""

    experiments: list[Name] = Field(min_length=1, max_length=100, examples=[["fraud"]])


@dataclass(frozen=True)
class TrackingResult(Result):
    """
    What a run needs to be filed, on every cloud.

    Attributes:
        tracking_uri: What the cloud's tracking client is pointed at: the MLflow app's ARN on AWS
            (`mlflow.set_tracking_uri`), the TensorBoard's resource name on Google Cloud (`aiplatform.init`), the
            workspace's MLflow address on Azure.
        experiments: Experiment to what the client is told to file a run under.
        artifacts_uri: Where artifacts of runs lie in the artifact store.
    """

    tracking_uri: pulumi.Output[str]
    experiments: dict[str, pulumi.Output[str]]
    artifacts_uri: pulumi.Output[str]


class Tracking(Component):
    """Base of `aws.py`, `gcp.py`, `azure.py`: same spec in, same result out."""

    capability: ClassVar[str] = "tracking"
    section: ClassVar[str] = "tracking"
    singleton: ClassVar[bool] = True
    spec: TrackingSpec
    result: TrackingResult
