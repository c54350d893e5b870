"""What a reviewer is told of resources and cost."""

import pytest

from groundplan.ci.delta import Cost, left_alone, steps
from groundplan.sandbox.emulator import Emulator

AWS = Emulator({"cloud": "aws", "account": "111122223333", "region": "eu-west-1"})
VPC, SUBNET, SECRET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:secretsmanager/secretVersion:SecretVersion"


def resource(type_, name, inputs, depends=None, ignore=(), protect=False):
    """A resource as a plan's document has it."""
    urn = f"urn:pulumi:s::p::{type_}::{name}"
    made = AWS.create(type_, name, urn, inputs)
    depends = depends or {}
    return {
        "urn": urn,
        "type": type_,
        "name": name,
        "inputs": inputs,
        "id": made.id,
        "outputs": made.outputs,
        "dependencies": [u for urns in depends.values() for u in urns],
        "propertyDependencies": depends,
        "ignoreChanges": list(ignore),
        "component": "foundation",
        "protect": protect,
    }


def plan(*resources, region="eu-west-1"):
    """A plan's document, as far as resources go."""
    return {"region": region, "resources": list(resources)}


def network(cidr, protect=False):
    """A network with a subnet in it that does not say so itself."""
    vpc = resource(VPC, "vpc", {"cidrBlock": cidr}, protect=protect)
    inputs = {"cidrBlock": "10.1.0.0/24", "vpcId": vpc["id"]}
    return plan(resource(SUBNET, "subnet", inputs, {"vpcId": [vpc["urn"]]}), vpc)


def test_what_can_change_in_place_is_updated():
    """
    An input that the cloud can change is an update, with its old and new value.
    """
    (step,) = steps(
        plan(resource(VPC, "vpc", {"cidrBlock": "10.1.0.0/16", "enableDnsSupport": False})),
        plan(resource(VPC, "vpc", {"cidrBlock": "10.1.0.0/16", "enableDnsSupport": True})),
        AWS,
    )

    (changed,) = step.inputs
    assert "update" == step.action
    assert ("enableDnsSupport", "false", "true", False) == (changed.path, changed.old, changed.new, changed.replaces)


def test_a_replacement_takes_along_what_it_is_part_of():
    """
    A network with another range is made anew, and the subnet with it, whose new network nobody knows yet.
    """
    subnet, vpc = steps(network("10.1.0.0/16"), network("10.2.0.0/16"), AWS)

    assert ("replace", "", ["cidrBlock"]) == (vpc.action, vpc.because, [i.path for i in vpc.inputs if i.replaces])
    assert ("replace", "vpc", ["vpcId"]) == (subnet.action, subnet.because, [i.path for i in subnet.inputs])
    assert ("", "") == (subnet.inputs[0].old, subnet.inputs[0].new)


@pytest.mark.parametrize("after", [network("10.2.0.0/16"), plan()], ids=["replaced", "deleted"])
def test_what_is_protected_stops_the_engine(after):
    """
    To replace or delete what is protected at the base is called out, whatever the change says of it.
    """
    found = {step.name: step.stopped for step in steps(network("10.1.0.0/16", protect=True), after, AWS)}

    assert {"vpc": True, "subnet": False} == found


def test_what_a_release_sets_is_left_alone():
    """
    An input that the resource ignores is no change, and is told apart.
    """
    olds = plan(resource(VPC, "vpc", {"cidrBlock": "10.1.0.0/16", "tags": {"a": "1"}}, ignore=["tags.a"]))
    news = plan(resource(VPC, "vpc", {"cidrBlock": "10.1.0.0/16", "tags": {"a": "2"}}, ignore=["tags.a"]))

    assert [] == steps(olds, news, AWS)
    assert [("vpc", "tags.a")] == left_alone(olds, news, AWS)


def test_no_secret_is_shown():
    """
    A secret that changes is told by its path alone.
    """
    mark = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    olds, news = (
        plan(resource(SECRET, "key", {"secretId": "a", "secretString": {**mark, "value": value}}))
        for value in ("old-secret", "new-secret")
    )
    (step,) = steps(olds, news, AWS)

    assert "secretString" == step.inputs[0].path
    assert "secret-" not in str(step)
    assert "-secret" not in str(step)


def test_what_differs_within_a_document_is_told_by_its_path():
    """
    Of a policy that is one long text, the statement that changes is shown.
    """
    olds, news = (
        plan(resource("aws:iam/policy:Policy", "p", {"policy": f'{{"Statement": [{{"Action": "s3:{verb}Object"}}]}}'}))
        for verb in ("Get", "Put")
    )
    (changed,) = steps(olds, news, AWS)[0].inputs

    assert ("policy.Statement[0].Action", "s3:GetObject", "s3:PutObject") == (changed.path, changed.old, changed.new)


def test_another_region_makes_all_anew():
    """
    Where a stack has to move, each resource is replaced.
    """
    news = network("10.1.0.0/16")
    found = steps(news, {**news, "region": "us-east-1"}, AWS)

    assert ["replace", "replace"] == [step.action for step in found]


def test_what_has_no_price_is_never_counted_as_nothing():
    """
    What loses its price is listed by name, and the total is said to be a lower bound.
    """
    before = {"min": 10.0, "expected": 10.0, "max": 20.0}
    after = {"min": 12.5, "expected": 12.5, "max": 20.0}
    told = Cost(before, after, frozenset({("a", "x")}), frozenset({("a", "x"), ("b", "y")})).as_json()

    assert {"min": 2.5, "expected": 2.5, "max": 0.0} == told["delta"]
    assert [{"urn": "b", "item": "y"}] == told["newly_unknown"]
    assert {"before": True, "after": True} == told["at_least"]
