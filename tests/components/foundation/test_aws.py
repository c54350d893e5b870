"""The ground on AWS: private, under the stack's key, kept as long as asked, and no more allowed than needed."""

import json
from functools import cache
from typing import Any

import pytest

from components.catalog import region
from components.foundation import FoundationSpec
from groundplan.testing import Planned, Resource
from groundplan.testing.component import plan_component
from tests.truth.aws_iam import as_list, statements

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
GIVEN_NETWORK = {
    "vpc": "vpc-0123456789abcdef0",
    "subnets": ["subnet-0123456789abcdef0"],
    "security_groups": ["sg-0123456789abcdef0"],
}
KEY = "arn:aws:kms:us-east-1:111122223333:key/0b0b0b0b-0000-4000-8000-000000000000"


@cache
def _plan(fields: str, region: str | None, environment: str) -> Planned:
    spec = FoundationSpec.model_validate(json.loads(fields))
    return plan_component("foundation", "aws", spec, region=region, environment=environment)


def _planned(region: str | None = None, environment: str = "prod", **fields: Any) -> Planned:
    return _plan(json.dumps(fields), region, environment)


def _rules(planned: Planned, store: str) -> dict[str, Any]:
    kind = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    return {rule["id"]: rule for rule in planned.one(kind, f"{store}-lifecycle").at("rules")}


def _policy(resource: Resource, sid: str) -> dict[str, Any]:
    return {s["Sid"]: s for s in statements(resource.inputs["policy"])}[sid]


def test_there_is_no_way_to_the_internet():
    """
    The network has no internet gateway, no NAT and no public address, and its default group lets nothing through.
    """
    planned = _planned()
    closed = planned.one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")

    assert not planned.types & {"aws:ec2/internetGateway:InternetGateway", "aws:ec2/natGateway:NatGateway"}
    assert [False, False] == [s.inputs["mapPublicIpOnLaunch"] for s in planned.all("aws:ec2/subnet:Subnet")]
    assert ([], []) == (closed.inputs["ingress"], closed.inputs["egress"])


@pytest.mark.parametrize("where", ["us-east-1", "us-west-1", "ca-central-1", "ap-northeast-1", "eu-central-1"])
def test_subnets_lie_in_two_zones_that_the_region_has(where):
    """
    The network spans two zones, whatever an account calls them, and their ranges don't overlap.
    """
    subnets = _planned(region=where).all("aws:ec2/subnet:Subnet")

    zones = {s.inputs["availabilityZoneId"] for s in subnets}

    assert zones <= set(region("aws", where).zones)
    assert 2 == len(zones) == len({s.inputs["cidrBlock"] for s in subnets})
    assert not any(s.has("availabilityZone") for s in subnets)


def test_every_service_is_reached_privately():
    """
    What training, serving, releasing and their people call has an endpoint, for principals of the account alone.
    """
    planned = _planned(secrets=["token"])
    endpoints = {e.inputs["serviceName"].split(".", 3)[3]: e for e in planned.all(ENDPOINT)}
    needed = {"s3", "sagemaker.api", "sagemaker.runtime", "ecr.api", "ecr.dkr", "logs", "monitoring", "sts", "kms"}

    assert needed | {"secretsmanager", "events", "states"} == set(endpoints)
    for endpoint in endpoints.values():
        own = _policy(endpoint, "OwnPrincipals")
        assert {"StringEquals": {"aws:PrincipalAccount": "111122223333"}} == own["Condition"]


def test_without_secrets_there_is_no_way_to_them():
    """
    A network interface that nobody needs is neither paid for nor open.
    """
    assert "secretsmanager" not in {e.name for e in _planned().all(ENDPOINT)}


