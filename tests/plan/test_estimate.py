"""What the estimate says of a search: as many trials as there may be, each as long as it may be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from blueprints import load
from components.base import Cloud
from groundplan.plan import document
from groundplan.target import Target, offline_place

SPACE = {"eta": {"float": [0.01, 0.3]}}
TRAINING: dict[str, Any] = {"runtime": "sklearn", "machine": {"cpu": 4}, "restartable": True, "max_run": "90m"}
TUNING = {"objective": "auc", "goal": "maximize", "trials": 20, "parallel": 4, "parameters": SPACE}


@pytest.mark.parametrize("cloud", Cloud)
def test_a_search_costs_what_all_its_trials_may(cloud, tmp_path):
    """
    Beside the single run there is a line of machine-hours for the trials, from nothing to all of them on demand.
    """
    blueprint = {
        "apiVersion": "groundplan/v1",
        "name": "searched",
        "owner": "risk-ml",
        "training": {"net": {**TRAINING, "nodes": 2, "tuning": TUNING}, "once": {**TRAINING, "nodes": 2}},
    }
    path = tmp_path / "searched.yaml"
    path.write_text(json.dumps(blueprint))
    source = load(path)
    resolved = source.resolve("dev", cloud)
    target = Target(source, resolved, "dev", cloud, offline_place(cloud, []), "2026-11", "")

    cost = {
        part["name"]: [row for row in part["rows"] if row["unit"] == "machine-hour"]
        for part in document.plan(target)["cost"]["components"]
    }

    run, search = cost["training/net"]
    assert [run["quantity"]] == [row["quantity"] for row in cost["training/once"]]
    assert 20 * 2 * 1.5 == search["quantity"] == 20 * run["quantity"]
    assert "20 trials, 1.5 h each on 2 machine(s)" in search["told"]
    assert (0, round(20 * 3 * search["unit_price"], 4)) == (search["low"], search["amount"])
    assert search["high"] >= search["amount"] > run["amount"]
