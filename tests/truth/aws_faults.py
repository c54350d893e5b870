"""All that AWS would find wrong with a whole plan: requests, policies, definitions, sizes, and the jobs they start."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from groundplan.testing import Planned, Resource
from tests.truth.aws_components import AT_FIRST, FakeComponents
from tests.truth.aws_iam import as_list, policies_of, statement_problems, statements
from tests.truth.aws_requests import requests
from tests.truth.aws_sagemaker import FakeSageMaker, Job
from tests.truth.aws_shapes import problems
from tests.truth.aws_states import Ended, run
from tests.truth.aws_step_language import language_problems
from tests.truth.aws_tuning import FakeTuner, Search, Trial

__all__ = ["faults", "limits", "training_runs"]

MACHINE = "aws:sfn/stateMachine:StateMachine"
# an account of us-west-1 sees two of its three zone names, another account another two: only an ID is safe. Source:
# https://docs.aws.amazon.com/global-infrastructure/latest/regions/az-ids.html
SUBNET = "aws:ec2/subnet:Subnet"
SIZES = {  # type to the document in it, and how many characters of it there may be. Source:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (trust policies),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html,
    # https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html,
    # https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html,
    # https://docs.aws.amazon.com/general/latest/gr/vpc-service.html (endpoint policies),
    # https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html,
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_PutModelPackageGroupPolicy.html
    "aws:iam/role:Role": ("assumeRolePolicy", 2048),
    "aws:iam/policy:Policy": ("policy", 6144),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ("policy", 10_240),
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": ("resourcePolicy", 20_480),
    "aws:s3/bucketPolicy:BucketPolicy": ("policy", 20_480),
    "aws:kms/key:Key": ("policy", 32_768),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("policy", 20_480),
    "aws:sns/topicPolicy:TopicPolicy": ("policy", 30_720),
    "aws:sfn/stateMachine:StateMachine": ("definition", 1_048_576),
}
INLINE_POLICIES = 10_240  # characters of all inline policies of a role together
MANAGED_POLICIES = 10  # attached to a role
ACCOUNT = {  # type to how many an account has, or at first has, in a region; one stack must not need more. Source:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html,
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html,
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html,
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html,
    # https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-limits.html,
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html,
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
    "aws:s3/bucket:Bucket": 10_000,
    "aws:iam/role:Role": 1000,
    "aws:iam/policy:Policy": 1500,
    "aws:cloudwatch/metricAlarm:MetricAlarm": 5000,
    "aws:cloudwatch/eventRule:EventRule": 300,
    "aws:appautoscaling/target:Target": 500,
    "aws:cloudtrail/trail:Trail": 5,
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": 10,
}
TRAIL_VALUES = 500  # of all conditions in a trail's advanced selectors
LIFECYCLE_RULES = 1000
MADE = {  # call of a run or a release, its argument that is a name, and the ARN's end that its role must be allowed
    "sagemaker:CreateTrainingJob": ("TrainingJobName", "training-job/"),
    "sagemaker:CreateModel": ("ModelName", "model/"),
    "sagemaker:DeleteModel": ("ModelName", "model/"),
    "sagemaker:CreateEndpointConfig": ("EndpointConfigName", "endpoint-config/"),
    "sagemaker:DeleteEndpointConfig": ("EndpointConfigName", "endpoint-config/"),
    "sagemaker:CreateEndpoint": ("EndpointName", "endpoint/"),
    "sagemaker:UpdateEndpoint": ("EndpointName", "endpoint/"),
    "sagemaker:UpdateEndpointWeightsAndCapacities": ("EndpointName", "endpoint/"),
    "cloudwatch:PutMetricAlarm": ("AlarmName", "alarm:"),
}
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
    found += [f"{resource.name}: {problem}" for resource in planned for problem in _of_policies(resource)]
    found += [f"{r.name}: zone by its name" for r in planned.all(SUBNET) if r.has("availabilityZone")]
    releases = _releases(planned)
    found += [f"{name}: a release ends as {e.error}: {e.cause}" for name, e in releases.items() if e.error]
    found += _of_searches(planned)
    return [*found, *_of_names(planned), *_of_machines(planned), *limits(planned), *_of_reach(planned, releases)]


def limits(planned: Planned) -> list[str]:
    """What is too large or too many for AWS, a line each."""
    found = [f"{resource.name}: {problem}" for resource in planned for problem in _of_limits(resource)]
    return [*found, *_of_roles(planned), *_of_groups(planned), *_of_account(planned)]


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
    selectors = [f for s in resource.inputs.get("advancedEventSelectors", []) for f in s["fieldSelectors"]]
    if (values := sum(len(tests) for f in selectors for key, tests in f.items() if key != "field")) > TRAIL_VALUES:
        yield f"{values} values in its selectors"
    if resource.type.endswith("BucketLifecycleConfiguration") and len(resource.inputs["rules"]) > LIFECYCLE_RULES:
        yield f"{len(resource.inputs['rules'])} lifecycle rules"


def _of_policies(resource: Resource) -> Iterator[str]:
    for key in ("policy", "assumeRolePolicy", "resourcePolicy"):
        if key not in resource.inputs or "ecr/lifecyclePolicy" in resource.type:
            continue
        found = statements(resource.inputs[key])
        sids = Counter(statement["Sid"] for statement in found)
        yield from (f"{key}: Sid {sid} twice" for sid, count in sids.items() if count > 1 or not sid.isalnum())
        for statement in found:
            yield from statement_problems(statement)


def _of_roles(planned: Planned) -> Iterator[str]:
    inline: Counter[str] = Counter()
    for policy in planned.all("aws:iam/rolePolicy:RolePolicy"):
        inline[policy.inputs["role"]] += _compact(policy.inputs["policy"])
    yield from (f"{role}: inline policies have {size}" for role, size in inline.items() if size > INLINE_POLICIES)
    attached = Counter(a.inputs["role"] for a in planned.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment"))
    yield from (f"{role}: {count} managed policies" for role, count in attached.items() if count > MANAGED_POLICIES)
    names = Counter((p.inputs["role"], p.inputs["name"]) for p in planned.all("aws:iam/rolePolicy:RolePolicy"))
    yield from (f"{role}: two policies are called {name}" for (role, name), count in names.items() if count > 1)


def _of_account(planned: Planned) -> Iterator[str]:
    counts = Counter(resource.type for resource in planned)
    too_many = [(kind, most) for kind, most in ACCOUNT.items() if counts[kind] > most]
    yield from (f"{counts[kind]} of {kind}, and an account has {most}" for kind, most in too_many)


def _of_reach(planned: Planned, releases: Mapping[str, Ended]) -> Iterator[str]:
    """What a run or a release makes must have a name that the pipeline's role may make."""
    allowed = [
        statement for policy in policies_of(planned, "pipeline") for statement in statements(policy.inputs["policy"])
    ]
    jobs = [("CreateTrainingJob", job) for job in training_runs(planned).values()]
    calls = jobs + [call for ended in releases.values() for call in ended.calls]
    for action, (key, start) in MADE.items():
        may = [r for s in allowed if action in as_list(s["Action"]) for r in as_list(s["Resource"])]
        names = {sent[key] for call, sent in calls if call == action.partition(":")[2]}
        for name in sorted(names):
            if not any(fnmatchcase(f"{start}{name}", pattern.split(":", 5)[5]) for pattern in may):
                yield f"the pipeline role may not {action} {name}"


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


