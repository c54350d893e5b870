"""Batch scoring on SageMaker: a state machine that runs transform jobs, and what starts it."""

from __future__ import annotations

from typing import Any

import pulumi

from components.batch import CONTENT_TYPES, Batch, BatchResult
from components.catalog import Machine
from components.catalog import image as catalog_image
from components.clouds.aws.batch_run import BatchRun
from components.clouds.aws.disks import has_local_disk
from components.clouds.aws.ground import AwsGround, AwsPlace, here, image_reference, package_group, s3_uri, tag_list
from components.clouds.aws.machine_use import pick_transform
from components.clouds.aws.rights import SCORE_STEM
from components.clouds.aws.score_role import score_role
from components.clouds.aws.starts import Starts
from components.clouds.aws.states import state_machine

__all__ = ["SageMakerBatch"]

PAYLOAD_MB = 6
ASK_SECONDS, ASK_RETRIES = 600, 3  # Source: API_ModelClientConfig: at most 3600 seconds and 3 retries


class SageMakerBatch(Batch):
    """A batch definition on SageMaker."""

    def build(self) -> BatchResult:
        self.refuse_foreign("s3", "SageMaker")
        spec, place, ground = self.spec, here(self), self.need(AwsGround)
        machine = pick_transform(self, spec.machine, [spec.runtime])
        name = self.context.name(self.name, "batch", limit=80)
        target = s3_uri(spec.output, ground.data)
        definition = BatchRun(
            name=self.label,
            stem=self.context.name(self.name, limit=SCORE_STEM),
            group=package_group(self.context, spec.model),
            packages=place.arn("sagemaker", f"model-package/{package_group(self.context, spec.model)}"),
            repository=ground.image_repository,
            image=self._image(place, ground, machine),
            model=self._model(ground),
            job=self._job(ground, machine),
            data_uri=ground.data_uri,
            source=s3_uri(spec.input, ground.data),
            target=target,
            content=CONTENT_TYPES[spec.format],
            key_arn=ground.key_arn,
            max_run_seconds=spec.max_run.seconds,
            tags=tag_list(self.context),
        ).definition()
        made = state_machine(self, ground, f"{self.name}-batch", name, definition)
        starts = Starts(self, ground, made.arn, name)
        if spec.schedule:
            starts.on_schedule(spec.schedule)
        if spec.on:
            starts.on_arrivals(spec.settle, spec.prefix)
        return BatchResult(batch_id=made.arn, output_uri=target, machine=machine.name)

    def _model(self, ground: AwsGround) -> dict[str, Any]:
        spec = self.spec
        role = score_role(self, ground, reads=spec.input, writes=spec.output, image=spec.image)
        return {
            "ExecutionRoleArn": role,
            "EnableNetworkIsolation": True,
            "VpcConfig": {"Subnets": ground.subnet_ids, "SecurityGroupIds": ground.security_group_ids},
        }

    def _job(self, ground: AwsGround, machine: Machine) -> dict[str, Any]:
        resources: dict[str, Any] = {"InstanceType": machine.name, "InstanceCount": self.spec.replicas}
        if not has_local_disk(machine.name):  # such a disk is encrypted by its hardware
            resources["VolumeKmsKeyId"] = ground.key_arn
        return {
            "BatchStrategy": "MultiRecord",
            "MaxPayloadInMB": PAYLOAD_MB,
            "ModelClientConfig": {
                "InvocationsTimeoutInSeconds": ASK_SECONDS,
                "InvocationsMaxRetries": ASK_RETRIES,
            },
            "TransformResources": resources,
        }

    def _image(self, place: AwsPlace, ground: AwsGround, machine: Machine) -> pulumi.Output[str]:
        """What serves a version; empty for the version's own."""
        spec = self.spec
        if spec.image:
            return image_reference(spec.image, place, ground.image_repository)
        if spec.runtime:
            accelerated = machine.accelerator is not None
            found = catalog_image("aws", place.region, spec.runtime, "hosting", accelerator=accelerated)
            return pulumi.Output.from_input(found.uri)
        return pulumi.Output.from_input("")
