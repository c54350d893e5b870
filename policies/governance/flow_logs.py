"""GP-GOV-015: networks record who talks to whom."""

from collections.abc import Iterator

from policies.resource import Resource, Stack
from policies.rule import Absent, Breach, Check, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, word

VPC, SUBNET, FLOW = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/flowLog:FlowLog"
_URN = "urn:pulumi:prod::ml::{}::ml"
_LOG = {"aggregationInterval": "INTERVAL_10_MIN", "flowSampling": 0.5}


def _unrecorded(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    for vpc in stack.of(VPC):
        subnets = [subnet for subnet in stack.of(SUBNET) if stack.joined(vpc, subnet)]
        own = any(stack.joined(vpc, flow) for flow in stack.of(FLOW))
        each = subnets and all(any(stack.joined(s, flow) for flow in stack.of(FLOW)) for s in subnets)
        if not own and not each:
            yield Breach("no flow log is made for this VPC", urn=vpc.urn)


def _silent(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    purpose = resource.at("purpose")
    if purpose is not ABSENT and purpose != "PRIVATE":  # no machines: for proxies, or published services
        return
    if not resource.has("logConfig"):
        yield Breach("logConfig is not set: Compute Engine records none", "logConfig")
    private = resource.at("privateIpGoogleAccess")
    if private is ABSENT or private is False:
        yield Breach(f"privateIpGoogleAccess is {word(private)}; it must be true", "privateIpGoogleAccess")


RULE = Rule(
    id="GP-GOV-015",
    demand="Networks record flow logs, and reach Google's APIs privately.",
    why="When data leaves, or a machine scans the network, flow logs are the only trace of it.",
    fix="Add a FlowLog for the VPC; set logConfig and privateIpGoogleAccess of the subnetwork.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    external=("CKV_GCP_26", "CKV_GCP_74", "CKV2_AWS_11", "EC2.6"),
    checks={
        "gcp:compute/subnetwork:Subnetwork": Check(
            run=_silent,
            reads=("logConfig", "privateIpGoogleAccess"),
            passes={"logConfig": _LOG, "privateIpGoogleAccess": True},
            fails=({"logConfig": _LOG, "privateIpGoogleAccess": False}, {"privateIpGoogleAccess": True}),
            absent=Absent.FAILS,
            because="Compute Engine records none",
            remedy={"privateIpGoogleAccess": True},
        ),
    },
    across=(
        StackCheck(
            run=_unrecorded,
            types=(VPC, SUBNET, FLOW),
            passes=(
                Resource(_URN.format(VPC), VPC, {}),
                Resource(_URN.format(FLOW), FLOW, {}, property_dependencies={"vpcId": (_URN.format(VPC),)}),
            ),
            fails=(
                Resource(_URN.format(VPC), VPC, {}),
                Resource(_URN.format(SUBNET), SUBNET, {}, property_dependencies={"vpcId": (_URN.format(VPC),)}),
                Resource(_URN.format(FLOW), FLOW, {"vpcId": "vpc-another"}),
            ),
        ),
    ),
)
