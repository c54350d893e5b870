"""Batch scoring on Vertex AI: a workflow that runs batch predictions, and what starts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi

from components.batch import Batch, BatchResult
from components.catalog import Machine, image
from components.clouds.gcp.ground import GcpGround, labels, own_image, place
from components.clouds.gcp.registry import PORT, model_id, own_container
from components.clouds.gcp.starts import Starts
from components.clouds.gcp.workflow import controller
from components.machine import pick

__all__ = ["VertexBatch"]

RUN = Path(__file__).with_name("gcp_run.yaml")
WORDS = ("version", "input", "output", "run")
# A run name is free again once its job has failed.
FREE = ("FAILED", "CANCELLED", "EXPIRED", "PARTIALLY_SUCCEEDED")
NOT_OVER = "".join(f' AND state!="JOB_STATE_{state}"' for state in FREE)
SHORTEST_REST, LONGEST_REST = 30, 1800  # seconds between looks at the job


class VertexBatch(Batch):
    """A batch definition on Vertex AI."""

    def build(self) -> BatchResult:
        self.refuse_foreign("gs", "Vertex AI")
        spec, where, ground = self.spec, place(self), self.need(GcpGround)
        machine = pick(self, spec.machine, "hosting", runtimes=[spec.runtime])
        target = self._uri(spec.output, ground)
        workflow = controller(
            self,
            "batch",
            RUN,
            {
                "url": f"{where.vertex_url}/v1",
                "parent": where.vertex_parent,
                "model": f"{where.vertex_parent}/models/{model_id(self.context, spec.model)}",
                "batch": self.name,
                "words": list(WORDS),
                "not_over": NOT_OVER,
                "input": spec.input,
                "output": spec.output,
                "data": ground.data_uri,
                "container": self._container(ground, machine),
                "job": self._job(ground, machine),
                "max_run": spec.max_run.seconds,
                "late": f"the run took longer than max_run, {spec.max_run}, and was cancelled",
                "poll": min(LONGEST_REST, max(SHORTEST_REST, spec.max_run.seconds // 2000)),
            },
            f"Scores a data set for {self.name} on Vertex AI",
            "Write fewer labels.",
        )
        starts = Starts(self, ground, workflow)
        if spec.schedule:
            starts.on_schedule(spec.schedule)
        if spec.on:
            starts.on_arrivals({"": spec.prefix}, spec.settle)
        return BatchResult(batch_id=workflow.id, output_uri=target, machine=machine.name)

    def _uri(self, path: str, ground: GcpGround) -> pulumi.Output[str]:
        whole = path.rstrip("/")
        return pulumi.Output.from_input(whole) if "://" in whole else pulumi.Output.concat(ground.data_uri, "/", whole)

    def _job(self, ground: GcpGround, machine: Machine) -> dict[str, Any]:
        """What every job of the definition has in common."""
        kind: dict[str, Any] = {"machineType": machine.name}
        if machine.accelerator_type:
            kind |= {"acceleratorType": machine.accelerator_type, "acceleratorCount": int(machine.accelerator_count)}
        return {
            "dedicatedResources": {
                "machineSpec": kind,
                "startingReplicaCount": self.spec.replicas,
                "maxReplicaCount": self.spec.replicas,
            },
            "inputConfig": {"instancesFormat": self.spec.format},
            "outputConfig": {"predictionsFormat": "jsonl"},
            "serviceAccount": ground.accounts["serve"].email,
            "encryptionSpec": {"kmsKeyName": ground.key.of["aiplatform"]},
            "labels": labels(self, batch=self.name),
        }

    def _container(self, ground: GcpGround, machine: Machine) -> dict[str, Any] | None:
        """How a version is served; None: with the image it was registered with."""
        spec = self.spec
        if spec.image:
            return {**own_container(PORT), "imageUri": own_image(spec.image, ground.image_repository)}
        if spec.runtime:
            gpu = machine.accelerator_type is not None
            return {"imageUri": image(self.cloud, place(self).region, spec.runtime, "hosting", gpu).uri}
        return None
