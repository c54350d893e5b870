"""Everything we send to AWS is what AWS takes: held against its own models, on specs from all over the language."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from components.base import Cloud, Spec
from components.batch import BatchSpec
from components.budget import BudgetSpec
from components.clouds.aws.disks import LOCAL_DISK_GB, has_local_disk
from components.dashboard import DashboardSpec
from components.endpoint import EndpointSpec
from components.features import FeaturesSpec
from components.foundation import FoundationSpec
from components.notebooks import NotebookSpec
from components.registry import RegistrySpec
from components.tracking import TrackingSpec
from components.training import TrainingSpec
from groundplan.target import place
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.aws_cases import BATCH_AND_NOTEBOOKS
from tests.truth.aws_component_cases import COMPONENTS
from tests.truth.aws_iam import as_list, statement_problems, statements
from tests.truth.aws_requests import REQUESTS, requests
from tests.truth.aws_served import EXISTING, LONG, SERVED
from tests.truth.aws_shapes import operation, problems
from tests.truth.aws_states import operation_of
from tests.truth.aws_step_language import language_problems
from tests.truth.feature_views import KINDS, MANY, VIEW

SPECS: dict[str, type[Spec]] = {
    "foundation": FoundationSpec,
    "training": TrainingSpec,
    "dashboard": DashboardSpec,
    "registry": RegistrySpec,
    "endpoint": EndpointSpec,
    "budget": BudgetSpec,
    "batch": BatchSpec,
    "notebooks": NotebookSpec,
    "features": FeaturesSpec,
    "tracking": TrackingSpec,
}
TRAIN = {"image": "fraud:1", "machine": {"cpu": 4}, "checkpoint": {"every": "10m"}}
GPUS = {"accelerator": "A100-80GB", "count": 8}
STORED = FoundationSpec(features=True, tracking=True)
STOPPED = {"foundation": FoundationSpec(stops=True, notebooks=True)}
REACH = {
    "images": ["444455556666.dkr.ecr.us-east-1.amazonaws.com/team/fit:1"],
    "reads": ["s3://else", "s3://else/x/"],
    "writes": ["ck/mine", "s3://else/y"],
}
TOLD = {
    "secrets": ["chat", "pager"],
    "alert_channels": {
        "webhook": "secret/chat",
        "pager": "secret/pager",
        "topic": "arn:aws:sns:eu-west-1:111122223333:on-call",
    },
}
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {  # name: capability, spec, how it is planned
    "ground": ("foundation", {"images": ["a", "b"], "secrets": ["token"], "alert_emails": ["a@example.com"]}, {}),
    "ground bare": ("foundation", {}, {"environment": "dev"}),
    "ground restricted": ("foundation", {"classification": "restricted"}, {"region": "eu-central-1"}),
    "ground confidential": ("foundation", {"classification": "confidential"}, {"region": "ca-central-1"}),
    "ground existing": ("foundation", EXISTING, {}),
    "ground tokyo": ("foundation", {"storage": {"keep_versions": "1y", "scratch": "1d"}}, {"region": "ap-northeast-1"}),
    "ground labels": ("foundation", {}, {"context": {"labels": {"cost-centre": "cc 10&42", "team": "Ünïcode"}}}),
    "ground telling": ("foundation", TOLD, {"environment": "e" * 32, "context": {"blueprint": LONG}}),
    "dashboard": ("dashboard", {}, {}),
    "ground long": ("foundation", {"images": [LONG], "secrets": [LONG]}, {"environment": "e" * 32}),
    "ground reaching out": ("foundation", {"captures": {"a": "7d"}, "train_reach": REACH, "serve_reach": REACH}, {}),
    "train spot": ("training", TRAIN, {}),
    "train no fallback": ("training", {**TRAIN, "spot": {"fallback": "none", "max_wait": "30d"}}, {}),
    "train on demand": ("training", {**TRAIN, "spot": False, "checkpoint": None}, {}),
    "train restartable": ("training", {**TRAIN, "checkpoint": None, "restartable": True}, {}),
    "train gpu": ("training", {**TRAIN, "machine": {"accelerator": "A10G", "count": 4}, "nodes": 8}, {}),
    "train h100": ("training", {**TRAIN, "machine": {"accelerator": "H100", "count": 8}, "nodes": 16}, {}),
    "train torchrun": (
        "training",
        {**TRAIN, "image": None, "runtime": "pytorch", "machine": GPUS, "nodes": 64, "distributed": "torchrun"},
        {},
    ),
    "train mpi": (
        "training",
        {**TRAIN, "command": ["t"], "machine": GPUS, "nodes": 2, "distributed": "mpi", "interconnect": "rdma"},
        {"name": LONG, "environment": "e" * 32, "context": {"blueprint": LONG}},
    ),
    "train any image": ("training", {**TRAIN, "image": None, "command": ["python", "t.py"]}, {"region": "eu-west-1"}),
    "train xgboost": ("training", {**TRAIN, "image": None, "runtime": "xgboost", "hyperparameters": {"a": 1}}, {}),
    "train paths": (
        "training",
        {**TRAIN, "inputs": {"t": "d/t/", "x": "s3://else/x"}, "checkpoint": {"path": "ck/mine"}},
        {},
    ),
    "train existing": ("training", TRAIN, {"foundation": FoundationSpec.model_validate(EXISTING)}),
    "train long": ("training", TRAIN, {"name": LONG, "environment": "e" * 32, "context": {"blueprint": LONG}}),
    "registry": ("registry", {"models": ["fraud", "score"]}, {}),
    "registry cards": (
        "registry",
        {"models": ["fraud", LONG], "cards": {m: {"purpose": "x" * 2048, "risk": "low"} for m in ("fraud", LONG)}},
        {"environment": "e" * 32, "context": {"blueprint": LONG}},
    ),
    "registry shared": ("registry", {"models": ["fraud"], "share_with": ["prod", "test"]}, {"context": {}}),
    "registry automatic": ("registry", {"models": [LONG], "approval": "automatic"}, {"environment": "dev"}),
    **SERVED,
    "features": ("features", {"entities": {"c": {"key": "id"}}, "views": {"v": VIEW}}, {"foundation": STORED}),
    "features kinds": (
        "features",
        {
            "entities": {"c": {"key": "id"}, LONG: {"key": "K" * 63, "type": "int"}},
            "views": {LONG: {**VIEW, "entity": LONG, "schema": KINDS, "freshness": "7d", "source": "s3://else/x/"}},
        },
        {"foundation": STORED, "environment": "e" * 32, "context": {"blueprint": LONG}},
    ),
    "features many": (
        "features",
        {
            "entities": {"c": {"key": "id"}},
            "views": {f"v-{n}": {**VIEW, "online": {"ttl": f"{n + 1}h"}, "schema": MANY} for n in range(3)},
        },
        {"foundation": STORED, "environment": "dev"},
    ),
    "features offline": (
        "features",
        {
            "entities": {"c": {"key": "id"}},
            "views": {"v": {**VIEW, "online": None, "materialize": None, "freshness": None}},
        },
        {"foundation": STORED},
    ),
    "features none": ("features", {"entities": {"c": {"key": "id"}}}, {"foundation": STORED}),
    "tracking": ("tracking", {"experiments": ["fraud", LONG]}, {"foundation": STORED}),
    "tracking long": (
        "tracking",
        {"experiments": [f"e{n}" for n in range(100)]},
        {"foundation": STORED, "environment": "e" * 32, "context": {"blueprint": LONG}},
    ),
    "budget": ("budget", {"monthly_usd": 4000}, {}),
    "budget five": ("budget", {"monthly_usd": 99.5, "alert_at": ["10%", "20%", "40%", "80%", "100%"]}, {}),
    "budget stopping": ("budget", {"monthly_usd": 300, "hard_stop": True}, {"environment": "dev", **STOPPED}),
    "budget stopping long": (
        "budget",
        {"monthly_usd": 0.5, "hard_stop": True},
        {"environment": "e" * 32, "context": {"blueprint": LONG}, **STOPPED},
    ),
    "budget mail": ("budget", {"monthly_usd": 1e7, "emails": ["a@example.com", "b@example.com"]}, {}),
}
RUN_WITH = ("pipeline-policy", "stop-policy")
# where actions begin otherwise than the API is called
IAM = {"sagemaker-featurestore-runtime": "sagemaker", "sagemaker-runtime": "sagemaker", "stepfunctions": "states"}
# calls that need rights of other names. Source:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html,
# https://docs.aws.amazon.com/cost-management/latest/userguide/billing-permissions-ref.html
NEEDS = {
    "budgets:DescribeBudget": {"budgets:ViewBudget"},
    "s3:CopyObject": {"s3:GetObject", "s3:PutObject"},
    "s3:DeleteObjects": {"s3:DeleteObject"},
    "s3:HeadObject": {"s3:GetObject"},
}
CASES |= BATCH_AND_NOTEBOOKS | COMPONENTS
every_case = pytest.mark.parametrize("case", CASES)


@cache
def _planned(case: str) -> Planned:
    capability, spec, how = CASES[case]
    if case == "registry shared":
        where = place(
            Cloud.AWS, "us-east-1", {"account_id": "111122223333"}, {"prod": "444455556666", "test": "111122223333"}
        )
        how = {"context": {"place": where}}
    return plan_component(capability, "aws", SPECS[capability].model_validate(spec), **{"name": "thing", **how})


def _policies(planned: Planned) -> Iterator[tuple[str, str, str]]:
    """Name, key and text of each policy document of a plan."""
    for resource in planned:
        for key in ("policy", "assumeRolePolicy", "resourcePolicy"):
            if key in resource.inputs and "ecr/lifecyclePolicy" not in resource.type:
                yield resource.name, key, resource.inputs[key]


@every_case
def test_every_request_is_one_that_aws_takes(case):
    """
    Each planned resource, as the API call that makes it, fits the API's model: names, enums, patterns, limits.
    """
    wrong = [
        f"{resource.name}: {call} {problem}"
        for resource in _planned(case)
        for service, call, body in requests(resource.type, resource.inputs)
        for problem in problems(service, call, body)
    ]

    assert [] == wrong


@every_case
def test_the_emulated_cloud_refuses_nothing(case):
    """
    The sandbox, which has the provider's schema, takes the plan as well.
    """
    assert [] == _planned(case).refusals


@every_case
def test_every_action_of_a_policy_exists(case):
    """
    IAM knows each action, each has the keys of its conditions, and each statement of a role acts on resources that its
    actions can act on.
    """
    wrong = [
        f"{name} {statement['Sid']}: {problem}"
        for name, _key, text in _policies(_planned(case))
        for statement in statements(text)
        for problem in statement_problems(statement)
    ]

    assert [] == wrong


@every_case
def test_policies_fit_their_size(case):
    """
    A role's inline policies, its trust policy, and a bucket's policy stay below IAM's and S3's limits.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    inline: dict[str, int] = {}
    for resource in _planned(case):
        if resource.type == "aws:iam/rolePolicy:RolePolicy":
            role = resource.inputs["role"]
            inline[role] = inline.get(role, 0) + len(_compact(resource.inputs["policy"]))
        if resource.type == "aws:iam/role:Role":
            assert len(_compact(resource.inputs["assumeRolePolicy"])) <= 2048
        if resource.type == "aws:iam/policy:Policy":
            assert len(_compact(resource.inputs["policy"])) <= 6144
        if resource.type == "aws:s3/bucketPolicy:BucketPolicy":
            assert len(_compact(resource.inputs["policy"])) <= 20_480
    assert all(size <= 10_240 for size in inline.values()), inline


