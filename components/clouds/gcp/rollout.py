"""What a release on Google Cloud moves traffic by: shares, minutes, and the queries that take a version back."""

from __future__ import annotations

from typing import Any

import pulumi

from components.base import Component
from components.clouds.gcp.alarms import checks
from components.clouds.gcp.ground import place
from components.clouds.gcp.measures import LATE, WINDOW, Of, requests
from components.endpoint import EndpointSpec

__all__ = ["rollout"]


def rollout(component: Component, spec: EndpointSpec, endpoint: pulumi.Output[str]) -> dict[str, Any] | None:
    """
    The variable `given.rollout` of a release; None where versions are released at once.

    A step lasts its bake time and as long as its last minute may take to be seen.

    Args:
        component: Whose endpoint it is.
        spec: What is asked.
        endpoint: Its number.
    """
    if not spec.rollout:
        return None
    back = {*spec.rollback_on, *spec.rollout.metrics}
    candidate = endpoint.apply(lambda number: Of(number, "<deployed>", "<version>", "<window>"))
    return {
        "shares": [*(int(step.value) for step in spec.rollout.steps), 100],
        "looks": spec.rollout.bake.minutes + LATE,
        "window": WINDOW,
        "checks": [
            {
                "name": check.name,
                "bound": check.bound,
                "unit": check.unit,
                "query": candidate.apply(check.query),
            }
            for check in checks(component, spec)
            if check.name in back
        ],
        "requests": candidate.apply(requests),
        "monitoring": f"https://monitoring.googleapis.com/v1/projects/{place(component).project}"
        "/location/global/prometheus/api/v1/query",
    }
