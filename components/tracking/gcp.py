"""Tracking on Vertex AI: a TensorBoard of the stack with its experiments; Google Cloud has no MLflow."""

from __future__ import annotations

import pulumi
from pulumi_gcp import vertex

from components.clouds.gcp.ground import GcpGround, labels, place
from components.clouds.gcp.roles import bucket_grant, project_grant
from components.tracking import Tracking, TrackingResult

__all__ = ["VertexTracking"]

ARTIFACTS = "experiments/"
BOARD = ("tensorboardExperiments", "tensorboardRuns", "tensorboardTimeSeries")
METADATA = ("artifacts", "contexts", "executions")
# Source: https://cloud.google.com/vertex-ai/docs/general/iam-permissions
LOG = (
    *(f"aiplatform.{kind}.{verb}" for kind in BOARD for verb in ("create", "get", "list", "update")),
    *(f"aiplatform.{kind}.{verb}" for kind in METADATA for verb in ("create", "get", "list", "update")),
    "aiplatform.metadataStores.get",
    "aiplatform.tensorboardExperiments.write",
    "aiplatform.tensorboardRuns.write",
    "aiplatform.tensorboards.get",
    "aiplatform.tensorboards.list",
)


class VertexTracking(Tracking):
    """
    What a run logs step by step is in the TensorBoard; its parameters are in the metadata store of the project.

    That store is one for all of a project and region, and is there once anything asks for it: no stack may own it.
    """

    def build(self) -> TrackingResult:
        ground, where, context = self.need(GcpGround), place(self), self.context
        board = vertex.AiTensorboard(
            "tracking",
            display_name=context.name(limit=128),
            description=f"Runs of {context.blueprint} {context.environment}",
            project=where.project,
            region=where.region,
            encryption_spec=vertex.AiTensorboardEncryptionSpecArgs(kms_key_name=ground.key.of["aiplatform"]),
            labels=labels(self),
            opts=self.keeps_data(),
        )
        experiments = {name: self._experiment(name, board) for name in sorted(self.spec.experiments)}
        for duty in ("train", "submit"):
            who = ground.accounts[duty].member
            project_grant(self, f"tracking-{duty}", who, LOG, "Files runs under experiments")
            bucket_grant(
                self, f"tracking-{duty}-artifacts", ground.artifacts, "roles/storage.objectUser", who, [ARTIFACTS]
            )
        return TrackingResult(
            tracking_uri=board.name,
            experiments=experiments,
            artifacts_uri=pulumi.Output.concat(ground.artifacts_uri, f"/{ARTIFACTS.rstrip('/')}"),
        )

    def _experiment(self, name: str, board: vertex.AiTensorboard) -> pulumi.Output[str]:
        where = place(self)
        made = vertex.AiTensorboardExperiment(
            name,
            # the metadata store, which knows the experiment by the same name, is shared with other stacks
            tensorboard_experiment_id=self.context.name(name, limit=63),
            tensorboard=board.name.apply(lambda known: known.rpartition("/")[2]),
            display_name=name,
            project=where.project,
            location=where.region,
            labels=labels(self),
            opts=self.keeps_data(),
        )
        return made.tensorboard_experiment_id
