"""Endpoint on SageMaker: made with a model that says it is none, released to by a state machine, scaled by target."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
from pulumi_aws import appautoscaling, cloudwatch, s3, sagemaker

from components.catalog import NoMachine
from components.catalog import image as catalog_image
from components.clouds.aws import bootstrap
from components.clouds.aws.alarms import NAME_LIMIT, Alarm, alarms, of_release
from components.clouds.aws.grants import grant, may_pull
from components.clouds.aws.ground import (
    AwsGround,
    AwsPlace,
    Bucket,
    endpoint_url,
    here,
    image_reference,
    package_group,
    tags,
)
from components.clouds.aws.policies import allow
from components.clouds.aws.release import Release, definition
from components.clouds.aws.release_means import CANDIDATE, OWN_TAGS
from components.clouds.aws.rights import RELEASE_STEM
from components.clouds.aws.rollout import Guard, Shift
from components.clouds.aws.slo import burn_alarms
from components.clouds.aws.states import state_machine
from components.clouds.aws.store import Store, expire, keep_versions
from components.clouds.aws.variant import DIMENSION, VARIANT, Scaling, Variant, scaling
from components.endpoint import Endpoint, EndpointResult
from components.machine import pick

__all__ = ["SageMakerEndpoint"]

OVERWRITTEN_CAPTURE_DAYS = 1
TAGS = 50  # of a resource of SageMaker
# Pulumi makes what the endpoint starts with; releases own it from then on
RELEASED = ["endpointConfigName"]
AT_FIRST_ONLY = ["dataCaptureConfig", "kmsKeyArn", "namePrefix", "productionVariants"]
MODEL_AT_FIRST_ONLY = ["executionRoleArn", "primaryContainer", "vpcConfig"]
UNGUARDED = "ml.inf1."
# a release puts its own alarms on its own machines
WATCHED_BY_RELEASE = ["dimensions", "metricQueries"]


class SageMakerEndpoint(Endpoint):
    """One variant behind one endpoint."""

    def build(self) -> EndpointResult:
        spec, place, ground = self.spec, here(self), self.need(AwsGround)
        machine = pick(self, spec.machine, "hosting")
        name = self.context.name(self.name, limit=63)
        policy = self.context.name(self.name, "target", limit=255)
        scaled = scaling(spec, machine, name, policy, tags(self.context))
        shift = Shift(spec.rollout) if spec.rollout else None
        if shift and machine.name.startswith(UNGUARDED):
            raise NoMachine(
                f"SageMaker guards no release on {machine.name}: all of the traffic would move at once, and stay"
                " (docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html). Write"
                " accelerator: Inferentia2, or leave rollout out."
            )
        capture = self._capture_store(ground) if spec.capture else None
        variant = Variant(
            machine=machine,
            replicas=max(spec.scale.min, 1),
            key_arn=ground.key_arn,
            capture=spec.capture,
            capture_uri=capture.uri(self.name) if capture else None,
        )
        endpoint = self._endpoint(place, ground, name, variant)
        self._autoscaler(endpoint, scaled)
        standing = self._alarms(ground, endpoint)
        guard = self._guard(ground, standing) if shift else None
        return EndpointResult(
            endpoint_id=endpoint.arn,
            endpoint_name=endpoint.name,
            url=endpoint_url(place, endpoint.name),
            capture_uri=variant.capture_uri,
            release_id=self._release(place, ground, name, variant, scaled, shift, guard),
            alarm_ids={key: made.arn for key, (_alarm, made) in standing.items()},
            machine=machine.name,
            burn_alarm_ids=burn_alarms(self, spec, endpoint.name, VARIANT, ground.topic_arn),
        )

    def _in_network(self, ground: AwsGround) -> sagemaker.ModelVpcConfigArgs:
        return sagemaker.ModelVpcConfigArgs(subnets=ground.subnet_ids, security_group_ids=ground.security_group_ids)

    def _endpoint(self, place: AwsPlace, ground: AwsGround, name: str, variant: Variant) -> sagemaker.Endpoint:
        log = cloudwatch.LogGroup(
            f"{self.name}-log",
            name=f"/aws/sagemaker/Endpoints/{name}",  # where SageMaker writes; made first, it has a key and an end
            retention_in_days=ground.log_days,
            kms_key_id=ground.key_arn,
            tags=tags(self.context),
            opts=self.child(),
        )
        configuration = sagemaker.EndpointConfiguration(
            f"{self.name}-bootstrap",
            name_prefix=self.context.name(self.name, limit=36) + "-",
            production_variants=[variant.args(self._bootstrap(place, ground, variant).name)],
            kms_key_arn=variant.volume_key,
            data_capture_config=variant.capture_args(),
            tags=tags(self.context),
            opts=self.child(ignore_changes=AT_FIRST_ONLY),
        )
        return sagemaker.Endpoint(
            self.name,
            name=name,
            endpoint_config_name=configuration.name,
            tags=tags(self.context),
            opts=self.child(
                ignore_changes=RELEASED,
                depends_on=[log],
                custom_timeouts=pulumi.CustomTimeouts(create="60m", delete="30m"),
            ),
        )

    def _bootstrap(self, place: AwsPlace, ground: AwsGround, variant: Variant) -> sagemaker.Model:
        """A model that answers 503: an endpoint can't be made without one, and a version comes later."""
        image = bootstrap.server_image(place.region, variant.machine.name).uri
        code = s3.BucketObjectv2(
            f"{self.name}-bootstrap-code",
            bucket=ground.artifacts.name,
            key=f"bootstrap/{self.name}/model.tar.gz",  # always this one: what serves must find it for ever
            content_base64=bootstrap.archive(),
            content_type="application/gzip",
            server_side_encryption="aws:kms",
            kms_key_id=ground.key_arn,
            tags=tags(self.context, most=10),
            opts=self.child(),
        )
        container = sagemaker.ModelPrimaryContainerArgs(
            image=image,
            model_data_url=pulumi.Output.concat("s3://", code.bucket, "/", code.key),
            environment=bootstrap.environment(place.region),
        )
        return sagemaker.Model(
            f"{self.name}-bootstrap",
            primary_container=container,
            execution_role_arn=ground.roles["serve"].arn,
            enable_network_isolation=True,
            vpc_config=self._in_network(ground),
            tags=tags(self.context),
            opts=self.child(ignore_changes=MODEL_AT_FIRST_ONLY),
        )

    def _autoscaler(self, endpoint: sagemaker.Endpoint, scaled: Scaling) -> None:
        target = appautoscaling.Target(
            f"{self.name}-replicas",
            service_namespace="sagemaker",
            scalable_dimension=DIMENSION,
            resource_id=endpoint.name.apply(lambda _made: scaled.resource_id),
            min_capacity=scaled.least,
            max_capacity=scaled.most,
            tags=tags(self.context),
            opts=self.child(),
        )
        appautoscaling.Policy(
            f"{self.name}-target",
            name=scaled.policy,
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=scaled.args(),
            opts=self.child(),
        )

    def _alarms(
        self, ground: AwsGround, endpoint: sagemaker.Endpoint
    ) -> dict[str, tuple[Alarm, cloudwatch.MetricAlarm]]:
        """What `slo` promises is watched whether there is a rollout or not."""
        return {
            alarm.key: (alarm, alarm.resource(self, f"{self.name}-{alarm.part}", ground.topic_arn, self.child()))
            for alarm in alarms(self, self.spec, endpoint.name, VARIANT)
        }

    def _guard(self, ground: AwsGround, standing: dict[str, tuple[Alarm, cloudwatch.MetricAlarm]]) -> Guard:
        """The alarms that take a release back; its own are put on its machines by each release."""
        own = []
        for signal in self.spec.rollback_on:
            name = self.context.name(self.name, "release", signal, limit=NAME_LIMIT)
            alarm = of_release(standing[signal][0], name, CANDIDATE)
            opts = self.child(ignore_changes=WATCHED_BY_RELEASE)
            made = alarm.resource(self, f"{self.name}-{alarm.part}", ground.topic_arn, opts)
            own.append(replace(alarm, name=made.name))
        known = {key: replace(alarm, name=made.name) for key, (alarm, made) in standing.items()}
        metrics = self.spec.rollout.metrics if self.spec.rollout else {}
        return Guard(
            standing=[known[signal] for signal in self.spec.rollback_on],
            own=own,
            metrics=[known[key] for key in sorted(metrics)],
            topic=ground.topic_arn,
        )

    def _capture_store(self, ground: AwsGround) -> Bucket:
        """A bucket of the endpoint's own: only so has what was captured its own end, and its own readers."""
        spec = self.spec.capture
        days = spec.retain.days if spec else 1
        store = Store(
            self,
            f"{self.name}-capture",
            self.context.name(self.name, "capture", limit=63, unique=True),
            ground.key_arn,
            [keep_versions(OVERWRITTEN_CAPTURE_DAYS), expire("captured", "", days)],
            access_logs=ground.access_logs,
        ).build()
        if not ground.roles["serve"].captures:
            may = [
                allow("Capture", ["s3:AbortMultipartUpload", "s3:PutObject"], store.objects()),
                allow("CaptureBucket", ["s3:GetBucketLocation"], store.arn),
            ]
            grant(self, ground.roles["serve"], "capture", may)
        return store

    def _image(self, place: AwsPlace, ground: AwsGround, variant: Variant) -> pulumi.Output[str]:
        """What serves a version that names no image; the serve role may pull it where it is not the stack's own."""
        spec, accelerated = self.spec, variant.machine.accelerator is not None
        if spec.runtime:
            found = catalog_image("aws", place.region, spec.runtime, "hosting", accelerator=accelerated)
            return pulumi.Output.from_input(found.uri)
        if not spec.image:
            return pulumi.Output.from_input("")
        reference = image_reference(spec.image, place, ground.image_repository)
        may_pull(self, ground.roles["serve"], spec.image)
        return reference

    def _release(
        self,
        place: AwsPlace,
        ground: AwsGround,
        name: str,
        variant: Variant,
        scaled: Scaling,
        shift: Shift | None,
        guard: Guard | None,
    ) -> pulumi.Output[str]:
        model: dict[str, Any] = {
            "ExecutionRoleArn": ground.roles["serve"].arn,
            "EnableNetworkIsolation": True,
            "VpcConfig": {"Subnets": ground.subnet_ids, "SecurityGroupIds": ground.security_group_ids},
        }
        served = self.spec.model or self.name
        group = package_group(self.context, served)
        known = tags(self.context, most=TAGS - len(OWN_TAGS))
        release = Release(
            stem=self.context.name(self.name, limit=RELEASE_STEM),
            endpoint=name,
            model_name=served,
            packages=place.arn("sagemaker", f"model-package/{group}"),
            repository=ground.image_repository,
            image=self._image(place, ground, variant),
            model=model,
            variant=variant,
            scaling=scaled,
            tags=[{"Key": key, "Value": value} for key, value in known.items() if key not in OWN_TAGS],
            namespace=self.context.name(),
            shift=shift,
            guard=guard,
            shadow=self.spec.shadow,
        )
        machine = self.context.name(self.name, "release", limit=80)
        return state_machine(self, ground, f"{self.name}-release", machine, definition(release)).arn
