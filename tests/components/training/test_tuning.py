"""What a blueprint may ask of a search, and what it is told where it may not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from components.training import TrainingSpec

SPACE = {"eta": {"log": [0.01, 0.3]}, "depth": {"int": [3, 10]}}
TUNING = {"objective": "auc", "goal": "maximize", "trials": 24, "parallel": 4, "parameters": SPACE}
TRAINING = {"runtime": "xgboost", "machine": {"cpu": 4}, "restartable": True, "max_run": "4h"}
LIMITS = "automatic-model-tuning-limits"


def _told(tuning: dict[str, Any], **training: Any) -> str:
    """What a blueprint is told of what it asks; nothing where it is taken."""
    asked = {**TRAINING, **training, "tuning": {**TUNING, **tuning}}
    try:
        TrainingSpec.model_validate({key: value for key, value in asked.items() if value is not None})
    except ValidationError as refused:
        return " ".join(error["msg"] for error in refused.errors())
    return ""


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"trials": 750, "parallel": 100},
        {"early_stopping": True, "goal": "minimize", "objective": "val.loss-1"},
        {"parameters": {"a": {"choice": ["gb tree", 2, True, 1.5]}, "b": {"float": [-1, 1]}, "c": {"int": [-3, 10.0]}}},
        {"parameters": {f"p{n}": {"float": [0, 1]} for n in range(30)}},
    ],
)
def test_a_search_is_taken(asked):
    """
    Every kind of parameter, up to the numbers that each cloud takes.
    """
    assert "" == _told(asked)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"trials": 751}, "750 trials at most"),
        ({"trials": 751}, LIMITS),
        ({"trials": 200, "parallel": 101}, "Write 100 or less"),
        ({"trials": 2}, "Write parallel: 2"),
        ({"objective": "model"}, "Write another name"),
        ({"parameters": {}}, "at least 1"),
        ({"parameters": {f"p{n}": {"float": [0, 1]} for n in range(31)}}, "at most 30"),
        ({"parameters": {"a": {"log": [0, 0.3]}}}, "Write log: [0.0003, 0.3], or float: [0, 0.3]"),
        ({"parameters": {"a": {"log": [-2, -1]}}}, "Write float: [-2, -1]"),
        ({"parameters": {"a": {"int": [3.5, 10]}}}, "Write whole numbers"),
        ({"parameters": {"a": {"int": [0, 2**53 + 1]}}}, "at most 15 digits"),
        ({"parameters": {"a": {"float": [1, 1]}}}, "the smaller number first"),
        ({"parameters": {"a": {"float": [1, 2, 3]}}}, "Write float: [0.5, 1.0]"),
        ({"parameters": {"a": {"float": [True, 2]}}}, "a range is two numbers"),
        ({"parameters": {"a": {"float": [0, float("inf")]}}}, "a range is two numbers"),
        ({"parameters": {"a": {"choice": ["x"]}}}, "Write 2 to 30 values"),
        ({"parameters": {"a": {"choice": list(range(31))}}}, "Write 2 to 30 values"),
        ({"parameters": {"a": {"choice": ["2", 2]}}}, "read the same"),
        ({"parameters": {"a": {"choice": ["x", "y" * 257]}}}, "1 to 256 characters"),
        ({"parameters": {"a": {"choice": ["x", "y\n"]}}}, "in one line"),
        ({"parameters": {"a": {"choice": [1, float("nan")]}}}, "Write it as text"),
        ({"parameters": {"a": {"int": [1, 2], "float": [1, 2]}}}, "Write one of int, float, log and choice"),
        ({"parameters": {"_tuning_objective_metric": {"int": [1, 2]}}}, "Write another name"),
    ],
)
def test_what_no_search_can_be_is_refused(asked, told):
    """
    Each refusal says what to write instead, and a limit says whose it is.
    """
    assert told in _told(asked)


def test_a_search_ends_in_time():
    """
    More rounds than SageMaker's thirty days hold are refused, with that limit and its page.
    """
    told = _told({"trials": 40, "parallel": 1}, max_run="24h", spot=False)

    assert "40 days" in told
    assert LIMITS in told
    assert "" == _told({"trials": 40, "parallel": 2}, max_run="24h", spot=False)


def test_there_is_something_to_start():
    """
    An image without a command is no trial: the program that tells the figure would not know what to start.
    """
    assert "Write command" in _told({}, runtime=None, image="own:1")
    assert "" == _told({}, runtime=None, image="own:1", command=["python3", "train.py"])


def test_the_program_has_room_among_the_channels():
    """
    SageMaker brings the program by one of a job's channels.
    """
    inputs = {f"c{n}": f"data/{n}/" for n in range(19)}

    assert "Write 18 at most" in _told({}, inputs=inputs)
