"""What the steps find, run as a cloud runs them: the archive unpacked, settings and folders in variables."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import os
import random
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon
from sklearn import metrics as sklearn_metrics

from components.steps import METRIC_LINE, archive
from components.steps.trainer.captures import read_captures
from components.steps.trainer.distances import distance
from components.steps.trainer.scores import SCORES, score

COLUMNS = ["amount", "hour", "country"]


def _run(folder: Path, given: Mapping[str, Any], inputs: Mapping[str, Path]) -> tuple[int, dict[str, Any], str]:
    """Exit code, report and log of a step that runs as a process of its own."""
    code = folder / "code"
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(archive()))) as tar:
        tar.extractall(code, filter="data")
    out = folder / "out"
    told = {f"INPUT_{name.upper()}": str(path) for name, path in inputs.items()}
    environment = {"PATH": os.environ["PATH"], "HYPERPARAMETERS": json.dumps(given), "OUTPUT_DIR": str(out), **told}
    command = [sys.executable, "-m", "trainer.task"]
    done = subprocess.run(command, cwd=code, env=environment, capture_output=True, text=True, check=False)
    report = json.loads((out / "report.json").read_text()) if (out / "report.json").exists() else {}
    return done.returncode, report, done.stdout + done.stderr


def _rows(count: int, *, shift: float = 0, seed: int = 7) -> list[list[Any]]:
    draw = random.Random(seed)  # noqa: S311 no secret
    return [[draw.gauss(100 + shift, 20), draw.randrange(24), draw.choice(["in", "de", "us"])] for _ in range(count)]


def _baseline(folder: Path, rows: Sequence[Sequence[Any]]) -> Path:
    folder.mkdir(parents=True)
    with (folder / "train.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, "label"])
        writer.writerows([*row, int(row[0] > 110)] for row in rows)
    return folder


def _answer(row: Sequence[Any]) -> float:
    return 0.9 if row and isinstance(row[0], float | int) and row[0] > 110 else 0.1


def _sagemaker(index: int, row: Sequence[Any]) -> dict[str, Any]:
    return {
        "captureData": {
            "endpointInput": {"observedContentType": "text/csv", "data": ",".join(map(str, row)), "encoding": "CSV"},
            "endpointOutput": {"observedContentType": "text/csv", "data": f"{_answer(row)}\n", "encoding": "CSV"},
        },
        "eventMetadata": {"eventId": f"e{index}", "inferenceTime": "2026-11-20T10:00:00Z"},
        "eventVersion": "0",
    }


def _vertex(index: int, row: Sequence[Any]) -> dict[str, Any]:
    return {
        "endpoint": "4711",
        "deployed_model_id": "1",
        "logging_time": "2026-11-20 10:00:00 UTC",
        "request_id": f"e{index}",
        "request_payload": [json.dumps(list(row))],
        "response_payload": [json.dumps(_answer(row))],
    }


def _azure(index: int, row: Sequence[Any]) -> list[dict[str, Any]]:
    about = {"specversion": "1.0", "time": "2026-11-20T10:00:00Z", "datacontenttype": "application/json"}
    named = dict(zip(COLUMNS, row, strict=True))
    return [
        {**about, "id": f"i{index}", "correlationid": f"e{index}", "type": "azureml.inference.inputs", "data": [named]},
        {
            **about,
            "id": f"o{index}",
            "correlationid": f"e{index}",
            "type": "azureml.inference.outputs",
            "data": [{"prediction": _answer(row)}],
        },
    ]


def _captured(folder: Path, cloud: str, rows: Sequence[Sequence[Any]]) -> Path:
    """What the cloud's own recording of these requests looks like."""
    folder.mkdir(parents=True)
    if cloud == "aws":
        records = [_sagemaker(i, row) for i, row in enumerate(rows)]
    elif cloud == "gcp":
        records = [_vertex(i, row) for i, row in enumerate(rows)]
    else:
        records = [half for i, row in enumerate(rows) for half in _azure(i, row)]
    text = "".join(json.dumps(record) + "\n" for record in records)
    if cloud == "gcp":
        (folder / "export-000.json.gz").write_bytes(gzip.compress(text.encode()))
    else:
        (folder / "part.jsonl").write_text(text)
    return folder


