"""Stacks that nobody here has seen, with all that runs around a model: planned without a fault, or refused clearly."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from blueprints import BlueprintError, Source, parse
from blueprints.problems import Problem
from components.base import Cloud
from groundplan.cli.looking import made
from groundplan.target import Target, offline_place
from groundplan.testing.planned import MONTH, planned_from
from tests.truth.blueprints import written
from tests.truth.drawn_loops import stacks
from tests.truth.drawn_sound import sound_stacks
from tests.truth.security import holes
from tests.truth.test_unseen import FAULTS

# GROUNDPLAN_EXAMPLES=500 draws as many, other ones each time; without it a few, the same each time
EXAMPLES = os.environ.get("GROUNDPLAN_EXAMPLES", "")


def _some(few: int) -> settings:
    return settings(
        max_examples=int(EXAMPLES or few),
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


ADVICE = re.compile(r"\b(?:write|leave|name|give|let|rename|add|use|keep|put|move|take|make|run)\b", re.I)


def _clear(problem: Problem) -> None:
    """A refusal says where, what is wrong and what to do."""
    assert min(problem.line, problem.column, len(problem.path)) > 0, problem
    assert problem.message.rstrip().endswith((".", ")")), problem
    assert ADVICE.search(problem.message), problem


def _planned(source: Source, cloud: Cloud) -> dict[str, Any]:
    target = Target(source, source.resolve("prod", cloud), "prod", cloud, offline_place(cloud, [], None), MONTH)
    return made([target])[0]


def _without_fault(cloud: Cloud, found: dict[str, Any]) -> None:
    planned = planned_from(found)

    assert [] == planned.refusals
    assert [] == FAULTS[cloud](planned)
    assert [] == holes(planned, "prod", cloud)
    assert len({resource.urn for resource in planned}) == len(planned)


@pytest.mark.parametrize("cloud", Cloud)
@given(blueprint=sound_stacks())
@_some(3)
def test_what_every_cloud_has_is_planned_on_each(cloud, blueprint):
    """
    A watched endpoint and all that runs around it are planned without a fault that the cloud's own definitions know.
    """
    source = parse(written({**blueprint, "environments": {"prod": {}}}))
    assert [] == source.check()

    _without_fault(cloud, _planned(source, cloud))


@pytest.mark.parametrize("cloud", Cloud)
@given(blueprint=stacks())
@_some(4)
def test_what_a_cloud_lacks_is_refused_by_what_to_do(cloud, blueprint):
    """
    What a cloud lacks is refused with the place, what is wrong and what to do; all else is planned without a fault.
    """
    source = parse(written({**blueprint, "environments": {"prod": {}}}))
    try:
        found = _planned(source, cloud)
    except BlueprintError as refusal:
        for problem in refusal.problems:
            _clear(problem)
        return

    _without_fault(cloud, found)
