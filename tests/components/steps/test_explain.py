"""How columns weigh in answers: which rankings are the same, which are not, and of which nothing can be said."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import ndcg_score

from components.steps.trainer.explain import Weights, moved, weigh
from components.steps.trainer.monitor import run
from components.steps.trainer.problem import Problem
from tests.components.steps.test_steps import _captured, _run, _sagemaker

COLUMNS = ["amount", "hour", "country", "age", "noise"]
SAMPLE = 300
Frame = pd.DataFrame


def _table(count: int, seed: int) -> Frame:
    draw = np.random.default_rng(seed)
    return Frame(
        {
            "amount": draw.normal(100, 20, count),
            "hour": draw.integers(0, 24, count),
            "country": draw.choice(["in", "de", "us", "fr"], count),
            "age": draw.normal(40, 9, count),
            "noise": draw.normal(size=count),
        }
    )


def _odds(table: Frame, first: str = "amount") -> pd.Series:
    """Of a model in which one column weighs most, country less, and the other least."""
    scaled = {"amount": (table["amount"] - 100) / 20, "age": (table["age"] - 40) / 9}
    other = "age" if first == "amount" else "amount"
    country = table["country"].map({"in": 1.0, "de": 0.0, "us": -1.0, "fr": 0.0})
    return 2 * scaled[first].fillna(0) + country.fillna(0) + 0.3 * scaled[other].fillna(0) - 2


def _answers(table: Frame, first: str = "amount") -> pd.Series:
    return pd.Series(1 / (1 + np.exp(-_odds(table, first))))


@cache
def _known() -> tuple[Frame, Weights]:
    """Training data, and how the columns weigh in its truth, which has noise."""
    table = _table(2000, 1)
    truth = pd.Series(np.random.default_rng(5).random(len(table)) < _answers(table)).astype(int)
    return table.assign(label=truth), weigh(table, COLUMNS, truth, table, SAMPLE)


def _weigh(table: Frame, answers: Any) -> Weights:
    return weigh(table, COLUMNS, pd.Series(answers), _known()[0], SAMPLE)


def test_the_weights_of_a_table_are_those_of_what_made_it():
    """
    The column that weighs most comes first, kinds count as numbers do, and shares are of one whole.
    """
    _, weights = _known()

    assert ["amount", "country"] == sorted(weights.of, key=lambda name: -weights.of[name])[:2]
    assert pytest.approx(1) == sum(weights.of.values())
    assert ("auc", SAMPLE) == (weights.measure, weights.rows)
    assert weights.fidelity > 0.75


@pytest.mark.parametrize(("kind", "missing"), [("probability", 0), ("decision", 0.1), ("class", 0.1)])
def test_a_model_that_weighs_as_the_data_is_calm_and_one_that_does_not_is_told(kind, missing):
    """
    With other rows, noise, values that are missing and a column that never comes: only a weight that went from one
    column to another moves the ranking.
    """
    table = _table(600, 2)
    if missing:
        table = table.mask(np.random.default_rng(3).random(table.shape) < missing).drop(columns="noise")
    found = {}
    for first in ("amount", "age"):
        score = _answers(table, first)
        answers = {"probability": score, "decision": score > 0.5, "class": np.where(score > 0.3, "stop", "go")}[kind]
        found[first] = moved(_known()[1], _weigh(table, answers))

    assert found["amount"] < 0.05
    assert found["age"] > 0.15


def test_the_same_rows_in_another_order_weigh_the_same():
    """
    A window whose files are read in another order, or looked at twice, has the same figure to the last digit.
    """
    table = _table(600, 2)
    mixed = table.sample(frac=1, random_state=4)

    assert _weigh(table, _answers(table)) == _weigh(mixed, _answers(mixed))


def test_rare_answers_are_seen():
    """
    Of one positive in fifty rows a sample has enough to weigh the columns by.
    """
    table = _table(4000, 6)
    rare = (_odds(table) > _odds(table).quantile(0.98)).astype(int)

    weights = _weigh(table, rare)

    assert SAMPLE == weights.rows
    assert "amount" == max(weights.of, key=lambda name: weights.of[name])


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([0.5] * 300, "every answer is 0.5"),
        ([0.0] * 297 + [1.0] * 3, "3 rows have the answer 1.0, all others 0.0"),
        ([None] * 201 + list(np.linspace(0, 1, 99)), "99 rows have an answer, and 100 are needed"),
        ([float("inf")] * 300, "0 rows have an answer"),
    ],
)
def test_nothing_is_said_of_answers_that_say_nothing(answers, says):
    """
    Constant answers, too few, or none, have no weights; the reason is told.
    """
    with pytest.raises(Problem, match=says):
        _weigh(_table(300, 7), answers)


def test_the_measure_is_the_fields():
    """
    The figure is 1 less the NDCG of scikit-learn, 0 for the same ranking; a reversed one of SageMaker's own example
    breaches the bound that Clarify has.
    """
    before = Weights({"sat": 0.70, "gpa": 0.50, "rank": 0.05}, 1, "r2", 500)
    after = Weights({"sat": 0.10, "gpa": 0.20, "rank": 0.70}, 1, "r2", 500)
    gain = (0.05 + 0.5 / np.log2(3) + 0.7 / 2) / (0.7 + 0.5 / np.log2(3) + 0.05 / 2)

    assert 0 == moved(before, before._replace(of={"sat": 0.6, "gpa": 0.3, "rank": 0.1}))
    assert pytest.approx(1 - gain) == moved(before, after)
    assert pytest.approx(1 - ndcg_score([[0.70, 0.50, 0.05]], [[0.10, 0.20, 0.70]])) == moved(before, after)
    assert moved(before, after) > 0.1
    with pytest.raises(Problem, match="one column"):
        moved(before._replace(of={"sat": 1}), after._replace(of={"sat": 1}))


# ------------------------------------------------------------------------------------------- as a look at a window


def _stored(folder: Path, window: Frame, answers: Any, *, truth: Any = None) -> dict[str, Path]:
    """Training data, and a window as it is recorded."""
    base = folder / "baseline"
    base.mkdir(parents=True)
    known = _known()[0]
    (known if truth is None else known.assign(**truth)).to_csv(base / "train.csv", index=False)
    capture = folder / "capture"
    capture.mkdir()
    rows = window[COLUMNS].to_numpy(dtype=object).tolist()
    lines = []
    for index, (row, answer) in enumerate(zip(rows, answers, strict=True)):
        record = _sagemaker(index, row)
        record["captureData"]["endpointOutput"]["data"] = f"{answer}\n"
        lines.append(record)
    (capture / "part.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return {"baseline": base, "capture": capture}


def _look(stored: dict[str, Path], **more: Any) -> dict[str, Any]:
    return run(
        {"target": "label", "explain": {"sample": SAMPLE}, **more}, {name: str(path) for name, path in stored.items()}
    )


def test_a_model_whose_answers_follow_another_column_is_beyond_the_bound(tmp_path):
    """
    The report has the figure, and each side's columns by weight: whoever is called sees which one moved.
    """
    window = _table(400, 8)

    report = _look(_stored(tmp_path, window, _answers(window, "age").round(6)))

    assert [] == report["notes"]
    assert report["metrics"]["explain"] > 0.2
    assert "age" == next(iter(report["explain"]["window"]))
    assert "amount" == next(iter(report["explain"]["baseline"]))
    assert {"baseline": "auc", "window": "r2"} == {k: v["measure"] for k, v in report["fidelity"].items()}


def test_a_step_tells_it_as_a_cloud_runs_it(tmp_path):
    """
    As a process of its own the step prints the figure, and its summary leaves the weights to the report.
    """
    window = _table(400, 8)
    stored = _stored(tmp_path, window, _answers(window).round(6))

    code, report, log = _run(tmp_path, {"step": "monitor", "explain": {"sample": SAMPLE}}, stored)

    assert 0 == code, log
    assert report["metrics"]["explain"] < 0.05
    assert f"groundplan: explain={report['metrics']['explain']:.10g};" in log
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert "explain" not in summary
    assert {"baseline", "window"} == set(summary["fidelity"])


def test_a_surrogate_that_does_not_explain_raises_nothing_and_says_so(tmp_path):
    """
    Answers by chance follow from no column: there is no figure, and the report has the reason and the fidelity.
    """
    window = _table(400, 8)
    chance = np.random.default_rng(9).random(len(window)).round(6)

    report = _look(_stored(tmp_path, window, chance))

    assert {"rows": 400} == report["metrics"]
    assert report["fidelity"]["window"]["value"] < 0.5
    assert "explain: of the window, a surrogate has a fidelity of" in report["notes"][0]


def test_a_model_is_held_against_its_own_answers_where_the_baseline_has_them(tmp_path):
    """
    A model that learnt to weigh otherwise than the truth is calm against the answers that it gave to the baseline.
    """
    known, window = _known()[0], _table(400, 8)
    own = {"said": _answers(known, "age")}
    stored = _stored(tmp_path, window, _answers(window, "age").round(6), truth=own)

    report = _look(stored, explain={"sample": SAMPLE, "answers": "said"}, data_quality={"above": 0.05})

    assert report["metrics"]["explain"] < 0.05
    assert 0 == report["metrics"]["data_quality"]  # what a request does not have is no column of it


@pytest.mark.parametrize(
    ("explain", "says"),
    [
        ({"sample": SAMPLE, "answers": "nil"}, "the baseline has no column nil to weigh the others by"),
        ({"sample": SAMPLE}, "of the window, 20 rows have an answer, and 100 are needed"),
    ],
)
def test_what_can_not_be_weighed_is_a_note(tmp_path, explain, says):
    """
    Too few requests, or nothing to hold them against, leave the figure out, and the other signals as they are.
    """
    window = _table(20, 8)

    report = _look(_stored(tmp_path, window, _answers(window)), explain=explain, data_quality={"above": 0.05})

    assert {"rows", "data_quality"} == set(report["metrics"])
    assert f"explain: {says}" == report["notes"][0]


def test_an_empty_window_has_no_weights(tmp_path):
    """
    Nobody asked: rows = 0, and no figure.
    """
    stored = _stored(tmp_path, _table(0, 1), [])
    _captured(tmp_path / "none", "aws", [])

    assert {"rows": 0} == _look({**stored, "capture": tmp_path / "none"})["metrics"]