def test_workloads_reach_the_services_and_each_other_alone():
    """
    A job may open HTTPS to the endpoints and S3, and anything to the nodes of its own run.
    """
    rules = _planned().all("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    opened = {r.name: (r.inputs["ipProtocol"], r.inputs.get("toPort")) for r in rules}

    assert {
        "workload-to-aws-services": ("tcp", 443),
        "workload-to-s3": ("tcp", 443),
        "workload-to-peers": ("-1", None),
    } == opened
    assert not any("cidrIpv4" in r.inputs for r in rules)


def test_a_given_network_is_taken_and_none_is_built():
    """
    With a network of the user's, nothing of a network is made, and the roles are held to it.
    """
    planned = _planned(network={"existing": GIVEN_NETWORK})
    policy = planned.one("aws:iam/rolePolicy:RolePolicy", "train-policy")

    assert not any(kind.startswith(("aws:ec2/", "aws:vpc/")) for kind in planned.types)
    assert any("subnet-0123456789abcdef0" in arn for arn in _policy(policy, "Interface")["Resource"])


def test_a_given_key_encrypts_everything():
    """
    With a key of the user's, none is made, and every store, image, log and secret is under it.
    """
    planned = _planned(key={"existing": KEY}, images=["a"], secrets=["s"])
    repository = planned.one("aws:ecr/repository:Repository")

    assert not planned.all("aws:kms/key:Key")
    assert KEY == repository.at("encryptionConfigurations.0.kmsKey")
    assert KEY == planned.one("aws:secretsmanager/secret:Secret").inputs["kmsKeyId"]
    assert {KEY} == {g.inputs["kmsKeyId"] for g in planned.all("aws:cloudwatch/logGroup:LogGroup")}


def test_given_stores_are_taken():
    """
    A store that exists is not built, and the roles may use it.
    """
    planned = _planned(storage={"existing": {"data": "team-data"}})
    policy = planned.one("aws:iam/rolePolicy:RolePolicy", "train-policy")

    assert {"access-logs", "artifacts", "audit"} == {b.name for b in planned.all("aws:s3/bucket:Bucket")}
    assert "arn:aws:s3:::team-data" in _policy(policy, "DataList")["Resource"]


@pytest.mark.parametrize("store", ["artifacts", "data", "audit"])
def test_a_store_is_private_versioned_and_under_the_key(store):
    """
    A bucket blocks public access, has no ACLs, keeps versions, and takes objects under the stack's key and TLS only.
    """
    planned = _planned()
    key = planned.one("aws:kms/key:Key").outputs["arn"]
    block = planned.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", f"{store}-private").inputs
    encryption = planned.one(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", f"{store}-key"
    )
    policy = planned.one("aws:s3/bucketPolicy:BucketPolicy", f"{store}-policy")

    assert {True} == {value for name, value in block.items() if name != "bucket"}
    assert key == encryption.at("rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId")
    assert "Enabled" == planned.one("aws:s3/bucketVersioning:BucketVersioning", f"{store}-versions").at(
        "versioningConfiguration.status"
    )
    assert "Deny" == _policy(policy, "TlsOnly")["Effect"]
    assert key == _policy(policy, "OtherKey")["Condition"]["StringNotEquals"][KEY_HEADER]


KEY_HEADER = "s3:x-amz-server-side-encryption-aws-kms-key-id"


def test_a_put_without_a_key_is_let_through():
    """
    An object that names no key gets the bucket's own: the policy denies a wrong key, not a missing one.
    """
    policy = _planned().one("aws:s3/bucketPolicy:BucketPolicy", "data-policy")

    assert {KEY_HEADER: "false"} == _policy(policy, "OtherKey")["Condition"]["Null"]


def test_old_versions_and_scratch_go_when_asked():
    """
    Overwritten objects go after `keep_versions`, scratch and past checkpoints after `scratch`.
    """
    planned = _planned(storage={"keep_versions": "10d", "scratch": "3d"})
    rules = _rules(planned, "artifacts")

    assert 10 == rules["old-versions"]["noncurrentVersionExpiration"]["noncurrentDays"]
    assert ("tmp/", 3) == (rules["scratch-tmp"]["filter"]["prefix"], rules["scratch-tmp"]["expiration"]["days"])
    assert "checkpoints/" == rules["scratch-checkpoints"]["filter"]["prefix"]
    assert "scratch-checkpoints" not in _rules(planned, "data")


@pytest.mark.parametrize(("classification", "days", "log"), [("internal", 180, 180), ("restricted", 2555, 2557)])
def test_logs_are_kept_as_long_as_the_data_asks(classification, days, log):
    """
    The trail's bucket and the log groups keep what they hold for the classification's time, never shorter.
    """
    planned = _planned(classification=classification)

    assert days == _rules(planned, "audit")["logs"]["expiration"]["days"]
    assert {log} == {g.inputs["retentionInDays"] for g in planned.all("aws:cloudwatch/logGroup:LogGroup")}


def test_changes_and_model_calls_are_audited():
    """
    The trail records changes, calls of the stack's endpoints, and writes to its stores, under the key, with digests.
    """
    trail = _planned().one("aws:cloudtrail/trail:Trail")
    kinds = {
        f["equals"][0] for s in trail.inputs["advancedEventSelectors"] for f in s["fieldSelectors"] if "equals" in f
    }

    assert {"Management", "Data", "AWS::SageMaker::Endpoint", "AWS::S3::Object", "false"} == kinds
    assert trail.inputs["enableLogFileValidation"]
    assert trail.has("kmsKeyId")


def test_each_duty_may_do_its_own():
    """
    Training can't release, serving can't write models, submitting can't pass roles; no role has another's rights.
    """
    planned = _planned(images=["a"], secrets=["s"])
    may = {
        duty: {
            action
            for s in statements(planned.one("aws:iam/rolePolicy:RolePolicy", f"{duty}-policy").inputs["policy"])
            for action in as_list(s["Action"])
        }
        for duty in ("train", "serve", "pipeline", "submit")
    }

    assert "s3:PutObject" in may["train"]
    assert "s3:PutObject" not in may["serve"]
    assert "secretsmanager:GetSecretValue" in may["train"]
    assert {"iam:PassRole"} == {a for duty in may for a in may[duty] if a.startswith("iam:")} & may["pipeline"]
    assert not any("iam:PassRole" in may[duty] for duty in ("train", "serve", "submit"))
    assert not {a for a in may["train"] | may["serve"] if a.startswith("sagemaker:")}
    assert "states:StartExecution" in may["submit"]


def test_a_role_is_taken_for_this_account_alone():
    """
    A service takes a role on behalf of this account's resources and nobody else's.
    """
    for duty in ("train", "serve", "pipeline"):
        trust = json.loads(_planned().one("aws:iam/role:Role", duty).inputs["assumeRolePolicy"])["Statement"][0]
        assert {"aws:SourceAccount": "111122223333"} == trust["Condition"]["StringEquals"]
        assert ":111122223333:" in trust["Condition"]["ArnLike"]["aws:SourceArn"]


def test_images_are_fixed_scanned_and_cleaned_up():
    """
    A repository's tags can't move, its images are scanned, and layers without a tag go.
    """
    planned = _planned(images=["fraud"], storage={"scratch": "5d"})
    repository = planned.one("aws:ecr/repository:Repository")
    (rule,) = json.loads(planned.one("aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs["policy"])["rules"]

    assert ("example-prod/fraud", "IMMUTABLE") == (repository.inputs["name"], repository.inputs["imageTagMutability"])
    assert repository.at("imageScanningConfiguration.scanOnPush")
    assert ("untagged", 5) == (rule["selection"]["tagStatus"], rule["selection"]["countNumber"])


def test_a_secret_is_made_empty():
    """
    The plan holds no value of a secret, nor a place for one.
    """
    planned = _planned(secrets=["token"])

    assert "aws:secretsmanager/secretVersion:SecretVersion" not in planned.types
    assert planned.one("aws:secretsmanager/secret:Secret").inputs["name"].endswith("/token")


def test_dev_can_be_torn_down():
    """
    In dev nothing is protected, and buckets and repositories go with what they hold; elsewhere they don't.
    """
    dev, prod = (_planned(environment=e, images=["a"]) for e in ("dev", "prod"))

    assert not any(r.protect for r in dev)
    assert {True} == {b.inputs["forceDestroy"] for b in dev.all("aws:s3/bucket:Bucket")}
    assert {False} == {b.inputs["forceDestroy"] for b in prod.all("aws:s3/bucket:Bucket")}
    assert prod.one("aws:ecr/repository:Repository").protect


def test_alerts_go_to_the_team():
    """
    Each address is subscribed to the alert topic, which is under the key and takes messages over TLS only.
    """
    planned = _planned(alert_emails=["a@example.com", "b@example.com"])
    topic = planned.one("aws:sns/topicPolicy:TopicPolicy")

    assert 2 == len(planned.all("aws:sns/topicSubscription:TopicSubscription"))
    assert "Deny" == _policy(topic, "TlsOnly")["Effect"]
    assert "arn:aws:kms" in planned.one("aws:sns/topic:Topic").inputs["kmsMasterKeyId"]