every_cloud = pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])


@every_cloud
def test_the_same_requests_have_the_same_drift_on_every_cloud(tmp_path, cloud):
    """
    A window like the training data is calm, one that moved is told with the column that moved most.
    """
    base = _baseline(tmp_path / "baseline", _rows(3000))
    given = {"step": "monitor", "drift": {"metric": "psi"}, "data_quality": {"above": 0.05}}

    calm = _captured(tmp_path / "calm", cloud, _rows(1000, seed=8))
    code, report, log = _run(tmp_path / "a", given, {"baseline": base, "capture": calm})
    assert 0 == code, log
    assert report["metrics"]["drift"] < 0.1
    assert 0 == report["metrics"]["data_quality"]
    assert 1000 == report["metrics"]["rows"]

    moved = _captured(tmp_path / "moved", cloud, _rows(1000, shift=40, seed=9))
    code, report, log = _run(tmp_path / "b", given, {"baseline": base, "capture": moved})
    assert 0 == code, log
    assert report["metrics"]["drift"] > 0.25
    assert "amount" == next(iter(report["drift"]))
    told = METRIC_LINE.format(name="drift").partition("(")[0]
    assert f"{told}{report['metrics']['drift']:.10g};" in log


@every_cloud
def test_labels_that_come_later_are_held_against_answers(tmp_path, cloud):
    """
    Quality is of the rows whose truth has arrived, found by the request's id; bias by the groups in the request.
    """
    rows = _rows(600)
    base, capture = _baseline(tmp_path / "base", rows), _captured(tmp_path / "capture", cloud, rows)
    labels = tmp_path / "labels"
    labels.mkdir()
    truth = [{"id": f"e{i}", "label": int(row[0] > 110) ^ (i < 60)} for i, row in enumerate(rows[:500])]
    (labels / "day.jsonl").write_text("".join(json.dumps(each) + "\n" for each in truth))
    given = {
        "step": "monitor",
        "quality": {"metric": "accuracy", "above": None},
        "bias": {"metric": "dpl", "facet": "country"},
    }

    code, report, log = _run(tmp_path, given, {"baseline": base, "capture": capture, "labels": labels})

    assert 0 == code, log
    assert 500 == report["metrics"]["labelled"]
    assert pytest.approx(440 / 500) == report["metrics"]["quality"]
    assert 0 <= report["metrics"]["bias"] < 0.15


def test_an_empty_window_says_so_and_has_no_figure(tmp_path):
    """
    Nobody asked: no drift of 0, which would look like all is well, but rows = 0.
    """
    base = _baseline(tmp_path / "base", _rows(50))
    (tmp_path / "capture").mkdir()

    code, report, _ = _run(
        tmp_path, {"step": "monitor", "drift": {"metric": "js"}}, {"baseline": base, "capture": tmp_path / "capture"}
    )

    assert (0, {"rows": 0}) == (code, report["metrics"])


def test_a_request_of_another_shape_is_told(tmp_path):
    """
    A CSV line with more cells than the baseline has columns ends the step, and says what to do.
    """
    base, capture = _baseline(tmp_path / "base", _rows(50)), tmp_path / "capture"
    capture.mkdir()
    (capture / "x.jsonl").write_text(json.dumps(_sagemaker(1, [1, 2, "in", 4])))

    code, report, log = _run(
        tmp_path, {"step": "monitor", "drift": {"metric": "ks"}}, {"baseline": base, "capture": capture}
    )

    assert (1, {}) == (code, report["metrics"])
    assert [log.partition("monitor: ")[2].strip()] == report["failed"]
    assert "a request has 4 values, and the baseline 3 columns: amount, hour, country." in log
    assert "Traceback" not in log


