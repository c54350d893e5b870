"""Training on Azure ML: clusters that cost nothing while idle, and a Logic App that a run is started from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pulumi
from pulumi_azure_native import machinelearningservices

from components.catalog import Machine as Sold
from components.catalog import image as runtime_image
from components.clouds.azure.cluster import NAME_LIMIT, cluster
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.images import full_name
from components.clouds.azure.job import RunPlan
from components.clouds.azure.runs import check_duration, run_definition
from components.clouds.azure.tuning import check_search, search_definition
from components.clouds.azure.workflow import environment, logic_app
from components.machine import pick
from components.naming import digest, fit
from components.training import Training, TrainingResult
from components.training.interconnect import Adapter, linked
from components.training.launch import processes
from components.training.tuning import Tuning

__all__ = ["AzureMLTraining"]

# of the letters of a size, `r` says that it has it
INFINIBAND = Adapter(
    name="InfiniBand",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-train-distributed-gpu",
    on=lambda size: re.match(r"Standard_[A-Z]+\d+(?:-\d+)?[a-z]*r[a-z]*(?:_|$)", size) is not None,
)


class AzureMLTraining(Training):
    def build(self) -> TrainingResult:
        spec, ground = self.spec, self.need(AzureGround)
        self._refuse_other_clouds_data()
        machine = self._machine()
        clusters = self._clusters(machine, ground)
        known = spec.image is not None or spec.runtime is not None
        each = processes(machine, spec.machine) if spec.distributed else 1
        plan = RunPlan(self.name, spec, _shared_memory(machine), known, self.context.tags, each)
        check_duration(plan)
        image, environment_id, made = self._environment(plan.environment, machine, ground)
        told = {
            "artifacts": ground.artifacts_uri,
            "data": ground.data_uri,
            "environment": environment_id,
            "machines": clusters[-1].id,
            "repository": ground.image_repository,
            "spot-machines": clusters[0].id,
            "train-identity": ground.train.id,
            "workspace": ground.workspace_id,
        }
        workflow = logic_app(
            self, f"{self.name}-runs", ground, lambda identity: run_definition(plan, identity), told, made
        )
        return TrainingResult(
            definition_id=workflow.id,
            image=image,
            machine=machine.name,
            output_uri=pulumi.Output.concat(ground.artifacts_uri, "/runs/", self.name),
            checkpoint_uri=(
                pulumi.Output.concat(ground.artifacts_uri, "/", plan.checkpoints) if spec.checkpoint else None
            ),
            tuning_id=self._search(plan, spec.tuning, ground, told, made) if spec.tuning else None,
        )

    def _machine(self) -> Sold:
        wanted, spot = self.spec.machine, self.spec.spot is not None
        if self.spec.interconnect:
            return linked(self, wanted, INFINIBAND, spot=spot, runtime=self.spec.runtime)[0]
        return pick(self, wanted, "training", spot=spot, runtimes=[self.spec.runtime])

    def _search(
        self,
        plan: RunPlan,
        tuning: Tuning,
        ground: AzureGround,
        told: Mapping[str, pulumi.Input[str]],
        made: Sequence[pulumi.Resource],
    ) -> pulumi.Output[str]:
        """ARM id of the Logic App that a search is started from."""
        check_search(plan, tuning)
        name = f"{self.name}-tune"
        return logic_app(self, name, ground, lambda identity: search_definition(plan, tuning, identity), told, made).id

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
        # a name may not end in a hyphen and digits, so it ends in a word
        return cluster(
            self,
            f"{self.name}-{kind}",
            machine,
            ground,
            identity=ground.train,
            name=f"{fit(self.name, limit=NAME_LIMIT - len(kind) - 1)}-{kind}",
            nodes=self._nodes(),
            spot=kind == "spot",
            before=before,
        )

    def _nodes(self) -> int:
        """Machines that all trials of a search have together, where there is one."""
        return self.spec.nodes * (self.spec.tuning.parallel if self.spec.tuning else 1)

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
