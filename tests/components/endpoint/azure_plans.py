"""A stack with one endpoint on Azure, and a release to it, for the tests of endpoints."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pulumi

from components.base import Cloud, Context, Result, implementation
from components.clouds.azure.place import AzurePlace
from components.endpoint import EndpointSpec
from components.foundation import FoundationSpec
from components.registry import RegistrySpec
from groundplan.testing import Planned, plan_program
from tests.truth.azure_serving import Serving
from tests.truth.azure_workflows import Run, run

__all__ = [
    "APPROVED",
    "ROLLOUT",
    "SLO",
    "SPEC",
    "WORKFLOW",
    "canary",
    "own",
    "plan",
    "release",
    "serving",
    "steps",
    "went_back",
]

WORKFLOW = "azure-native:logic:Workflow"
SPEC: dict[str, Any] = {"model": "fraud-xgb", "image": "fraud-serve:1.4", "scale": {"min": 1, "max": 4}}
SLO = {"latency_p99": "200ms", "errors": "1%", "availability": "99.9%"}
ROLLOUT: dict[str, Any] = {"strategy": "canary", "steps": ["10%", "50%"], "bake": "15m"}
APPROVED = {"3": "Approved", "4": "Approved", "5": "Approved"}
PLACE = AzurePlace("westeurope", "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002")


def plan(*, approval: str = "manual", **changes: Any) -> Planned:
    """A stack whose endpoint `scorer` is `SPEC` with changes; None takes a key away."""
    asked = {key: value for key, value in {**SPEC, **changes}.items() if value is not None}
    return _plan(json.dumps(asked), approval)


@cache
def _plan(asked: str, approval: str) -> Planned:
    spec = EndpointSpec.model_validate_json(asked)
    captures = {"scorer": spec.capture.retain} if spec.capture else {}
    context = Context("fraud", "prod", "risk-ml", PLACE, month="2026-11")

    def program() -> None:
        needs: dict[str, Result] = {}
        for capability, given in (
            ("foundation", FoundationSpec(captures=captures)),
            ("registry", RegistrySpec.model_validate({"models": ["fraud-xgb"], "approval": approval})),
        ):
            needs[capability] = implementation(capability, Cloud.AZURE)(capability, given, context, needs).result
        pulumi.export(
            "scorer", implementation("endpoint", Cloud.AZURE)("scorer", spec, context, needs).result.outputs()
        )

    place = {"cloud": "azure", "account": PLACE.account, "region": PLACE.region}
    return plan_program(
        program, {**place, "subscription": PLACE.subscription, "tenant": PLACE.tenant}, "fraud-prod-azure"
    )


def release(planned: Planned, azure: Serving, **body: Any) -> Run:
    """Start the release with a body, and see it through."""
    workflow = planned.one(WORKFLOW)
    return run(workflow.inputs["definition"], workflow.inputs["parameters"], body, azure, azure.clock)


def canary(**changes: Any) -> Planned:
    """A stack whose endpoint promises `SLO` and releases by `ROLLOUT`, with changes."""
    return plan(slo=SLO, rollout={**ROLLOUT, **changes})


def serving(planned: Planned, **how: Any) -> tuple[Serving, str]:
    """An endpoint on which version 3 serves, and the name of its deployment."""
    azure = Serving(dict(APPROVED), **how)
    assert "Succeeded" == release(planned, azure, version="3").status
    (stable,) = azure.deployments
    azure.shares.clear()
    return azure, stable


def steps(azure: Serving, stable: str) -> list[int]:
    """Shares of the traffic that what was not stable had, one after the other."""
    return [sum(share for name, share in traffic.items() if name != stable) for traffic in azure.shares]


def went_back(azure: Serving, stable: str) -> bool:
    """Whether the stable version has everything, alone, and the endpoint says so."""
    held = {stable: 100} == azure.traffic and [stable] == list(azure.deployments) and 1 == len(azure.settings)
    return held and ("3", stable, "") == (azure.tags["serves"], azure.tags["stable"], azure.tags["candidate"])


def own(bound: dict[str, float]) -> Planned:
    """A stack whose endpoint is taken back by a number of its own alone, `refunds`."""
    return plan(rollout={**ROLLOUT, "metrics": {"refunds": bound}}, slo=None)
