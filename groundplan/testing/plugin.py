"""The pytest plugin: fixtures that plan offline. It comes with the package; nothing is to be imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

__all__ = ["plan_blueprint", "plan_component", "plan_program"]


@pytest.fixture(name="plan_blueprint")
def plan_blueprint() -> Callable[..., Any]:
    """`plan_blueprint("fraud.yaml", "prod", "aws")`: the plan of a blueprint, made without an account."""
    from groundplan.testing.planned import plan_blueprint as plan  # noqa: PLC0415 (keeps other people's pytest fast)

    return plan


@pytest.fixture(name="plan_program")
def plan_program() -> Callable[..., Any]:
    """`plan_program(program, {"cloud": "aws", "region": …})`: what any Pulumi program would register."""
    from groundplan.testing.planned import plan_program as plan  # noqa: PLC0415

    return plan


@pytest.fixture(name="plan_component")
def plan_component() -> Callable[..., Any]:
    """`plan_component("training", "aws", spec)`: one component on a foundation of its own."""
    from groundplan.testing.component import plan_component as plan  # noqa: PLC0415

    return plan
