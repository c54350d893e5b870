"""What we send to Azure is what Azure takes: inputs, names, permissions, workflow definitions and their requests."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from components.base import Cloud, Context, Result, implementation
from components.budget import BudgetSpec
from components.clouds.azure import AzurePlace
from components.clouds.azure_roles import BUILT_IN
from components.clouds.azure_workflow import API
from components.endpoint import EndpointSpec
from components.foundation import FoundationSpec
from components.registry import RegistrySpec
from components.training import TrainingSpec
from groundplan.sandbox import Emulator
from groundplan.testing import Planned, plan_program
from tests.truth.azure_language import FUNCTIONS, Call, expressions
from tests.truth.azure_ml import Jobs, Serving
from tests.truth.azure_rules import NAMES, OPERATIONS
from tests.truth.azure_workflows import Request, run

WORKFLOW = "azure-native:logic:Workflow"
SUBSCRIPTION, TENANT = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
LONG = "a-name-of-two-and-thirty-letters"

TRAININGS: dict[str, dict[str, Any]] = {
    "cpu-on-demand": {"machine": {"cpu": 4}, "spot": False, "image": "t:1"},
    "gpu-on-spot": {"machine": {"accelerator": "T4"}, "image": "t:1", "checkpoint": {"every": "5m", "path": "ck/x"}},
    "no-fallback": {"machine": {"cpu": 4}, "restartable": True, "spot": {"max_wait": "2d", "fallback": "none"}},
    "several-nodes": {
        "machine": {"gpu_memory": "16GiB"},
        "nodes": 4,
        "runtime": "pytorch",
        "restartable": True,
        "max_run": "20d",
        "environment": {"A": "@x", "B": "it's @{y}"},
        "command": ["python", "train.py", "--name", "it's"],
        "hyperparameters": {"learning-rate": 0.1, "learning_rate": 0.2, "deep": True, "say": "@hello"},
        "inputs": {f"channel-{n}": f"data/{'x' * 400}/{n}/" for n in range(20)},
    },
    "packaged": {"machine": {"cpu": 2}, "restartable": True, "runtime": "xgboost"},
    LONG: {"machine": {"cpu": 2}, "restartable": True, "image": "ghcr.io/org/train@sha256:" + "0" * 64},
}
ENDPOINTS: dict[str, dict[str, Any]] = {
    "cpu": {"image": "s:1"},
    "captured": {"image": "s:1", "capture": {"sample": "12.5%", "retain": "90d"}, "scale": {"min": 2, "max": 2}},
    "by-requests": {"runtime": "xgboost", "scale": {"min": 1, "max": 9, "target": {"requests_per_replica": "10/s"}}},
    "gpu": {"machine": {"accelerator": "T4"}, "runtime": "pytorch", "scale": {"min": 0, "max": 3}},
    LONG: {"port": 9000, "scale": {"min": 1, "max": 50, "target": {"cpu_utilisation": "72.5%"}}},
}
STACKS = {
    "plain": ("fraud", "prod", "westeurope", "internal", [], {}),
    "long": (LONG, "an-environment-of-thirty-letters", "swedencentral", "restricted", ["prod"], {"cost-centre": "c"}),
    "zoneless": ("b", "dev", "westus", "confidential", ["prod", "staging"], {}),
}


@cache
def stack(name: str) -> Planned:
    """One stack with every training and endpoint of the matrix."""
    blueprint, environment, region, classification, shared, labels = STACKS[name]
    place = AzurePlace(region, SUBSCRIPTION, TENANT)
    context = Context(blueprint, environment, "ml", place, labels, environment != "dev", "2026-11")
    endpoints = {n: EndpointSpec.model_validate({"model": "m-1", **e}) for n, e in ENDPOINTS.items()}
    captures = {n: e.capture.retain for n, e in endpoints.items() if e.capture}
    parts: list[tuple[str, str, Any]] = [
        (
            "foundation",
            "foundation",
            FoundationSpec.model_validate(
                {"classification": classification, "secrets": ["hub"], "alert_emails": ["a@b.cc"], "captures": captures}
            ),
        ),
        ("registry", "registry", RegistrySpec.model_validate({"models": ["m-1", LONG], "share_with": shared})),
        *(("training", n, TrainingSpec.model_validate(t)) for n, t in TRAININGS.items()),
        *(("endpoint", n, e) for n, e in endpoints.items()),
        ("budget", "budget", BudgetSpec.model_validate({"monthly_usd": 99.5})),
    ]

    def program() -> None:
        needs: dict[str, Result] = {}
        for capability, own, spec in parts:
            component = implementation(capability, Cloud.AZURE)(own, spec, context, needs)
            needs[component.label] = component.result

    return plan_program(program, where(region), f"{blueprint}-{environment}-azure")


def where(region: str) -> dict[str, str]:
    return {
        "cloud": "azure",
        "account": SUBSCRIPTION,
        "subscription": SUBSCRIPTION,
        "tenant": TENANT,
        "region": region,
    }


every_stack = pytest.mark.parametrize("name", STACKS)


@every_stack
def test_azure_takes_every_input(name):
    """
    Every input is one that the resource's API has, of its type, and one of its values where it names them.
    """
    assert [] == stack(name).refusals


@every_stack
def test_every_name_is_one_that_its_service_takes(name):
    """
    Names have the characters and the length that each service allows, also where blueprint and component are long.
    """
    seen = set()
    for resource in stack(name):
        kind = resource.type.removeprefix("azure-native:")
        if kind in NAMES:
            field, pattern = NAMES[kind]
            seen.add(kind)
            assert re.fullmatch(pattern, resource.inputs[field]), (resource.name, resource.inputs[field])

    assert set(NAMES) - seen <= ({"machinelearningservices:Registry"} if not STACKS[name][4] else set())


def test_long_names_stay_different():
    """
    Two stacks with long names that begin alike have no name in common where the whole world shares the names.
    """
    shared = ("StorageAccount", "Vault", "containerregistry:Registry", "OnlineEndpoint", "services:Workspace")
    names = [
        (r.type, r.inputs[NAMES[r.type.removeprefix("azure-native:")][0]])
        for name in STACKS
        for r in stack(name)
        if r.type.endswith(shared)
    ]

    assert len(set(names)) == len(names)


@every_stack
def test_every_action_exists(name):
    """
    Each action of a custom role is an operation that its resource provider has.
    """
    for role in stack(name).all("azure-native:authorization:RoleDefinition"):
        for permission in role.inputs["permissions"]:
            assert set(permission["actions"]) <= OPERATIONS, role.name


@every_stack
def test_every_role_is_known_or_ours(name):
    """
    An assignment gives a built-in role of our table, or a custom role of the stack that is made before it.
    """
    planned = stack(name)
    ours = {r.inputs["roleDefinitionId"]: r.urn for r in planned.all("azure-native:authorization:RoleDefinition")}
    for assignment in planned.all("azure-native:authorization:RoleAssignment"):
        role = assignment.inputs["roleDefinitionId"].rpartition("/")[2]
        assert role in BUILT_IN.values() or ours[role] in assignment.needs, assignment.name


@every_stack
def test_tags_are_within_azures_limits(name):
    """
    A resource has fifty tags at most, with keys of up to 512 and values of up to 256 characters.
    """
    for resource in stack(name):
        tags = resource.inputs.get("tags") or {}
        assert len(tags) <= 50
        assert all(len(key) <= 512 and len(value) <= 256 for key, value in tags.items())
        assert not any(set("<>%&\\?/") & set(key) for key in tags)


# ------------------------------------------------------------------------------------------- workflow definitions


def workflows() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for workflow in stack("long").all(WORKFLOW):
        yield workflow.name, workflow.inputs


def actions(of: Mapping[str, Any], depth: int = 1) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any], int]]:
    """Every action with its name, its siblings, and how deep it lies."""
    for name, action in of.items():
        yield name, action, of, depth
        yield from actions(action.get("actions", {}), depth + 1)
        yield from actions(action.get("else", {}).get("actions", {}), depth + 1)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def calls(tree: Any) -> Iterator[Call]:
    if isinstance(tree, Call):
        yield tree
        for argument in tree.arguments:
            yield from calls(argument)


def test_definitions_have_the_form_of_the_language():
    """
    Action types are the language's, names are unique whatever their case, and `runAfter` names a neighbour.
    """
    kinds = {"Compose", "Foreach", "Http", "If", "Select", "Terminate", "Until", "Wait"}
    kinds |= {"InitializeVariable", "SetVariable"}
    for name, inputs in workflows():
        found = list(actions(inputs["definition"]["actions"]))
        names = [action.lower() for action, *_ in found]
        assert len(set(names)) == len(names), name
        for action, body, siblings, _ in found:
            assert body["type"] in kinds, (name, action)
            assert set(body["runAfter"]) <= set(siblings) - {action}, (name, action)
            assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", action), (name, action)


def test_definitions_are_within_the_limits_of_logic_apps():
    """
    Nesting, number of actions, length of an expression and turns of a loop are what Logic Apps allows.
    """
    for name, inputs in workflows():
        found = list(actions(inputs["definition"]["actions"]))
        assert len(found) <= 500, name
        assert max(depth for *_, depth in found) <= 8, name
        assert max(map(len, strings(inputs["definition"]))) <= 8192, name
        assert len(json.dumps(inputs["definition"])) <= 1024 * 1024, name
        for action, body, *_ in found:
            if body["type"] == "Until":
                assert body["limit"]["count"] <= 5000, (name, action)
                assert int(body["limit"]["timeout"][2:-1]) <= 90 * 86_400, (name, action)
                pause = next(b for b in body["actions"].values() if b["type"] == "Wait")
                turns = int(body["limit"]["timeout"][2:-1]) / pause["inputs"]["interval"]["count"]
                assert turns <= 5000, (name, action)
            if body["type"] == "Terminate":
                loops = [b for _, b, *_ in found if b["type"] in ("Until", "Foreach")]
                assert action not in [inner for loop in loops for inner, *_ in actions(loop["actions"])], name


def test_expressions_ask_only_for_what_is_there():
    """
    Each expression parses, calls a function of the language, and refers to an action, variable or parameter there is.
    """
    asked = {"body", "guid", "item", "items", "outputs", "parameters", "triggerBody", "utcNow", "variables", "[", "?["}
    for name, inputs in workflows():
        definition = inputs["definition"]
        found = list(actions(definition["actions"]))
        known = {
            "parameters": set(definition["parameters"]),
            "variables": {
                v["name"] for _, a, *_ in found if a["type"] == "InitializeVariable" for v in a["inputs"]["variables"]
            },
            "outputs": {n for n, a, *_ in found if a["type"] == "Compose"},
            "body": {n for n, a, *_ in found if a["type"] in ("Http", "Select")},
            "items": {n for n, a, *_ in found if a["type"] == "Foreach"},
        }
        for text in strings(definition["actions"]):
            for call in (c for tree in expressions(text) for c in calls(tree)):
                assert call.name in asked or call.name in FUNCTIONS, (name, call.name)
                if call.name in known:
                    assert call.arguments[0] in known[call.name], (name, call)
        assert set(definition["parameters"]) == set(inputs["parameters"]), name


def test_every_call_is_made_as_the_workflows_own_identity():
    """
    A call goes to Azure Resource Manager with a token of the identity that the workflow has.
    """
    for name, inputs in workflows():
        (identity,) = inputs["identity"]["userAssignedIdentities"]
        for action, body, *_ in actions(inputs["definition"]["actions"]):
            if body["type"] == "Http":
                given = body["inputs"]["authentication"]
                assert ("ManagedServiceIdentity", identity) == (given["type"], given["identity"]), (name, action)
                assert "DisableAsyncPattern" == body["operationOptions"], (name, action)


# ------------------------------------------------------------------------------------------- what they send


def as_inputs(request: Request) -> tuple[str, dict[str, Any]]:
    """A request of ours as the inputs of the Pulumi resource that makes the same one."""
    _, _, _, _, group, *rest = request.path.split("/")
    inputs: dict[str, Any] = {"resourceGroupName": group, **request.body}
    if "autoscaleSettings" in rest:
        return "monitor:AutoscaleSetting", {**inputs.pop("properties"), **inputs, "autoscaleSettingName": rest[-1]}
    inputs["workspaceName"] = rest[rest.index("workspaces") + 1]
    held = inputs.get("identity")
    if held:  # a map in the API, a list in the SDK
        inputs["identity"] = {**held, "userAssignedIdentities": list(held["userAssignedIdentities"])}
    match rest[rest.index("workspaces") + 2 :]:
        case ["jobs", job]:
            return "machinelearningservices:Job", {**inputs, "id": job}
        case ["environments", name, "versions", version]:
            return "machinelearningservices:EnvironmentVersion", {**inputs, "name": name, "version": version}
        case ["codes", name, "versions", version]:
            return "machinelearningservices:CodeVersion", {**inputs, "name": name, "version": version}
        case ["onlineEndpoints", endpoint, "deployments", name]:
            named = {"endpointName": endpoint, "deploymentName": name}
            return "machinelearningservices:OnlineDeployment", {**inputs, **named}
        case ["onlineEndpoints", endpoint]:
            return "machinelearningservices:OnlineEndpoint", {**inputs, "endpointName": endpoint}
        case other:
            raise AssertionError(f"{other} is nothing that a definition should make")


def sent(name: str, workflow: str, start: Mapping[str, Any], cloud: Any) -> list[Request]:
    inputs = stack(name).one(WORKFLOW, workflow).inputs
    done = run(inputs["definition"], inputs["parameters"], start, cloud)
    assert "Succeeded" == done.status, done.error
    return done.requests


def check(name: str, requests: list[Request]) -> None:
    emulator = Emulator(where(STACKS[name][2]))
    for request in requests:
        if request.method == "PUT":
            kind, inputs = as_inputs(request)
            assert [] == emulator.check(f"azure-native:{kind}", inputs), request.path
        if ".MachineLearningServices/" in request.path:
            assert API == request.version


@pytest.mark.parametrize("name", ["plain", "long"])
@pytest.mark.parametrize("training", TRAININGS)
def test_azure_ml_takes_every_job(name, training):
    """
    The bodies of jobs and environments are the API's own models: words, types, values and what they must have.
    """
    jobs = Jobs(spot=((0, "Queued"),)) if TRAININGS[training].get("spot") is None else Jobs(spot=((0, "Completed"),))
    start = {"inputs": {"more": "data/y"}, "hyperparameters": {"seed": 1}, "run": "r-1"}

    check(name, sent(name, f"{training}-runs", {**start, "image": "x:1"}, jobs))
    if {"image", "runtime"} & set(TRAININGS[training]):
        check(name, sent(name, f"{training}-runs", {**start, "run": "r-2"}, jobs))

    for job, body in jobs.bodies.items():
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}", job)
        assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", channel) for channel in body["inputs"])
        assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable) for variable in body["environmentVariables"])
        assert all(isinstance(value, str) for value in body["environmentVariables"].values())
        referred = set(re.findall(r"\$\{\{(inputs|outputs)\.(\w+)\}\}", body["command"]))
        assert referred <= {(kind, key) for kind in ("inputs", "outputs") for key in body[kind]}


@pytest.mark.parametrize("name", ["plain", "zoneless"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_azure_ml_takes_every_deployment(name, endpoint):
    """
    The bodies of deployments, traffic, autoscaling and code are the APIs' own models, for the first and a next release.
    """
    azure = Serving({"1": "Approved", "2024.11.1_x": "Approved"})
    start = {} if {"image", "runtime"} & set(ENDPOINTS[endpoint]) else {"image": "x:1"}

    check(name, sent(name, f"{endpoint}-release", {"version": "1", **start}, azure))
    check(name, sent(name, f"{endpoint}-release", {"version": "2024.11.1_x", **start}, azure))

    (serving,) = azure.deployments
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{1,30}[A-Za-z0-9]", serving)
    assert {serving: 100} == azure.traffic


def test_a_wrong_body_would_be_found():
    """
    The check of requests refuses a word of another enum, a number as text, and a property that is not there.
    """
    emulator = Emulator(where("westeurope"))
    jobs = Jobs(spot=((0, "Completed"),))
    request = next(r for r in sent("plain", "gpu-on-spot-runs", {}, jobs) if r.method == "PUT" and "/jobs/" in r.path)
    kind, inputs = as_inputs(request)

    for change in (
        {"jobType": "Train"},
        {"resources": {"instanceCount": "1"}},
        {"outputs": {"model": {"jobOutputType": "uri_folder", "mode": "ReadWrite"}}},
        {"timeout": "PT1H"},
    ):
        wrong = {**inputs, "properties": {**inputs["properties"], **change}}
        assert emulator.check(f"azure-native:{kind}", wrong), change