def _releases(planned: Planned) -> dict[str, Ended]:
    """How a release of each endpoint ends."""
    found = {}
    for machine in planned.all(MACHINE):
        if machine.name.endswith("-release") and "Endpoint$" in machine.urn:
            definition, start, cloud = (
                json.loads(machine.inputs["definition"]),
                {"version": "12"},
                _account(planned, machine),
            )
            if isinstance(cloud, FakeComponents):
                for key in _parts(planned, machine):
                    # each has its own name after the release's, and one that stands alone needs none
                    found[f"{machine.name}{key and '.'}{key}"] = run(
                        definition, {**start, "image": "own:1", **({"model": key} if key else {})}, cloud
                    )
            else:
                found[machine.name] = run(definition, {**start, "image": "own:1"}, cloud)
                if gone := definition["States"].get("Gone"):  # as the hard stop leaves it
                    first = gone["Assign"]["endpoint"]["EndpointConfigName"]
                    left = replace(cloud, there=False, configuration=first, configurations={}, models={})
                    found[f"{machine.name}, anew"] = run(definition, {**start, "image": "own:1"}, left)
    return found


def _account(planned: Planned, machine: Resource) -> FakeSageMaker | FakeComponents:
    """An account with the endpoint that a release is of, in the form that it has."""
    name = machine.name.removesuffix("-release")
    forms = {f"{name}{form}-bootstrap" for form in ("", "--async", "--serverless")}
    made = [c for c in planned.all("aws:sagemaker/endpointConfiguration:EndpointConfiguration") if c.name in forms]
    if made:
        (variant,) = made[0].at("productionVariants")
        return FakeSageMaker(instance_type=variant["instanceType"]) if "instanceType" in variant else FakeSageMaker()
    bodies = _parts(planned, machine).values()
    needs = next(body["Specification"]["ComputeResourceRequirements"] for body in bodies)
    return FakeComponents(models={body["InferenceComponentName"]: AT_FIRST for body in bodies}, needs=needs)


def _parts(planned: Planned, machine: Resource) -> dict[str, dict[str, Any]]:
    """Inference components of the endpoint of a release, by the name that a caller gives; "" where it has one model."""
    name = machine.name.removesuffix("-release")
    made = {
        resource.name: json.loads(resource.inputs["desiredState"])
        for resource in planned.all("aws:cloudcontrol/resource:Resource")
        if resource.inputs["typeName"] == "AWS::SageMaker::InferenceComponent"
        and resource.name.partition("_")[0] == name
    }
    return {logical.removeprefix(name).removeprefix("_"): body for logical, body in made.items()}


def _of_searches(planned: Planned) -> Iterator[str]:
    """A search of each tuned training, whose request is held against its model; it has to end well."""
    for machine in planned.all(MACHINE):
        if machine.name.endswith("-tune") and "Training$" in machine.urn:
            definition = json.loads(machine.inputs["definition"])
            takes_image = not any(c["Next"] == "OwnImage" for c in definition["States"]["Check"]["Choices"])
            start = {"image": "own:1"} if takes_image else {}
            ended = run(definition, start, FakeTuner(searches=[Search((Trial(0.5),))]))
            if ended.error:
                yield f"{machine.name}: a search ends as {ended.error}: {ended.cause}"


def training_runs(planned: Planned) -> dict[str, dict[str, Any]]:
    """Training to what SageMaker is sent when a run is started with an image; the request is held against its model."""
    found = {}
    for machine in planned.all(MACHINE):
        if machine.name.endswith("-train") and "Training$" in machine.urn:
            ended: Ended = run(json.loads(machine.inputs["definition"]), {"image": "own:1"}, FakeSageMaker([Job()]))
            assert not ended.error, (machine.name, ended.error, ended.cause)
            (found[machine.name.removesuffix("-train")],) = ended.called("CreateTrainingJob")
    return found