def _compact(text: str) -> str:
    return json.dumps(json.loads(text), separators=(",", ":"))


@every_case
def test_sids_are_unique_and_plain(case):
    """
    A statement's id is of letters and digits, and no policy has one twice.
    """
    for name, _key, text in _policies(_planned(case)):
        sids = [statement["Sid"] for statement in statements(text)]
        assert len(sids) == len(set(sids)), name
        assert all(sid.isalnum() for sid in sids), name


@every_case
def test_services_act_for_this_account_alone(case):
    """
    Whatever lets an AWS service in names the account, or the very thing, on whose behalf it may come.
    """
    for name, _key, text in _policies(_planned(case)):
        for statement in statements(text):
            service = as_dict(statement.get("Principal")).get("Service")
            # Lambda names neither when it takes a function's role; who makes a function may pass roles of the account
            if service not in (None, "lambda.amazonaws.com") and statement["Effect"] == "Allow":
                conditions = json.dumps(statement.get("Condition", {}))
                assert "111122223333" in conditions, (name, statement["Sid"])


def as_dict(value: Any) -> dict[str, Any]:
    """A principal, which may also be text or missing."""
    return value if isinstance(value, dict) else {}


@every_case
def test_a_state_machine_is_well_formed(case):
    """
    The definition fits the language's schema, every state can be reached, and every way ends.
    """
    for machine in _planned(case).all("aws:sfn/stateMachine:StateMachine"):
        definition = json.loads(machine.inputs["definition"])
        states = definition["States"]
        assert [] == language_problems(definition)
        reached, ahead = set(), [definition["StartAt"]]
        while ahead:
            name = ahead.pop()
            if name not in reached:
                reached.add(name)
                ahead += _following(states[name])
        assert set(states) == reached
        for name, state in states.items():
            assert _following(state) or state["Type"] in ("Succeed", "Fail"), name


