"""GP-SEC-049 tells the internet from networks that have a name."""

import pytest

from policies.resource import Resource
from policies.security.open_ingress import RULE
from policies.settings import Settings

FIREWALL = "gcp:compute/firewall:Firewall"
GROUP = "azure-native:network:NetworkSecurityGroup"


def broken(kind, **inputs):
    """Paths that break the rule."""
    return [b.path for b in RULE.breaches(Resource("urn", kind, inputs), Settings())]


@pytest.mark.parametrize("found", ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "::/0", "2000::/3"])
def test_ranges_that_are_the_internet(found):
    """
    Halves of the internet are the internet.
    """
    assert ["cidrIpv4"] == broken("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", cidrIpv4=found)


@pytest.mark.parametrize("found", ["10.0.0.0/8", "35.235.240.0/20", "203.0.113.7/32", "fd00::/16", "pl-1234"])
def test_ranges_that_are_somebodys(found):
    """
    Private networks, Google's proxies and one's own addresses may call.
    """
    assert [] == broken("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", cidrIpv4=found)


def test_what_goes_out_is_another_matter():
    """
    Egress to the internet, a deny, and a rule that is off let nobody in.
    """
    allows = [{"protocol": "tcp"}]
    assert ["sourceRanges.0"] == broken(FIREWALL, allows=allows, sourceRanges=["0.0.0.0/0"])
    assert [] == broken(FIREWALL, denies=allows, sourceRanges=["0.0.0.0/0"])
    assert [] == broken(FIREWALL, allows=allows, sourceRanges=["0.0.0.0/0"], disabled=True)
    assert [] == broken("aws:ec2/securityGroupRule:SecurityGroupRule", type="egress", cidrBlocks=["0.0.0.0/0"])


def test_rules_of_azure():
    """
    Inbound rules that allow the internet are found, in a group and in lists of prefixes.
    """
    rule = {"access": "Allow", "direction": "Inbound", "sourceAddressPrefixes": ["10.0.0.0/8", "Internet"]}
    assert ["securityRules.0.sourceAddressPrefix"] == broken(GROUP, securityRules=[rule])
    assert [] == broken(GROUP, securityRules=[{**rule, "access": "Deny"}, {**rule, "direction": "Outbound"}])
    tagged = {**rule, "sourceAddressPrefixes": None, "sourceAddressPrefix": "AzureMachineLearning"}
    assert [] == broken(GROUP, securityRules=[tagged])
