"""A stack grows in place: the real engine on emulated clouds, before and after a column and a person more."""

from __future__ import annotations

from pathlib import Path

import pytest

from blueprints import parse
from components.base import Cloud
from groundplan.cli.life import emulated_cloud, sandboxed
from groundplan.engine.events import ResourceEvent
from groundplan.target import Target, offline_place
from tests.engine.test_stacks import STAYS

pytestmark = pytest.mark.engine
BLUEPRINT = """
apiVersion: groundplan/v1
name: shop
owner: ml
training: {demand: {runtime: xgboost, machine: {cpu: 4, memory: 16GiB}, restartable: true}}
batch:
  nightly: {model: demand, input: data/tomorrow/, output: data/told/, machine: {cpu: 4}, schedule: daily 03:30}
  late: {model: demand, input: data/changed/, output: data/told-again/, machine: {cpu: 4}, on: data}
notebooks:
  exploration: {users: [asha@example.com], machine: {cpu: 4, memory: 16GiB}}
features:
  entities: {visitor: {key: visitor_id}}
  views:
    habits:
      entity: visitor
      event_time: ts
      schema: {clicks: int, spend: float}
      source: data/habits/
      online: {}
      materialize: {every: 15m}
      freshness: 30m
tracking: {experiments: [rankers]}
overrides:
  azure: {notebooks: {exploration: {object_ids: {asha@example.com: 0a6f2f5e-6a0c-4a53-9d0b-3f0c6a1d2e00}}}}
"""
MORE = {  # a column at the end, a person at the beginning
    "spend: float": "spend: float, returns: int",
    "users: [asha@": "users: [amy@example.com, asha@",
    "object_ids: {asha@": "object_ids: {amy@example.com: 5b1f6f0e-0d5c-4a53-9d0b-3f0c6a1d2e00, asha@",
}
HOLDS_VALUES = (  # what a value lies in, and would be lost with
    "aws:cloudcontrol/resource:Resource",
    "aws:s3/bucket:Bucket",
    "gcp:bigquery/table:Table",
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore",
    "azure-native:machinelearningservices:Workspace",
    "azure-native:redis:Redis",
    "azure-native:storage:StorageAccount",
)


def _target(text: str, cloud: Cloud) -> Target:
    source = parse(text, str(Path("shop.yaml")))
    blueprint = source.resolve("dev", cloud)
    return Target(source, blueprint, "dev", cloud, offline_place(cloud, []), "2026-11")


def _grown() -> str:
    text = BLUEPRINT
    for before, after in MORE.items():
        assert before in text
        text = text.replace(before, after)
    return text


@pytest.mark.parametrize("cloud", Cloud)
def test_a_column_and_a_person_more_replace_nothing(engine, tmp_path, cloud):
    """
    Feature store, batch jobs and notebooks come up whole, change nothing a second time, grow in place, and go away.

    What holds values is never made anew, whoever is the first of the notebooks' users.
    """
    with sandboxed(_target(BLUEPRINT, cloud), engine, tmp_path) as life:
        outputs = set(life.up().outputs)
        assert {"batch/nightly", "batch/late", "notebooks/exploration", "features", "tracking"} <= outputs
        assert 0 == life.preview().summary.changes
    seen: list[ResourceEvent] = []

    with sandboxed(_target(_grown(), cloud), engine, tmp_path) as life:
        up = life.up(on_event=lambda event: seen.append(event) if isinstance(event, ResourceEvent) else None)
        assert up.summary.counts["create"] > 0
        assert set(up.summary.counts) <= {"create", "same", "update"}, up.summary.counts
        made = [event.type for event in seen if event.op == "create"]
        assert not set(made) & set(HOLDS_VALUES)

        life.destroy()
    with emulated_cloud(_target(BLUEPRINT, cloud), tmp_path) as clouds:
        left = {thing.type.rpartition(":")[2] for thing in clouds.world.left_over()}
    assert left <= STAYS[cloud]
