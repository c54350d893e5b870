"""Stacks on Azure with a watched endpoint and a pipeline, for the tests of loops."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from blueprints import Blueprint
from components.base import Cloud, Context, Result
from components.clouds.azure.place import AzurePlace
from groundplan.program import requests
from groundplan.testing import Planned, plan_program
from tests.truth.azure_loop import Loop
from tests.truth.azure_workflows import Run, run

__all__ = ["BLUEPRINT", "WORKFLOW", "plan", "start"]

WORKFLOW = "azure-native:logic:Workflow"
PLACE = AzurePlace("westeurope", "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002")
BLUEPRINT: dict[str, Any] = {
    "apiVersion": "groundplan/v1",
    "name": "fraud",
    "owner": "risk-ml",
    "training": {
        "fraud-xgb": {
            "runtime": "xgboost",
            "machine": {"cpu": 4},
            "spot": False,
            "max_run": "2h",
            "inputs": {"train": "data/payments/train/", "hold-out": "data/payments/validation/"},
        }
    },
    "registry": {"approval": "manual"},
    "endpoints": {"scorer": {"model": "fraud-xgb", "capture": {"sample": "100%"}}},
    "alerts": {"email": ["risk-ml@example.com"]},
}


def plan(**sections: Any) -> Planned:
    """`BLUEPRINT` with further sections; a key of one of its own sections stands in for that."""
    return _plan(json.dumps({**BLUEPRINT, **sections}))


@cache
def _plan(text: str) -> Planned:
    blueprint = Blueprint.model_validate(json.loads(text))
    context = Context(blueprint.name, "prod", blueprint.owner, PLACE, month="2026-11")

    def program() -> None:
        needs: dict[str, Result] = {}
        for request in requests(blueprint):
            component = request.implementation(Cloud.AZURE)(request.name, request.spec, context, needs)
            needs[component.label] = component.result

    place = {"cloud": "azure", "account": PLACE.account, "region": PLACE.region}
    return plan_program(
        program, {**place, "subscription": PLACE.subscription, "tenant": PLACE.tenant}, "fraud-prod-azure"
    )


def start(planned: Planned, workflow: str, azure: Loop, body: Any = None) -> Run:
    """Start a Logic App with a body, or by its clock, and see it through."""
    app = planned.one(WORKFLOW, workflow)
    return run(app.inputs["definition"], app.inputs["parameters"], body, azure, azure.clock, app.id)
