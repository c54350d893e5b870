"""Searches that nobody here has seen are planned on every cloud, or refused with a way out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from components.base import Cloud
from components.training import TrainingSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth import aws_faults, azure_faults, gcp_faults
from tests.truth.drawn_work import tunings

EXAMPLES = os.environ.get("GROUNDPLAN_EXAMPLES", "")
SOME = settings(
    max_examples=int(EXAMPLES or 5),
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
FAULTS: Mapping[Cloud, Callable[[Planned], list[str]]] = {
    Cloud.AWS: aws_faults.faults,
    Cloud.GCP: gcp_faults.faults,
    Cloud.AZURE: azure_faults.faults,
}
RUNS = st.sampled_from(
    [
        {"runtime": "pytorch", "spot": False},
        {"image": "own:1", "command": ["python3", "a b", "${x}", "@{y}", "{% z %}", "'"], "restartable": True},
        {"command": ["train", "--fast"], "checkpoint": {"every": "10m"}, "spot": {"fallback": "none"}},
        {"runtime": "sklearn", "restartable": True, "nodes": 2, "environment": {f"V{n}": "é" * 500 for n in range(48)}},
        {"runtime": "pytorch", "distributed": "torchrun", "restartable": True, "hyperparameters": {"eta": 0.1}},
    ]
)


def _planned(cloud: Cloud, fields: Mapping[str, Any]) -> Planned | None:
    """The plan; None where it is refused, which has to say what to write instead, and a cloud's limit by its page."""
    refused = ""
    try:
        return plan_component("training", cloud, TrainingSpec.model_validate(fields), name="fit")
    except ValidationError as refusal:
        refused = " ".join(error["msg"] for error in refusal.errors())
    except ValueError as refusal:
        refused = str(refusal)
    assert "write " in refused.lower(), refused
    return None


@pytest.mark.parametrize("cloud", Cloud)
@given(training=RUNS, tuning=tunings(), hours=st.sampled_from([1, 1, 30]))
@SOME
def test_what_is_searched_the_cloud_takes(cloud, training, tuning, hours):
    """
    A good search is planned without a fault that the cloud's own definitions know, and ends with the best; another is
    refused in words that end with what to write.
    """
    fields = {**training, "machine": {"cpu": 4}, "max_run": f"{hours}h", "tuning": tuning}
    planned = _planned(cloud, fields)

    assert planned is None or FAULTS[cloud](planned) == []
