"""docs/tuning.md, executed: a trainer runs as each service starts a trial, which hears its figure."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from components.base import Cloud
from components.training import TrainingSpec
from components.training.tuning import Tuning, program, settings
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.containers import archive
from tests.truth.trials import Heard, job_of, played, start_trial

every_cloud = pytest.mark.parametrize("cloud", Cloud)
TRAINER = """
import json, os, sys
from pathlib import Path
given = json.loads(os.environ["HYPERPARAMETERS"])
for variable in ("OUTPUT_DIR", "CHECKPOINT_DIR"):
    Path(os.environ[variable]).mkdir(parents=True, exist_ok=True)
seen = sorted(p.name for p in Path(os.environ["CHECKPOINT_DIR"]).iterdir())
Path(os.environ["CHECKPOINT_DIR"], "state").write_text("kept")
print(json.dumps({"given": given, "run": os.environ["RUN"], "words": sys.argv[1:], "seen": seen,
                  "mode": os.environ.get("MODE"), "data": Path(os.environ["INPUT_TRAIN"], "1.csv").read_text()}))
if given.get("fails"):
    sys.exit(3)
if not given.get("silent"):
    Path(os.environ["OUTPUT_DIR"], "metrics.json").write_text(json.dumps({"auc": given["eta"] * given["depth"]}))
"""
SPACE = {
    "eta": {"log": [0.01, 0.3]},
    "depth": {"int": [3, 10]},
    "learning-rate.end": {"float": [0, 1]},
    "booster": {"choice": ["gb tree $HOME \"x\"", 2, True, 1.5]},
}  # fmt: skip
TUNING = {"objective": "auc", "goal": "maximize", "trials": 4, "parallel": 2, "parameters": SPACE}
# as each service tells them: Azure ML's whole numbers have a point
VALUES = {"eta": "0.30000000000000004", "depth": "7", "learning-rate.end": "1e-05", "booster": 'gb tree $HOME "x"'}
TYPED = {"eta": 0.30000000000000004, "depth": 7, "learning-rate.end": 1e-05, "booster": 'gb tree $HOME "x"'}


PAGE = (Path(__file__).parents[2] / "docs" / "tuning.md").read_text("utf-8")
(PROGRAM,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
(TRAINING,) = YAML(typ="safe").load(re.findall(r"```yaml\n(.*?)```", PAGE, re.S)[0])["training"].values()
STEPS = """
import os, time
from pathlib import Path
folder, looks = Path(os.environ["OUTPUT_DIR"]), Path(os.environ["LOOKS"])
folder.mkdir(parents=True, exist_ok=True)
for text in ('{"auc": 0.5}', '{"au', '{"auc": 0.75}', '{"auc": 0.9}'):
    (folder / "new").write_text(text)
    (folder / "new").replace(folder / "metrics.json")
    before = looks.stat().st_size
    while WAITS and looks.stat().st_size < before + 2:
        time.sleep(0.01)
