"""The private network on Google Cloud: no way out but Private Service Connect to the Google APIs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

import pulumi
import pulumi_gcp as gcp
from pulumi_gcp import compute, dns

from components.base import Component
from components.clouds.gcp.ground import labels, place
from components.clouds.gcp.key import agent
from components.clouds.gcp.roles import custom_role

__all__ = ["Net", "attachment", "private_network"]

Apis = Mapping[str, pulumi.Resource]
# Domains that containers, SDKs and image pulls ask for.
# Source: https://cloud.google.com/vpc/docs/configure-private-service-connect-apis#configure-dns
DOMAINS = {"googleapis": "googleapis.com.", "artifacts": "pkg.dev.", "registry": "gcr.io."}
# A notebook keeps a line open to the proxy that its user comes in by.
# Source: https://cloud.google.com/vertex-ai/docs/workbench/instances/service-perimeter#configure-dns
NOTEBOOK_DOMAINS = {
    "notebooks": "notebooks.cloud.google.com.",
    "notebook-contents": "notebooks.googleusercontent.com.",
}


@dataclass(frozen=True)
class Net:
    """A network and its subnetworks: of the jobs, and of the private endpoints."""

    network: pulumi.Output[str]
    jobs: pulumi.Output[str]
    subnets: list[pulumi.Output[str]]


@dataclass(frozen=True)
class _Ranges:
    """How the /16 is divided."""

    whole: IPv4Network

    @property
    def jobs(self) -> IPv4Network:
        return next(self.whole.subnets(new_prefix=20))

    @property
    def services(self) -> IPv4Network:
        return list(self.whole.subnets(new_prefix=24))[16]

    @property
    def google(self) -> IPv4Address:
        """In no subnetwork, as the endpoint of the Google APIs must be."""
        return self.whole.broadcast_address - 1


RUN_DOMAINS = {"run": "run.app."}
"""Where services of Cloud Run are asked. Source: https://cloud.google.com/run/docs/securing/private-networking"""


def private_network(component: Component, cidr: str, apis: Apis, *, notebooks: bool = False, runs: bool = False) -> Net:
    """
    A VPC network without a route to the internet.

    Args:
        component: The foundation.
        cidr: A /16.
        apis: What is switched on.
        notebooks: Whether machines of people are in it, which are opened by Google's own addresses.
        runs: Whether services of Cloud Run are asked from it.

    Raises:
        ValueError: The range is not an address range.
    """
    ranges = _Ranges(IPv4Network(cidr))
    network = compute.Network(
        "vpc",
        name=component.context.name("vpc", unique=True),
        project=place(component).project,
        auto_create_subnetworks=False,
        delete_default_routes_on_create=True,
        routing_mode="REGIONAL",
        opts=component.child(depends_on=[apis["compute"]]),
    )
    jobs = _subnet(component, network, "jobs", ranges.jobs)
    services = _subnet(component, network, "services", ranges.services)
    _firewall(component, network, ranges)
    domains = DOMAINS | (NOTEBOOK_DOMAINS if notebooks else {}) | (RUN_DOMAINS if runs else {})
    _google_apis(component, network, str(ranges.google), apis, domains)
    _endpoint_policy(component, network, services, apis)
    return Net(network.id, jobs.id, [jobs.id, services.id])


def _subnet(component: Component, network: compute.Network, name: str, cidr: IPv4Network) -> compute.Subnetwork:
    where = place(component)
    return compute.Subnetwork(
        f"subnet-{name}",
        name=component.context.name(name, unique=True),
        project=where.project,
        region=where.region,
        network=network.id,
        ip_cidr_range=str(cidr),
        private_ip_google_access=True,
        log_config=compute.SubnetworkLogConfigArgs(
            aggregation_interval="INTERVAL_10_MIN", flow_sampling=0.5, metadata="INCLUDE_ALL_METADATA"
        ),
        opts=component.child(),
    )


def _firewall(component: Component, network: compute.Network, ranges: _Ranges) -> None:
    def rule(name: str, priority: int, to: list[str], opens: bool) -> None:
        compute.Firewall(
            name,
            name=component.context.name(name, unique=True),
            project=place(component).project,
            network=network.id,
            direction="EGRESS",
            priority=priority,
            destination_ranges=to,
            allows=[compute.FirewallAllowArgs(protocol="tcp", ports=["443"])] if opens else None,
            denies=None if opens else [compute.FirewallDenyArgs(protocol="all")],
            log_config=compute.FirewallLogConfigArgs(metadata="INCLUDE_ALL_METADATA"),
            opts=component.child(),
        )

    rule("deny-egress", 65534, ["0.0.0.0/0"], opens=False)
    rule("allow-google-apis", 1000, [f"{ranges.google}/32"], opens=True)
    rule("allow-endpoints", 1000, [str(ranges.services)], opens=True)


