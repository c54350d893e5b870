"""What we send to Azure is what Azure takes: inputs, names, permissions, and the requests of workflows."""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest

from components.clouds.azure.roles import BUILT_IN
from components.clouds.azure.workflow import API
from groundplan.sandbox import Emulator
from tests.truth.azure_loop import Loop, Nested
from tests.truth.azure_ml import Jobs
from tests.truth.azure_rules import NAMES, OPERATIONS
from tests.truth.azure_serving import Serving
from tests.truth.azure_stacks import ENDPOINTS, LONG, STACKS, TRAININGS, WORKFLOW, stack, where
from tests.truth.azure_stop import estate
from tests.truth.azure_workflows import Request, run

VERSIONS = {  # of what is not Azure ML's. Source: https://learn.microsoft.com/rest/api/monitor/metrics/list,
    # https://learn.microsoft.com/azure/azure-monitor/logs/api/azure-resource-queries
    "microsoft.consumption/budgets": "2024-08-01",
    "microsoft.insights/autoscalesettings": "2022-10-01",
    "microsoft.insights/logs": "2018-03-01-preview",
    "microsoft.insights/metrics": "2023-10-01",
    "microsoft.logic/workflows": "2019-05-01",
}

DEPLOYMENT = r"[A-Za-z][A-Za-z0-9-]{1,30}[A-Za-z0-9]"

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


# ------------------------------------------------------------------------------------------- what they send


def as_inputs(request: Request) -> tuple[str, dict[str, Any]]:
    """A request of ours as the inputs of the Pulumi resource that makes the same one."""
    _, _, _, _, group, *rest = request.path.split("/")
    inputs: dict[str, Any] = {"resourceGroupName": group, **request.body}
    if "autoscaleSettings" in rest:
        held = _in_small_letters(inputs.pop("properties"))
        return "monitor:AutoscaleSetting", {**held, **inputs, "autoscaleSettingName": rest[-1]}
    inputs["workspaceName"] = rest[rest.index("workspaces") + 1]
    held = inputs.get("identity")
    if held:  # a map in the API, a list in the SDK
        inputs["identity"] = {**held, "userAssignedIdentities": list(held["userAssignedIdentities"])}
    match rest[rest.index("workspaces") + 2 :]:
        case ["jobs", job]:
            return "machinelearningservices:Job", {**inputs, "id": job}
        case ["models", name, "versions", version]:
            return "machinelearningservices:ModelVersion", {**inputs, "name": name, "version": version}
        case ["data", name, "versions", version]:
            return "machinelearningservices:DataVersion", {**inputs, "name": name, "version": version}
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


def _in_small_letters(setting: dict[str, Any]) -> dict[str, Any]:
    """A setting as the SDK spells it: the API alone begins the words of a rule's dimension with a capital."""
    words = {"DimensionName": "dimensionName", "Operator": "operator", "Values": "values"}
    for rule in (rule for profile in setting["profiles"] for rule in profile["rules"]):
        trigger = rule["metricTrigger"]
        if "dimensions" in trigger:
            trigger["dimensions"] = [{words[key]: value for key, value in d.items()} for d in trigger["dimensions"]]
    return setting


def sent(name: str, workflow: str, start: Mapping[str, Any], cloud: Any) -> list[Request]:
    app = stack(name).one(WORKFLOW, workflow)
    clock = getattr(cloud, "clock", None)
    done = run(app.inputs["definition"], app.inputs["parameters"], start, cloud, clock, app.id)
    assert "Succeeded" == done.status, done.error
    return done.requests


