"""
`budget: {enforce: plan}` before the engine is told of a single resource.

The packs see resources, and not what else a month costs; and in an `up` they judge a stack when it is there. So the
program has its plan made and judged first, in a process of its own: this one's Pulumi is the engine's.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping

import pulumi

from groundplan.target import Target

__all__ = ["within_budget"]

JUDGE = "groundplan.policy.judged_plan"


def within_budget(target: Target, config: Mapping[str, str]) -> None:
    """
    See that the expected month is within a budget that no plan may go beyond.

    Args:
        target: The stack.
        config: The same as configuration; its blueprint's path starts from the working folder.

    Raises:
        pulumi.RunError: It is not, and no waiver of the blueprint lets it; or the month can't be estimated.
    """
    budget = target.blueprint.budget
    if budget is None or budget.enforce != "plan":
        return
    asked = json.dumps(dict(config))
    done = subprocess.run(  # noqa: S603 a module of ours
        [sys.executable, "-m", JUDGE], input=asked, capture_output=True, text=True, check=False
    )
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["it was ended"])[-1]
        raise pulumi.RunError(f"budget: {{enforce: plan}}: the month can't be estimated: {why}")
    beyond = json.loads(done.stdout)
    if beyond:
        raise pulumi.RunError("\n".join(beyond))
