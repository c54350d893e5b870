"""Estimates of whole stacks: the examples' as they were last reviewed, and what must hold of any."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprints import load
from components.base import Cloud
from groundplan.testing import plan_blueprint
from tests.shipped import EXAMPLES, shipped_plan

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "costs.json"
every_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
HEAD = {"apiVersion": "groundplan/v1", "name": "example", "owner": "ml-platform", "environments": {"prod": {}}}


def _cost(path: Path, environment: str, cloud: str) -> dict[str, Any]:
    return shipped_plan(path, environment, cloud).document["cost"]


def _brief(cost: dict[str, Any]) -> dict[str, Any]:
    """What a reviewer looks at first."""
    return {
        "monthly": cost["monthly"],
        "idle": cost["idle_monthly"],
        "unknown": sorted({entry["item"] for entry in cost["unknown"]}),
        "components": {part["name"]: part["monthly"]["expected"] for part in cost["components"] if part["rows"]},
    }


@every_example
def test_estimates_are_as_last_reviewed(path, request):
    """
    A change of a price, a quantity or an assumption shows as a change of a figure, in every environment on every cloud.
    """
    found = {
        f"{environment} {cloud}": _brief(_cost(path, environment, cloud))
        for environment in sorted(load(path).environments)
        for cloud in Cloud
    }
    reviewed = json.loads(GOLDEN.read_text("utf-8")) if GOLDEN.exists() else {}
    if request.config.getoption("--update-golden"):
        reviewed = dict(sorted({**reviewed, path.stem: found}.items()))
        GOLDEN.write_text(json.dumps(reviewed, indent=1) + "\n", "utf-8")

    assert reviewed[path.stem] == found


@every_example
@pytest.mark.parametrize("cloud", Cloud)
def test_the_parts_are_the_whole(path, cloud):
    """
    The rows of a component add up to it, and components to the stack; each row is its quantity at its price.
    """
    cost = _cost(path, "prod", cloud)
    for part in cost["components"]:
        known = [row for row in part["rows"] if row["amount"] is not None]
        assert part["monthly"]["expected"] == pytest.approx(sum(row["amount"] for row in known), abs=0.01)
        assert part["monthly"]["min"] == pytest.approx(sum(row["low"] or 0 for row in known), abs=0.01)
        for row in known:
            assert row["low"] is None or row["high"] is None or row["low"] <= row["amount"] <= row["high"] + 1e-9, row
            assert row["basis"] in ("listed", "derived"), row
            assert row["source"], row
            assert row["date"] or row["basis"], row
    for which in ("min", "expected", "max"):
        parts = sum(part["monthly"][which] for part in cost["components"])
        assert cost["monthly"][which] == pytest.approx(parts, abs=0.01 * len(cost["components"]))
    assert cost["idle_monthly"] <= cost["monthly"]["expected"]


def _written(folder: Path, **sections: Any) -> Path:
    path = folder / "example.yaml"
    path.write_text(json.dumps({**HEAD, **sections}), "utf-8")
    return path


def _expected(folder: Path, cloud: str, **sections: Any) -> float:
    return plan_blueprint(_written(folder, **sections), "prod", cloud).document["cost"]["monthly"]["expected"]


def _endpoint(low: int, high: int) -> dict[str, Any]:
    return {"scorer": {"model": "m", "runtime": "xgboost", "machine": {"cpu": 4}, "scale": {"min": low, "max": high}}}


REGISTRY = {"models": ["m"]}


@settings(max_examples=4, deadline=None)
@given(st.sampled_from(list(Cloud)), st.integers(1, 6), st.integers(1, 6))
def test_more_replicas_never_cost_less(tmp_path_factory, cloud, one, other):
    """
    The estimate grows with the least number of replicas.
    """
    folder = tmp_path_factory.mktemp("blueprints")
    few, many = sorted((one, other))
    amounts = [_expected(folder, cloud, registry=REGISTRY, endpoints=_endpoint(n, 8)) for n in (few, many)]

    assert amounts == sorted(amounts)
    assert (few == many) == (amounts[0] == amounts[1])


@settings(max_examples=4, deadline=None)
@given(st.sampled_from(list(Cloud)), st.integers(0, 40), st.integers(0, 40))
def test_more_runs_never_cost_less(tmp_path_factory, cloud, one, other):
    """
    The estimate grows with the runs that `usage` tells of, and none costs no machine.
    """
    folder = tmp_path_factory.mktemp("blueprints")
    training = {"fit": {"runtime": "xgboost", "machine": {"cpu": 4}, "restartable": True, "max_run": "2h"}}
    usages = [{"training": {"fit": {"runs": runs}}} for runs in sorted((one, other))]
    amounts = [_expected(folder, cloud, training=training, usage=usage) for usage in usages]

    assert amounts == sorted(amounts)


@pytest.mark.parametrize("cloud", Cloud)
def test_no_run_costs_no_machine(tmp_path, cloud):
    """
    A training that never runs has machine hours of none, and pays for none.
    """
    training = {"fit": {"runtime": "xgboost", "machine": {"cpu": 4}, "restartable": True}}
    path = _written(tmp_path, training=training, usage={"training": {"fit": {"runs": 0, "searches": 0}}})
    parts = plan_blueprint(path, "prod", cloud).document["cost"]["components"]
    rows = [row for part in parts for row in part["rows"] if row["unit"] == "machine-hour"]

    assert rows
    assert {0} == {row["quantity"] for row in rows} == {row["amount"] for row in rows}
