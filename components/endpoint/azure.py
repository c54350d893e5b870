"""Real-time endpoint on Azure ML: an endpoint that is there at once, and a Logic App that releases versions to it."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import machinelearningservices

from components.catalog import Machine as Sold
from components.catalog import image as runtime_image
from components.clouds.azure.alarms import alarms, publishers
from components.clouds.azure.deployment import COLLECTIONS, ReleasePlan, routes
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.images import full_name
from components.clouds.azure.logs import audit
from components.clouds.azure.release import release_definition
from components.clouds.azure.shadow import check_sample
from components.clouds.azure.slo import burn_alarms
from components.clouds.azure.traffic import RECORDED
from components.clouds.azure.workflow import environment, logic_app
from components.endpoint import Endpoint, EndpointResult
from components.machine import pick
from components.naming import digest
from components.registry import RegistryResult

__all__ = ["AzureMLEndpoint"]


class AzureMLEndpoint(Endpoint):
    def build(self) -> EndpointResult:
        spec, ground = self.spec, self.need(AzureGround)
        machine = pick(self, spec.machine, "hosting")
        if spec.target.gpu_utilisation and not machine.accelerator:
            raise ValueError(f"scale.target is of a GPU, and {machine.name} has none. Write cpu_utilisation.")
        check_sample(self.name, spec)
        endpoint = self._endpoint(ground)
        publishers(self, spec, ground, endpoint)
        audit(self, f"{self.name}-endpoint", endpoint.id, ground.log_workspace_id, "allLogs")
        captured = self._captured(ground)
        plan = ReleasePlan(
            name=self.name,
            spec=spec,
            machine=machine.name,
            vcpus=machine.vcpus,
            region=self.context.place.region,
            must_be_approved=self._approval() == "manual",
            tags=self.context.tags,
        )
        environment_id, made = self._environment(plan.environment, machine, ground)
        workflow = logic_app(
            self,
            f"{self.name}-release",
            ground,
            lambda identity: release_definition(plan, identity),
            {
                "artifacts-blob": ground.artifacts_blob_url,
                "endpoint": endpoint.id,
                "environment": environment_id,
                "group": ground.group_id,
                "repository": ground.image_repository,
                "serve-client": ground.serve.client_id,
                "serve-identity": ground.serve.id,
                "workspace": ground.workspace_id,
                **{f"capture-{name}": captured.get(name, "") for name in COLLECTIONS},
            },
            made,
        )
        return EndpointResult(
            endpoint_id=endpoint.id,
            endpoint_name=endpoint.name,
            url=endpoint.properties.apply(lambda p: p.scoring_uri),
            capture_uri=(
                pulumi.Output.from_input(f"azureml://datastores/capture/paths/{self.name}") if spec.capture else None
            ),
            release_id=workflow.id,
            alarm_ids=alarms(self, spec, ground, endpoint),
            machine=machine.name,
            burn_alarm_ids=burn_alarms(self, spec, ground, endpoint),
        )

    def _approval(self) -> str:
        """`manual` unless the stack's registry says otherwise."""
        registries = (result for result in self.needs.values() if isinstance(result, RegistryResult))
        return next((registry.approval for registry in registries), "manual")

    def _endpoint(self, ground: AzureGround) -> machinelearningservices.OnlineEndpoint:
        ml = machinelearningservices
        return ml.OnlineEndpoint(
            self.name,
            endpoint_name=self.context.name(self.name, limit=32, unique=True),
            workspace_name=ground.workspace,
            resource_group_name=ground.group,
            location=self.context.place.region,
            kind="Managed",
            identity=ml.ManagedServiceIdentityArgs(
                type=ml.ManagedServiceIdentityType.USER_ASSIGNED, user_assigned_identities=[ground.serve.id]
            ),
            properties=ml.OnlineEndpointPropertiesArgs(
                auth_mode=ml.EndpointAuthMode.AAD_TOKEN,
                public_network_access=ml.PublicNetworkAccessType.DISABLED,
            ),
            tags=self.context.tags,
            # a release moves the traffic and notes what serves, and an `up` must not move or forget it
            opts=self.child(
                ignore_changes=[
                    "properties.traffic",
                    "properties.mirrorTraffic",
                    *(f"tags.{tag}" for tag in RECORDED),
                ]
            ),
        )

    def _captured(self, ground: AzureGround) -> dict[str, pulumi.Output[str]]:
        """The data assets that requests and answers are recorded in, by collection."""
        capture = self.spec.capture
        if capture is None:
            return {}
        if ground.captures.get(self.name) != capture.retain:
            told = ground.captures.get(self.name, "nothing")
            raise ValueError(
                f"{self.label} keeps what it captures for {capture.retain}, and the foundation was told {told}: it"
                f" deletes the records. Give FoundationSpec captures={{'{self.name}': '{capture.retain}'}}."
            )
        return {name: self._asset(name, ground) for name in COLLECTIONS}

    def _asset(self, collection: str, ground: AzureGround) -> pulumi.Output[str]:
        ml, name = machinelearningservices, f"{self.name}-{collection}"
        home = ml.DataContainer(
            name,
            name=name,
            workspace_name=ground.workspace,
            resource_group_name=ground.group,
            properties=ml.DataContainerPropertiesArgs(
                data_type=ml.DataType.URI_FOLDER,
                description=f"Each {collection} of the endpoint {self.name}",
                tags=self.context.tags,
            ),
            opts=self.child(),
        )
        version = ml.DataVersion(
            f"{name}-1",
            name=home.name,
            version="1",
            workspace_name=ground.workspace,
            resource_group_name=ground.group,
            properties=ml.UriFolderDataVersionArgs(
                data_type="uri_folder",
                data_uri=f"azureml://datastores/capture/paths/{self.name}/{collection}",
                tags=self.context.tags,
            ),
            opts=self.child(),
        )
        return version.id

    def _environment(
        self, name: str, machine: Sold, ground: AzureGround
    ) -> tuple[pulumi.Input[str], list[pulumi.Resource]]:
        """ARM or registry id of the environment that serves where a release names no image, and what makes it."""
        ml, home = machinelearningservices, environment(self, name, ground)
        if self.spec.runtime:
            known = runtime_image(
                "azure", self.context.place.region, self.spec.runtime, "hosting", bool(machine.accelerator)
            )
            code = ml.CodeContainer(
                f"{self.name}-code",
                name=name,
                workspace_name=ground.workspace,
                resource_group_name=ground.group,
                properties=ml.CodeContainerPropertiesArgs(
                    description=f"Serving code that versions of {self.spec.model} bring along", tags=self.context.tags
                ),
                opts=self.child(),
            )
            return known.uri, [home, code]
        if self.spec.image is None:
            return "", [home]
        version = ml.EnvironmentVersion(
            f"{self.name}-image",
            name=home.name,
            version=digest(self.spec.image, str(self.spec.port), length=12),
            workspace_name=ground.workspace,
            resource_group_name=ground.group,
            properties=ml.EnvironmentVersionPropertiesArgs(
                image=full_name(self.spec.image, ground.image_repository),
                os_type=ml.OperatingSystemType.LINUX,
                inference_config=ml.InferenceContainerPropertiesArgs(
                    **{
                        route: ml.RouteArgs(path=to["path"], port=to["port"])
                        for route, to in zip(
                            ("liveness_route", "readiness_route", "scoring_route"),
                            routes(self.spec.port).values(),
                            strict=True,
                        )
                    }
                ),
                tags=self.context.tags,
            ),
            opts=self.child(retain_on_delete=True),  # past deployments still refer to it
        )
        return version.id, [home, version]
