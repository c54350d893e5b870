"""Whole stacks in the sandbox, with the real engine: up, no change, drift, an update, killed and resumed, destroyed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from blueprints import load, parse
from components.base import Cloud
from groundplan.cli.life import emulated_cloud, forget_begun, sandboxed
from groundplan.engine.stack import EngineStack
from groundplan.plan import document
from groundplan.target import Target, offline_place

pytestmark = pytest.mark.engine
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "blueprints" / "fraud-detection.yaml"
STAYS = {  # what a cloud keeps after a destroy, and we say so in the parity table
    "aws": set(),
    "gcp": {"KeyRing", "CryptoKey", "IAMCustomRole", "IAMMember", "IAMAuditConfig"},  # the last two are the project's
    "azure": {"Workspace", "Vault"},
}
DRIFT = {  # a thing that somebody deletes behind Pulumi's back
    "aws": "aws:budgets/budget:Budget",
    "gcp": "gcp:billing/budget:Budget",
    "azure": "azure-native:consumption:Budget",
}
every_cloud = pytest.mark.parametrize("cloud", Cloud)


def _target(cloud: Cloud, text: str | None = None, environment: str = "dev") -> Target:
    source = parse(text, str(EXAMPLE)) if text else load(EXAMPLE)
    blueprint = source.resolve(environment, cloud)
    place = offline_place(cloud, list(blueprint.data.residency))
    return Target(source, blueprint, environment, cloud, place, "2026-11")


@pytest.fixture(name="stack")
def _stack(engine, tmp_path) -> Callable[[Target], AbstractContextManager[EngineStack]]:
    return lambda target: sandboxed(target, engine, tmp_path)


@every_cloud
def test_life_of_a_stack(stack, tmp_path, cloud):
    """
    What is planned comes up whole, changes nothing a second time, heals drift, grows in place, and goes away.
    """
    text = EXAMPLE.read_text("utf-8")
    target = _target(cloud, text)
    plan = document.plan(target)["resources"]
    with stack(target) as life:
        up = life.up()
        assert up.summary.counts["create"] >= sum(not r["type"].startswith("groundplan:") for r in plan)
        assert set(up.outputs) == {
            "foundation",
            "registry",
            "training/fraud-xgb",
            "endpoints/scorer",
            "dashboard",
            "budget",
        }
        _agree(plan, life.export()["deployment"]["resources"])
        assert 0 == life.preview().summary.changes

        with emulated_cloud(target, tmp_path) as clouds:
            (gone,) = clouds.world.resources(DRIFT[cloud])
            clouds.world.remove(DRIFT[cloud], gone.id)
        assert 1 == life.refresh().summary.counts["delete"]
        assert 1 == life.up().summary.counts["create"]

    # the first of the list: it touches no other but what names it
    more = text.replace("endpoints:\n", "endpoints:\n  appeals: {model: fraud-xgb}\n", 1)
    with stack(_target(cloud, more)) as life:
        counts = dict(life.up().summary.counts)
        assert counts["create"] > 0
        assert not {"replace", "delete", "create-replacement", "delete-replaced"} & set(counts)

        life.destroy()
    with emulated_cloud(target, tmp_path) as clouds:
        left = {thing.type.rpartition(":")[2] for thing in clouds.world.left_over()}
    assert left <= STAYS[cloud]


def _agree(plan: list[dict[str, Any]], state: list[dict[str, Any]]) -> None:
    """The offline plan holds the resources, ids and dependencies that the engine then keeps in its state."""
    planned = {r["urn"]: r for r in plan}
    made = {r["urn"]: r for r in state if not r["type"].startswith("pulumi:")}

    assert set(planned) == set(made)
    assert {u: r["id"] for u, r in planned.items() if r["id"]} == {u: r["id"] for u, r in made.items() if r.get("id")}
    for urn, resource in planned.items():
        assert set(resource["dependencies"]) == set(made[urn].get("dependencies", [])), urn
        assert resource["protect"] == made[urn].get("protect", False), urn


def test_killed_half_way_the_next_up_goes_on(stack, tmp_path):
    """
    An `up` that is killed leaves a state that the next one completes, with nothing made twice.
    """
    target = _target(Cloud.AWS)
    code = (
        "from pathlib import Path; from tests.engine.test_stacks import _target;"
        "from components.base import Cloud; from groundplan.cli.life import engine, sandboxed\n"
        f"with sandboxed(_target(Cloud.AWS), engine(), Path({str(tmp_path)!r})) as life:\n"
        " life.up(lambda event: print(event, flush=True))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert child.stdout
    made = 0
    for line in child.stdout:
        made += "stage='done'" in line
        if made >= 20:
            break
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    time.sleep(1)  # the engine's own process notices that its parent is gone

    with stack(target) as life:
        forget_begun(life, target, tmp_path)
        done = life.up(clear_pending=True)
        assert 0 == life.preview().summary.changes
    assert done.summary.counts["create"] < len(document.plan(target)["resources"])
