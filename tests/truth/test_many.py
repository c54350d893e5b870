"""Stacks with hundreds of endpoints keep within what an account, a project or a subscription can hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from blueprints import BlueprintError, parse
from components.base import Cloud
from groundplan.cli.looking import made
from groundplan.target import Target, offline_place
from groundplan.testing import Planned
from groundplan.testing.planned import MONTH, planned_from
from tests.truth import aws_faults, azure_faults, gcp_faults
from tests.truth.aws_iam import as_list, statements
from tests.truth.blueprints import written

ENDPOINTS, TRAININGS, MODELS = 200, 100, 50
ECR = "444455556666.dkr.ecr.us-east-1.amazonaws.com"
ROLE_POLICY, POLICY = "aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"
LIMITS: Mapping[Cloud, Callable[[Planned], list[str]]] = {
    Cloud.AWS: aws_faults.limits,
    Cloud.GCP: gcp_faults.limits,
    Cloud.AZURE: azure_faults.limits,
}
MACHINE = {"cpu": 2, "memory": "8GiB"}


def endpoint(number: int, trainings: int) -> dict[str, Any]:
    """One that captures, with an image of its own."""
    return {
        "model": f"fit-{number % trainings}",
        "image": f"serve-{number}:1",
        "machine": MACHINE,
        "scale": {"min": 1, "max": 2, "target": {"cpu_utilisation": "60%"}},
        "capture": {"sample": "10%", "retain": "30d"},
    }


def blueprint(endpoints: int, trainings: int, models: int) -> dict[str, Any]:
    """A blueprint with so many of each, which takes nothing from outside the stack."""
    return {
        "apiVersion": "groundplan/v1",
        "name": "many",
        "owner": "ml-platform",
        "registry": {"models": [f"bought-{n}" for n in range(models)]},
        "training": {
            f"fit-{n}": {
                "machine": MACHINE,
                "image": f"train-{n}:1",
                "inputs": {"train": f"features/{n}/"},
                "spot": False,
            }
            for n in range(trainings)
        },
        "endpoints": {f"score-{n}": endpoint(n, trainings) for n in range(endpoints)},
    }


def planned(asked: Mapping[str, Any], cloud: Cloud) -> Planned:
    """The plan of a blueprint in prod."""
    source = parse(written(asked))
    assert [] == source.check()
    target = Target(source, source.resolve("prod", cloud), "prod", cloud, offline_place(cloud, [], None), MONTH)
    return planned_from(made([target])[0])


@cache
def outside() -> Planned:
    """On AWS, with images and data of other accounts: a repository for each, and a bucket for each training."""
    asked = blueprint(20, TRAININGS, 0)
    own = {
        "training": {
            name: {"image": f"{ECR}/team/{name}:1", "inputs": {"train": f"s3://lake-{name}/features/"}}
            for name in asked["training"]
        },
        "endpoints": {name: {"image": f"{ECR}/team/{name}:1"} for name in asked["endpoints"]},
    }
    return planned({**asked, "overrides": {"aws": own}}, Cloud.AWS)


@pytest.mark.parametrize("cloud", Cloud)
def test_hundreds_of_captured_endpoints_fit(cloud):
    """
    200 endpoints that capture, 100 trainings and 150 models are one stack that the cloud takes.
    """
    many = planned(blueprint(ENDPOINTS, TRAININGS, MODELS), cloud)

    assert [] == many.refusals
    assert [] == LIMITS[cloud](many)


def test_permissions_do_not_grow_with_endpoints():
    """
    The roles of a stack with thirty captured endpoints say the same as those of a stack with one.
    """
    few, more = (planned(blueprint(n, 1, 0), Cloud.AWS) for n in (1, 30))

    policies = [{p.name: p.inputs["policy"] for p in stack.all(ROLE_POLICY)} for stack in (few, more)]
    assert policies[0] == policies[1]


def test_serving_writes_to_capture_buckets_of_its_stack_alone():
    """
    The serve role may write to every bucket that captures, to no other bucket of the stack, and in this account only.
    """
    stack = planned(blueprint(3, 1, 0), Cloud.AWS)
    (write,) = [s for s in statements(stack.one(ROLE_POLICY, "serve-capture").at("policy")) if s["Sid"] == "Capture"]
    buckets = {b.name: b.inputs["bucket"] for b in stack.all("aws:s3/bucket:Bucket")}
    pattern = write["Resource"].rpartition(":::")[2]

    reached = {name for name, bucket in buckets.items() if fnmatchcase(f"{bucket}/x", pattern)}
    assert reached == {"score-0-capture", "score-1-capture", "score-2-capture"}
    assert write["Condition"] == {"StringEquals": {"aws:ResourceAccount": "111122223333"}}


def test_what_lies_outside_the_stack_fits_too():
    """
    A hundred trainings with images and buckets of another account stay within the policies that a role may have.
    """
    assert [] == aws_faults.limits(outside())


def test_every_outside_image_and_bucket_is_granted():
    """
    Each of them is in a policy that is attached to the role of its duty, and nothing that is not asked for.
    """
    stack = outside()
    granted = {
        resource
        for policy in stack.all(POLICY)
        for statement in statements(policy.inputs["policy"])
        for resource in as_list(statement["Resource"])
    }

    repositories = {f"arn:aws:ecr:us-east-1:444455556666:repository/team/fit-{n}" for n in range(TRAININGS)}
    repositories |= {f"arn:aws:ecr:us-east-1:444455556666:repository/team/score-{n}" for n in range(20)}
    data = {f"arn:aws:s3:::lake-fit-{n}/features*" for n in range(TRAININGS)}
    assert granted == repositories | data | {f"arn:aws:s3:::lake-fit-{n}" for n in range(TRAININGS)}
    attached = {a.at("policyArn") for a in stack.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")}
    assert len(attached) == len(stack.all(POLICY))


def test_one_outside_image_more_changes_one_policy():
    """
    A training more takes no permission away from a job that runs: it adds to one policy, and leaves the others.
    """
    asked = blueprint(1, 12, 0)
    own = {name: {"image": f"{ECR}/team/{name}:1"} for name in asked["training"]}
    fewer = {name: spec for name, spec in asked["training"].items() if name != "fit-7"}
    more = planned({**asked, "overrides": {"aws": {"training": own}}}, Cloud.AWS)
    own.pop("fit-7")
    less = planned({**asked, "training": fewer, "overrides": {"aws": {"training": own}}}, Cloud.AWS)

    before, after = ({p.name: json.loads(p.inputs["policy"]) for p in stack.all(POLICY)} for stack in (less, more))
    assert len([name for name in after if before.get(name) != after[name]]) == 1
    assert set(before) <= set(after)


def test_more_than_a_role_can_hold_is_refused_with_a_way_out():
    """
    What IAM would refuse is refused in the plan, by what to change.
    """
    asked = blueprint(1, 500, 0)
    long = "a" * 100
    own = {name: {"image": f"{ECR}/{long}/{name}:1"} for name in asked["training"]}

    with pytest.raises(BlueprintError, match="Keep them in fewer repositories"):
        planned({**asked, "overrides": {"aws": {"training": own}}}, Cloud.AWS)
