"""The hard stop, whatever the cloud."""

from __future__ import annotations

import pytest

from components.base import Cloud
from components.budget import BudgetSpec
from groundplan.testing.component import plan_component
from tests.shipped import EXAMPLES, shipped_plan

EXAMPLE = next(path for path in EXAMPLES if path.stem == "fraud-detection")
SPEC = BudgetSpec.model_validate({"monthly_usd": 300, "hard_stop": True})


@pytest.mark.parametrize("cloud", list(Cloud))
@pytest.mark.parametrize("environment", ["prod", "production", "Live"])
def test_production_is_never_stopped(environment, cloud):
    """
    A hard stop in production is refused, with what to write instead.
    """
    with pytest.raises(ValueError, match=r"hard_stop: false") as refused:
        plan_component("budget", cloud, SPEC, environment=environment)
    assert environment in str(refused.value)


@pytest.mark.parametrize("cloud", list(Cloud))
def test_the_result_names_what_stops(cloud):
    """
    A stack that stops says what does it; another one has no such thing.
    """
    dev, staging = (shipped_plan(EXAMPLE, name, cloud).document["outputs"]["budget"] for name in ("dev", "staging"))

    assert dev["stop_id"]
    assert "stop_id" not in staging
