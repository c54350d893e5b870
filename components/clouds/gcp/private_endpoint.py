"""A private endpoint of Vertex AI, empty, and its own name in the stack's network."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_gcp import dns, vertex

from components.base import Component
from components.clouds.gcp.ground import GcpGround, labels, place
from components.endpoint import Capture
from components.naming import digest

__all__ = ["Door", "number_of", "private_endpoint"]


@dataclass(frozen=True)
class Door:
    """
    Where a model is asked.

    Attributes:
        endpoint: The endpoint.
        zone: Holds its name in the network; a release enters the address that Vertex AI gave.
        host: That name.
        title: How people find the endpoint.
        path: `projects/<id>/locations/…/endpoints/…`.
        verb: How it is asked.
    """

    endpoint: vertex.AiEndpoint
    zone: dns.ManagedZone
    host: str
    title: str
    path: pulumi.Output[str]
    verb: str = "predict"

    @property
    def url(self) -> pulumi.Output[str]:
        """Where to POST."""
        return pulumi.Output.concat(f"https://{self.host}/v1/", self.path, ":", self.verb)


def private_endpoint(
    component: Component,
    serves: str,
    model: str = "",
    capture: Capture | None = None,
    captured: pulumi.Output[str] | None = None,
    verb: str = "predict",
) -> Door:
    """
    An endpoint that is reached from the stack's network alone.

    Args:
        component: Whose it is.
        serves: The model that answers.
        model: What a caller names it, where the component has an endpoint for each model.
        capture, captured: What of the requests is recorded, and the dataset that it goes to.
        verb: How it is asked.
    """
    where, ground = place(component), component.need(GcpGround)
    number = _number(component, model)
    host = f"{number}-{where.region}-{where.project_number}.prediction.p.vertexai.goog"
    parts = ("endpoint", component.name, *([model] if model else []))
    title = component.context.name(*parts, limit=128)
    logging = _logging(capture, captured) if capture and captured else None
    called = labels(component, endpoint=component.name, **({"model": model} if model else {}))
    endpoint = _endpoint(component, "_".join(parts[1:]), number, title, serves, called, ground, logging)
    path = pulumi.Output.concat(f"{where.vertex_parent}/endpoints/", endpoint.name)
    return Door(endpoint, _zone(component, parts, host, ground), host, title, path, verb)


def number_of(url: str) -> str:
    """The endpoint that a URL such as a door's asks."""
    return url.rpartition("/")[2].partition(":")[0]


def _number(component: Component, model: str) -> str:
    """
    The endpoint's id: digits that stand for the stack and the name, as the provider takes no letters.

    Source: https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints/create: at most
    9 digits, no zero first. The id of a deleted endpoint is taken for 7 days, so another salt makes another.
    """
    context = component.context
    who = (context.place.account, context.place.region, context.blueprint, context.environment, context.salt)
    whole = f"{component.name}/{model}" if model else component.name
    return str(100_000_000 + int(digest(*who, whole, length=12), 16) % 900_000_000)


def _logging(
    capture: Capture, captured: pulumi.Output[str]
) -> vertex.AiEndpointPredictRequestResponseLoggingConfigArgs:
    return vertex.AiEndpointPredictRequestResponseLoggingConfigArgs(
        enabled=True,
        sampling_rate=capture.sample.fraction,
        bigquery_destination=vertex.AiEndpointPredictRequestResponseLoggingConfigBigqueryDestinationArgs(
            output_uri=captured
        ),
    )


def _endpoint(
    component: Component,
    name: str,
    number: str,
    title: str,
    serves: str,
    called: dict[str, str],
    ground: GcpGround,
    logging: vertex.AiEndpointPredictRequestResponseLoggingConfigArgs | None,
) -> vertex.AiEndpoint:
    where = place(component)
    host = ground.network.apply(lambda path: path.split("/")[1])  # the project that the network is in
    return vertex.AiEndpoint(
        name,
        name=number,
        display_name=title,
        description=f"Serves {serves}",
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
        labels=called,
        opts=component.child(ignore_changes=["trafficSplit"]),  # set by releases
    )


def _zone(component: Component, parts: tuple[str, ...], host: str, ground: GcpGround) -> dns.ManagedZone:
    where, name = place(component), "_".join(parts[1:])  # no name of a blueprint has a _
    zone = dns.ManagedZone(
        f"{name}-zone",
        name=component.context.name(*parts, limit=63, unique=True),
        project=where.project,
        dns_name=f"{host}.",
        description=f"Where {name} is reached",
        visibility="private",
        private_visibility_config=dns.ManagedZonePrivateVisibilityConfigArgs(
            networks=[dns.ManagedZonePrivateVisibilityConfigNetworkArgs(network_url=ground.network)]
        ),
        force_destroy=True,  # its record is made by releases, not by the stack
        labels=labels(component, endpoint=component.name),
        opts=component.child(),
    )
    dns.DnsManagedZoneIamMember(
        f"{name}-zone-pipeline",
        project=where.project,
        managed_zone=zone.name,
        role=ground.address_role,
        member=ground.accounts["pipeline"].member,
        opts=component.child(),
    )
    return zone