def test_unlike_values_are_poor_data(tmp_path):
    """
    A country that training never saw, a word where a number was, a value that was never missing: each spoils its row.
    """
    base = _baseline(tmp_path / "base", _rows(1000))
    rows = _rows(100)
    rows[0][2], rows[1][0] = "atlantis", "many"
    capture = _captured(tmp_path / "capture", "azure", rows)
    text = (
        (capture / "part.jsonl").read_text().replace(f'"hour": {rows[5][1]}, "country"', '"hour": null, "country"', 1)
    )
    (capture / "part.jsonl").write_text(text)
    rows_answered = {"step": "monitor", "data_quality": {"above": 0.01}}

    _, report, log = _run(tmp_path, rows_answered, {"baseline": base, "capture": capture})

    assert {"amount", "country", "hour"} == set(report["data_quality"]), log
    assert pytest.approx(0.03) == report["metrics"]["data_quality"]


def test_expectations_stop_a_run_with_each_reason(tmp_path):
    """
    What the data is not as it should be is told in words, with a figure and an example, and the step fails.
    """
    data = tmp_path / "data"
    data.mkdir()
    pd.DataFrame({"amount": [1.0, -5.0, None, 9.0], "card": [1, 2, 2, 3]}).to_csv(data / "d.csv", index=False)
    given = {
        "step": "expect",
        "rows": {"at_least": 5},
        "columns": {"amount": {"min": 0, "max": 8, "missing": 0.1}, "card": {"unique": True}, "when": {"min": 1}},
    }

    code, report, log = _run(tmp_path, given, {"train": data})

    assert 1 == code
    assert report["failed"] == [
        "train: 4 rows, and at least 5 are expected",
        "train: amount: 25.00% of the rows have no value, and 10.00% may",
        "train: amount: 1 values beyond min 0, such as -5",
        "train: amount: 1 values beyond max 8, such as 9",
        "train: card: 1 values are there more than once, such as 2",
        "train: no column when; there are amount, card",
    ]
    assert all(f"groundplan expect: {reason}" in log for reason in report["failed"])
    given["rows"], given["columns"] = {"at_least": 4, "at_most": 4}, {"amount": {"min": -5, "max": 9, "missing": 0.25}}
    assert 0 == _run(tmp_path / "again", given, {"train": data})[0]