def _google_apis(
    component: Component, network: compute.Network, ip: str, apis: Apis, domains: Mapping[str, str]
) -> None:
    where = place(component)
    address = compute.GlobalAddress(
        "google-apis-address",
        name=component.context.name("google-apis", unique=True),
        project=where.project,
        address_type="INTERNAL",
        purpose="PRIVATE_SERVICE_CONNECT",
        network=network.id,
        address=ip,
        labels=labels(component),
        opts=component.child(),
    )
    compute.GlobalForwardingRule(
        "google-apis",
        # Source: https://cloud.google.com/vpc/docs/configure-private-service-connect-apis#create-endpoint:
        # 1 to 20 lower-case letters and digits, a letter first
        name=component.context.name(limit=20, separator="", unique=True),
        project=where.project,
        network=network.id,
        ip_address=address.id,
        target="vpc-sc",  # only APIs that VPC Service Controls can guard: none that data could leave by unseen
        load_balancing_scheme="",
        labels=labels(component),
        opts=component.child(),
    )
    for name, domain in domains.items():
        _resolve(component, network, name, domain, ip, apis)


def _resolve(component: Component, network: compute.Network, name: str, domain: str, ip: str, apis: Apis) -> None:
    where = place(component)
    zone = dns.ManagedZone(
        f"zone-{name}",
        name=component.context.name(name, unique=True),
        project=where.project,
        dns_name=domain,
        description=f"{domain[:-1]} by Private Service Connect",
        visibility="private",
        private_visibility_config=dns.ManagedZonePrivateVisibilityConfigArgs(
            networks=[dns.ManagedZonePrivateVisibilityConfigNetworkArgs(network_url=network.id)]
        ),
        labels=labels(component),
        opts=component.child(depends_on=[apis["dns"]]),
    )
    for record, owner, kind, value in (("host", domain, "A", ip), ("hosts", f"*.{domain}", "CNAME", domain)):
        dns.RecordSet(
            f"zone-{name}-{record}",
            project=where.project,
            managed_zone=zone.name,
            name=owner,
            type=kind,
            ttl=300,
            rrdatas=[value],
            opts=component.child(),
        )


def _endpoint_policy(
    component: Component, network: compute.Network, subnet: compute.Subnetwork, apis: Apis
) -> gcp.networkconnectivity.ServiceConnectionPolicy:
    """Lets Vertex AI put the private endpoints of the stack's models into the network."""
    where = place(component)
    return gcp.networkconnectivity.ServiceConnectionPolicy(
        "endpoints-policy",
        name=component.context.name("endpoints", unique=True),
        project=where.project,
        location=where.region,
        service_class="gcp-vertexai",
        network=network.id,
        psc_config=gcp.networkconnectivity.ServiceConnectionPolicyPscConfigArgs(subnetworks=[subnet.id]),
        labels=labels(component),
        opts=component.child(depends_on=[apis["networkconnectivity"]]),
    )


def attachment(
    component: Component, subnet: pulumi.Input[str], apis: Apis, made: Mapping[str, pulumi.Resource]
) -> pulumi.Output[str]:
    """
    What training jobs reach the network by; Vertex AI enters its own project into the accepted ones.

    Source: https://cloud.google.com/vertex-ai/docs/general/vpc-psc-i-setup
    """
    where = place(component)
    door = compute.NetworkAttachment(
        "jobs-attachment",
        name=component.context.name("jobs", unique=True),
        project=where.project,
        region=where.region,
        connection_preference="ACCEPT_MANUAL",
        subnetworks=[subnet],
        opts=component.child(depends_on=[apis["compute"]], ignore_changes=["producerAcceptLists"]),
    )
    role = custom_role(
        component,
        "attach",
        "Lets Vertex AI connect its jobs to the network attachment",
        ["compute.networkAttachments.get", "compute.networkAttachments.update", "compute.regionOperations.get"],
    )
    grant = gcp.projects.IAMMember(
        "agent-aiplatform-attach",
        project=where.project,
        role=role.name,
        member=agent(where, "aiplatform"),
        opts=component.child(depends_on=[made["aiplatform"]]),
    )
    return pulumi.Output.all(door.id, grant.id).apply(lambda both: str(both[0]))
