"""All that AWS would find wrong with a whole plan: requests, policies, definitions, sizes, and the jobs they start."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from groundplan.testing import Planned, Resource
from tests.truth.aws_iam import action_problems, resource_problems, statements
from tests.truth.aws_requests import requests
from tests.truth.aws_sagemaker import FakeSageMaker, Job
from tests.truth.aws_shapes import problems
from tests.truth.aws_states import Ended, run
from tests.truth.aws_step_language import language_problems

__all__ = ["faults", "training_runs"]

MACHINE = "aws:sfn/stateMachine:StateMachine"
SIZES = {  # type to the document in it, and how many characters of it there may be. Source:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (trust policies),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html,
    # https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html,
    # https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html,
    # https://docs.aws.amazon.com/general/latest/gr/vpc-service.html (endpoint policies)
    "aws:iam/role:Role": ("assumeRolePolicy", 2048),
    "aws:s3/bucketPolicy:BucketPolicy": ("policy", 20_480),
    "aws:kms/key:Key": ("policy", 32_768),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("policy", 20_480),
    "aws:sns/topicPolicy:TopicPolicy": ("policy", 30_720),
    "aws:sfn/stateMachine:StateMachine": ("definition", 1_048_576),
}
INLINE_POLICIES = 10_240  # characters of all inline policies of a role together
TAGS = 50
TAGS_OF_AN_OBJECT = 10
RULES_OF_A_GROUP = 60
UNIQUE = {  # types whose names share a name space, and the input that is the name
    "aws:iam/role:Role": "name",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:ecr/repository:Repository": "name",
    "aws:sfn/stateMachine:StateMachine": "name",
    "aws:sagemaker/endpoint:Endpoint": "name",
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": "modelPackageGroupName",
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:budgets/budget:Budget": "name",
    "aws:ec2/securityGroup:SecurityGroup": "name",
    "aws:appautoscaling/target:Target": "resourceId",
}


def faults(planned: Planned) -> list[str]:
    """What AWS would refuse of the plan, a line each."""
    found = [f"{resource.name}: {problem}" for resource in planned for problem in _of_request(resource)]
    found += [f"{resource.name}: {problem}" for resource in planned for problem in _of_limits(resource)]
    found += [f"{resource.name}: {problem}" for resource in planned for problem in _of_policies(resource)]
    return [*found, *_of_roles(planned), *_of_groups(planned), *_of_names(planned), *_of_machines(planned)]


def _of_request(resource: Resource) -> Iterator[str]:
    for service, call, body in requests(resource.type, dict(resource.inputs)):
        yield from (f"{call} {problem}" for problem in problems(service, call, body))


def _compact(text: str) -> int:
    return len(json.dumps(json.loads(text), separators=(",", ":")))


def _of_limits(resource: Resource) -> Iterator[str]:
    key, most = SIZES.get(resource.type, ("", 0))
    if key and key in resource.inputs and (size := _compact(resource.inputs[key])) > most:
        yield f"{key} has {size} characters, {most} are allowed"
    tags = resource.inputs.get("tags") or {}
    if len(tags) > (TAGS_OF_AN_OBJECT if "bucketObject" in resource.type else TAGS):
        yield f"{len(tags)} tags"


def _of_policies(resource: Resource) -> Iterator[str]:
    for key in ("policy", "assumeRolePolicy", "resourcePolicy"):
        if key not in resource.inputs or "ecr/lifecyclePolicy" in resource.type:
            continue
        found = statements(resource.inputs[key])
        sids = Counter(statement["Sid"] for statement in found)
        yield from (f"{key}: Sid {sid} twice" for sid, count in sids.items() if count > 1 or not sid.isalnum())
        for statement in found:
            yield from action_problems(statement)
            if resource.name.endswith("-policy") and key == "policy" and "Principal" not in statement:
                yield from resource_problems(statement)


def _of_roles(planned: Planned) -> Iterator[str]:
    inline: Counter[str] = Counter()
    for policy in planned.all("aws:iam/rolePolicy:RolePolicy"):
        inline[policy.inputs["role"]] += _compact(policy.inputs["policy"])
    yield from (f"{role}: inline policies have {size}" for role, size in inline.items() if size > INLINE_POLICIES)
    names = Counter((p.inputs["role"], p.inputs["name"]) for p in planned.all("aws:iam/rolePolicy:RolePolicy"))
    yield from (f"{role}: two policies are called {name}" for (role, name), count in names.items() if count > 1)


def _of_groups(planned: Planned) -> Iterator[str]:
    for way in ("Egress", "Ingress"):
        rules = planned.all(f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule")
        groups = Counter(rule.inputs["securityGroupId"] for rule in rules)
        yield from (f"{group}: {count} rules" for group, count in groups.items() if count > RULES_OF_A_GROUP)


def _of_names(planned: Planned) -> Iterator[str]:
    names = Counter((kind, r.inputs[key]) for kind, key in UNIQUE.items() for r in planned.all(kind))
    yield from (f"{kind}: two are called {name}" for (kind, name), count in names.items() if count > 1)


def _of_machines(planned: Planned) -> Iterator[str]:
    for machine in planned.all(MACHINE):
        definition = json.loads(machine.inputs["definition"])
        yield from (f"{machine.name}: {problem}" for problem in language_problems(definition))
        if machine.name.endswith("-release"):
            kind = _machine_type(planned, machine)
            start = {"version": "12", "image": "own:1"}
            ended = run(definition, start, FakeSageMaker(instance_type=kind))
            if ended.error:
                yield f"{machine.name}: a release ends as {ended.error}: {ended.cause}"


def _machine_type(planned: Planned, machine: Resource) -> str:
    name = machine.name.removesuffix("-release")
    configuration = planned.one("aws:sagemaker/endpointConfiguration:EndpointConfiguration", f"{name}-bootstrap")
    return configuration.at("productionVariants.0.instanceType")


def training_runs(planned: Planned) -> dict[str, dict[str, Any]]:
    """Training to what SageMaker is sent when a run is started with an image; the request is held against its model."""
    found = {}
    for machine in planned.all(MACHINE):
        if machine.name.endswith("-train") and "Training$" in machine.urn:
            ended: Ended = run(json.loads(machine.inputs["definition"]), {"image": "own:1"}, FakeSageMaker([Job()]))
            assert not ended.error, (machine.name, ended.error, ended.cause)
            (found[machine.name.removesuffix("-train")],) = ended.called("CreateTrainingJob")
    return found
