"""An endpoint of inference components: its configuration, one component a model, alarms, and the release definition."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pulumi
from pulumi_aws import cloudcontrol, cloudwatch, sagemaker

from components.catalog import image as catalog_image
from components.clouds.aws.alarms import NAME_LIMIT, Alarm, alarms
from components.clouds.aws.component import (
    NAMESPACE,
    TYPE,
    Part,
    configuration,
    needs,
    see_components,
    start_parameters,
)
from components.clouds.aws.component_means import Held, Release
from components.clouds.aws.component_release import definition
from components.clouds.aws.component_scaling import scaled
from components.clouds.aws.ground import AwsGround, after, endpoint_url, here, package_group, tag_list, tags
from components.clouds.aws.release_means import OWN_TAGS
from components.clouds.aws.rights import RELEASE_STEM
from components.clouds.aws.serving import variables
from components.clouds.aws.slo import burn_alarms
from components.clouds.aws.states import state_machine
from components.clouds.aws.variant import VARIANT, Variant
from components.endpoint import Endpoint, EndpointResult
from components.naming import digest
from components.outputs import as_json

__all__ = ["ComponentEndpoint", "parts"]

TAGS = 50  # of a resource of SageMaker
CONFIGURATION = "AWS::SageMaker::EndpointConfig"
CONFIGURATION_MARK = 10  # digits that stand for what a configuration says
# a release says which model, and the autoscaler how many copies
RELEASED = ["desiredState"]
CALLED = "called"  # tag: what a caller names the model
HEADER = "X-Amzn-SageMaker-Inference-Component"


def parts(owner: Endpoint) -> list[Part]:
    """The models of the endpoint, by what a caller names; one that has its model alone is named as that."""
    spec, context = owner.spec, owner.context
    if not spec.models:
        key = spec.model or owner.name
        return [Part(key, key, context.name(owner.name, limit=63), owner.name, "")]
    return [
        # no endpoint's name has a `_`
        Part(key, model, context.name(owner.name, key, limit=63), f"{owner.name}_{key}", f"{key}_")
        for key, model in sorted(spec.models.items())
    ]


@dataclass(frozen=True)
class ComponentEndpoint:
    """
    What an endpoint of inference components is made of.

    Attributes:
        owner: The component it belongs to.
        ground: What it stands on.
        variant: Its machines.
        first: The model that its components have before a release.
        image: What serves a version that names no image, of all models alike; empty where there is none.
    """

    owner: Endpoint
    ground: AwsGround
    variant: Variant
    first: sagemaker.Model
    image: pulumi.Output[str]

    def build(self) -> EndpointResult:
        """Register it all."""
        owner, found = self.owner, parts(self.owner)
        see_components(owner.spec)
        share = needs(self.variant.machine, len(found))
        endpoint = self._endpoint(owner.context.name(owner.name, limit=63))
        alarm_ids: dict[str, pulumi.Output[str]] = {}
        burn_ids: dict[str, pulumi.Output[str]] = {}
        headers: dict[str, pulumi.Output[str]] = {}
        for known in found:
            made = self._component(known, share, endpoint)
            name = after(pulumi.Output.from_input(known.name), endpoint, made)
            part = replace(known, made=name)
            headers[part.key] = pulumi.Output.concat(f"{HEADER}: ", name)
            scaled(owner, owner.spec, self.variant.machine, part)
            alarm_ids |= self._alarms(part)
            burn_ids |= self._burns(part)
        place, one = here(owner), not owner.spec.models
        url = endpoint_url(place, endpoint.name)
        return EndpointResult(
            endpoint_id=endpoint.arn,
            endpoint_name=endpoint.name,
            url=url,
            capture_uri=None,
            release_id=self._release(found, share),
            alarm_ids=alarm_ids,
            machine=self.variant.machine.name,
            burn_alarm_ids=burn_ids,
            model_urls={} if one else {part.key: url for part in found},
            model_headers=headers,
        )

    def _endpoint(self, name: str) -> sagemaker.Endpoint:
        """Its configuration is Pulumi's: a release changes components alone."""
        owner, ground = self.owner, self.ground
        role = ground.roles["serve"].arn
        body = configuration(
            owner.spec,
            self.variant,
            role,
            ground.subnet_ids,
            ground.security_group_ids,
            tag_list(owner.context),
            stops=ground.stops,
        )
        said = as_json({key: value for key, value in body.items() if key != "Tags"})
        stem = owner.context.name(owner.name, limit=RELEASE_STEM)
        # what it says is replaced with it, and the new one is there before the old one goes
        called = said.apply(lambda text: f"{stem}-{digest(text, length=CONFIGURATION_MARK)}")
        made = cloudcontrol.Resource(
            f"{owner.name}-machines",
            type_name=CONFIGURATION,  # `aws.sagemaker.EndpointConfiguration` knows no network and no isolation
            desired_state=as_json({**body, "EndpointConfigName": called}),
            opts=owner.child(),
        )
        return sagemaker.Endpoint(
            owner.name,
            name=name,
            endpoint_config_name=after(called, made),
            tags=tags(owner.context),
            opts=owner.child(custom_timeouts=pulumi.CustomTimeouts(create="60m", update="60m", delete="30m")),
        )

    def _component(self, part: Part, share: dict[str, Any], endpoint: sagemaker.Endpoint) -> cloudcontrol.Resource:
        owner, ground = self.owner, self.ground
        log = cloudwatch.LogGroup(
            f"{part.logical}-log",
            name=f"{NAMESPACE}/{part.name}",  # where SageMaker writes; made first, it has a key and an end
            retention_in_days=ground.log_days,
            kms_key_id=ground.key_arn,
            tags=tags(owner.context),
            opts=owner.child(),
        )
        body: dict[str, Any] = {
            "InferenceComponentName": part.name,
            "EndpointName": endpoint.name,
            "VariantName": VARIANT,
            "Specification": {
                "ModelName": self.first.name,
                "ComputeResourceRequirements": share,
                **start_parameters(self.variant),
            },
            # none is made without a copy; the autoscaler takes it away where nobody asks
            "RuntimeConfig": {"CopyCount": max(owner.spec.scale.min, 1)},
            "Tags": [*self._tags(room=len(OWN_TAGS) + 1), {"Key": CALLED, "Value": part.key}],
        }
        return cloudcontrol.Resource(
            part.logical,
            type_name=TYPE,
            desired_state=as_json(body),
            opts=owner.child(
                ignore_changes=RELEASED,
                depends_on=[log, endpoint],
                custom_timeouts=pulumi.CustomTimeouts(create="90m", delete="60m"),
            ),
        )

    def _tags(self, room: int) -> list[dict[str, str]]:
        """The stack's, with room for those that say what serves."""
        known = tags(self.owner.context, most=TAGS - room)
        return [{"Key": key, "Value": value} for key, value in known.items() if key not in (*OWN_TAGS, CALLED)]

    def _alarms(self, part: Part) -> dict[str, pulumi.Output[str]]:
        owner = self.owner
        found: dict[str, pulumi.Output[str]] = {}
        for own in self._own_alarms(part):
            logical = f"{owner.name}-{own.part}"
            found[own.key] = own.resource(owner, logical, self.ground.topic_arn, owner.child()).arn
        return found

    def _own_alarms(self, part: Part) -> list[Alarm]:
        """Those of an endpoint, as a model's own."""
        owner = self.owner
        found: list[Alarm] = []
        for alarm in alarms(owner, owner.spec, part.name, VARIANT):
            own = replace(alarm, key=f"{part.prefix}{alarm.key}", dimensions=part.dimensions)
            if part.prefix:
                name = owner.context.name(owner.name, part.key, alarm.key, limit=NAME_LIMIT)
                own = replace(own, part=own.key, name=name, says=alarm.says.replace(owner.name, self._called(part)))
            found.append(own)
        return found

    def _burns(self, part: Part) -> dict[str, pulumi.Output[str]]:
        owner, topic = self.owner, self.ground.topic_arn
        model = part.key if part.prefix else ""
        made = burn_alarms(owner, owner.spec, "", VARIANT, topic, where=part.dimensions, model=model)
        return {f"{part.prefix}{key}": arn for key, arn in made.items()}

    def _called(self, part: Part) -> str:
        return f"{part.key} of {self.owner.name}"

    def _image(self, part: Part) -> pulumi.Output[str]:
        """What serves a version of the model that names no image."""
        runtime = self.owner.spec.runtimes.get(part.key)
        if not runtime or self.owner.spec.image or self.owner.spec.runtime:
            return self.image
        accelerated = self.variant.machine.accelerator is not None
        region = here(self.owner).region
        return pulumi.Output.from_input(catalog_image("aws", region, runtime, "hosting", accelerator=accelerated).uri)

    def _release(self, found: list[Part], share: dict[str, Any]) -> pulumi.Output[str]:
        owner, ground, place = self.owner, self.ground, here(self.owner)
        groups = {part.key: package_group(owner.context, part.model) for part in found}
        held = [
            Held(
                part,
                place.arn("sagemaker", f"model-package/{groups[part.key]}"),
                self._image(part),
                [alarm.name for alarm in self._own_alarms(part)],
            )
            for part in found
        ]
        release = Release(
            stem=owner.context.name(owner.name, limit=RELEASE_STEM),
            endpoint=owner.context.name(owner.name, limit=63),
            held=held,
            models=place.arn("sagemaker", "model/"),
            repository=ground.image_repository,
            model={
                "ExecutionRoleArn": ground.roles["serve"].arn,
                "EnableNetworkIsolation": True,
                "VpcConfig": {"Subnets": ground.subnet_ids, "SecurityGroupIds": ground.security_group_ids},
            },
            needs=share,
            variables=variables(
                owner.spec.runtime,
                share.get("NumberOfAcceleratorDevicesRequired", 0),
                owner.spec.model or owner.name,
            ),
            start=start_parameters(self.variant),
            tags=self._tags(room=len(OWN_TAGS)),
            least=max(owner.spec.scale.min, 1) if ground.stops else 1,
        )
        machine = owner.context.name(owner.name, "release", limit=80)
        return state_machine(owner, ground, f"{owner.name}-release", machine, definition(release)).arn
