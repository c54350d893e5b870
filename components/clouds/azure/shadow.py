"""A shadow on Azure: a version beside the one that serves sees a copy of the traffic, and its answers go nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.azure.deployment import ReleasePlan
from components.clouds.azure.measures import SHADOW
from components.clouds.azure.traffic import ALL_TO_STABLE, moved, put_traffic, recorded, remove
from components.clouds.azure.workflow import Actions, after, choose, done, fail
from components.endpoint import EndpointSpec

__all__ = ["ASKED", "MOST", "check_sample", "ends", "mirror"]

ASKED = "contains(triggerBody(), 'shadow')"
"""Whether the start is about a shadow."""

MOST = 50
"""
Most of the traffic, in hundredths, that is mirrored; to one deployment, which has no traffic of its own.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints#test-the-deployment-with-mirrored-traffic
"""


def check_sample(name: str, spec: EndpointSpec) -> None:
    """
    See that Azure mirrors as much as is asked.

    Raises:
        ValueError: It does not.
    """
    if spec.shadow and spec.shadow.sample.value > MOST:
        raise ValueError(
            f"endpoints/{name}: shadow.sample is {spec.shadow.sample}, and Azure mirrors {MOST}% of the traffic at most"
            " (https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints)."
            f" Write {MOST}%."
        )


def ends(run_after: Mapping[str, Any]) -> Actions:
    """After the old shadow went: the end, where no other is asked, or where nothing serves that it could shadow."""
    nothing = "@concat('version ', outputs('version'), ' can not be a shadow: no version serves. Release one first.')"
    return {
        "Shadow_off": choose({"equals": ["@outputs('version')", ""]}, {"Shadow_gone": done()}, run_after=run_after),
        "Shadow_of": choose(
            {"equals": [f"@and({ASKED}, equals(outputs('stable'), ''))", True]},
            {"Nothing_serves": fail("NothingServes", nothing)},
            run_after=after("Shadow_off"),
        ),
    }


def mirror(plan: ReleasePlan, identity: str, run_after: Mapping[str, Any]) -> Actions:
    """Copy the sample of the traffic to what was deployed, and end; a release goes on."""
    share = int(plan.spec.shadow.sample.value) if plan.spec.shadow else 0
    tags = {**recorded("outputs('stable')", "outputs('serves')"), "shadow": "@outputs('version')"}
    failed = "@concat('no traffic is copied to version ', outputs('version'), ': ', variables('state'))"
    asked: Actions = {
        "Mirror": put_traffic(plan, identity, ALL_TO_STABLE, tags, mirror={SHADOW: share}),
        **moved("Mirror", identity),
        "Mirrored": choose(
            {"not": {"equals": ["@variables('state')", "Succeeded"]}},
            {
                **remove(plan, identity, "Unmirror", "outputs('deployment')"),
                "Mirror_failed": fail("NotMirrored", failed, after("Unmirror")),
            },
            run_after=after("Mirror_wait"),
        ),
        "Shadow_on": done(after("Mirrored")),
    }
    return {"Shadow": choose({"equals": [f"@{ASKED}", True]}, asked, run_after=run_after)}
