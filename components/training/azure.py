"""Training on Azure ML: clusters that cost nothing while idle, and a Logic App that a run is started from."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import machinelearningservices

from components.catalog import Machine as Sold
from components.catalog import image as runtime_image
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.images import full_name
from components.clouds.azure.job import RunPlan
from components.clouds.azure.runs import check_duration, run_definition
from components.clouds.azure.workflow import environment, logic_app
from components.machine import pick
from components.naming import digest, fit
from components.training import Training, TrainingResult

__all__ = ["AzureMLTraining"]


class AzureMLTraining(Training):
    def build(self) -> TrainingResult:
        spec, ground = self.spec, self.need(AzureGround)
        self._refuse_other_clouds_data()
        machine = pick(self, spec.machine, "training", spot=spec.spot is not None)
        clusters = self._clusters(machine, ground)
        known = spec.image is not None or spec.runtime is not None
        plan = RunPlan(self.name, spec, _shared_memory(machine), known, self.context.tags)
        check_duration(plan)
        image, environment_id, made = self._environment(plan.environment, machine, ground)
        workflow = logic_app(
            self,
            f"{self.name}-runs",
            ground,
            lambda identity: run_definition(plan, identity),
            {
                "artifacts": ground.artifacts_uri,
                "data": ground.data_uri,
                "environment": environment_id,
                "machines": clusters[-1].id,
                "repository": ground.image_repository,
                "spot-machines": clusters[0].id,
                "train-identity": ground.train.id,
                "workspace": ground.workspace_id,
            },
            made,
        )
        return TrainingResult(
            definition_id=workflow.id,
            image=image,
            machine=machine.name,
            output_uri=pulumi.Output.concat(ground.artifacts_uri, "/runs/", self.name),
            checkpoint_uri=(
                pulumi.Output.concat(ground.artifacts_uri, "/", plan.checkpoints) if spec.checkpoint else None
            ),
        )

    def _refuse_other_clouds_data(self) -> None:
        for channel, path in self.spec.inputs.items():
            if path.startswith(("s3://", "gs://")):
                raise ValueError(
                    f"{self.label}: inputs.{channel} is {path}, which Azure ML does not read. Write a path in the"
                    " stack's data store, such as data/payments/, or an azureml:// URI."
                )
        if any("${{" in word for word in self.spec.command):
            raise ValueError(
                f"{self.label}: command has ${{{{ in it, which Azure ML fills in. Write the path of"
                " an input as $INPUT_… or $CHECKPOINT_DIR inside a script of the image."
            )
        path = self.spec.checkpoint.path if self.spec.checkpoint else None
        if path and "://" in path:
            raise ValueError(
                f"{self.label}: checkpoint.path is {path}; on Azure it is a path in the stack's artifact store. Write"
                f" checkpoints/{self.name}/, or leave it out."
            )

    def _clusters(self, machine: Sold, ground: AzureGround) -> list[machinelearningservices.Compute]:
        """The spot cluster first, where there is one; the dedicated one last."""
        spot = self.spec.spot
        kinds = ["spot"] if spot else []
        if spot is None or spot.fallback == "on-demand":
            kinds.append("dedicated")
        made: list[machinelearningservices.Compute] = []
        for kind in kinds:
            made.append(self._cluster(kind, machine, ground, made))
        return made

    def _cluster(
        self, kind: str, machine: Sold, ground: AzureGround, before: list[machinelearningservices.Compute]
    ) -> machinelearningservices.Compute:
        ml = machinelearningservices
        # a name may not end in a hyphen and digits, so it ends in a word
        name = f"{fit(self.name, limit=24 - len(kind) - 1)}-{kind}"
        return ml.Compute(
            f"{self.name}-{kind}",
            compute_name=name,
            workspace_name=ground.workspace,
            resource_group_name=ground.group,
            location=self.context.place.region,
            identity=ml.ManagedServiceIdentityArgs(
                type=ml.ManagedServiceIdentityType.USER_ASSIGNED, user_assigned_identities=[ground.train.id]
            ),
            properties=ml.AmlComputeArgs(
                compute_type="AmlCompute",
                disable_local_auth=True,
                properties=ml.AmlComputePropertiesArgs(
                    vm_size=machine.name,
                    # since 2026-03-31 Azure gives spot machines for it; it is still what the API calls them
                    vm_priority=ml.VmPriority.LOW_PRIORITY if kind == "spot" else ml.VmPriority.DEDICATED,
                    os_type=ml.OsType.LINUX,
                    enable_node_public_ip=False,
                    remote_login_port_public_access=ml.RemoteLoginPortPublicAccess.DISABLED,
                    scale_settings=ml.ScaleSettingsArgs(
                        min_node_count=0, max_node_count=self.spec.nodes, node_idle_time_before_scale_down="PT5M"
                    ),
                ),
            ),
            tags=self.context.tags,
            # size, priority and identity can't change, and the name is taken while the old one is there
            opts=self.child(delete_before_replace=True, depends_on=list(before)),
        )

    def _environment(
        self, name: str, machine: Sold, ground: AzureGround
    ) -> tuple[pulumi.Output[str] | None, pulumi.Input[str], list[pulumi.Resource]]:
        """The image as the result tells it, the ARM or registry id of its environment, and what makes it."""
        home = environment(self, name, ground)
        if self.spec.runtime:
            known = runtime_image(
                "azure", self.context.place.region, self.spec.runtime, "training", bool(machine.accelerator)
            )
            return pulumi.Output.from_input(known.uri), known.uri, [home]
        if self.spec.image is None:
            return None, "", [home]
        image = full_name(self.spec.image, ground.image_repository)
        ml = machinelearningservices
        version = ml.EnvironmentVersion(
            f"{self.name}-image",
            name=home.name,
            version=digest(self.spec.image, length=12),
            workspace_name=ground.workspace,
            resource_group_name=ground.group,
            properties=ml.EnvironmentVersionPropertiesArgs(
                image=image, os_type=ml.OperatingSystemType.LINUX, tags=self.context.tags
            ),
            opts=self.child(retain_on_delete=True),  # past runs still refer to it
        )
        return image, version.id, [home, version]


def _shared_memory(machine: Sold) -> int | None:
    """Half of a GPU machine's memory, GiB: its data loaders hand batches over by it."""
    if not machine.accelerator or not machine.memory_gib:
        return None
    return max(2, int(machine.memory_gib // 2))
