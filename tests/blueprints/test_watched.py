"""What is told of a monitor that can't work: its endpoint records nothing, or there is nothing to compare with."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints import parse
from components.base import Cloud
from components.endpoint.forms import records_nothing
from tests.blueprints.blueprint_text import FULL, told

CAPTURED = FULL.replace("    scale: {min: 1, max: 4}", "    capture: {sample: 100%}")
MONITOR = "monitoring: {scorer: {explain: {above: 0.1}}}\n"
AT = "b.yaml:21:14: monitoring.scorer"
BASELINE = "Write baseline: data/train/, a table with the columns of a request."


def _with(inputs: str, monitor: str = MONITOR) -> list[str]:
    return told(
        CAPTURED.replace("scale: {max: 1}", "port: 9000").replace("    max_run", f"{inputs}    max_run") + monitor
    )


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("", "its windows have nothing to be compared with: training.fit has no inputs."),
        ("    inputs: {a: data/a/, b: data/b/}\n", "training.fit reads a, b, and none of them is called train."),
    ],
)
def test_windows_are_compared_with_something(inputs, said):
    """
    A monitor without a baseline, whose model's training reads nothing that could be one, is told what to write.
    """
    (line,) = _with(inputs)

    assert line.partition(": monitoring.scorer: ")[2] == f"{said} {BASELINE}"


@pytest.mark.parametrize("inputs", ["    inputs: {a: data/a/}\n", "    inputs: {train: data/a/, b: data/b/}\n"])
def test_what_the_model_learnt_is_the_baseline(inputs):
    """
    A training's only input, or the one called train, is compared with; nothing has to be written.
    """
    assert [] == _with(inputs)


def test_a_baseline_that_is_written_is_enough():
    """
    Whatever the training reads, what the monitor names is compared with.
    """
    assert [] == _with("", MONITOR.replace("explain:", "baseline: data/held-out/, explain:"))


def test_a_model_of_no_training_has_no_baseline_of_its_own():
    """
    Of a model that was registered by hand, nobody knows what it was trained on.
    """
    text = CAPTURED.replace("model: fit", "model: bought").replace("scale: {max: 1}", "port: 9000")
    (line,) = told(text + "registry: {models: [bought]}\n" + MONITOR)

    assert line.endswith(f"nothing to be compared with: no training makes bought. {BASELINE}")


ENDPOINTS = {  # what an endpoint is, to the clouds on which nothing of it is recorded
    "{models: {a: fit, b: fit}}": set(Cloud),
    "{model: fit, form: serverless}": {Cloud.AWS, Cloud.GCP},
    "{model: fit, form: async}": set(Cloud),
    "{model: fit, scale: {min: 0, max: 1}}": {Cloud.AWS},
}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_what_can_not_record_is_not_told_to(endpoint):
    """
    A monitor of an endpoint that can't record on a cloud is refused there, and not sent from one refusal to the next.
    """
    text = FULL.replace("    model: fit\n    scale: {min: 1, max: 4}\n", "").replace(
        "  scorer:\n", f"  scorer: {endpoint}\n"
    )
    text = text.replace("    endpoints: {scorer: {scale: {max: 1}}}\n", "")
    clouds = [cloud for cloud in Cloud if cloud in ENDPOINTS[endpoint]]

    lines = told(text + MONITOR.replace("explain:", "baseline: data/x/, explain:"))

    unable = [line for line in lines if "records nothing to watch: " in line]
    assert bool(unable) == bool(clouds)
    assert not any("Write capture" in line for line in unable)
    for cloud in Cloud:
        found = records_nothing(_plain(endpoint), cloud)
        assert (found is not None) == (cloud in clouds)


def _plain(endpoint: str) -> dict[str, Any]:
    return parse(FULL + f"x: {endpoint}\n").root.plain["x"]