"""
"""Writes its figure in turn, once half of it; where it WAITS, it is looked at in between."""


@cache
def _plan(cloud: Cloud, fields: str) -> Planned:
    given = {
        "runtime": "sklearn",
        "machine": {"cpu": 4},
        "checkpoint": {"every": "10m"},
        "inputs": {"train": "data/points/"},
        "environment": {"MODE": "{% $x %} ${y} @{z}"},
        "hyperparameters": {"on": True, "words": "é'\" $HOME", "eta": 0.1},
        "tuning": TUNING,
    }
    return plan_component("training", cloud, TrainingSpec.model_validate({**given, **json.loads(fields)}), name="fit")


def _store(cloud: Cloud, planned: Planned, root: Path, program: str = TRAINER, data: str = "0,1") -> Path:
    """The stores, with the data and the code in them."""
    kinds = {Cloud.AWS: ("aws:s3/bucket:Bucket", "bucket"), Cloud.GCP: ("gcp:storage/bucket:Bucket", "name")}
    names = {"artifacts": "artifacts", "data": "data"}
    if cloud in kinds:
        kind, key = kinds[cloud]
        names = {what: planned.one(kind, what).inputs[key] for what in names}
    store = root / "store"
    points = store / names["data"] / "data" / "points" / "1.csv"
    points.parent.mkdir(parents=True)
    points.write_text(data)
    archive(store / names["artifacts"] / "code" / "fit" / "trainer.tar.gz", program)
    return store


def _trial(cloud: Cloud, root: Path, name: str = "t1", start: dict[str, Any] | None = None, **more: Any) -> Heard:
    fields, rank = more.pop("fields", {}), more.pop("rank", 0)
    planned = _plan(cloud, json.dumps(fields))
    job = job_of(cloud, planned, {"run": "nightly", **(start or {})})
    store = root / "store"
    if not store.exists():
        _store(cloud, planned, root)
    values = {**VALUES, "depth": "7.0" if cloud is Cloud.AZURE else "7", **more}
    return start_trial(cloud, planned, job, values, store, root / name, rank=rank)


def _said(heard: Heard) -> dict[str, Any]:
    return json.loads(next(line for line in heard.ran.said.splitlines() if line.startswith('{"given"')))


@every_cloud
def test_a_trial_is_told_its_values_and_the_service_its_figure(cloud, tmp_path):
    """
    The same code finds the values of its trial beside those of run and blueprint, each of its own type, and the
    service hears the figure that it writes.
    """
    heard = _trial(cloud, tmp_path, start={"hyperparameters": {"seed": 7, "on": False}})

    assert 0 == heard.ran.code, heard.ran.said
    told = _said(heard)
    assert {"on": False, "words": "é'\" $HOME", "seed": 7, **TYPED} == told["given"]
    assert {name: type(value) for name, value in TYPED.items()} == {n: type(told["given"][n]) for n in TYPED}
    assert ["{% $x %} ${y} @{z}", "0,1", []] == [told["mode"], told["data"], told["words"]]
    assert [TYPED["eta"] * 7] == heard.figures
    if cloud is Cloud.AZURE:
        assert TYPED == json.loads(heard.tags["groundplan.tuned.1"])
        assert repr(TYPED["eta"] * 7) == heard.tags["groundplan.auc"]


@every_cloud
@pytest.mark.parametrize("choice", [("2", 2), ("true", True), ("1.5", 1.5)], ids=lambda choice: choice[0])
def test_a_choice_is_what_the_blueprint_writes(cloud, choice, tmp_path):
    """
    Services know choices as text; the code finds the number, or the truth value, that the blueprint has.
    """
    text, value = choice

    found = _said(_trial(cloud, tmp_path, booster=text))["given"]["booster"]

    assert (value, type(value)) == (found, type(found))


@every_cloud
def test_the_page_s_example_tells_its_error(cloud, tmp_path):
    """
    The blueprint and the program of the page are a search that each cloud starts, and whose figure it hears.
    """
    points = "\n".join(f"{x},{2 * x + 1}" for x in range(5))
    fields = {**TRAINING, "hyperparameters": {**TRAINING["hyperparameters"], "steps": 400}, "environment": {}}
    planned = _plan(cloud, json.dumps(fields))
    job = job_of(cloud, planned, {"run": "june"})
    store = _store(cloud, planned, tmp_path, PROGRAM, points)

    values = {"eta": "0.05", "shape": "line"}
    heard = start_trial(cloud, planned, job, values, store, tmp_path / "t1")
    other = start_trial(cloud, planned, job, {"eta": "0.005", "shape": "parabola"}, store, tmp_path / "t2")

    assert 0 == heard.ran.code, heard.ran.said
    assert heard.figures[-1] < 0.01 < other.figures[-1]


@every_cloud
def test_trials_do_not_meet(cloud, tmp_path):
    """
    Each trial has a name, a model and a checkpoint of its own; begun again, it finds its checkpoint.
    """
    one, two = _trial(cloud, tmp_path, "t1"), _trial(cloud, tmp_path, "t2", eta="0.2")
    (tmp_path / "t1").rename(tmp_path / "gone")
    again = _trial(cloud, tmp_path, "t1")

    assert {True} == {name in _said(heard)["run"] for name, heard in (("t1", one), ("t2", two))}
    assert [[], [], ["state"]] == [_said(heard)["seen"] for heard in (one, two, again)]
    if cloud is not Cloud.AWS:  # each job of SageMaker has a folder of its own
        models = [json.loads((heard.ran.model / "metrics.json").read_text())["auc"] for heard in (again, two)]
        assert [TYPED["eta"] * 7, 0.2 * 7] == models


@every_cloud
def test_a_command_is_started_word_by_word(cloud, tmp_path):
    """
    The command of an image comes to the program as it was written, whatever is in its words.
    """
    (tmp_path / "own.py").write_text(TRAINER)
    words = ["--fast", "a b", "$HOME", "it's", '"x"']
    own = {"runtime": None, "image": "own:1", "command": ["python3", str(tmp_path / "own.py"), *words]}

    heard = _trial(cloud, tmp_path, fields=own)

    assert words == _said(heard)["words"]
    assert [TYPED["eta"] * 7] == heard.figures


@every_cloud
@pytest.mark.parametrize(
    ("start", "code", "told"),
    [({"fails": True}, 3, '"given"'), ({"silent": True}, 1, "Write it when training ends")],
    ids=["code fails", "no figure"],
)
def test_a_trial_without_a_figure_has_failed(cloud, start, code, told, tmp_path):
    """
    Code that fails ends the trial with its own code; code that writes no figure with what to write.
    """
    heard = _trial(cloud, tmp_path, start={"hyperparameters": start})

    assert (code, []) == (heard.ran.code, heard.figures)
    assert told in heard.ran.said


@every_cloud
def test_the_first_machine_tells_the_figure(cloud, tmp_path):
    """
    Of several machines of a trial only the first is asked for a figure.
    """
    start = {"hyperparameters": {"silent": True}}

    other = _trial(cloud, tmp_path, "t1", start=start, fields={"nodes": 2}, rank=1)
    first = _trial(cloud, tmp_path, "t2", fields={"nodes": 2})

    assert (0, []) == (other.ran.code, other.figures)
    assert [TYPED["eta"] * 7] == first.figures


@every_cloud
def test_a_trial_that_may_be_stopped_tells_its_figure_as_it_goes(cloud, tmp_path, monkeypatch):
    """
    Each time the code writes the figure the service hears it, with its step; what is half written waits.
    """
    code = tmp_path / "own.py"
    code.write_text(STEPS.replace("WAITS", "True"))
    told = settings(Tuning.model_validate({**TUNING, "early_stopping": True}), cloud.value, ["python3", str(code)])

    heard = played(cloud, told, VALUES, tmp_path, monkeypatch)

    assert [(0.5, 0), (0.75, 1), (0.9, 2)] == heard


def test_without_early_stopping_only_the_end_is_told(tmp_path, monkeypatch):
    """
    A search that stops no trial hears one figure of each.
    """
    code = tmp_path / "own.py"
    code.write_text(STEPS.replace("WAITS", "False"))
    told = settings(Tuning.model_validate(TUNING), "gcp", ["python3", str(code)])

    assert [(0.9, 0)] == played(Cloud.GCP, told, VALUES, tmp_path, monkeypatch)


@pytest.mark.parametrize("figure", ["nan", "true", '"0.9"', "[1]"])
def test_what_is_no_number_is_no_figure(figure, tmp_path):
    """
    A service would take what is no number for the best; the trial fails, and says what to write.
    """
    text = f"import os,pathlib as p;d=p.Path(os.environ['OUTPUT_DIR']);d.mkdir(parents=True);t='{{\"auc\": {figure}}}'"
    program = tmp_path / "own.py"
    program.write_text(f"{text};(d/'metrics.json').write_text(t.replace('nan','NaN'))")

    heard = _trial(
        Cloud.GCP, tmp_path, fields={"runtime": None, "image": "own:1", "command": ["python3", str(program)]}
    )

    assert (1, []) == (heard.ran.code, heard.figures)
    assert "Write a number" in heard.ran.said


def test_the_program_is_old_pythons_too():
    """
    The program runs in images as old as the clouds' own, so it is written in the words of Python 3.8.
    """
    assert ast.parse(program(), feature_version=(3, 8))
