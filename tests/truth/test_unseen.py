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
from components.training.contract import input_variable
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


Told = dict[str, tuple[dict[str, str], list[str]]]
"""Training to the variables and the command of its job."""


def _told_aws(planned: Planned) -> Told:
    return {
        name: (job["Environment"], job["AlgorithmSpecification"].get("ContainerEntrypoint", []))
        for name, job in aws_faults.training_runs(planned).items()
    }


def _told_gcp(planned: Planned) -> Told:
    found = {}
    for name, job in gcp_faults.training_runs(planned).items():
        task = job["jobSpec"]["workerPoolSpecs"][0]["containerSpec"]
        assert len({e["name"] for e in task["env"]}) == len(task["env"]), "a variable is told twice"
        found[name] = ({e["name"]: e["value"] for e in task["env"]}, task["command"])
    return found


def _told_azure(planned: Planned) -> Told:
    return {
        name: ({**job["environmentVariables"], **azure_faults.folders_of(job)}, azure_faults.command_of(job))
        for name, job in azure_faults.training_runs(planned).items()
    }


TOLD = {"aws": _told_aws, "gcp": _told_gcp, "azure": _told_azure}


def _hyperparameters(variables: Mapping[str, str]) -> dict[str, Any]:
    """As docs/containers.md says that they are read."""
    pieces = [variables["HYPERPARAMETERS"]]
    while more := variables.get(f"HYPERPARAMETERS_{len(pieces) + 1}"):
        pieces.append(more)
    return json.loads("".join(pieces))


def _typed(values: Mapping[str, Any]) -> dict[str, tuple[bool, Any]]:
    """Values, true and 1 told apart."""
    return {name: (isinstance(value, bool), value) for name, value in values.items()}


@every_cloud
@given(blueprint=blueprints())
@SOME
def test_a_run_is_told_what_the_blueprint_says(cloud, blueprint):
    """
    Whatever stands in them, hyper-parameters, variables and command come to the training code as they were written,
    and the folders of its data, its model and its checkpoint with them.
    """
    source = good({key: value for key, value in blueprint.items() if key != "endpoints"})
    found = source and document(source, _environment(source), cloud)
    if not (source and found):
        return
    asked = source.resolve(_environment(source), cloud).training

    told = TOLD[cloud](planned_from(found))

    assert set(asked) == set(told)
    for name, spec in asked.items():
        variables, command = told[name]
        assert _typed(spec.hyperparameters) == _typed(_hyperparameters(variables))
        assert spec.environment.items() <= variables.items()
        folders = {"OUTPUT_DIR", *map(input_variable, spec.inputs), *(["CHECKPOINT_DIR"] if spec.checkpoint else [])}
        assert folders == {n for n in variables if n in ("OUTPUT_DIR", "CHECKPOINT_DIR") or n.startswith("INPUT_")}
        assert all(map(variables.get, folders))
        assert variables["RUN"]
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
    "aws": {("foundation", "aws:iam/policy:Policy")},  # of images outside the stack, which would else be too many
    "gcp": set(),
    "azure": {("foundation", "azure-native:storage:ManagementPolicy")},  # an account has one, with a rule for captures
}
"""What must name every endpoint, by component and type, and so changes with them."""
