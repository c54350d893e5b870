"""Model registry on Vertex AI: versions registered by a workflow, approved by a label that one role may set."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pulumi_gcp as gcp

from components.catalog import image
from components.clouds.gcp.ground import GcpGround, labels, place
from components.clouds.gcp.registry import PORT, model_id, own_container
from components.clouds.gcp.roles import bucket_grant, custom_role, peer_account
from components.clouds.gcp.workflow import controller
from components.registry import Registry, RegistryResult
from components.registry.card import described

__all__ = ["VertexRegistry"]

REGISTER = Path(__file__).with_name("gcp_register.yaml")
WORDS = ("model", "run", "artifacts", "image", "runtime", "description", "approval")
RUNTIMES = ("xgboost", "sklearn", "pytorch", "tensorflow")
MOST_TOLD = 20  # models, in a message
READ = ("aiplatform.models.get", "aiplatform.models.list")


class VertexRegistry(Registry):
    """The region's registry; a version's state is its label `approval`, as Vertex AI has no such state."""

    def build(self) -> RegistryResult:
        ground, where = self.need(GcpGround), place(self)
        ids = {model: model_id(self.context, model) for model in self.spec.models}
        register = self._register(ground, ids)
        custom_role(
            self, "approve", "Approves versions: may set their label and aliases", [*READ, "aiplatform.models.update"]
        )
        if self.spec.share_with:
            read = custom_role(self, "share", "Reads models, for another environment", READ).name
            find = custom_role(self, "share-list", "Lists model files, for another", ["storage.objects.list"]).name
            for environment in self.spec.share_with:
                self._share(environment, read, find, ground)
        return RegistryResult(
            models={m: pulumi.Output.from_input(f"{where.vertex_parent}/models/{i}") for m, i in ids.items()},
            approval=self.spec.approval,
            artifacts_uri=pulumi.Output.concat(ground.artifacts_uri, "/models"),
            register_id=register.id,
        )

    def _register(self, ground: GcpGround, ids: dict[str, str]) -> gcp.workflows.Workflow:
        where, automatic = place(self), self.spec.approval == "automatic"
        return controller(
            self,
            "register",
            REGISTER,
            {
                "url": f"{where.vertex_url}/v1",
                "parent": where.vertex_parent,
                "models": ids,
                "known": _some(list(ids)),
                "artifacts": ground.artifacts_uri,
                "repository": ground.image_repository,
                "runtimes": {r: image(self.cloud, where.region, r, "hosting").uri for r in RUNTIMES},
                "own_container": own_container(PORT),
                "aliases": ["candidate", "approved"] if automatic else ["candidate"],
                "labels": labels(self, approval="approved" if automatic else "pending"),
                "encryptionSpec": {"kmsKeyName": ground.key.of["aiplatform"]},
                "words": list(WORDS),
                "cards": {m: {"text": described(c), "risk": c.risk} for m, c in sorted(self.spec.cards.items())},
            },
            "Registers a version of a model",
            "Register fewer models in one stack.",
        )

    def _share(self, environment: str, read: pulumi.Output[str], find: pulumi.Output[str], ground: GcpGround) -> None:
        """Let another environment's pipeline read versions, their files and their images."""
        member = peer_account(self, environment, "pipeline")
        gcp.projects.IAMMember(
            f"share-{environment}-models", project=place(self).project, role=read, member=member, opts=self.child()
        )
        gcp.storage.BucketIAMMember(
            f"share-{environment}-list",
            bucket=ground.artifacts,
            role=find,
            member=member,
            opts=self.child(),
        )
        bucket_grant(
            self,
            f"share-{environment}-files",
            ground.artifacts,
            "roles/storage.objectViewer",
            member,
            ["models/", "runs/"],
        )
        gcp.artifactregistry.RepositoryIamMember(
            f"share-{environment}-images",
            project=place(self).project,
            location=place(self).region,
            repository=ground.repository,
            role="roles/artifactregistry.reader",
            member=member,
            opts=self.child(),
        )


def _some(models: list[str]) -> str:
    """The models as a message names them."""
    told = ", ".join(models[:MOST_TOLD])
    return told if len(models) <= MOST_TOLD else f"{told} and {len(models) - MOST_TOLD} more"
