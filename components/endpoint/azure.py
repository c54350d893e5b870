"""Real-time endpoint on Azure ML: an endpoint that is there at once, and a Logic App that releases versions to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_azure_native import logic, machinelearningservices

from components.catalog import Machine as Sold
from components.clouds.azure.alarms import alarms, publishers
from components.clouds.azure.autoscale import check_scale
from components.clouds.azure.deployment import COLLECTIONS, ReleasePlan
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.logs import audit
from components.clouds.azure.models import HEADER, check_models, models_definition, models_parameters
from components.clouds.azure.release import PARAMETERS, release_definition
from components.clouds.azure.serving import captured, environments
from components.clouds.azure.shadow import check_sample
from components.clouds.azure.slo import burn_alarms
from components.clouds.azure.workflow import logic_app
from components.endpoint import Endpoint, EndpointResult
from components.fields import Machine
from components.machine import pick
from components.registry import RegistryResult

__all__ = ["AzureMLEndpoint"]


class AzureMLEndpoint(Endpoint):
    def build(self) -> EndpointResult:
        spec, ground = self.spec, self.need(AzureGround)
        machine = self._machine()
        check_sample(self.name, spec)
        check_scale(self.label, spec)
        check_models(self.label, spec)
        endpoint = self._endpoint(ground)
        publishers(self, spec, ground, endpoint)
        audit(self, f"{self.name}-endpoint", endpoint.id, ground.log_workspace_id, "allLogs")
        workflow = self._release(machine, endpoint, ground)
        url = endpoint.properties.apply(lambda p: p.scoring_uri)
        recorded = f"azureml://datastores/capture/paths/{self.name}"
        return EndpointResult(
            endpoint_id=endpoint.id,
            endpoint_name=endpoint.name,
            url=url,
            capture_uri=pulumi.Output.from_input(recorded) if spec.capture else None,
            release_id=workflow.id,
            alarm_ids=alarms(self, spec, ground, endpoint),
            machine=machine.name,
            burn_alarm_ids=burn_alarms(self, spec, ground, endpoint),
            model_urls=dict.fromkeys(spec.models, url),
            model_headers={name: pulumi.Output.from_input(f"{HEADER}: {name}") for name in spec.models},
        )

    def _machine(self) -> Sold:
        """What is wished for; of a serverless endpoint the cheapest that has its memory."""
        spec = self.spec
        wanted = Machine(memory=spec.memory) if spec.memory else spec.machine
        machine = pick(self, wanted, "hosting", runtimes=spec.frameworks)
        if spec.target.gpu_utilisation and not machine.accelerator:
            raise ValueError(f"scale.target is of a GPU, and {machine.name} has none. Write cpu_utilisation.")
        return machine

    def _release(
        self, machine: Sold, endpoint: machinelearningservices.OnlineEndpoint, ground: AzureGround
    ) -> logic.Workflow:
        spec = self.spec
        plan = ReleasePlan(
            name=self.name,
            spec=spec,
            machine=machine.name,
            vcpus=machine.vcpus,
            region=self.context.place.region,
            must_be_approved=self._approval() == "manual",
            tags=self.context.tags,
        )
        assets = captured(self, spec.capture, ground)
        served, made = environments(self, plan, ground, accelerated=bool(machine.accelerator))
        told: Mapping[str, Any] = {
            "artifacts-blob": ground.artifacts_blob_url,
            "endpoint": endpoint.id,
            "group": ground.group_id,
            "repository": ground.image_repository,
            "serve-client": ground.serve.client_id,
            "serve-identity": ground.serve.id,
            "workspace": ground.workspace_id,
            **served,
            **{f"capture-{name}": assets.get(name, "") for name in COLLECTIONS},
        }
        write, wanted = (
            (models_definition, models_parameters(spec)) if spec.models else (release_definition, PARAMETERS)
        )
        return logic_app(
            self,
            f"{self.name}-release",
            ground,
            lambda identity: write(plan, identity),
            {name: told[name] for name in wanted},
            made,
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
                traffic={} if self.spec.models else None,  # callers name their deployment: none has a share
            ),
            tags=self.context.tags,
            # An update sends the endpoint whole, and what it leaves out is gone: traffic, and tags in which a release
            # notes what serves. So an `up` never updates one that has traffic, and new tags come with the next release.
            opts=self.child(
                ignore_changes=[] if self.spec.models else ["properties.traffic", "properties.mirrorTraffic", "tags"]
            ),
        )
