"""Endpoints on Vertex AI: private, empty until a first release, and a workflow that releases versions to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
from pulumi_gcp import dns, vertex

from components.catalog import Machine, image
from components.clouds.gcp.alarms import alarms
from components.clouds.gcp.capture import TABLE, capture_dataset
from components.clouds.gcp.ground import GcpGround, labels, own_image, place
from components.clouds.gcp.registry import model_id, own_container, servable_id
from components.clouds.gcp.rollout import rollout
from components.clouds.gcp.slo import burn_alarms
from components.clouds.gcp.workflow import TRAFFIC, controller, workflow_name
from components.endpoint import Endpoint, EndpointResult
from components.machine import pick
from components.naming import digest

__all__ = ["VertexEndpoint"]

RELEASE = Path(__file__).with_name("gcp_release.yaml")
ROUTINES = (TRAFFIC, RELEASE.with_name("gcp_rollout.yaml"))
WORDS = ("version", "image", "force", "withdraw")
METRIC = "aiplatform.googleapis.com/prediction/online/"
# Source: https://cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/DedicatedResources#ScaleToZeroSpec:
# 300 to 28800 seconds
IDLE = {"minScaleupPeriod": "300s", "idleScaledownPeriod": "900s"}


class VertexEndpoint(Endpoint):
    """A real-time endpoint on Vertex AI, reached from the stack's network alone."""

    def build(self) -> EndpointResult:
        ground, number = self.need(GcpGround), self._number()
        where = place(self)
        host = f"{number}-{where.region}-{where.project_number}.prediction.p.vertexai.goog"
        captured = capture_dataset(self, self.spec.capture, ground) if self.spec.capture else None
        endpoint = self._endpoint(number, ground, captured)
        zone = self._zone(host, ground)
        machine = pick(self, self.spec.machine, "hosting")
        path = pulumi.Output.concat(where.vertex_parent, "/endpoints/", endpoint.name)
        url = pulumi.Output.concat(f"https://{host}/v1/", path, ":predict")
        release = controller(
            self,
            "release",
            RELEASE,
            {
                **self._where(path, zone),
                **self._served(ground, machine),
                "words": list(WORDS),
                "host": f"{host}.",
                "predict_url": url,
                "rollout": rollout(self, self.spec, endpoint.name),
            },
            f"Releases a version to {self.name} on Vertex AI",
            "Name fewer metrics.",
            ROUTINES,
        )
        return EndpointResult(
            endpoint_id=endpoint.id,
            endpoint_name=endpoint.name,
            url=url,
            capture_uri=captured and pulumi.Output.concat(captured, ".", TABLE),
            release_id=release.id,
            alarm_ids=alarms(self, self.spec, endpoint.name),
            machine=machine.name,
            burn_alarm_ids=burn_alarms(self, self.spec, endpoint.name),
        )

    @property
    def _title(self) -> str:
        return self.context.name("endpoint", self.name, limit=128)

    def _number(self) -> str:
        """
        The endpoint's id: digits that stand for the stack and the name, as the provider takes no letters.

        Source: https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints/create: at most
        9 digits, no zero first. The id of a deleted endpoint is taken for 7 days, so another salt makes another.
        """
        context = self.context
        who = (context.place.account, context.place.region, context.blueprint, context.environment, context.salt)
        return str(100_000_000 + int(digest(*who, self.name, length=12), 16) % 900_000_000)

    def _endpoint(self, number: str, ground: GcpGround, captured: pulumi.Output[str] | None) -> vertex.AiEndpoint:
        where = place(self)
        host = ground.network.apply(lambda path: path.split("/")[1])  # the project that the network is in
        logging = None
        if captured and self.spec.capture:
            logging = vertex.AiEndpointPredictRequestResponseLoggingConfigArgs(
                enabled=True,
                sampling_rate=self.spec.capture.sample.fraction,
                bigquery_destination=vertex.AiEndpointPredictRequestResponseLoggingConfigBigqueryDestinationArgs(
                    output_uri=captured
                ),
            )
        return vertex.AiEndpoint(
            self.name,
            name=number,
            display_name=self._title,
            description=f"Serves {self.spec.model}",
            project=where.project,
            location=where.region,
            region=where.region,
            encryption_spec=vertex.AiEndpointEncryptionSpecArgs(kms_key_name=ground.key.of["aiplatform"]),
            private_service_connect_config=vertex.AiEndpointPrivateServiceConnectConfigArgs(
                enable_private_service_connect=True,
                enable_secure_private_service_connect=True,  # being in the network is not enough: IAM decides
                project_allowlists=[host],
                psc_automation_configs=[
                    vertex.AiEndpointPrivateServiceConnectConfigPscAutomationConfigArgs(
                        project_id=host, network=ground.network
                    )
                ],
            ),
            predict_request_response_logging_config=logging,
            labels=labels(self, endpoint=self.name),
            opts=self.child(ignore_changes=["trafficSplit"]),  # set by releases
        )

    def _zone(self, host: str, ground: GcpGround) -> dns.ManagedZone:
        """The endpoint's own name in the network; a release enters the address that Vertex AI gave."""
        where = place(self)
        zone = dns.ManagedZone(
            f"{self.name}-zone",
            name=self.context.name("endpoint", self.name, limit=63, unique=True),
            project=where.project,
            dns_name=f"{host}.",
            description=f"Where {self.name} is reached",
            visibility="private",
            private_visibility_config=dns.ManagedZonePrivateVisibilityConfigArgs(
                networks=[dns.ManagedZonePrivateVisibilityConfigNetworkArgs(network_url=ground.network)]
            ),
            force_destroy=True,  # its record is made by releases, not by the stack
            labels=labels(self, endpoint=self.name),
            opts=self.child(),
        )
        dns.DnsManagedZoneIamMember(
            f"{self.name}-zone-pipeline",
            project=where.project,
            managed_zone=zone.name,
            role=ground.address_role,
            member=ground.accounts["pipeline"].member,
            opts=self.child(),
        )
        return zone

    def _where(self, path: pulumi.Output[str], zone: dns.ManagedZone) -> dict[str, Any]:
        """Addresses of what a release calls."""
        where, model = place(self), self.spec.model or self.name
        servable = servable_id(self.context, self.name)
        version = "v1" if self.spec.scale.min else "v1beta1"  # v1 has no scale to zero
        return {
            "url": f"{where.vertex_url}/v1",
            "deploy_url": f"{where.vertex_url}/{version}",
            "parent": where.vertex_parent,
            "endpoint": path,
            "display_name": self._title,
            "model": f"{where.vertex_parent}/models/{model_id(self.context, model)}",
            "model_name": model,
            "servable": f"{where.vertex_parent}/models/{servable}",
            "servable_id": servable,
            "executions": f"https://workflowexecutions.googleapis.com/v1/{where.vertex_parent}"
            f"/workflows/{workflow_name(self, 'release')}/executions",
            "dns": pulumi.Output.concat(
                f"https://dns.googleapis.com/dns/v1/projects/{where.project}/managedZones/", zone.name
            ),
        }

    def _served(self, ground: GcpGround, machine: Machine) -> dict[str, Any]:
        """What a version is deployed with."""
        own = own_container(self.spec.port)
        deployed = {
            "serviceAccount": ground.accounts["serve"].email,
            "dedicatedResources": self._resources(machine),
        }
        if not self.spec.scale.min:
            deployed["enableContainerLogging"] = True  # v1 logs by default, v1beta1 does not
        return {
            "repository": ground.image_repository,
            "container": self._container(own, ground, machine),
            "own_container": own,
            "encryptionSpec": {"kmsKeyName": ground.key.of["aiplatform"]},
            "labels": labels(self, endpoint=self.name),
            "deployed": deployed,
        }

    def _container(self, own: dict[str, Any], ground: GcpGround, machine: Machine) -> dict[str, Any] | None:
        """How a version is served; None: with the image it was registered with."""
        if self.spec.image:
            return {**own, "imageUri": own_image(self.spec.image, ground.image_repository)}
        if self.spec.runtime:
            gpu = machine.accelerator_type is not None
            return {"imageUri": image(self.cloud, place(self).region, self.spec.runtime, "hosting", gpu).uri}
        return None

    def _resources(self, machine: Machine) -> dict[str, Any]:
        scale = self.spec.scale
        kind: dict[str, Any] = {"machineType": machine.name}
        if machine.accelerator_type:
            kind |= {"acceleratorType": machine.accelerator_type, "acceleratorCount": int(machine.accelerator_count)}
        sizes: dict[str, Any] = {"minReplicaCount": scale.min, "maxReplicaCount": scale.max}
        if not scale.min:
            sizes |= {"initialReplicaCount": 1, "scaleToZeroSpec": IDLE}
        return {"machineSpec": kind, **sizes, "autoscalingMetricSpecs": [self._metric(machine)]}

    def _metric(self, machine: Machine) -> dict[str, Any]:
        """
        Raises:
            ValueError: Fewer requests than one a minute, or a GPU target on a machine without one.
        """
        target = self.spec.target
        if target.requests_per_replica:
            per_minute = int(target.requests_per_replica.per_minute)
            if per_minute < 1:
                raise ValueError(
                    f"scale.target.requests_per_replica is {target.requests_per_replica}; Vertex AI counts whole"
                    " requests a minute. Write 1/min or more."
                )
            return {"metricName": f"{METRIC}request_count", "target": per_minute}
        if target.gpu_utilisation and machine.accelerator_type:
            return {"metricName": f"{METRIC}accelerator/duty_cycle", "target": _percent(target.gpu_utilisation.value)}
        if target.cpu_utilisation:
            return {"metricName": f"{METRIC}cpu/utilization", "target": _percent(target.cpu_utilisation.value)}
        raise ValueError(f"scale.target is of a GPU, and {machine.name} has none. Write cpu_utilisation.")


def _percent(value: float) -> int:
    """Whole hundredths from 1 to 100, as the autoscaler takes them."""
    return min(100, max(1, round(value)))
