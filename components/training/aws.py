"""Training on SageMaker: a state machine that starts managed spot jobs, and goes on on demand where spot has none."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pulumi
from pulumi_aws import s3

from components.catalog import Machine, NoMachine, image
from components.clouds.aws.disks import has_room, volume_gib
from components.clouds.aws.grants import may_pull, may_read, may_write
from components.clouds.aws.ground import AwsGround, AwsPlace, here, image_reference, input_uri, s3_uri, tag_list, tags
from components.clouds.aws.job import CHECKPOINT_DIR
from components.clouds.aws.launch import FABRIC_ADAPTER, Launch
from components.clouds.aws.rights import JOB_STEM
from components.clouds.aws.states import state_machine
from components.clouds.aws.training_run import TrainingRun
from components.clouds.aws.tuning_rights import TUNE_STEM
from components.clouds.aws.tuning_run import SCRIPT, TuningRun
from components.machine import offers
from components.naming import digest
from components.training import Training, TrainingResult
from components.training.contract import archive_of
from components.training.interconnect import linked
from components.training.launch import processes
from components.training.tuning import Tuning, program

__all__ = ["SageMakerTraining"]

# Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html
LONGEST_RUN_DAYS = 28


class SageMakerTraining(Training):
    """Nothing runs, or costs, before a run is started from the state machine."""

    def build(self) -> TrainingResult:
        spec, place, ground = self.spec, here(self), self.need(AwsGround)
        machine = self._machine()
        runs = self._image(place, ground, machine)
        inputs = {channel: input_uri(path, ground.data) for channel, path in sorted(spec.inputs.items())}
        checkpoints = self._checkpoints(ground)
        may_read(self, ground.roles["train"], [path for path in spec.inputs.values() if "://" in path])
        parts: dict[str, Any] = {
            "stem": self.context.name(self.name, limit=JOB_STEM),
            "image": runs,
            "repository": ground.image_repository,
            "data_uri": ground.data.uri(),
            "inputs": inputs,
            "hyperparameters": spec.hyperparameters,
            "environment": self._environment(),
            "code": ground.artifacts.uri(archive_of(self.name)) if spec.runs_archive else None,
            "request": self._request(ground, machine),
            "checkpoints": checkpoints,
            "max_run_seconds": spec.max_run.seconds,
            "max_wait_seconds": spec.max_wait.seconds if spec.spot else None,
            "fallback": spec.spot is not None and spec.spot.fallback == "on-demand",
            "launch": self._launch(machine),
        }
        definition = TrainingRun(**parts).definition()
        name = self.context.name(self.name, "train", limit=80)
        made = state_machine(self, ground, f"{self.name}-train", name, definition)
        return TrainingResult(
            definition_id=made.arn,
            image=runs,
            machine=machine.name,
            output_uri=self._output(ground),
            checkpoint_uri=checkpoints,
            tuning_id=self._search(ground, parts, spec.tuning) if spec.tuning else None,
        )

    def _search(self, ground: AwsGround, parts: dict[str, Any], tuning: Tuning) -> pulumi.Output[str]:
        """ARN of the state machine that a search is started from."""
        program_of_trial = program()
        key = f"code/{self.name}/trial/{digest(program_of_trial, length=12)}"
        script = s3.BucketObjectv2(
            f"{self.name}-trial",
            bucket=ground.artifacts.name,
            key=f"{key}/{SCRIPT}",
            content_base64=b64encode(program_of_trial.encode()).decode(),
            content_type="text/x-python",
            server_side_encryption="aws:kms",
            kms_key_id=ground.key_arn,
            tags=tags(self.context, most=10),
            opts=self.child(),
        )
        where = script.bucket.apply(lambda bucket: f"s3://{bucket}/{key}/")
        stem = self.context.name(self.name, limit=TUNE_STEM)
        definition = TuningRun(**{**parts, "stem": stem}, tuning=tuning, script=where).definition()
        name = self.context.name(self.name, "tune", limit=80)
        return state_machine(self, ground, f"{self.name}-tune", name, definition).arn

    def _machine(self) -> Machine:
        """The cheapest machine that has the disk too: some have one of their own, and take no other."""
        spec, spot = self.spec, self.spec.spot is not None
        if spec.max_run.days > LONGEST_RUN_DAYS:
            raise NoMachine(f"SageMaker runs no job for {spec.max_run}. Write max_run: {LONGEST_RUN_DAYS}d or less.")
        if spec.interconnect:
            offered = linked(self, spec.machine, FABRIC_ADAPTER, spot=spot, runtime=spec.runtime)
        else:
            offered = offers(self, spec.machine, "training", spot=spot, runtimes=[spec.runtime])
        return next((m for m in offered if has_room(m.name, spec.disk)), offered[0])

    def _output(self, ground: AwsGround) -> pulumi.Output[str]:
        return ground.artifacts.uri("training", self.name)

    def _image(self, place: AwsPlace, ground: AwsGround, machine: Machine) -> pulumi.Output[str] | None:
        """What runs by default; the train role may pull it where it is not the stack's own."""
        spec = self.spec
        if spec.runtime:
            accelerated = machine.accelerator is not None
            found = image("aws", place.region, spec.runtime, "training", accelerator=accelerated)
            return pulumi.Output.from_input(found.uri)
        if not spec.image:
            return None
        reference = image_reference(spec.image, place, ground.image_repository)
        may_pull(self, ground.roles["train"], spec.image)
        return reference

    def _checkpoints(self, ground: AwsGround) -> pulumi.Output[str] | None:
        """Where the checkpoints of all runs lie; the train role may write there, wherever it is."""
        asked = self.spec.checkpoint
        if asked is None:
            return None
        if asked.path is None:
            return ground.artifacts.uri("checkpoints", self.name)
        may_write(self, ground.roles["train"], "checkpoints", asked.path, ground.artifacts)
        return s3_uri(asked.path.rstrip("/"), ground.artifacts)

    def _environment(self) -> dict[str, str]:
        asked = self.spec.checkpoint
        own = {"CHECKPOINT_DIR": CHECKPOINT_DIR, "CHECKPOINT_SECONDS": str(asked.every.seconds)} if asked else {}
        return {**own, **self.spec.environment}

    def _request(self, ground: AwsGround, machine: Machine) -> dict[str, Any]:
        """What `CreateTrainingJob` is sent for every run, but for its name, image, data and times."""
        spec = self.spec
        algorithm: dict[str, Any] = {"TrainingInputMode": "File"}
        launch = self._launch(machine)
        if spec.command:
            algorithm |= launch.program(spec.command) if launch else {"ContainerEntrypoint": list(spec.command)}
        return {
            "AlgorithmSpecification": algorithm,
            "RoleArn": ground.roles["train"].arn,
            "OutputDataConfig": {"S3OutputPath": self._output(ground), "KmsKeyId": ground.key_arn},
            "ResourceConfig": self._resources(ground, machine),
            "VpcConfig": {"SecurityGroupIds": ground.security_group_ids, "Subnets": ground.subnet_ids},
            # files come and go through SageMaker; machines of one job reach each other all the same
            # https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
            "EnableNetworkIsolation": True,
            "EnableInterContainerTrafficEncryption": spec.nodes > 1 and spec.encrypt_between_nodes,
            "Tags": tag_list(self.context),
        }

    def _launch(self, machine: Machine) -> Launch | None:
        spec = self.spec
        return Launch(spec, processes(machine, spec.machine), machine.name) if spec.distributed else None

    def _resources(self, ground: AwsGround, machine: Machine) -> dict[str, Any]:
        asked = {"InstanceType": machine.name, "InstanceCount": self.spec.nodes}
        volume = volume_gib(machine.name, self.spec.disk)
        if volume is None:
            return asked
        return {**asked, "VolumeSizeInGB": volume, "VolumeKmsKeyId": ground.key_arn}
