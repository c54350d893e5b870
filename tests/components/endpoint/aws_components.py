"""Endpoints of inference components as tests plan them, and their releases as tests run them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from components.endpoint import EndpointSpec
from groundplan.testing import Planned, plan_blueprint
from groundplan.testing.component import plan_component
from tests.truth.aws_components import AT_FIRST, FakeComponents
from tests.truth.aws_states import Ended, run

__all__ = [
    "ALONE",
    "BASKET",
    "CONTROL",
    "HOME",
    "MANY",
    "ZERO",
    "body_of",
    "needs_of",
    "outputs",
    "plan",
    "release",
    "shop",
]

MACHINE, CONTROL = "aws:sfn/stateMachine:StateMachine", "aws:cloudcontrol/resource:Resource"
MANY = {"models": {"home": "home-ranker", "basket": "basket-ranker"}, "machine": {"cpu": 4, "memory": "16GiB"}}
ZERO = {"model": "fraud", "machine": {"cpu": 4, "memory": "16GiB"}, "scale": {"min": 0, "max": 2}}
HOME, BASKET, ALONE = "example-prod-scorer-e5ddd-home", "example-prod-scorer-3c1bd-basket", "example-prod-scorer"


@cache
def _plan(fields: str) -> Planned:
    return plan_component("endpoint", "aws", EndpointSpec.model_validate(json.loads(fields)), name="scorer")


def plan(given: dict[str, Any], **more: Any) -> Planned:
    """The endpoint `scorer` alone."""
    return _plan(json.dumps({**given, **more}))


@cache
def _whole(fields: str) -> Planned:
    given: dict[str, Any] = {"apiVersion": "groundplan/v1", "name": "example", "owner": "ml-platform"}
    given |= {"environments": {"prod": {}}, "registry": {"models": ["basket-ranker", "fraud", "home-ranker"]}}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "example.yaml"
        path.write_text(json.dumps({**given, "endpoints": {"scorer": json.loads(fields)}}))
        return plan_blueprint(path, "prod", "aws")


def outputs(given: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What its stack says of it."""
    return _whole(json.dumps({**given, **more})).document["outputs"]["endpoints/scorer"]


def body_of(planned: Planned, logical: str) -> dict[str, Any]:
    """What Cloud Control is asked for."""
    return json.loads(planned.one(CONTROL, logical).inputs["desiredState"])


def needs_of(planned: Planned) -> dict[str, Any]:
    """What a component reserves."""
    logical = "scorer_home" if any("scorer_home" in r.urn for r in planned.all(CONTROL)) else "scorer"
    return body_of(planned, logical)["Specification"]["ComputeResourceRequirements"]


def release(given: dict[str, Any], cloud: FakeComponents, spec: dict[str, Any] = MANY) -> Ended:
    """A release of it, to its end."""
    planned = plan(spec)
    cloud.needs = cloud.needs or needs_of(planned)
    return run(json.loads(planned.one(MACHINE).inputs["definition"]), given, cloud)


def shop(**more: Any) -> FakeComponents:
    """An account with the components of `MANY`, before a release."""
    return FakeComponents(models={HOME: AT_FIRST, BASKET: AT_FIRST}, **more)
