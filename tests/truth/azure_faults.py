"""All that Azure would find wrong with a whole plan: names, tags, rules, definitions, and the requests they send."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.sandbox import Emulator
from groundplan.testing import Planned, Resource
from tests.truth.azure_language import Clock, expressions
from tests.truth.azure_ml import Jobs
from tests.truth.azure_rules import NAMES
from tests.truth.azure_serving import Measured, Serving
from tests.truth.azure_tuning import Sweeps, Trial
from tests.truth.azure_workflows import Answer, Request, run

__all__ = ["command_of", "faults", "folders_of", "limits", "training_runs"]

WORKFLOW = "azure-native:logic:Workflow"
TAGS, ACTIONS, DEPTH, EXPRESSION, DEFINITION = 50, 500, 8, 8192, 1024 * 1024
RULES, PREFIXES = 100, 10  # of a management policy, and of one rule of it
LIFECYCLE = "azure-native:storage:ManagementPolicy"
SUBSCRIPTION = {  # type to how many a subscription has, or a resource group of it. Source:
    # https://learn.microsoft.com/azure/role-based-access-control/troubleshoot-limits,
    # https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits
    "authorization:RoleAssignment": 4000,
    "authorization:RoleDefinition": 5000,
    "storage:StorageAccount": 250,
    "logic:Workflow": 1000,
}
FAULTLESS = Measured(latency=0.5, errors=0.0, availability=100.0)  # whatever is promised
RESERVED = re.compile(r"microsoft|windows|^login", re.IGNORECASE)
"""Source: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-reserved-resource-name"""
HAS_ADDRESS = {  # types whose name is part of an address that the world sees
    "containerregistry:Registry",
    "keyvault:Vault",
    "machinelearningservices:OnlineEndpoint",
    "machinelearningservices:Registry",
    "machinelearningservices:Workspace",
    "storage:StorageAccount",
}


def faults(planned: Planned) -> list[str]:
    """What Azure would refuse of the plan, a line each."""
    found = [f"{resource.name}: {problem}" for resource in planned for problem in _of_resource(resource)]
    found += [f"{w.name}: {problem}" for w in planned.all(WORKFLOW) for problem in _of_definition(w.inputs)]
    return [*found, *limits(planned), *_of_releases(planned), *_of_searches(planned)]


def limits(planned: Planned) -> list[str]:
    """What is too many for Azure, or has the name of another, a line each."""
    found = [f"{policy.name}: {problem}" for policy in planned.all(LIFECYCLE) for problem in _of_rules(policy)]
    counts = Counter(resource.type.removeprefix("azure-native:") for resource in planned)
    too_many = [(kind, most) for kind, most in SUBSCRIPTION.items() if counts[kind] > most]
    found += [f"{counts[kind]} of {kind}, and a subscription has {most}" for kind, most in too_many]
    return [*found, *_of_names(planned)]


def _of_resource(resource: Resource) -> Iterator[str]:
    kind = resource.type.removeprefix("azure-native:")
    field, pattern = NAMES.get(kind, ("", ""))
    if field and not re.fullmatch(pattern, resource.inputs[field]):
        yield f"{field} {resource.inputs[field]!r} does not match {pattern}"
    if kind in HAS_ADDRESS and RESERVED.search(resource.inputs[field]):
        yield f"{field} {resource.inputs[field]!r} has a word that Azure reserves"
    tags = resource.inputs.get("tags") or {}
    if len(tags) > TAGS or any(len(value) > 256 for value in tags.values()):
        yield f"{len(tags)} tags: {tags}"


def _of_rules(policy: Resource) -> Iterator[str]:
    rules = policy.at("policy.rules")
    if len(rules) > RULES:
        yield f"{len(rules)} rules"
    if max(len(rule["definition"]["filters"].get("prefixMatch", [])) for rule in rules) > PREFIXES:
        yield "a rule with too many prefixes"
    if len({rule["name"].lower() for rule in rules}) < len(rules):
        yield "two rules of one name"


def _of_names(planned: Planned) -> Iterator[str]:
    names = Counter()
    for kind, (field, _pattern) in NAMES.items():
        for r in planned.all(f"azure-native:{kind}"):
            under = [r.inputs.get(key) for key in ("vaultName", "accountName", "workspaceName", "privateZoneName")]
            # names are one whatever their case
            names[kind, *(u for u in under if u != r.inputs[field]), str(r.inputs[field]).lower()] += 1
    yield from (f"two have the name {name}" for name, count in names.items() if count > 1)


def _actions(of: Mapping[str, Any], depth: int = 1) -> Iterator[tuple[str, Mapping[str, Any], int]]:
    for name, action in of.items():
        yield name, action, depth
        yield from _actions(action.get("actions", {}), depth + 1)
        yield from _actions(action.get("else", {}).get("actions", {}), depth + 1)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else []:
        yield from _strings(inner)


def _of_definition(inputs: Mapping[str, Any]) -> Iterator[str]:
    definition = inputs["definition"]
    found = list(_actions(definition["actions"]))
    names = Counter(name.lower() for name, *_ in found)
    yield from (f"two actions are called {name}" for name, count in names.items() if count > 1)
    if len(found) > ACTIONS or max(depth for *_, depth in found) > DEPTH:
        yield f"{len(found)} actions"
    if len(json.dumps(definition)) > DEFINITION:
        yield f"the definition has {len(json.dumps(definition))} characters"
    for text in _strings(definition["actions"]):
        if expressions(text) and len(text) > EXPRESSION:
            yield f"an expression has {len(text)} characters: {text[:80]}…"
    if set(definition["parameters"]) != set(inputs["parameters"]):
        yield "parameters are not those of the definition"


def as_inputs(request: Request) -> tuple[str, dict[str, Any]]:
    """A request of ours as type and inputs of the Pulumi resource that makes the same one."""
    _, _, _, _, group, *rest = request.path.split("/")
    inputs: dict[str, Any] = {"resourceGroupName": group, **request.body}
    if "autoscaleSettings" in rest:
        setting = _in_small_letters(inputs.pop("properties"))
        return "monitor:AutoscaleSetting", {**setting, **inputs, "autoscaleSettingName": rest[-1]}
    inputs["workspaceName"] = rest[rest.index("workspaces") + 1]
    if held := inputs.get("identity"):  # a map in the API, a list in the SDK
        inputs["identity"] = {**held, "userAssignedIdentities": list(held["userAssignedIdentities"])}
    match rest[rest.index("workspaces") + 2 :]:
        case ["jobs", job]:
            return "machinelearningservices:Job", {**inputs, "id": job}
        case [("environments" | "codes" | "models" | "data") as kind, name, "versions", version]:
            of = {
                "environments": "EnvironmentVersion",
                "codes": "CodeVersion",
                "models": "ModelVersion",
                "data": "DataVersion",
            }[kind]
            return f"machinelearningservices:{of}", {**inputs, "name": name, "version": version}
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
        found = rule["metricTrigger"].get("dimensions")
        if found is not None:
            rule["metricTrigger"]["dimensions"] = [{words[key]: value for key, value in d.items()} for d in found]
    return setting


def _sent(planned: Planned, workflow: Resource, start: Mapping[str, Any], cloud: Any) -> Iterator[str]:
    """What is wrong with the requests of a run, which has to succeed."""
    clock = cloud.clock if isinstance(cloud, Serving) else None
    done = run(workflow.inputs["definition"], workflow.inputs["parameters"], dict(start), cloud, clock)
    if done.status != "Succeeded":
        yield f"{workflow.name}: {done.status}: {done.error}"
    emulator = Emulator(_where(planned))
    for request in done.requests:
        if request.method == "PUT":
            kind, inputs = as_inputs(request)
            yield from (f"{workflow.name}: {problem}" for problem in emulator.check(f"azure-native:{kind}", inputs))


def _where(planned: Planned) -> dict[str, str]:
    nobody = "00000000-0000-0000-0000-000000000000"
    region = planned.document.get("region", "eastus")
    return {"cloud": "azure", "account": nobody, "subscription": nobody, "tenant": nobody, "region": region}


def _of_releases(planned: Planned) -> Iterator[str]:
    for workflow in planned.all(WORKFLOW):
        if "Endpoint$" in workflow.urn:
            serving = Serving({"1": "Approved", "2": "Approved"}, measured={"1": FAULTLESS, "2": FAULTLESS})
            asked = workflow.inputs["definition"]["triggers"]["manual"]["inputs"]["schema"]["properties"]
            kinds = ("version", "shadow", "version") if "shadow" in asked else ("version", "version")
            for model in asked.get("model", {}).get("enum", [None]):
                for number, kind in enumerate(kinds):
                    start = {kind: str(number % 2 + 1), "image": "own:1", **({"model": model} if model else {})}
                    yield from _sent(planned, workflow, start, serving)
            yield from (
                f"{workflow.name}: deployment {name}"
                for name in serving.deployments
                if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{1,30}[A-Za-z0-9]", name)
            )


class _AtOnce(Jobs):
    """Azure ML whose every job is done at the first look, on spot and off it."""

    def __call__(self, request: Request, clock: Clock) -> Answer:
        self.spot = self.dedicated = ((0, "Completed"),)
        return super().__call__(request, clock)


def _of_searches(planned: Planned) -> Iterator[str]:
    """A search of each tuned training, held against the API of a sweep; it has to end well."""
    for workflow in planned.all(WORKFLOW):
        if "Training$" in workflow.urn and workflow.name.endswith("-tune"):
            takes = workflow.inputs["definition"]["triggers"]["manual"]["inputs"]["schema"]["properties"]
            done = ((0, "Completed"),)
            cloud = Sweeps(done, done, trials=[Trial(0.5, {}, 0)], dedicated_trials=[Trial(0.5, {}, 0)])
            yield from _sent(planned, workflow, {"image": "own:1"} if "image" in takes else {}, cloud)


def training_runs(planned: Planned) -> dict[str, dict[str, Any]]:
    """Training to the job that a run started with an image sends, held against its API."""
    found = {}
    for workflow in planned.all(WORKFLOW):
        if "Training$" in workflow.urn and workflow.name.endswith("-runs"):
            jobs = _AtOnce()
            wrong = list(_sent(planned, workflow, {"image": "own:1"}, jobs))
            assert not wrong, wrong
            (body,) = jobs.bodies.values()
            referred = set(re.findall(r"\$\{\{\s*([a-z_.]+)\.(\w+)\s*\}\}", body["command"]))
            known = {(kind, key) for kind in ("inputs", "outputs") for key in body[kind]}
            assert referred <= known, f"{workflow.name}: {referred - known} are not there"
            found[workflow.name.removesuffix("-runs")] = body
    return found


def folders_of(job: Mapping[str, Any]) -> dict[str, str]:
    """Variables that a job's command sets: the inputs and outputs that Azure ML fills in."""
    exports, _and, _own = job["command"].partition(" && ")
    return dict(pair.split("=", 1) for pair in exports.removeprefix("export ").split())


def command_of(job: Mapping[str, Any]) -> list[str]:
    """What a job runs on a node, as the shell takes it apart, once it is told its folders."""
    _exports, _and, own = job["command"].partition(" && ")
    return shlex.split(own)
