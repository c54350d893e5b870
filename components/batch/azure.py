"""Batch scoring on Azure ML: a cluster that costs nothing while idle, a Logic App that runs jobs, its starts."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import machinelearningservices

from components.batch import Batch, BatchResult
from components.catalog import Machine as Sold
from components.catalog import image as runtime_image
from components.clouds.azure.batch_run import BatchPlan, batch_definition
from components.clouds.azure.cluster import NAME_LIMIT, cluster
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.images import full_name
from components.clouds.azure.place import AzureIdentity
from components.clouds.azure.starts import Starts
from components.clouds.azure.workflow import environment, logic_app
from components.machine import pick
from components.naming import digest, fit
from components.registry import RegistryResult

__all__ = ["AzureMLBatch"]

KIND = "batch"  # a cluster's name may not end in a hyphen and digits, so it ends in a word


class AzureMLBatch(Batch):
    """A batch definition on Azure ML."""

    def build(self) -> BatchResult:
        self.refuse_foreign("azureml", "Azure ML")
        spec, ground = self.spec, self.need(AzureGround)
        if ground.score is None:
            raise ValueError(f"{self.label} needs an identity to score with. Give FoundationSpec scores=True.")
        machine = pick(self, spec.machine, "training", spot=spec.spot, runtimes=[spec.runtime], image_use="hosting")
        plan = BatchPlan(self.name, spec, self._approval() == "manual", self.context.tags)
        environment_id, made = self._environment(plan.environment, machine, ground)
        machines = self._cluster(machine, ground.score, ground)
        workflow = logic_app(
            self,
            f"{self.name}-batch",
            ground,
            lambda identity: batch_definition(plan, identity),
            {
                "artifacts": ground.artifacts_uri,
                "data": ground.data_uri,
                "environment": environment_id,
                "machines": machines.id,
                "score-identity": ground.score.id,
                "workspace": ground.workspace_id,
            },
            made,
        )
        starts = Starts(self, ground, workflow)
        if spec.schedule:
            starts.on_schedule(spec.schedule)
        if spec.on:
            starts.on_arrivals(spec.prefix, spec.settle, f"{self.name}-batch-")
        return BatchResult(
            batch_id=workflow.id, output_uri=self._uri(spec.output.rstrip("/"), ground), machine=machine.name
        )

    def _uri(self, path: str, ground: AzureGround) -> pulumi.Output[str]:
        return pulumi.Output.from_input(path) if "://" in path else pulumi.Output.concat(ground.data_uri, "/", path)

    def _approval(self) -> str:
        """`manual` unless the stack's registry says otherwise."""
        registries = (result for result in self.needs.values() if isinstance(result, RegistryResult))
        return next((registry.approval for registry in registries), "manual")

    def _cluster(self, machine: Sold, score: AzureIdentity, ground: AzureGround) -> machinelearningservices.Compute:
        return cluster(
            self,
            f"{self.name}-machines",
            machine,
            ground,
            identity=score,
            name=f"{fit(self.name, limit=NAME_LIMIT - len(KIND) - 1)}-{KIND}",
            nodes=self.spec.replicas,
            spot=bool(self.spec.spot),
        )

    def _environment(
        self, name: str, machine: Sold, ground: AzureGround
    ) -> tuple[pulumi.Input[str], list[pulumi.Resource]]:
        """ARM or registry id of the environment that serves, and what makes it."""
        spec = self.spec
        if spec.runtime:
            region = self.context.place.region
            return runtime_image("azure", region, spec.runtime, "hosting", bool(machine.accelerator)).uri, []
        if spec.image is None:
            raise ValueError(
                "it names neither image nor runtime, and a version on Azure ML keeps no image. Write one of them."
            )
        home = environment(self, name, ground)
        ml = machinelearningservices
        version = ml.EnvironmentVersion(
            f"{self.name}-image",
            name=home.name,
            version=digest(spec.image, length=12),
            workspace_name=ground.workspace,
            resource_group_name=ground.group,
            properties=ml.EnvironmentVersionPropertiesArgs(
                image=full_name(spec.image, ground.image_repository),
                os_type=ml.OperatingSystemType.LINUX,
                tags=self.context.tags,
            ),
            opts=self.child(retain_on_delete=True),  # past runs still refer to it
        )
        return version.id, [home, version]
