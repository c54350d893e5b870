"""What the estimate says of an endpoint: replicas by the hour, of each model where models share no machine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from blueprints import load
from components.base import Cloud
from groundplan.plan import document
from groundplan.target import Target, offline_place

TRAINING: dict[str, Any] = {"runtime": "tensorflow", "machine": {"cpu": 4}, "restartable": True}
MACHINE = {"cpu": 4, "memory": "16GiB"}


def _cost(tmp_path, cloud: str, **endpoint: Any) -> dict[str, Any]:
    blueprint = {
        "apiVersion": "groundplan/v1",
        "name": "served",
        "owner": "risk-ml",
        "training": {"home": TRAINING, "travel": TRAINING},
        "endpoints": {"scorer": endpoint},
    }
    path = tmp_path / "served.yaml"
    path.write_text(json.dumps(blueprint))
    source = load(path)
    chosen = Cloud(cloud)
    resolved = source.resolve("dev", chosen)
    target = Target(source, resolved, "dev", chosen, offline_place(chosen, []), "2026-11", "")
    return document.plan(target)["cost"]


def _rows(cost: dict[str, Any]) -> list[dict[str, Any]]:
    rows = next(part["rows"] for part in cost["components"] if part["name"] == "endpoints/scorer")
    return [row for row in rows if row["unit"] == "machine-hour"]


def _row(cost: dict[str, Any]) -> dict[str, Any]:
    (row,) = (row for row in _rows(cost) if row["when"] == "always")
    return row


@pytest.mark.parametrize("cloud", Cloud)
def test_hours_count_as_long_as_they_are(cloud, tmp_path):
    """
    Six hours of each day with other bounds are a quarter of the month; the dearest month has their most.
    """
    hours = {"evening": {"every": "daily 17:00-23:00 Europe/Paris", "min": 5, "max": 9}}

    row = _row(_cost(tmp_path, cloud, model="home", machine=MACHINE, scale={"min": 1, "max": 3, "schedule": hours}))

    price = row["unit_price"]
    assert 730 * (0.75 * 1 + 0.25 * 5) == row["quantity"]
    assert (round(1460 * price, 4), round(730 * 4.5 * price, 4)) == (row["low"], row["high"])
    assert "other bounds in evening" in row["told"]


@pytest.mark.parametrize(
    ("cloud", "fields", "machines"),
    [
        ("aws", {}, 1),
        ("gcp", {}, 1),
        ("gcp", {"image": "serve:2"}, 2),
        ("gcp", {"runtime": "sklearn"}, 2),
        ("azure", {}, 2),
    ],
)
def test_models_that_share_no_machine_are_paid_for_each(cloud, fields, machines, tmp_path):
    """
    On AWS they share, on Azure never, on Google Cloud where its own image for TensorFlow or PyTorch serves all.
    """
    models = {"home": "home", "travel": "travel"}

    row = _row(_cost(tmp_path, cloud, models=models, machine=MACHINE, scale={"min": 2, "max": 3}, **fields))

    assert machines * 2 * 730 == row["quantity"]
    assert (f"each of {machines} models" in row["told"]) == (machines > 1)


def test_a_serverless_endpoint_is_paid_by_use(tmp_path):
    """
    It has no machine; while nobody asks it costs nothing, and otherwise what the requests of a month take.
    """
    cost = _cost(tmp_path, "gcp", model="home", form="serverless")
    rows = next(part["rows"] for part in cost["components"] if part["name"] == "endpoints/scorer")
    asked = [row for row in rows if row["item"].startswith("Cloud Run")]

    assert asked
    assert {0} == {row["low"] for row in asked}
    assert all(row["amount"] > 0 and row["when"] == "use" for row in asked)
    assert "machine-hour" not in {row["unit"] for row in rows}


@pytest.mark.parametrize("cloud", list(Cloud))
def test_a_release_pays_for_both_versions_while_it_is_watched(tmp_path, cloud):
    """
    Machines of the new version stand beside the former one's: 15 minutes to start, and the bake time of each step.
    """
    rollout = {"strategy": "canary", "steps": ["10%", "50%"], "bake": "20m"}
    slo = {"errors": "1%"}
    watched = _cost(
        tmp_path, cloud, model="home", machine=MACHINE, scale={"min": 2, "max": 4}, slo=slo, rollout=rollout
    )
    (released,) = (row for row in _rows(watched) if row["when"] == "use")
    price = released["unit_price"]

    assert 4 * 2 * (15 + 3 * 20) / 60 == released["quantity"]
    assert (0, 10 * price, 20 * price) == pytest.approx(
        (released["low"], released["amount"], released["high"]), abs=1e-3
    )


@pytest.mark.parametrize("cloud", list(Cloud))
def test_models_on_the_same_machines_need_no_second_set(tmp_path, cloud):
    """
    Where models share machines, a new version of one takes over on them; else each has a set of its own for a while.
    """
    cost = _cost(
        tmp_path, cloud, models={"home": "home", "travel": "travel"}, machine=MACHINE, scale={"min": 1, "max": 2}
    )
    quantities = [row["quantity"] for row in _rows(cost) if row["when"] == "use"]

    assert ([1.0] if cloud == "azure" else []) == quantities
