"""A feature store grows in place: the real engine on emulated clouds, before and after one column more."""

from __future__ import annotations

from pathlib import Path

import pytest

from blueprints import parse
from components.base import Cloud
from groundplan.engine.events import ResourceEvent
from groundplan.target import Target, offline_place
from tests.engine.test_stacks import sandboxed

pytestmark = pytest.mark.engine
BLUEPRINT = """
apiVersion: groundplan/v1
name: shop
owner: ml
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
"""
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


@pytest.mark.parametrize("cloud", Cloud)
def test_a_further_column_replaces_nothing(engine, tmp_path, cloud):
    """
    One column more changes or adds resources; none is replaced or deleted, and what holds values least of all.
    """
    with sandboxed(_target(BLUEPRINT, cloud), engine, tmp_path) as life:
        assert {"features", "foundation", "tracking"} == set(life.up().outputs)
        assert 0 == life.preview().summary.changes
    seen: list[ResourceEvent] = []
    more = BLUEPRINT.replace("spend: float", "spend: float, returns: int")

    with sandboxed(_target(more, cloud), engine, tmp_path) as life:
        up = life.up(on_event=lambda event: seen.append(event) if isinstance(event, ResourceEvent) else None)

    assert up.summary.changes
    assert set(up.summary.counts) <= {"create", "same", "update"}, up.summary.counts
    made = [event.type for event in seen if event.op == "create"]
    assert not set(made) & set(HOLDS_VALUES)