def check(name: str, requests: list[Request]) -> None:
    emulator = Emulator(where(STACKS[name][2]))
    for request in requests:
        if request.method == "PUT":
            kind, inputs = as_inputs(request)
            assert [] == emulator.check(f"azure-native:{kind}", inputs), request.path
        if request.path.endswith("/metrics") and request.method == "POST":
            assert "" == request.version, "what is published has no version of an API"
            continue
        provider, _, kind = request.path.rpartition("/providers/")[2].lower().partition("/")
        assert VERSIONS.get(f"{provider}/{kind.partition('/')[0]}", API) == request.version, request.path


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
    The bodies of deployments, traffic, autoscaling and code are the APIs' own models, for the first and a next release,
    and for a shadow.
    """
    stages = {"1": "Approved", "2024.11.1_x": "Approved"}
    azure = Serving(stages, types=dict.fromkeys(stages, "triton_model") if endpoint == "triton" else {})
    if "models" in ENDPOINTS[endpoint]:
        each_model(name, endpoint, azure)
        return
    start = {} if {"image", "runtime"} & set(ENDPOINTS[endpoint]) else {"image": "x:1"}

    check(name, sent(name, f"{endpoint}-release", {"version": "1", **start}, azure))
    if "shadow" in ENDPOINTS[endpoint]:
        check(name, sent(name, f"{endpoint}-release", {"shadow": "1", **start}, azure))
    check(name, sent(name, f"{endpoint}-release", {"version": "2024.11.1_x", **start}, azure))

    (serving,) = azure.deployments
    assert re.fullmatch(DEPLOYMENT, serving)
    assert {serving: 100} == azure.traffic


def each_model(name: str, endpoint: str, azure: Serving) -> None:
    """The same where callers name the model: its first deployment, and a change in place."""
    for model in ENDPOINTS[endpoint]["models"]:
        start = {} if "image" in ENDPOINTS[endpoint] else {"image": "x:1"}
        check(name, sent(name, f"{endpoint}-release", {"model": model, "version": "1", **start}, azure))
        if model in ENDPOINTS[endpoint].get("runtimes", {}):
            start = {}
        check(name, sent(name, f"{endpoint}-release", {"model": model, "version": "2024.11.1_x", **start}, azure))

    assert set(ENDPOINTS[endpoint]["models"]) == set(azure.deployments)
    assert all(re.fullmatch(DEPLOYMENT, deployed) for deployed in azure.deployments)
    assert {} == azure.traffic


def test_every_setting_is_within_the_limits_of_autoscale():
    """
    A setting has twenty profiles and a profile ten rules at most; of profiles that recur no two begin at once.
    """
    azure = Serving({"1": "Approved"})
    sent("plain", "hours-release", {"version": "1"}, azure)

    (setting,) = azure.settings.values()
    profiles = setting["properties"]["profiles"]
    assert len(profiles) <= 20
    assert all(len(profile["rules"]) <= 10 for profile in profiles)
    assert len({profile["name"] for profile in profiles}) == len(profiles)
    begins = [
        (day, hour, minute)
        for schedule in (profile["recurrence"]["schedule"] for profile in profiles)
        for day in schedule["days"]
        for hour in schedule["hours"]
        for minute in schedule["minutes"]
    ]
    assert len(set(begins)) == len(begins)


@pytest.mark.parametrize("name", ["plain", "long"])
@pytest.mark.parametrize(
    ("workflow", "start"),
    [
        ("captured-monitor", {}),
        ("loop-pipeline", {"reason": "captured.bias"}),
        ("of-many-pipeline", {}),
        (f"{LONG}-pipeline", {}),
    ],
)
def test_azure_takes_what_a_loop_sends(name, workflow, start):
    """
    The jobs of steps, the versions that a pipeline registers and notes, and the calls of other services' APIs.
    """
    figures = ("rows", "drift", "quality", "bias", "explain", "data_quality", "accepted")
    told = {f"groundplan.{figure}": "1" for figure in figures}
    azure = Loop(
        steps=lambda *_: ("Completed", told),
        workflows=defaultdict(Nested),
        serves="7",
        versions={"7": {"stage": "Approved", "modelUri": "azureml://datastores/artifacts/paths/m/7"}},
        decide=(600, "Approved"),
    )

    check(name, sent(name, workflow, start, azure))

    assert azure.jobs
    for job, body in azure.jobs.items():
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}", job)
        referred = set(re.findall(r"\$\{\{(inputs|outputs)\.(\w+)\}\}", body["command"]))
        assert referred <= {(kind, key) for kind in ("inputs", "outputs") for key in body[kind]}
        # one argument of a program, and one variable, have 128 KiB at most on Linux
        assert max(map(len, (body["command"], *body["environmentVariables"].values()))) < 131_072


@pytest.mark.parametrize("name", ["long", "zoneless"])
def test_azure_takes_what_a_hard_stop_sends(name):
    """
    What is written down of a stop and of its end, endpoints without their traffic, and the versions of all APIs.
    """
    planned = stack(name)
    azure = estate(planned, limit=99.5, spend=99.5)
    serving = next(serving for endpoint, serving in azure.serving.items() if "-canary" in endpoint)
    serving.models = {"1": "Approved"}
    check(name, sent(name, "canary-release", {"version": "1"}, serving))
    azure.clock = serving.clock
    apps = [r.inputs for r in planned.all(WORKFLOW) if r.name != "budget-stop"]
    clocks = {app["workflowName"] for app in apps if set(app["definition"]["triggers"]) - {"manual"}}

    for spend in (99.5, 0.0):
        azure.spend = spend
        app = planned.one(WORKFLOW, "budget-stop")
        done = run(app.inputs["definition"], app.inputs["parameters"], None, azure, azure.clock, app.id)
        assert "Succeeded" == done.status, done.error
        check(name, done.requests)
        assert set(azure.apps) - azure.on == (clocks if spend else set())

    assert {} == serving.deployments
    assert [True] == [stop["isArchived"] for stop in azure.stops.values()]


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
