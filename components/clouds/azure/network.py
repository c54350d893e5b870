"""Azure's private network: a subnet for private endpoints, and the DNS zones that lead to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network, privatedns

from components.base import Component
from components.foundation import AzureNetwork, Network

__all__ = ["FEATURE_ZONES", "ZONES", "PrivateNetwork", "private_endpoint", "private_network"]

ZONES: Mapping[str, str] = {
    "api": "privatelink.api.azureml.ms",
    "blob": "privatelink.blob.core.windows.net",
    "file": "privatelink.file.core.windows.net",
    "notebooks": "privatelink.notebooks.azure.net",
    "registry": "privatelink.azurecr.io",
    "vault": "privatelink.vaultcore.azure.net",
}
"""
DNS zone of each service that the stack reaches privately.

Source: https://learn.microsoft.com/azure/private-link/private-endpoint-dns
"""

FEATURE_ZONES: Mapping[str, str] = {
    "dfs": "privatelink.dfs.core.windows.net",
    "redis": "privatelink.redis.cache.windows.net",
}
"""
Those of the services that a feature store takes besides.

Source: https://learn.microsoft.com/azure/private-link/private-endpoint-dns
"""


@dataclass(frozen=True)
class PrivateNetwork:
    """
    Where private endpoints go.

    Attributes:
        id: ARM id of the virtual network.
        subnet: ARM id of the subnet.
        zones: ARM id of each DNS zone, by the keys of `ZONES`.
        links: What must be there before a name resolves.
    """

    id: pulumi.Output[str]
    subnet: pulumi.Output[str]
    zones: Mapping[str, pulumi.Output[str]]
    links: Sequence[pulumi.Resource]


def private_network(
    component: Component, spec: Network, group: pulumi.Input[str], *, features: bool = False
) -> PrivateNetwork:
    """
    The network of the stack: a new one, or the subnet that the blueprint names.

    Args:
        component: Owner.
        spec: What is asked.
        group: Resource group.
        features: Whether a feature store is to be reached.

    Raises:
        ValueError: `network.existing` is of another cloud.
    """
    zones = {**ZONES, **FEATURE_ZONES} if features else ZONES
    if spec.existing is None:
        vnet, subnet = _virtual_network(component, spec.cidr, group)
        return PrivateNetwork(vnet, subnet, *_zones(component, vnet, group, zones))
    if not isinstance(spec.existing, AzureNetwork):
        raise ValueError(
            "network.existing is not of Azure. Write overrides: {azure: {network: {existing: {subnet:"
            " /subscriptions/…/subnets/…}}}}."
        )
    subnet = pulumi.Output.from_input(spec.existing.subnet)
    vnet = pulumi.Output.from_input(spec.existing.subnet.partition("/subnets/")[0])
    holder = spec.existing.dns_zones
    if holder is None:
        return PrivateNetwork(vnet, subnet, *_zones(component, vnet, group, zones))
    path = f"{holder}/providers/Microsoft.Network/privateDnsZones"
    return PrivateNetwork(
        vnet, subnet, {key: pulumi.Output.from_input(f"{path}/{zone}") for key, zone in zones.items()}, ()
    )


def _virtual_network(
    component: Component, cidr: str, group: pulumi.Input[str]
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    context = component.context
    vnet = network.VirtualNetwork(
        "network",
        virtual_network_name=context.name(limit=64),
        resource_group_name=group,
        location=context.place.region,
        address_space=network.AddressSpaceArgs(address_prefixes=[cidr]),
        tags=context.tags,
        opts=component.child(),
    )
    rules = network.NetworkSecurityGroup(
        "network-rules",
        network_security_group_name=context.name("endpoints", limit=80),
        resource_group_name=group,
        location=context.place.region,
        security_rules=[
            _rule("allow-https-from-network", "Inbound", "Allow", 100, port="443", source="VirtualNetwork"),
            _rule("deny-inbound", "Inbound", "Deny", 4096),
            _rule("deny-internet", "Outbound", "Deny", 4096, destination="Internet"),
        ],
        tags=context.tags,
        opts=component.child(),
    )
    subnet = network.Subnet(
        "endpoints-subnet",
        subnet_name="endpoints",
        resource_group_name=group,
        virtual_network_name=vnet.name,
        address_prefix=cidr.replace("/16", "/24"),
        default_outbound_access=False,
        private_endpoint_network_policies=network.VirtualNetworkPrivateEndpointNetworkPolicies.ENABLED,
        network_security_group=network.NetworkSecurityGroupArgs(id=rules.id),
        opts=component.child(),
    )
    return vnet.id, subnet.id


def _rule(
    name: str,
    direction: str,
    access: str,
    priority: int,
    *,
    port: str = "*",
    source: str = "*",
    destination: str = "*",
) -> network.SecurityRuleArgs:
    return network.SecurityRuleArgs(
        name=name,
        direction=direction,
        access=access,
        priority=priority,
        protocol="*" if port == "*" else "Tcp",
        source_address_prefix=source,
        source_port_range="*",
        destination_address_prefix=destination,
        destination_port_range=port,
    )


def _zones(
    component: Component, vnet: pulumi.Output[str], group: pulumi.Input[str], zones: Mapping[str, str]
) -> tuple[dict[str, pulumi.Output[str]], list[pulumi.Resource]]:
    ids: dict[str, pulumi.Output[str]] = {}
    links: list[pulumi.Resource] = []
    for key, zone_name in zones.items():
        zone = privatedns.PrivateZone(
            f"{key}-zone",
            private_zone_name=zone_name,
            resource_group_name=group,
            location="global",
            tags=component.context.tags,
            opts=component.child(),
        )
        links.append(
            privatedns.VirtualNetworkLink(
                f"{key}-zone-link",
                virtual_network_link_name=component.context.name(limit=80),
                private_zone_name=zone.name,
                resource_group_name=group,
                location="global",
                registration_enabled=False,
                virtual_network=privatedns.SubResourceArgs(id=vnet),
                tags=component.context.tags,
                opts=component.child(),
            )
        )
        ids[key] = zone.id
    return ids, links


def private_endpoint(
    component: Component,
    name: str,
    target: pulumi.Input[str],
    part: str,
    subnet: pulumi.Input[str],
    zones: Mapping[str, pulumi.Input[str]],
    group: pulumi.Input[str],
    depends_on: Sequence[pulumi.Resource] = (),
) -> network.PrivateEndpoint:
    """
    A private address for a service, and its names in the network's DNS.

    Args:
        component: Owner.
        name: Logical name of what it leads to, such as `vault`.
        target: ARM id of the service.
        part: Which part of the service, such as `blob`.
        subnet: ARM id of the subnet it is in.
        zones: ARM ids of the DNS zones that get its names, by a short name.
        group: Resource group.
        depends_on: What must be there before.
    """
    context = component.context
    made = network.PrivateEndpoint(
        f"{name}-endpoint",
        private_endpoint_name=context.name(name, limit=64),
        resource_group_name=group,
        location=context.place.region,
        subnet=network.SubnetArgs(id=subnet),
        private_link_service_connections=[
            network.PrivateLinkServiceConnectionArgs(
                name=context.name(name, limit=64), private_link_service_id=target, group_ids=[part]
            )
        ],
        tags=context.tags,
        opts=component.child(depends_on=list(depends_on)),
    )
    network.PrivateDnsZoneGroup(
        f"{name}-endpoint-names",
        private_dns_zone_group_name="default",
        private_endpoint_name=made.name,
        resource_group_name=group,
        private_dns_zone_configs=[
            network.PrivateDnsZoneConfigArgs(name=key, private_dns_zone_id=zone) for key, zone in zones.items()
        ],
        opts=component.child(),
    )
    return made
