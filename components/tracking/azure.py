"""Tracking on Azure ML: the workspace is the tracking server, so what is made is the right to use it."""

from __future__ import annotations

import pulumi

from components.clouds.azure.actions import TRACK
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.roles import assign, define
from components.tracking import Tracking, TrackingResult

__all__ = ["AzureMLTracking"]


class AzureMLTracking(Tracking):
    def build(self) -> TrackingResult:
        ground, region = self.need(AzureGround), self.context.place.region
        role, made = define(self, "track", "File runs under experiments, and compare them", TRACK, ground.group_id)
        for duty, who in (("train", ground.train), ("submit", ground.submit)):
            assign(self, f"{duty}-tracks", role, who, ground.workspace_id, [made])
        return TrackingResult(
            # Source: https://learn.microsoft.com/azure/machine-learning/how-to-use-mlflow-configure-tracking
            tracking_uri=pulumi.Output.concat(
                f"azureml://{region}.api.azureml.ms/mlflow/v1.0", _group_in_camel_case(ground.workspace_id)
            ),
            experiments={name: pulumi.Output.from_input(name) for name in sorted(self.spec.experiments)},
            artifacts_uri=ground.artifacts_uri,
        )


def _group_in_camel_case(workspace_id: pulumi.Output[str]) -> pulumi.Output[str]:
    """The client reads the path letter by letter, and ARM may give it in another case."""
    return workspace_id.apply(lambda known: known.replace("/resourcegroups/", "/resourceGroups/"))
