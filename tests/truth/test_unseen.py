"""Blueprints that nobody here has seen are planned on every cloud, or refused with a place and a way out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blueprints import BlueprintError, Source, parse
from components.base import Cloud
from components.catalog import NoRegion, regions
from groundplan.cli.looking import made
from groundplan.plan.document import dumps
from groundplan.target import Target, offline_place
from groundplan.testing import Planned
from groundplan.testing.planned import MONTH, planned_from
from tests.truth import aws_faults, azure_faults, gcp_faults
from tests.truth.blueprints import blueprints, written
from tests.truth.security import holes

# GROUNDPLAN_EXAMPLES=500 draws as many, other ones each time; without it a few, the same each time
EXAMPLES = os.environ.get("GROUNDPLAN_EXAMPLES", "")
SOME = settings(
    max_examples=int(EXAMPLES or 8),
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
FAULTS: Mapping[str, Callable[[Planned], list[str]]] = {
    "aws": aws_faults.faults,
    "gcp": gcp_faults.faults,
    "azure": azure_faults.faults,
}
every_cloud = pytest.mark.parametrize("cloud", Cloud)


def document(source: Source, environment: str, cloud: Cloud, region: str | None = None) -> dict[str, Any] | None:
    """The plan's document; None where the blueprint is refused, which has to say where, and what to write instead."""
    blueprint = source.resolve(environment, cloud)
    try:
        place = offline_place(cloud, list(blueprint.data.residency), region)
    except NoRegion:
        return None
    try:
        (found,) = made([Target(source, blueprint, environment, cloud, place, MONTH)])
    except BlueprintError as refusal:
        for problem in refusal.problems:
            assert min(problem.line, problem.column, len(problem.path)) > 0, problem
            assert problem.message.rstrip().endswith((".", ")")), problem
        return None
    return found


def good(blueprint: Mapping[str, Any]) -> Source | None:
    """The blueprint as read from a file, where nothing is wrong with it."""
    source = parse(written(blueprint))
    return None if source.check() else source


def _environment(source: Source) -> str:
    return next(iter(source.environments), "dev")


@every_cloud
@given(blueprint=blueprints(), data=st.data())
@SOME
def test_what_is_planned_the_cloud_takes(cloud, blueprint, data):
    """
    A good blueprint is planned without a fault that the cloud's own definitions know, twice with the same bytes.
    """
    source = good(blueprint)
    if source is None:
        return
    known = [r.name for r in regions(cloud)]
    region = None if "data" in blueprint else data.draw(st.none() | st.sampled_from(known))
    found = document(source, _environment(source), cloud, region)
    if found is None:
        return
    planned = planned_from(found)

    assert [] == planned.refusals
    assert [] == FAULTS[cloud](planned)
    assert [] == holes(planned, _environment(source), cloud)
    assert len({resource.urn for resource in planned}) == len(planned)
    assert dumps(found) == dumps(document(source, _environment(source), cloud, region) or {})


def _text(value: str | float | bool) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _told_aws(planned: Planned) -> dict[str, tuple[dict[str, Any], dict[str, str], list[str]]]:
    return {
        name: (
            job["HyperParameters"],
            job.get("Environment", {}),
            job["AlgorithmSpecification"].get("ContainerEntrypoint", []),
        )
        for name, job in aws_faults.training_runs(planned).items()
    }


def _told_gcp(planned: Planned) -> dict[str, tuple[dict[str, Any], dict[str, str], list[str]]]:
    found = {}
    for name, job in gcp_faults.training_runs(planned).items():
        task = job["jobSpec"]["workerPoolSpecs"][0]["containerSpec"]
        pairs = [arg.removeprefix("--").partition("=") for arg in task["args"]]
        assert len({e["name"] for e in task["env"]}) == len(task["env"]), "a variable is told twice"
        environment = {e["name"]: e["value"] for e in task["env"]}
        found[name] = ({key: value for key, _, value in pairs}, environment, task["command"])
    return found


def _told_azure(planned: Planned) -> dict[str, tuple[dict[str, Any], dict[str, str], list[str]]]:
    found = {}
    for name, job in azure_faults.training_runs(planned).items():
        variables = job["environmentVariables"]
        told = {key: _text(value) for key, value in json.loads(variables["SM_HPS"]).items()}
        found[name] = (told, variables, azure_faults.command_of(job))
    return found


TOLD = {"aws": _told_aws, "gcp": _told_gcp, "azure": _told_azure}


def _same(told: str, wanted: str | float | bool) -> bool:
    if isinstance(wanted, str):
        return told == wanted
    return json.loads(told) == wanted and isinstance(json.loads(told), bool) == isinstance(wanted, bool)


@every_cloud
@given(blueprint=blueprints())
@SOME
def test_a_run_is_told_what_the_blueprint_says(cloud, blueprint):
    """
    Whatever stands in them, hyper-parameters, variables and command come to the training code as they were written.
    """
    source = good({key: value for key, value in blueprint.items() if key != "endpoints"})
    found = source and document(source, _environment(source), cloud)
    if not (source and found):
        return
    asked = source.resolve(_environment(source), cloud).training

    told = TOLD[cloud](planned_from(found))

    assert set(asked) == set(told)
    for name, spec in asked.items():
        parameters, variables, command = told[name]
        assert set(spec.hyperparameters) == set(parameters)
        for key, value in spec.hyperparameters.items():
            assert _same(parameters[key], value), (key, parameters[key], value)
        assert spec.environment.items() <= variables.items()
        if spec.command:
            assert spec.command == command


@every_cloud
@given(blueprint=blueprints(), data=st.data())
@SOME
def test_one_more_endpoint_leaves_the_others_alone(cloud, blueprint, data):
    """
    An endpoint more changes no resource of another endpoint or training, and of the ground only what lists endpoints.
    """
    served = blueprint.get("endpoints", {})
    if not served:
        return
    environment = "dev"
    bare = {k: v for k, v in blueprint.items() if k not in ("environments", "overrides")}
    bare["registry"] = {k: v for k, v in bare.get("registry", {}).items() if k != "share_with"}
    left = data.draw(st.sampled_from(sorted(served)))
    fewer = {**bare, "endpoints": {name: spec for name, spec in served.items() if name != left}}
    fewer["registry"] = {
        **bare["registry"],
        "models": sorted({*bare["registry"].get("models", []), served[left]["model"]} - set(bare.get("training", {}))),
    }
    sources = [good(bare), good(fewer)]
    plans = [source and document(source, environment, cloud) for source in sources]
    if not all(plans):
        return
    more, less = ({r["urn"]: r for r in plan["resources"]} for plan in plans if plan)

    assert set(less) <= set(more)
    changed = [r for urn, r in less.items() if r["inputs"] != more[urn]["inputs"]]
    assert {(r["component"], r["type"]) for r in changed} <= LISTING[cloud], [r["urn"] for r in changed]


LISTING: Mapping[str, set[tuple[str, str]]] = {
    "aws": set(),
    "gcp": set(),
    "azure": {("foundation", "azure-native:storage:ManagementPolicy")},  # an account has one, with a rule for captures
}
"""What must name every endpoint, by component and type, and so changes with them."""