def _following(state: dict[str, Any]) -> list[str]:
    branches = [*state.get("Choices", []), *state.get("Catch", [])]
    found = [state.get("Next"), state.get("Default"), *(b["Next"] for b in branches)]
    return [name for name in found if name]


@every_case
def test_every_task_calls_what_step_functions_can_call(case):
    """
    The integration exists, and the API operation behind it too.
    """
    for machine in _planned(case).all("aws:sfn/stateMachine:StateMachine"):
        for state in _tasks(machine.inputs["definition"]):
            service, name, _waits = operation_of(state["Resource"])
            assert operation(service, name)


def _tasks(definition: str) -> Iterator[dict[str, Any]]:
    """Every task of a state machine, also those of a map."""
    states = list(json.loads(definition)["States"].values())
    maps = [state for state in states if state["Type"] == "Map"]
    states += [inner for state in maps for inner in state["ItemProcessor"]["States"].values()]
    yield from (state for state in states if state["Type"] == "Task")


@every_case
def test_a_role_may_do_what_its_state_machines_do(case):
    """
    Each API call of a state machine is allowed to the role that it runs with: the pipeline's, or the hard stop's own.
    """
    planned = _planned(case)
    roles = {p.inputs["role"] for n in RUN_WITH for p in planned.all("aws:iam/rolePolicy:RolePolicy", n)}
    for machine in planned.all("aws:sfn/stateMachine:StateMachine"):
        role = machine.inputs["roleArn"].rpartition("/")[2]
        assert role in roles
        held = [p for p in planned.all("aws:iam/rolePolicy:RolePolicy") if p.inputs["role"] == role]
        attached = [
            a for a in planned.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment") if a.inputs["role"] == role
        ]
        names = {a.inputs["policyArn"].rpartition("/")[2] for a in attached}
        held += [p for p in planned.all("aws:iam/policy:Policy") if p.inputs["name"] in names]
        allowed = {a for p in held for s in statements(p.inputs["policy"]) for a in as_list(s["Action"])}
        for state in _tasks(machine.inputs["definition"]):
            service, name, _waits = operation_of(state["Resource"])
            call = f"{IAM.get(service, service)}:{name}"
            assert NEEDS.get(call, {call}) <= allowed, state["Resource"]