def _model(folder: Path, figures: Any, *, archived: bool = False) -> Path:
    folder.mkdir(parents=True)
    text = json.dumps(figures).encode()
    if not archived:
        (folder / "metrics.json").write_bytes(text)
        return folder
    with tarfile.open(folder / "model.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("metrics.json")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
    return folder


@pytest.mark.parametrize(
    ("gate", "candidate", "champion", "accepted"),
    [
        ({"by": 0.002}, 0.933, 0.93, 1),
        ({"by": 0.005}, 0.933, 0.93, 0),
        ({}, 0.93, 0.93, 0),
        ({}, 0.93, None, 1),
        ({"at_least": 0.95}, 0.94, None, 0),
        ({"better_than": "nothing"}, 0.5, 0.9, 1),
        ({"goal": "minimize", "by": 0.1}, 2.0, 2.2, 1),
        ({"goal": "minimize", "at_least": 1.5}, 2.0, None, 0),
    ],
)
def test_a_candidate_passes_the_gate_or_not(tmp_path, gate, candidate, champion, accepted):
    """
    By the advantage that is asked, over the champion where there is one, and never beyond the bound.
    """
    inputs = {"candidate": _model(tmp_path / "candidate", {"auc": candidate}, archived=True)}
    if champion is not None:
        inputs["champion"] = _model(tmp_path / "champion", {"auc": champion})

    code, report, log = _run(tmp_path, {"step": "evaluate", "metric": "auc", **gate}, inputs)

    assert 0 == code, log
    assert accepted == report["metrics"]["accepted"]
    assert bool(report["reason"]) != bool(accepted)
    assert f"groundplan: accepted={accepted};" in log


def test_a_candidate_without_its_figure_is_told_what_to_write(tmp_path):
    """
    Training that wrote no metrics, or others, ends the step with what to write.
    """
    _, _, log = _run(tmp_path, {"step": "evaluate", "metric": "auc"}, {"candidate": _model(tmp_path / "c", {"f1": 1})})

    assert "the candidate's metrics.json has no auc; it has f1. Write it there when training ends." in log


@pytest.mark.parametrize("seed", range(5))
def test_distances_and_scores_are_those_of_the_field(seed):
    """
    ks, wasserstein, js and each score equal scipy's and scikit-learn's.
    """
    draw = np.random.default_rng(seed)
    x, y = draw.normal(0, 2, 400), draw.normal(0.5, 3, 300)
    assert pytest.approx(stats.ks_2samp(x, y).statistic) == distance("ks", pd.Series(x), pd.Series(y))
    assert pytest.approx(stats.wasserstein_distance(x, y) / x.std()) == distance(
        "wasserstein", pd.Series(x), pd.Series(y)
    )
    kinds = [list(draw.choice(["a", "b", "c"], 200, p=p)) for p in ([0.2, 0.3, 0.5], [0.5, 0.3, 0.2])]
    shares = [[each.count(kind) / 200 for kind in "abc"] for each in kinds]
    assert pytest.approx(jensenshannon(*shares, base=2)) == distance("js", *map(pd.Series, kinds))
    truth, answer = draw.integers(0, 2, 300), draw.random(300).round(1)
    said = answer >= 0.5
    ours = {metric: score(metric, truth, answer) for metric in SCORES if metric != "mape"}
    assert pytest.approx(sklearn_metrics.roc_auc_score(truth, answer)) == ours["auc"]
    for metric in ("accuracy", "f1", "precision", "recall"):
        assert pytest.approx(getattr(sklearn_metrics, f"{metric}_score")(truth, said)) == ours[metric]
    assert pytest.approx(sklearn_metrics.mean_absolute_error(truth, answer)) == ours["mae"]
    assert pytest.approx(sklearn_metrics.mean_squared_error(truth, answer) ** 0.5) == ours["rmse"]
    assert pytest.approx(sklearn_metrics.r2_score(truth, answer)) == ours["r2"]


def test_records_of_several_rows_and_of_json(tmp_path):
    """
    A request of several CSV lines, of base64, or of JSON instances, is as many rows; unanswered ones have no answer.
    """
    many = _sagemaker(0, [1, 2, "in"])
    many["captureData"]["endpointInput"] = {
        "data": base64.b64encode(b"1,2,in\n3,4,de\n").decode(),
        "encoding": "BASE64",
    }
    many["captureData"]["endpointOutput"] = {"data": "0.1\n0.9\n", "encoding": "CSV"}
    named = _sagemaker(1, [])
    named["captureData"]["endpointInput"] = {
        "data": '{"instances": [{"amount": 5, "hour": 6, "country": "us"}]}',
        "encoding": "JSON",
    }
    named["captureData"]["endpointOutput"] = {"data": '{"predictions": [[0.2, 0.8]]}', "encoding": "JSON"}
    unanswered = _sagemaker(2, [7, 8, "in"])
    del unanswered["captureData"]["endpointOutput"]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, (many, named, unanswered))))

    found = read_captures(str(tmp_path), COLUMNS)

    assert [1, 3, 5, 7] == list(found["amount"])
    assert ["in", "de", "us", "in"] == list(found["country"])
    assert [0.1, 0.9, 0.8] == list(found["prediction"])[:3]
    assert found["prediction"].isna().tolist() == [False, False, False, True]
