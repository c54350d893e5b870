"""GP-SEC-047 tells narrow rights from wide ones, as each cloud writes them."""

import json

import pytest

from policies.resource import Resource
from policies.security.least_privilege import RULE
from policies.settings import Settings

POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE = "arn:aws:iam::111122223333:role/train"


def broken(kind, environment="prod", **inputs):
    """Whether the rule is broken."""
    return bool(RULE.breaches(Resource("urn", kind, inputs), Settings(environment=environment)))


def allowed(**statement):
    """Whether a role may have the statement."""
    return not broken(POLICY, policy=json.dumps({"Statement": {"Effect": "Allow", **statement}}))


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "S3:*", "Resource": "arn:aws:s3:::data/*"},
        {"Action": ["logs:PutLogEvents", "*"], "Resource": "*"},
        {"NotAction": ["iam:*"], "Resource": "*"},
        {"Action": "s3:Get*", "Resource": ["arn:aws:s3:::*"]},
        {"Action": "kms:Decrypt", "NotResource": "arn:aws:kms:eu-west-1:111122223333:key/1"},
        {"Action": "iam:Pass*", "Resource": ROLE},
    ],
)
def test_statements_that_reach_further_than_a_duty(statement):
    """
    Wildcards in any spelling, what is named by leaving out, and roles for any service are found.
    """
    assert not allowed(**statement)


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "s3:Get*", "Resource": "arn:aws:s3:::data/*"},
        {"Action": ["ec2:DescribeSubnets", "cloudwatch:PutMetricData"], "Resource": "*"},
        {
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceAccount": "111122223333"}},
        },
        {
            "Action": "iam:PassRole",
            "Resource": ROLE,
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        },
    ],
)
def test_statements_of_a_duty(statement):
    """
    Named actions on named things pass, and so does what has no resource to name or is bound by a condition.
    """
    assert allowed(**statement)


def test_a_deny_may_be_as_wide_as_it_likes():
    """
    Only what is allowed is held against the rule.
    """
    deny = {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    assert not broken(POLICY, policy=json.dumps(deny))


def test_full_access_of_sagemaker_is_for_trying_out():
    """
    Its managed policy is refused in production alone; an account's own policy of such a name is not AWS's.
    """
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    managed = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    assert broken(attachment, policyArn=managed)
    assert not broken(attachment, environment="dev", policyArn=managed)
    assert broken(attachment, environment="dev", policyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    assert not broken(attachment, policyArn="arn:aws:iam::111122223333:policy/OurFullAccess")
    assert not broken(attachment, policyArn="arn:aws:iam::aws:policy/service-role/AWSBatchServiceRole")


def test_roles_of_google():
    """
    Basic roles are refused, and those over service accounts for a whole project; narrow ones pass.
    """
    member = "gcp:projects/iAMMember:IAMMember"
    assert broken(member, role="roles/iam.serviceAccountUser", member="user:a@example.com")
    assert not broken(member, role="roles/aiplatform.user")
    assert not broken(member, environment="dev", role="roles/aiplatform.admin")
    policy = json.dumps({"bindings": [{"role": "roles/owner", "members": ["user:a@example.com"]}]})
    assert broken("gcp:projects/iAMPolicy:IAMPolicy", policyData=policy)


@pytest.mark.parametrize(
    "action", ["*", "*/write", "Microsoft.Storage/*", "Microsoft.Authorization/elevateAccess/action"]
)
def test_roles_of_azure_that_are_too_wide(action):
    """
    All actions, all of a provider's, and those over rights themselves are refused in a role of one's own.
    """
    definition = "azure-native:authorization:RoleDefinition"
    assert broken(definition, permissions=[{"actions": ["Microsoft.Insights/metrics/read", action]}])
    assert not broken(definition, permissions=[{"actions": ["Microsoft.Authorization/roleAssignments/read"]}])


def test_an_id_of_a_builtin_role_is_known_in_any_scope():
    """
    Contributor is Contributor under a subscription's path too, in either case.
    """
    assignment = "azure-native:authorization:RoleAssignment"
    path = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/"
    assert broken(assignment, roleDefinitionId=path + "B24988AC-6180-42A0-AB88-20F7382DD24C")
    assert not broken(assignment, roleDefinitionId=path + "ba92f5b4-2d11-453d-a403-e96b0029c9fe")
