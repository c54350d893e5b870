"""The checks of the AWS truth tests find what is wrong: each is shown one thing of each kind."""

import json

import pytest

from groundplan.testing import Planned, Resource
from tests.truth.aws_faults import faults, limits
from tests.truth.aws_iam import statement_problems
from tests.truth.aws_shapes import problems
from tests.truth.aws_states import run
from tests.truth.aws_step_language import language_problems

MODEL = {"ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::111122223333:role/r"}
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHED = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
LONG = json.dumps({"Sid": "x" * 4000})
JOB = "arn:aws:sagemaker:us-east-1:111122223333:training-job/a-*"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ModelName": "a_b"}, "does not match"),
        ({"ModelName": "x" * 64}, "above 63"),
        ({"ModelName": 5}, "not a string"),
        ({"Modelname": "m"}, "no such member"),
        ({"EnableNetworkIsolation": "true"}, "not a boolean"),
        ({"VpcConfig": {"Subnets": []}}, "below 1"),
        ({"VpcConfig": {"Subnets": ["s"]}}, "required"),
        ({"PrimaryContainer": {"Mode": "Both"}}, "not one of its values"),
    ],
)
def test_a_wrong_request_is_found(wrong, said):
    """
    Names, types, enums, patterns, lengths and what is required are all looked at.
    """
    found = problems("sagemaker", "CreateModel", {**MODEL, **wrong})

    assert any(said in problem for problem in found), found


def test_a_right_request_is_not_blamed():
    """
    A request that SageMaker takes has no problems.
    """
    assert [] == problems("sagemaker", "CreateModel", MODEL)


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ({"availabilityZoneId": "usw1-az3"}, []),
        ({"availabilityZone": "us-west-1a"}, ["private-az3: zone by its name"]),
    ],
)
def test_a_zone_by_a_name_that_another_account_lacks_is_found(zone, said):
    """
    Only a zone's ID means the same zone in every account.
    """
    inputs = {"vpcId": "vpc-0123456789abcdef0", "cidrBlock": "10.20.0.0/20", "tags": {"stack": "a-dev"}, **zone}
    subnet = Resource("urn", "aws:ec2/subnet:Subnet", "private-az3", inputs, "subnet-1", {}, (), protect=False)

    assert said == faults(Planned([subnet], {}))


@pytest.mark.parametrize("action", ["sagemaker:CreateTrainingJobs", "s3:GetObjects", "nosuch:Do", "nosuch:*"])
def test_an_action_that_is_none_is_found(action):
    """
    A mistyped action would silently allow nothing.
    """
    assert any(action in problem for problem in statement_problems({"Action": [action], "Principal": "*"}))


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("sagemaker:CreateTrainingJob", "*"),
        ("sagemaker:CreateModel", JOB),
        ("ecr:GetAuthorizationToken", JOB),
    ],
)
def test_an_action_on_the_wrong_resource_is_found(action, resource):
    """
    An action that knows resources wants its own kind, one that knows none wants `*`.
    """
    assert statement_problems({"Action": action, "Resource": resource})


def test_an_action_on_its_resource_is_not_blamed():
    """
    A statement that allows something has no problems.
    """
    spoken = {"sagemaker:VolumeKmsKey": "arn:aws:kms:us-east-1:111122223333:key/k"}
    right = {"Action": "sagemaker:CreateTrainingJob", "Resource": JOB, "Condition": {"ArnEquals": spoken}}

    assert [] == statement_problems(right)


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("application-autoscaling:TagResource", "application-autoscaling:service-namespace"),
        ("sagemaker:DescribeApp", "sagemaker:OwnerUserProfileArn"),
        ("kms:Decrypt", "aws:RequestTag/stack"),
    ],
)
def test_a_key_that_no_request_has_is_found(action, key):
    """
    What is allowed on a condition that is never met is never allowed.
    """
    statement = {"Action": action, "Principal": "*", "Condition": {"StringEquals": {key: "x"}}}

    assert [f"a request of {action} has no {key.lower()}"] == statement_problems(statement)


@pytest.mark.parametrize(
    "state", [{"Type": "Nothing"}, {"Type": "Task", "Next": "A"}, {"Type": "Succeed", "Outputs": 1}, {"Type": "Choice"}]
)
def test_a_definition_outside_the_language_is_found(state):
    """
    A state of no type, without what it needs, or with a field of no meaning, does not pass.
    """
    assert language_problems({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}})


def test_an_expression_that_finds_nothing_ends_the_run():
    """
    Step Functions does not take nothing for an answer, and neither does the interpreter.
    """
    states = {
        "A": {"Type": "Pass", "Assign": {"x": "{% $states.input.missing %}"}, "Next": "B"},
        "B": {"Type": "Succeed"},
    }

    ended = run({"StartAt": "A", "States": states}, {}, lambda *_: {})

    assert "States.QueryEvaluationError" == ended.error


def _of(kind: str, name: str, /, **inputs: object) -> Resource:
    return Resource(f"urn-{name}", kind, name, inputs, name, {}, (), protect=False)


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ([_of(ROLE_POLICY, f"p{n}", role="r", name=f"p{n}", policy=LONG) for n in range(3)], "r: inline policies have"),
        ([_of(ATTACHED, f"a{n}", role="r", policyArn=f"arn-{n}") for n in range(11)], "r: 11 managed policies"),
        ([_of("aws:iam/policy:Policy", "p", policy=json.dumps({"Sid": "x" * 6200}))], "6,144"),
        ([_of("aws:cloudtrail/trail:Trail", f"t{n}") for n in range(6)], "6 of aws:cloudtrail/trail:Trail"),
    ],
)
def test_what_an_account_can_not_hold_is_found(resources, said):
    """
    Too much policy for a role, too many policies on it, or too many of a thing for an account.
    """
    found = limits(Planned(resources, {}))

    assert any(said.replace(",", "") in problem for problem in found), found
