"""The benchmark's own program is one that Pulumi takes: else its figures compare with nothing."""

from __future__ import annotations

import pytest

from components.base import Cloud
from groundplan.plan import document
from groundplan.plan.recorder import record
from groundplan.target import PROJECT
from scripts.bench import EXAMPLE, by_hand, target


@pytest.mark.parametrize("cloud", list(Cloud))
def test_the_program_by_hand_makes_what_the_plan_has(cloud):
    """
    Registered with the SDKs' classes alone, there are as many resources of each type as our components make.
    """
    stack = target(EXAMPLE, cloud)
    plan = document.plan(stack)
    hand = record(by_hand(plan), project=PROJECT, stack="hand", emulator=document.emulated(stack))

    ours = sorted(r["type"] for r in plan["resources"] if not r["type"].startswith("groundplan:"))
    assert ours == sorted(r.type for r in hand.resources.values())
