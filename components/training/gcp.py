"""Training on Vertex AI: a workflow that runs custom jobs on spot capacity, and on demand where there is none."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import Any

import pulumi

from components.catalog import Machine, image
from components.clouds.gcp.ground import GcpGround, labels, own_image, place
from components.clouds.gcp.launch import launcher
from components.clouds.gcp.roles import SCRATCH, bucket_grant
from components.clouds.gcp.tuning import search
from components.clouds.gcp.workflow import controller
from components.machine import pick
from components.training import Training, TrainingResult
from components.training.contract import LONGEST_HYPERPARAMETERS, SHELL, archive_of, run_archive
from components.training.launch import archived_program, processes
from components.units import Duration

__all__ = ["VertexTraining"]

RUN = Path(__file__).with_name("gcp_run.yaml")
WORDS = ("image", "inputs", "hyperparameters", "run")
# A run name is free again once its job has failed, so that it can go on from its checkpoint.
NOT_OVER = "".join(f' AND state!="JOB_STATE_{state}"' for state in ("FAILED", "CANCELLED", "EXPIRED"))
# Source: https://cloud.google.com/vertex-ai/docs/reference/rest/v1/DiskSpec
SMALLEST_DISK, LARGEST_DISK = 100, 64_000  # GiB
HYPERDISK_ONLY = ("a3-ultragpu", "a4", "c4", "g4", "n4")  # families without Persistent Disk
LONGEST = Duration.parse("365d")  # a workflow's execution ends after a year
# Source: https://cloud.google.com/workflows/quotas: 100,000 steps an execution; a look at the job takes four
SHORTEST_REST, LONGEST_REST = 30, 1800  # seconds


class VertexTraining(Training):
    """A training definition on Vertex AI."""

    def build(self) -> TrainingResult:
        spec, ground = self.spec, self.need(GcpGround)
        machine = pick(self, spec.machine, "training", spot=spec.spot is not None, runtimes=[spec.runtime])
        runs = pulumi.Output.concat(ground.artifacts_uri, f"/runs/{self.name}")
        checkpoints = self._checkpoints(ground)
        runs_image, archive = self._image(ground, machine), self._archive(ground, machine)
        launch = self._launcher(machine)
        given = {
            **self._job(ground, machine),
            "training": self.name,
            "words": list(WORDS),
            "not_over": NOT_OVER,
            "image": runs_image,
            "archive": archive,
            "repository": ground.image_repository,
            # an image that a start names in the place of a framework's has a program `train`
            "command": [*launch, *(spec.command or ["train"])] if launch else spec.command,
            "hyperparameters": spec.hyperparameters,
            "longest_hyperparameters": LONGEST_HYPERPARAMETERS,
            "environment": self._environment(),
            "inputs": {name: self._input(name, path, ground) for name, path in sorted(spec.inputs.items())},
            "data": ground.data_uri,
            "runs": runs,
            "checkpoints": checkpoints,
            "attempts": self._attempts(),
            "poll": self._rest(),
        }
        workflow = controller(self, "run", RUN, given, f"Runs {self.name} on Vertex AI")
        found = search(self, spec.tuning, given, spec.max_wait, spec.max_run) if spec.tuning else None
        return TrainingResult(
            definition_id=workflow.id,
            image=runs_image or (pulumi.Output.from_input(archive["image"]) if archive else None),
            machine=machine.name,
            output_uri=runs,
            checkpoint_uri=checkpoints,
            tuning_id=found.id if found else None,
        )

    def _job(self, ground: GcpGround, machine: Machine) -> dict[str, Any]:
        """What every job of the definition has in common."""
        where = place(self)
        return {
            "url": f"{where.vertex_url}/v1",
            "parent": where.vertex_parent,
            "encryptionSpec": {"kmsKeyName": ground.key.of["aiplatform"]},
            "serviceAccount": ground.accounts["train"].email,
            "pscInterfaceConfig": {"networkAttachment": ground.attachment},
            "labels": labels(self, training=self.name),
            "pools": self._pools(machine),
        }

    def _pools(self, machine: Machine) -> list[dict[str, Any]]:
        """The first machine leads, so several nodes are two pools."""
        kind: dict[str, Any] = {"machineType": machine.name}
        if machine.accelerator_type:
            kind |= {"acceleratorType": machine.accelerator_type, "acceleratorCount": int(machine.accelerator_count)}
        pool = {"machineSpec": kind, "diskSpec": self._disk(machine)}
        rest = [{**pool, "replicaCount": str(self.spec.nodes - 1)}] if self.spec.nodes > 1 else []
        return [{**pool, "replicaCount": "1"}, *rest]

    def _disk(self, machine: Machine) -> dict[str, Any]:
        size = max(SMALLEST_DISK, ceil(self.spec.disk.gib))
        if size > LARGEST_DISK:
            raise ValueError(f"disk is {self.spec.disk}; a machine of Vertex AI has at most {LARGEST_DISK}GiB.")
        hyper = machine.name.startswith(HYPERDISK_ONLY)
        return {"bootDiskType": "hyperdisk-balanced" if hyper else "pd-ssd", "bootDiskSizeGb": size}

    def _image(self, ground: GcpGround, machine: Machine) -> pulumi.Output[str] | None:
        spec = self.spec
        if spec.image:
            return own_image(spec.image, ground.image_repository)
        if spec.runtime and spec.command:
            return pulumi.Output.from_input(self._runtime(machine))
        return None

    def _archive(self, ground: GcpGround, machine: Machine) -> dict[str, Any] | None:
        """
        What runs a runtime without a command: the code archive, as on the other clouds.

        Not `pythonPackageSpec`: it installs the archive with pip, which in a network without internet finds nothing.
        """
        if not self.spec.runs_archive:
            return None
        folder = ground.artifacts_uri.apply(lambda uri: uri.replace("gs://", "/gcs/"))
        launch = self._launcher(machine)

        def runs(path: str) -> list[str]:
            code = f"{path}/{archive_of(self.name)}"
            unpack, program = archived_program(code)
            return [*unpack, *launch, *program] if launch else [*SHELL, run_archive(code)]

        return {"image": self._runtime(machine), "command": folder.apply(runs)}

    def _launcher(self, machine: Machine) -> list[str]:
        spec = self.spec
        return launcher(spec, processes(machine, spec.machine)) if spec.distributed else []

    def _runtime(self, machine: Machine) -> str:
        runtime, region = self.spec.runtime or "", place(self).region
        return image(self.cloud, region, runtime, "training", accelerator=machine.accelerator_type is not None).uri

    def _environment(self) -> list[dict[str, str]]:
        every = {"CHECKPOINT_SECONDS": str(self.spec.checkpoint.every.seconds)} if self.spec.checkpoint else {}
        return [{"name": k, "value": v} for k, v in sorted({**self.spec.environment, **every}.items())]

    def _input(self, name: str, path: str, ground: GcpGround) -> pulumi.Output[str]:
        """
        Raises:
            ValueError: It is in another cloud's store.
        """
        scheme, separator, _rest = path.partition("://")
        if separator and scheme != "gs":
            raise ValueError(
                f"inputs.{name} is {path}, which Vertex AI can't read. Write gs://… or a path of the store."
            )
        return pulumi.Output.from_input(path) if separator else pulumi.Output.concat(ground.data_uri, "/", path)

    def _checkpoints(self, ground: GcpGround) -> pulumi.Output[str] | None:
        if self.spec.checkpoint is None:
            return None
        path = (self.spec.checkpoint.path or f"checkpoints/{self.name}").rstrip("/")
        if "://" in path:
            raise ValueError(f"checkpoint.path is {path}; checkpoints lie in the stack's artifact store. Write a path.")
        if not path.startswith(SCRATCH):
            train = ground.accounts["train"].member
            bucket_grant(
                self, f"{self.name}-checkpoints", ground.artifacts, "roles/storage.objectUser", train, [f"{path}/"]
            )
        return pulumi.Output.concat(ground.artifacts_uri, "/", path)

    def _attempts(self) -> list[dict[str, Any]]:
        """The kinds of capacity a run is tried on, in turn; 0 seconds is no limit."""
        spec = self.spec
        on_demand = [] if spec.spot and spec.spot.fallback == "none" else [self._attempt("STANDARD", 0)]
        return [self._attempt("SPOT", spec.max_wait.seconds), *on_demand] if spec.spot else on_demand

    def _attempt(self, strategy: str, max_wait: int) -> dict[str, Any]:
        spec = self.spec
        for field, asked in (("max_run", spec.max_run), ("spot.max_wait", spec.max_wait)):
            if asked > LONGEST:
                raise ValueError(f"{field} is {asked}; a workflow that watches a run lives {LONGEST}. Write less.")
        return {
            "max_wait": max_wait,
            "labels": {"capacity": strategy.lower()},
            "scheduling": {
                "strategy": strategy,
                "timeout": f"{spec.max_run.seconds}s",
                "restartJobOnWorkerRestart": spec.checkpoint is not None or spec.restartable,
            },
        }

    def _rest(self) -> int:
        """Seconds between looks: long runs are looked at less often, as a workflow has so many steps."""
        longest = max(self.spec.max_wait.seconds, self.spec.max_run.seconds)
        return min(LONGEST_REST, max(SHORTEST_REST, longest // 2000))