def test_no_type_escapes():
    """
    Every AWS type that any plan has is held against the API; none is let through unseen.
    """
    planned = {kind for case in CASES for kind in _planned(case).types}

    assert planned <= set(REQUESTS)
    assert set(REQUESTS) <= planned, "a line of the table that no case tries"


def test_every_machine_of_sagemaker_is_known_for_its_disk():
    """
    A family whose name says that it has local disks is in the table, and so are the GPU families.
    """
    training = set(
        operation("sagemaker", "CreateTrainingJob").input_shape.members["ResourceConfig"].members["InstanceType"].enum
    )
    variant = operation("sagemaker", "CreateEndpointConfig").input_shape.members["ProductionVariants"].member
    names = training | set(variant.members["InstanceType"].enum)
    families = {name.split(".")[1] for name in names}
    with_d = {f for f in families if f[-1] == "d" and f[0] in "cmr"}

    assert with_d | {"g4dn", "g5", "g6", "g6e", "p4d", "p5", "trn1"} <= set(LOCAL_DISK_GB)
    assert all(f"ml.{f}.{s}" in names for f, sizes in LOCAL_DISK_GB.items() for s in sizes)
    assert not any(has_local_disk(f"ml.{f}.xlarge") for f in ("m5", "c5", "m6i", "inf2", "p3"))
    missing = {n for n in names if has_local_disk(n) and n.split(".")[2] not in LOCAL_DISK_GB[n.split(".")[1]]}
    assert set() == missing
