"""Endpoint on SageMaker: made with a model that says it is none, released to by a state machine, scaled by target."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, s3, sagemaker

from components.catalog import Machine as Sold
from components.catalog import NoMachine
from components.catalog import image as catalog_image
from components.clouds.aws import bootstrap
from components.clouds.aws.alarms import NAME_LIMIT, Alarm, alarms, of_release
from components.clouds.aws.autoscaler import autoscaler
from components.clouds.aws.component import by_components
from components.clouds.aws.component_endpoint import ComponentEndpoint
from components.clouds.aws.grants import grant, may_pull
from components.clouds.aws.ground import (
    AwsGround,
    AwsPlace,
    Bucket,
    async_url,
    endpoint_url,
    here,
    image_reference,
    package_group,
    tags,
)
from components.clouds.aws.hours import see_hours, turns
from components.clouds.aws.policies import allow
from components.clouds.aws.queue import queue_scaling, room, see_queue, serve
from components.clouds.aws.release import Release, definition
from components.clouds.aws.release_means import CANDIDATE, OWN_TAGS
from components.clouds.aws.rights import RELEASE_STEM
from components.clouds.aws.rollout import Guard, Shift
from components.clouds.aws.serverless import Serverless, serverless
from components.clouds.aws.serving import driver, is_server, variables
from components.clouds.aws.slo import burn_alarms
from components.clouds.aws.states import state_machine
from components.clouds.aws.store import Store, expire, keep_versions
from components.clouds.aws.variant import VARIANT, Scaling, Variant, scaling
from components.endpoint import Endpoint, EndpointResult, Queue
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
        if spec.form == "serverless":
            return self._served(place, ground, serverless(spec), None)
        machine = pick(self, spec.machine, "hosting", runtimes=spec.frameworks)
        if by_components(spec):
            return self._of_components(place, ground, machine)
        if spec.form == "async":
            return self._queued(place, ground, machine)
        see_hours(spec.scale)
        scaled = scaling(spec, machine, self._physical, self._policy, tags(self.context), turns(self, spec.scale))
        self._see_guarded(machine)
        capture = self._capture_store(ground) if spec.capture else None
        variant = Variant(
            machine=machine,
            replicas=max(spec.scale.min, 1),
            key_arn=ground.key_arn,
            capture=spec.capture,
            capture_uri=capture.uri(self.name) if capture else None,
            driver=driver(spec.runtime, machine),
        )
        return self._served(place, ground, variant, scaled)

    def _queued(self, place: AwsPlace, ground: AwsGround, machine: Sold) -> EndpointResult:
        """Requests wait in a bucket of the endpoint's own."""
        spec, queue = self.spec, self.spec.queue or Queue()
        see_queue(spec)
        self._see_guarded(machine)
        scaled = queue_scaling(self, machine, self._physical, self._policy)
        waiting = room(self, ground, queue)
        at_once = spec.scale.target.concurrent_requests if spec.scale.target else None
        variant = Variant(
            machine=machine,
            replicas=max(spec.scale.min, 1),
            key_arn=ground.key_arn,
            capture=None,
            capture_uri=None,
            queue=waiting.answers(ground.key_arn, at_once),
            driver=driver(spec.runtime, machine),
        )
        made = self._served(place, ground, variant, scaled)
        serve(self, ground, waiting, made.endpoint_name)
        return replace(
            made,
            url=async_url(place, made.endpoint_name),
            requests_uri=waiting.requests_uri,
            answers_uri=waiting.answers_uri,
        )

    def _served(
        self, place: AwsPlace, ground: AwsGround, variant: Variant | Serverless, scaled: Scaling | None
    ) -> EndpointResult:
        """One variant, with machines where `scaled` is given."""
        endpoint, first = self._endpoint(place, ground, variant)
        if scaled:
            autoscaler(self, endpoint, scaled)
        standing = self._alarms(ground, endpoint)
        shift = Shift(self.spec.rollout) if self.spec.rollout else None
        guard = self._guard(ground, standing) if shift else None
        return EndpointResult(
            endpoint_id=endpoint.arn,
            endpoint_name=endpoint.name,
            url=endpoint_url(place, endpoint.name),
            capture_uri=variant.capture_uri,
            release_id=self._release(place, ground, variant, scaled, shift, guard, first if ground.stops else None),
            alarm_ids={key: made.arn for key, (_alarm, made) in standing.items()},
            machine=variant.machine.name if isinstance(variant, Variant) else "",
            burn_alarm_ids=burn_alarms(self, self.spec, endpoint.name, VARIANT, ground.topic_arn),
        )

    @property
    def _form(self) -> tuple[str, ...]:
        """
        What the endpoint's name has besides: none becomes one of another form, so that one is made beside the other.

        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
        """
        return () if self.spec.form == "realtime" else (self.spec.form,)

    @property
    def _physical(self) -> str:
        return self.context.name(self.name, *self._form, limit=63)

    @property
    def _logical(self) -> str:
        """With two hyphens, which the name of no other endpoint has."""
        return "--".join((self.name, *self._form))

    @property
    def _policy(self) -> str:
        return self.context.name(self.name, "target", limit=255)

    def _see_guarded(self, machine: Sold) -> None:
        if self.spec.rollout and machine.name.startswith(UNGUARDED):
            raise NoMachine(
                f"SageMaker guards no release on {machine.name}: all of the traffic would move at once, and stay"
                " (docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html). Write"
                " accelerator: Inferentia2, or leave rollout out."
            )

    def _of_components(self, place: AwsPlace, ground: AwsGround, machine: Sold) -> EndpointResult:
        """Models that share the machines, or that leave the endpoint without one."""
        least = max(self.spec.scale.min, 1)
        variant = Variant(
            machine,
            replicas=least,
            key_arn=ground.key_arn,
            capture=None,
            capture_uri=None,
            driver=driver(self.spec.runtime, machine),
        )
        first = self._bootstrap(place, ground, variant)
        return ComponentEndpoint(self, ground, variant, first, self._image(place, ground, variant)).build()

    def _in_network(self, ground: AwsGround) -> sagemaker.ModelVpcConfigArgs | None:
        """None where SageMaker has no network for it."""
        if self.spec.form == "serverless":
            return None
        return sagemaker.ModelVpcConfigArgs(subnets=ground.subnet_ids, security_group_ids=ground.security_group_ids)

    def _endpoint(
        self, place: AwsPlace, ground: AwsGround, variant: Variant | Serverless
    ) -> tuple[sagemaker.Endpoint, pulumi.Output[str]]:
        """The endpoint, and the name of the configuration that it starts with."""
        name = self._physical
        queue = variant.queue if isinstance(variant, Variant) else None
        log = cloudwatch.LogGroup(
            f"{self.name}-log",
            name=f"/aws/sagemaker/Endpoints/{name}",  # where SageMaker writes; made first, it has a key and an end
            retention_in_days=ground.log_days,
            kms_key_id=ground.key_arn,
            tags=tags(self.context),
            opts=self.child(),
        )
        configuration = sagemaker.EndpointConfiguration(
            f"{self._logical}-bootstrap",
            name_prefix=self.context.name(self.name, limit=36) + "-",
            production_variants=[variant.args(self._bootstrap(place, ground, variant).name)],
            kms_key_arn=variant.volume_key,
            data_capture_config=variant.capture_args(),
            async_inference_config=queue.args() if queue else None,
            tags=tags(self.context),
            opts=self.child(ignore_changes=AT_FIRST_ONLY + (["asyncInferenceConfig"] if queue else [])),
        )
        made = sagemaker.Endpoint(
            self._logical,
            name=name,
            endpoint_config_name=configuration.name,
            tags=tags(self.context),
            opts=self.child(
                ignore_changes=RELEASED,
                depends_on=[log],
                custom_timeouts=pulumi.CustomTimeouts(create="60m", delete="30m"),
            ),
        )
        return made, configuration.name

    def _bootstrap(self, place: AwsPlace, ground: AwsGround, variant: Variant | Serverless) -> sagemaker.Model:
        """A model that answers 503: an endpoint can't be made without one, and a version comes later."""
        machine = variant.machine.name if isinstance(variant, Variant) else None
        image = bootstrap.server_image(place.region, machine).uri
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
            f"{self._logical}-bootstrap",
            primary_container=container,
            execution_role_arn=ground.roles["serve"].arn,
            enable_network_isolation=True if self.spec.form != "serverless" else None,
            vpc_config=self._in_network(ground),
            tags=tags(self.context),
            opts=self.child(ignore_changes=MODEL_AT_FIRST_ONLY),
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

    def _image(self, place: AwsPlace, ground: AwsGround, variant: Variant | Serverless) -> pulumi.Output[str]:
        """What serves a version that names no image; the serve role may pull it where it is not the stack's own."""
        spec = self.spec
        accelerated = isinstance(variant, Variant) and variant.machine.accelerator is not None
        if spec.runtime:
            found = catalog_image("aws", place.region, spec.runtime, "hosting", accelerator=accelerated)
            if is_server(spec.runtime):
                may_pull(self, ground.roles["serve"], found.uri)
            return pulumi.Output.from_input(found.uri)
        if not spec.image:
            return pulumi.Output.from_input("")
        reference = image_reference(spec.image, place, ground.image_repository)
        may_pull(self, ground.roles["serve"], spec.image)
        return reference

    @staticmethod
    def _gpus(variant: Variant | Serverless) -> int:
        return int(variant.machine.accelerator_count) if isinstance(variant, Variant) else 0

    def _release(
        self,
        place: AwsPlace,
        ground: AwsGround,
        variant: Variant | Serverless,
        scaled: Scaling | None,
        shift: Shift | None,
        guard: Guard | None,
        first: pulumi.Output[str] | None,
    ) -> pulumi.Output[str]:
        model: dict[str, Any] = {"ExecutionRoleArn": ground.roles["serve"].arn}
        if scaled:
            within = {"Subnets": ground.subnet_ids, "SecurityGroupIds": ground.security_group_ids}
            model |= {"EnableNetworkIsolation": True, "VpcConfig": within}
        served = self.spec.model or self.name
        group = package_group(self.context, served)
        known = tags(self.context, most=TAGS - len(OWN_TAGS))
        release = Release(
            stem=self.context.name(self.name, limit=RELEASE_STEM),
            endpoint=self._physical,
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
            variables=variables(self.spec.runtime, self._gpus(variant), served),
            first=first if scaled else None,  # one without machines stays
        )
        machine = self.context.name(self.name, "release", limit=80)
        return state_machine(self, ground, f"{self.name}-release", machine, definition(release)).arn
