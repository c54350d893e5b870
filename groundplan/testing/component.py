"""One component on its own: the foundation it stands on is planned with it, the rest of a stack is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blueprints.derived import serving
from components.base import Cloud, Context, Result, Spec, implementation
from components.budget import BudgetSpec
from components.endpoint import EndpointSpec
from components.foundation import FoundationSpec
from components.training import TrainingSpec
from groundplan.target import offline_place
from groundplan.testing.planned import MONTH, Planned, plan_program

__all__ = ["plan_component"]


def plan_component(
    capability: str,
    cloud: str,
    spec: Spec,
    *,
    name: str = "",
    environment: str = "prod",
    region: str | None = None,
    foundation: FoundationSpec | None = None,
    context: Mapping[str, Any] | None = None,
) -> Planned:
    """
    Plan one component offline.

    Args:
        capability: Folder of the promise, such as `training`.
        cloud: `aws`, `gcp` or `azure`.
        spec: What is asked.
        name: Of the component; by default that of the capability.
        environment: Decides protection: everything but `dev` is protected.
        region: By default the cloud's first.
        foundation: What the component stands on; by default one with what a blueprint would tell it of the component,
            and with the component's own image repository.
        context: Other fields of the `Context`.
    """
    chosen, label = Cloud(cloud), name or capability
    where = offline_place(chosen, [], region)
    given = Context("example", environment, "ml-platform", where, protect=environment != "dev", month=MONTH)
    given = Context(**{**vars(given), **(context or {})})

    def program() -> None:
        needs: dict[str, Result] = {}
        if capability != "foundation":
            ground = foundation or _told(capability, label, spec)
            base = implementation("foundation", chosen)("foundation", ground, given)
            needs[base.label] = base.result
        implementation(capability, chosen)(label, spec, given, needs)

    place = {"cloud": cloud, "account": where.account, **{k: v for k, v in vars(where).items() if isinstance(v, str)}}
    return plan_program(program, place, f"example-{environment}-{cloud}")


def _told(capability: str, label: str, spec: Spec) -> FoundationSpec:
    scores = capability == "batch"
    return FoundationSpec(
        images=[label],
        scores=scores,
        arrivals=scores or capability == "pipeline",
        notebooks=capability == "notebooks",
        monitors=capability == "monitoring",
        pipelines=capability == "pipeline",
        tunes=isinstance(spec, TrainingSpec) and spec.tuning is not None,
        serving=serving([spec]) if isinstance(spec, EndpointSpec) else [],
        stops=isinstance(spec, BudgetSpec) and spec.hard_stop,
    )
