"""Batch jobs and notebooks in the sandbox, with the real engine: up, no change, another user, destroyed."""

from __future__ import annotations

from pathlib import Path

import pytest

from blueprints import parse
from components.base import Cloud
from groundplan.cli.life import emulated_cloud, sandboxed
from groundplan.target import Target, offline_place

pytestmark = pytest.mark.engine
EXAMPLE = Path(__file__).parents[2] / "blueprints" / "demand-forecast.yaml"
STAYS = {  # what a cloud keeps after a destroy, and we say so in the parity table
    "aws": set(),
    "gcp": {"KeyRing", "CryptoKey", "IAMCustomRole", "IAMMember", "IAMAuditConfig"},
    "azure": {"Workspace", "Vault"},
}


def _target(cloud: Cloud, text: str) -> Target:
    source = parse(text, str(EXAMPLE))
    blueprint = source.resolve("dev", cloud)
    place = offline_place(cloud, list(blueprint.data.residency))
    return Target(source, blueprint, "dev", cloud, place, "2026-11")


@pytest.mark.parametrize("cloud", Cloud)
def test_life_of_batch_jobs_and_notebooks(engine, tmp_path, cloud):
    """
    What is planned comes up whole, changes nothing a second time, and goes away; another first user replaces nothing.
    """
    text = EXAMPLE.read_text("utf-8")
    more = text.replace("users: [asha@", "users: [amy@example.com, asha@").replace(
        "          asha@", "          amy@example.com: 5b1f6f0e-0d5c-4a53-9d0b-3f0c6a1d2e00\n          asha@"
    )
    with sandboxed(_target(cloud, text), engine, tmp_path) as life:
        up = life.up()
        assert {"batch/nightly", "batch/late-deliveries", "notebooks/exploration"} <= set(up.outputs)
        assert 0 == life.preview().summary.changes
    with sandboxed(_target(cloud, more), engine, tmp_path) as life:
        counts = life.up().summary.counts
        assert counts["create"] > 0
        assert not {"replace", "delete", "create-replacement"} & {what for what, count in counts.items() if count}
        life.destroy()
    with emulated_cloud(_target(cloud, text), tmp_path) as clouds:
        left = {thing.type.rpartition(":")[2] for thing in clouds.world.left_over()}
    assert left <= STAYS[cloud]
