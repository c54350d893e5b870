"""The private network of a stack: two zones, no way to the internet, VPC endpoints to the AWS services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, vpc

from components.base import Component
from components.catalog import region
from components.clouds.aws.ground import AwsPlace, after, tags
from components.clouds.aws.policies import allow, document
from components.clouds.aws.services import S3_ACTIONS, SERVICES, endpoint_service
from components.foundation import AwsNetwork

__all__ = ["Network", "existing", "network"]

ZONES = 2


@dataclass(frozen=True)
class Network:
    """Where jobs and models have their network interfaces."""

    vpc_id: pulumi.Output[str]
    subnet_ids: list[pulumi.Output[str]]
    security_group_ids: list[pulumi.Output[str]]
    ours: bool


def existing(network: AwsNetwork) -> Network:
    """A network that exists."""

    def outputs(ids: list[str]) -> list[pulumi.Output[str]]:
        return [pulumi.Output.from_input(i) for i in ids]

    return Network(
        pulumi.Output.from_input(network.vpc), outputs(network.subnets), outputs(network.security_groups), ours=False
    )


def network(
    owner: Component, place: AwsPlace, cidr: str, *, secrets: bool, further: Mapping[str, list[str]] | None = None
) -> Network:
    """
    Register the network.

    Args:
        owner: The foundation.
        place: Account and region.
        cidr: A /16.
        secrets: Whether the stack has secrets, and so needs the way to them.
        further: Services that only some stacks reach, and what may be called there.
    """
    mine = tags(owner.context)
    net = ec2.Vpc(
        "vpc",
        cidr_block=cidr,
        enable_dns_support=True,
        enable_dns_hostnames=True,
        tags=mine | {"Name": owner.context.name()},
        opts=owner.child(),
    )
    # what AWS makes with the VPC and lets everything through: emptied
    ec2.DefaultSecurityGroup("default-closed", vpc_id=net.id, ingress=[], egress=[], tags=mine, opts=owner.child())
    routes = ec2.RouteTable("private-routes", vpc_id=net.id, tags=mine, opts=owner.child())
    zones = region("aws", place.region).zones[:ZONES]
    subnets = {zone.rpartition("-")[2]: _subnet(owner, net, cidr, zone) for zone in zones}
    workload, doors = _security_groups(owner, net, cidr)
    storage = _storage_endpoint(owner, place, net, routes)
    for service, actions in {**SERVICES, **(further or {})}.items():
        if service != "secretsmanager" or secrets:
            _interface_endpoint(owner, place, net, list(subnets.values()), doors, service, actions)
    # a job or model put there fetches its data at once: there must be a way, and it must be open
    reached = [after(s.id, _routed(owner, zone, s, routes), storage) for zone, s in subnets.items()]
    opened = after(workload.id, *_rules(owner, workload, doors, storage))
    return Network(net.id, reached, [opened], ours=True)


def _subnet(owner: Component, net: ec2.Vpc, cidr: str, zone: str) -> ec2.Subnet:
    short = zone.rpartition("-")[2]
    first = (int(short.removeprefix("az")) - 1) * 16  # a /20 of the /16 for each zone, whichever zones are taken
    return ec2.Subnet(
        f"private-{short}",
        vpc_id=net.id,
        # by its ID: which zone is called `us-west-1a`, and whether one is, differs from account to account
        availability_zone_id=zone,
        cidr_block=cidr.replace(".0.0/16", f".{first}.0/20"),
        map_public_ip_on_launch=False,
        tags=tags(owner.context) | {"Name": owner.context.name("private", short)},
        opts=owner.child(),
    )


def _routed(owner: Component, zone: str, subnet: ec2.Subnet, routes: ec2.RouteTable) -> ec2.RouteTableAssociation:
    return ec2.RouteTableAssociation(
        f"private-{zone}-routes", subnet_id=subnet.id, route_table_id=routes.id, opts=owner.child()
    )


def _security_groups(owner: Component, net: ec2.Vpc, cidr: str) -> tuple[ec2.SecurityGroup, ec2.SecurityGroup]:
    context = owner.context

    def group(logical: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(
            logical,
            name="ml-" + context.name(logical, limit=252),  # a name may not start with `sg-`
            description=description,
            vpc_id=net.id,
            tags=tags(context),
            opts=owner.child(),
        )

    workload = group("workload", "Training jobs and models")
    doors = group("aws-services", "VPC endpoints")
    vpc.SecurityGroupIngressRule(
        "aws-services-from-network",
        security_group_id=doors.id,
        description="HTTPS from the network",
        cidr_ipv4=cidr,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        tags=tags(context),
        opts=owner.child(),
    )
    return workload, doors


def _rules(
    owner: Component, workload: ec2.SecurityGroup, doors: ec2.SecurityGroup, storage: ec2.VpcEndpoint
) -> list[pulumi.CustomResource]:
    """
    To the AWS services, to S3, and among themselves.

    Nodes of one run need all ports to each other, as an Elastic Fabric Adapter does.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html#train-vpc-groups
    """
    mine = tags(owner.context)
    made: list[pulumi.CustomResource] = [
        vpc.SecurityGroupEgressRule(
            logical,
            security_group_id=workload.id,
            description="HTTPS",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            tags=mine,
            opts=owner.child(),
            **target,
        )
        for logical, target in (
            ("workload-to-aws-services", {"referenced_security_group_id": doors.id}),
            ("workload-to-s3", {"prefix_list_id": storage.prefix_list_id}),
        )
    ]
    peers = {"security_group_id": workload.id, "referenced_security_group_id": workload.id, "ip_protocol": "-1"}
    about = "Among the nodes of a run"
    return [
        *made,
        vpc.SecurityGroupIngressRule("workload-from-peers", description=about, tags=mine, opts=owner.child(), **peers),
        vpc.SecurityGroupEgressRule("workload-to-peers", description=about, tags=mine, opts=owner.child(), **peers),
    ]


def _storage_endpoint(owner: Component, place: AwsPlace, net: ec2.Vpc, routes: ec2.RouteTable) -> ec2.VpcEndpoint:
    """S3, for principals of the account alone; and where ECR keeps the layers of its images."""
    layers = f"arn:{place.partition}:s3:::prod-{place.region}-starport-layer-bucket/*"
    ours = {"StringEquals": {"aws:PrincipalAccount": place.account}}
    return ec2.VpcEndpoint(
        "s3",
        vpc_id=net.id,
        service_name=f"com.amazonaws.{place.region}.s3",
        vpc_endpoint_type="Gateway",
        route_table_ids=[routes.id],
        policy=document(
            allow("OwnPrincipals", S3_ACTIONS, "*", when=ours, principal="*"),
            # Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
            allow("ImageLayers", ["s3:GetObject"], layers, principal="*"),
        ),
        tags=tags(owner.context),
        opts=owner.child(),
    )


def _interface_endpoint(
    owner: Component,
    place: AwsPlace,
    net: ec2.Vpc,
    subnets: list[ec2.Subnet],
    doors: ec2.SecurityGroup,
    service: str,
    actions: list[str],
) -> None:
    ours = {"StringEquals": {"aws:PrincipalAccount": place.account}}
    ec2.VpcEndpoint(
        service.replace(".", "-"),
        vpc_id=net.id,
        service_name=endpoint_service(place.region, service),
        vpc_endpoint_type="Interface",
        private_dns_enabled=True,
        subnet_ids=[subnet.id for subnet in subnets],
        security_group_ids=[doors.id],
        policy=document(allow("OwnPrincipals", actions, "*", when=ours, principal="*")),
        tags=tags(owner.context),
        opts=owner.child(),
    )
