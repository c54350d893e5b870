"""GP-SEC-049: the internet can open no connection to what a stack runs."""

from collections.abc import Callable, Iterator
from typing import Any

from policies.addresses import is_open
from policies.checks import all_of, must_equal, value
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, is_known, word

_INSIDE, _ANYWHERE = "10.0.0.0/16", "0.0.0.0/0"


def _wide(found: Any, _settings: Settings) -> str | None:
    return "that is the internet" if is_open(found) else None


def _closed(*paths: str, when: Callable[[Resource, Settings], bool] | None = None, **given: Any) -> Check:
    return all_of(
        *(
            value(path, _wide, passes=_INSIDE, fails=[_ANYWHERE, "::/0"], absent=Absent.PASSES, when=when, given=given)
            for path in paths
        )
    )


def _is(path: str, wanted: str, default: str = "") -> Callable[[Resource, Settings], bool]:
    def asked(resource: Resource, _settings: Settings) -> bool:
        found = resource.at(path)
        return (default if found is ABSENT else str(found).lower() if is_known(found) else "") == wanted

    return asked


def _firewall(resource: Resource, settings: Settings) -> bool:
    lets_in = _is("direction", "ingress", "ingress")(resource, settings) and resource.has("allows")
    return lets_in and resource.at("disabled") is not True


def _security_rules(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    for where, rule in [("", resource.inputs), *resource.all("securityRules.*")]:
        if not isinstance(rule, dict) or [str(rule.get(key)).lower() for key in ("access", "direction")] != [
            "allow",
            "inbound",
        ]:
            continue
        prefixes = rule.get("sourceAddressPrefixes")
        for source in [rule.get("sourceAddressPrefix"), *(prefixes if isinstance(prefixes, list) else ())]:
            if is_open(source):
                at = f"{where}.sourceAddressPrefix".strip(".")
                yield Breach(f"{at} is {word(source)}; that is the internet", at)


def _azure(path: str) -> Check:
    def rule(source: str) -> dict[str, Any]:
        made = {"access": "Allow", "direction": "Inbound", "sourceAddressPrefix": source}
        return {path: [made]} if path else made

    return Check(
        run=_security_rules,
        reads=(f"{path}.*.sourceAddressPrefix" if path else "sourceAddressPrefix",),
        passes=rule("VirtualNetwork"),
        fails=(rule("*"), rule("Internet"), rule(_ANYWHERE)),
        absent=Absent.PASSES,
    )


_GROUP = _closed("ingress.*.cidrBlocks.*", "ingress.*.ipv6CidrBlocks.*")
_ALLOWS = [{"protocol": "tcp", "ports": ["443"]}]

RULE = Rule(
    id="GP-SEC-049",
    demand="No firewall lets the internet in, and no subnet gives its machines public addresses.",
    why="An open port on a training node or a model server is found within hours.",
    fix="Name the networks that may call, or serve through a private endpoint, as the blueprint's network does.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html",
    severity=Severity.CRITICAL,
    external=(
        *("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_130", "CKV_AWS_260", "CKV_AWS_277", "EC2.18", "EC2.19"),
        *("CKV_GCP_2", "CKV_GCP_3", "CKV_GCP_106", "CKV2_GCP_12", "CKV_AZURE_9", "CKV_AZURE_10"),
    ),
    checks={
        "aws:ec2/securityGroup:SecurityGroup": _GROUP,
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _GROUP,
        "aws:ec2/securityGroupRule:SecurityGroupRule": _closed(
            "cidrBlocks.*", "ipv6CidrBlocks.*", when=_is("type", "ingress"), type="ingress"
        ),
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _closed("cidrIpv4", "cidrIpv6"),
        "aws:ec2/subnet:Subnet": must_equal(
            "mapPublicIpOnLaunch", False, wrong=True, absent=Absent.PASSES, remedy=False
        ),
        "gcp:compute/firewall:Firewall": _closed("sourceRanges.*", when=_firewall, allows=_ALLOWS),
        "azure-native:network:NetworkSecurityGroup": _azure("securityRules"),
        "azure-native:network:SecurityRule": _azure(""),
    },
)
