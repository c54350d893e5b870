"""The model registry on Azure: a container a model in the workspace, and a shared registry for other environments."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import machinelearningservices

from components.clouds.azure.actions import APPROVER, SHARED_READER, SHARED_WRITER
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.network import private_endpoint
from components.clouds.azure.roles import assign, define, identity
from components.clouds.azure.storage import ZONAL
from components.registry import Registry, RegistryResult
from components.registry.card import described

__all__ = ["AzureMLRegistry"]


class AzureMLRegistry(Registry):
    def build(self) -> RegistryResult:
        ml, ground = machinelearningservices, self.need(AzureGround)
        models = {
            name: ml.ModelContainer(
                name,
                name=name,
                workspace_name=ground.workspace,
                resource_group_name=ground.group,
                properties=ml.ModelContainerPropertiesArgs(
                    description=self._description(name),
                    tags={**self.context.tags, **self._risk(name), "approval": self.spec.approval},
                ),
                opts=self.keeps_data(),
            )
            for name in self.spec.models
        }
        if self.spec.approval == "manual":
            define(self, "approver", "Approve versions of models: set their stage", APPROVER, ground.group_id)
        if self.spec.share_with:
            self._shared(ground)
        return RegistryResult(
            models={name: made.id for name, made in models.items()},
            approval=self.spec.approval,
            artifacts_uri=pulumi.Output.concat(ground.artifacts_uri, "/models"),
            register_id=pulumi.Output.concat(ground.workspace_id, "/models"),
        )

    def _description(self, model: str) -> str:
        """What a person reads in the workspace: the card, where there is one."""
        stage = "; what serves has the stage Approved" if self.spec.approval == "manual" else ""
        card = self.spec.cards.get(model)
        return f"Versions of {model}{stage}" + (f". {described(card)}" if card else "")

    def _risk(self, model: str) -> dict[str, str]:
        return {"risk": self.spec.cards[model].risk} if model in self.spec.cards else {}

    def _shared(self, ground: AzureGround) -> None:
        """A registry beside the workspace, and for each environment an identity that reads it and nothing else."""
        ml, context = machinelearningservices, self.context
        shared = ml.Registry(
            "shared-registry",
            registry_name=context.name("shared", limit=33, unique=True),
            resource_group_name=ground.group,
            location=context.place.region,
            identity=ml.ManagedServiceIdentityArgs(type=ml.ManagedServiceIdentityType.SYSTEM_ASSIGNED),
            public_network_access="Disabled",
            region_details=[self._region()],
            tags=context.tags,
            opts=self.keeps_data(),
        )
        private_endpoint(
            self,
            "shared-registry",
            shared.id,
            "amlregistry",
            ground.endpoints_subnet_id,
            {"api": ground.api_zone_id},
            ground.group,
        )
        for model in self.spec.models:
            ml.RegistryModelContainer(
                f"shared-{model}",
                model_name=model,
                registry_name=shared.name,
                resource_group_name=ground.group,
                properties=ml.ModelContainerPropertiesArgs(
                    description=f"Released versions of {model}", tags={**context.tags, **self._risk(model)}
                ),
                opts=self.keeps_data(),
            )
        writer, writing = define(self, "share", "Share versions of models", SHARED_WRITER, ground.group_id)
        assign(self, "pipeline-shares", writer, ground.pipeline, shared.id, [writing])
        role, reading = define(self, "shared-reader", "Read shared models", SHARED_READER, ground.group_id)
        for environment in sorted(self.spec.share_with):
            # whoever runs the other environment attaches it; its own identities are not known here
            reader = identity(self, f"reader-{environment}", ground.group)
            assign(self, f"{environment}-reads-models", role, reader, shared.id, [reading])

    def _region(self) -> machinelearningservices.RegistryRegionArmDetailsArgs:
        ml, region = machinelearningservices, self.context.place.region
        return ml.RegistryRegionArmDetailsArgs(
            location=region,
            acr_details=[
                ml.AcrDetailsArgs(system_created_acr_account=ml.SystemCreatedAcrAccountArgs(acr_account_sku="Premium"))
            ],
            storage_account_details=[
                ml.StorageAccountDetailsArgs(
                    system_created_storage_account=ml.SystemCreatedStorageAccountArgs(
                        storage_account_type="Standard_ZRS" if region in ZONAL else "Standard_LRS",
                        storage_account_hns_enabled=False,
                        allow_blob_public_access=False,
                    )
                )
            ],
        )
