"""Any feature store is planned on every cloud, or refused with what is wrong and what to write instead."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from components.base import Cloud
from components.features import FeaturesSpec
from components.features.parity import FEATURES
from components.foundation import FoundationSpec
from groundplan.testing.component import plan_component
from tests.truth import aws_faults

KINDS = ("string", "int", "float", "bool", "timestamp", "vector")
SOME = settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
GROUND = FoundationSpec(features=True)
SCHEMES = {Cloud.AWS: "s3://b/x", Cloud.GCP: "gs://b/x/", Cloud.AZURE: "azureml://datastores/d/paths/x"}
columns = st.sampled_from(["a", "B", "a_b", "_a", "a_", "z" * 63, "feature_timestamp", "write_time", "_table_x", "ts2"])
durations = st.sampled_from(["1s", "59s", "1m", "7m", "15m", "90m", "1h", "1d", "36h", "7d", "30d", "1y"])
names = st.sampled_from(["a", "b-2", "offline", "features", "store", "a-name-of-two-and-thirty-letters"])


@st.composite
def specs(draw: st.DrawFn, cloud: Cloud) -> FeaturesSpec | None:
    """A spec of the language; None where the language itself refuses it."""
    entities = draw(st.dictionaries(names, st.fixed_dictionaries({"key": columns}), min_size=1, max_size=2))
    views: dict[str, Any] = {}
    for name in draw(st.lists(names, max_size=3, unique=True)):
        view: dict[str, Any] = {
            "entity": draw(st.sampled_from(sorted(entities))),
            "event_time": draw(st.sampled_from(["ts", "event_ts", "feature_timestamp"])),
            "schema": draw(st.dictionaries(columns, st.sampled_from(KINDS), min_size=1, max_size=4)),
            "source": draw(st.sampled_from(["data/x/", "x", SCHEMES[cloud]])),
        }
        if draw(st.booleans()):
            view["materialize"] = {"every": draw(durations)}
            view["freshness"] = draw(st.none() | durations)
        view["online"] = draw(st.none() | st.just({}) | durations.map(lambda ttl: {"ttl": ttl}))
        views[name] = view
    try:
        return FeaturesSpec.model_validate({"entities": entities, "views": views})
    except ValidationError:
        return None


@pytest.mark.parametrize("cloud", Cloud)
@given(data=st.data())
@SOME
def test_any_store_is_planned_or_refused(cloud, data):
    """
    What the cloud takes is planned without a fault; what it does not is refused in words that end with a way out.
    """
    spec = data.draw(specs(cloud))
    if spec is None or any(feature.needed(spec) and feature.on[cloud].refuse for feature in FEATURES):
        return
    refused, planned = "", None
    try:
        planned = plan_component("features", cloud, spec, foundation=GROUND)
    except ValueError as refusal:
        refused = str(refusal)

    if planned is None:
        assert (True, True) == (refused.startswith("views."), refused.endswith(".")), refused
        return
    assert [] == planned.refusals
    assert len({resource.urn for resource in planned}) == len(planned)
    if cloud == Cloud.AWS:
        assert [] == [f for f in aws_faults.faults(planned) if "twice" not in f]


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ({"freshness": "1m", "materialize": {"every": "1h"}}, "shorter than materialize.every"),
        ({"freshness": "1h"}, "Write materialize"),
        ({"schema": {"A": "int", "a": "int"}}, "one column where case does not count"),
        ({"schema": {"ts": "timestamp"}}, "one column where case does not count"),
        ({"schema": {"ID": "int"}}, "the key of c"),
    ],
)
def test_what_no_cloud_can_keep_is_refused(view, said):
    """
    A promise that can't be kept, and columns that would be one, are refused by the language.
    """
    whole = {"entity": "c", "event_time": "ts", "schema": {"a": "int"}, "source": "x", **view}

    with pytest.raises(ValidationError, match=said):
        FeaturesSpec.model_validate({"entities": {"c": {"key": "id"}}, "views": {"v": whole}})
