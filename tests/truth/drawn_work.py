"""Batch jobs and notebooks that nobody wrote, for the truth tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

__all__ = ["batches", "kinds_of_notebook", "object_ids", "tunings"]

Draw = Callable[[st.SearchStrategy[Any]], Any]
USERS = ("asha@example.com", "a.b@example.com", "a-b@example.com", f"{'x' * 64}@example.com", "*!?@example.com")
ID = "5b1f6f0e-0d5c-4a53-9d0b-3f0c6a1d2e01"


@st.composite
def batches(draw: Draw, models: list[str]) -> dict[str, Any]:
    """One batch job that every cloud takes."""
    serves = draw(st.sampled_from([{"image": "score:1"}, {"runtime": "pytorch"}, {"runtime": "xgboost"}]))
    job = {
        "model": draw(st.sampled_from(models)),
        "input": draw(st.sampled_from(["in", "data/in/", "x=1/y-z/"])),
        "output": draw(st.sampled_from(["out", "data/out/", f"{'o' * 200}/"])),
        "machine": draw(st.sampled_from([{"cpu": 1}, {"cpu": 8, "memory": "32GiB"}, {"accelerator": "T4"}])),
        **serves,
    }
    return job | draw(
        st.fixed_dictionaries(
            {},
            optional={
                "schedule": st.sampled_from(["hourly", "daily 00:00", "weekly sunday 23:59 Asia/Kathmandu"]),
                "replicas": st.sampled_from([1, 2, 100]),
                "spot": st.booleans(),
                "max_run": st.sampled_from(["5m", "12h", "30d"]),
            },
        )
    )


@st.composite
def kinds_of_notebook(draw: Draw) -> dict[str, Any]:
    """One kind of notebook that every cloud takes."""
    users = draw(st.lists(st.sampled_from(USERS), min_size=1, max_size=5, unique=True))
    return {"users": users} | draw(
        st.fixed_dictionaries(
            {},
            optional={
                "idle_stop": st.sampled_from(["60m", "2h", "1d"]),
                "disk": st.sampled_from(["10GiB", "50GiB", "16TiB"]),
                "machine": st.sampled_from([{"cpu": 2}, {"cpu": 8, "memory": "32GiB"}, {"accelerator": "T4"}]),
            },
        )
    )


SEARCHED = ["eta", "learning-rate.end", "a/b:c", "x+~y", "1e", f"{'p' * 128}", "hidden_1", "hidden-1", "hidden.1"]


@st.composite
def tunings(draw: Draw) -> dict[str, Any]:
    """One search that a blueprint may ask for; some cloud may refuse it."""
    numbers = st.floats(1e-12, 1e12, allow_nan=False) | st.integers(1, 10**6)
    pairs = st.tuples(numbers, numbers).filter(lambda pair: pair[0] < pair[1]).map(list)
    whole = st.tuples(st.integers(-(2**53), 0), st.integers(1, 2**53)).map(list)
    texts = st.sampled_from(["gb tree", "it's", "@{x}", "${y}", "{% $z %}", "${{inputs.a}}", "é日本", '"q"', "w" * 256])
    values = texts | st.booleans() | st.integers(-5, 5) | st.floats(0, 1)
    choices = st.lists(values, min_size=2, max_size=30, unique_by=lambda v: v if isinstance(v, str) else json.dumps(v))
    kinds = st.one_of(
        pairs.map(lambda pair: {"float": pair}),
        pairs.map(lambda pair: {"log": pair}),
        whole.map(lambda pair: {"int": pair}),
        choices.map(lambda several: {"choice": several}),
    )
    trials = draw(st.sampled_from([1, 2, 24, 750]))
    return {
        "objective": draw(st.sampled_from(["auc", "val.loss-1", "_f1", "m" * 64])),
        "goal": draw(st.sampled_from(["maximize", "minimize"])),
        "trials": trials,
        "parallel": draw(st.sampled_from([n for n in (1, 2, 24, 100) if n <= trials])),
        "parameters": draw(st.dictionaries(st.sampled_from(SEARCHED), kinds, min_size=1, max_size=9)),
        "early_stopping": draw(st.booleans()),
    }


def object_ids(notebooks: dict[str, Any]) -> dict[str, Any]:
    """What Azure has to be told of the users: under `overrides.azure`."""
    return {name: {"object_ids": dict.fromkeys(kind["users"], ID)} for name, kind in notebooks.items()}
