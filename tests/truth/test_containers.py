"""docs/containers.md, executed: its example trains on every cloud, as each cloud's definition starts it."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from components.base import Cloud
from components.training import TrainingSpec
from components.training.contract import LONGEST_HYPERPARAMETERS, LONGEST_VARIABLE, OWN_PREFIXES, OWN_VARIABLES
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth import aws_sagemaker, azure_ml, gcp_project
from tests.truth.aws_states import run as run_states
from tests.truth.azure_workflows import run as run_workflow
from tests.truth.containers import archive, machine_of
from tests.truth.gcp_workflow_engine import Raised

PAGE = (Path(__file__).parents[2] / "docs" / "containers.md").read_text("utf-8")
(PROGRAM,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
TRAININGS = {
    name: fields
    for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
    for name, fields in YAML(typ="safe").load(block)["training"].items()
}
NAME, TRAINING = next((name, fields) for name, fields in TRAININGS.items() if "hyperparameters" in fields)
# a program in an image of one's own that prints what it was told, and reads it as the page's example does
TELL = f"""{PROGRAM.partition("def save")[0]}
import sys
print(json.dumps([sys.argv[1:], dict(os.environ), hyperparameters()]))
"""
every_cloud = pytest.mark.parametrize("cloud", Cloud)


@cache
def _plan(cloud: Cloud, fields: str) -> Planned:
    return plan_component("training", cloud, TrainingSpec.model_validate_json(fields), name=NAME)


def _jobs(cloud: Cloud, fields: dict[str, Any], **start: Any) -> list[dict[str, Any]]:
    """What the cloud is sent for a run that finds no spot machines in time, and goes on on demand."""
    planned = _plan(cloud, json.dumps(fields))
    if cloud is Cloud.AWS:
        definition = json.loads(planned.one("aws:sfn/stateMachine:StateMachine").inputs["definition"])
        late = aws_sagemaker.Job("Stopped", "MaxWaitTimeExceeded")
        ended = run_states(definition, start, aws_sagemaker.FakeSageMaker([late, aws_sagemaker.Job()]))
        assert not ended.error, ended.cause
        return ended.called("CreateTrainingJob")
    if cloud is Cloud.GCP:
        project = gcp_project.Project([gcp_project.Job(""), gcp_project.Job()])
        project.run(planned.one("gcp:workflows/workflow:Workflow").inputs["sourceContents"], start)
        return project.sent
    jobs, workflow = azure_ml.Jobs(), planned.one("azure-native:logic:Workflow")
    done = run_workflow(workflow.inputs["definition"], workflow.inputs["parameters"], start, jobs)
    assert "Succeeded" == done.status, done.error
    return list(jobs.bodies.values())


def _store(cloud: Cloud, root: Path) -> tuple[Path, Path, Path]:
    """The stores, the one of artifacts and the one of data."""
    store = root / "store"
    if cloud is Cloud.AZURE:
        return store, store / "artifacts", store / "data"
    kind, key = {Cloud.AWS: ("aws:s3/bucket:Bucket", "bucket"), Cloud.GCP: ("gcp:storage/bucket:Bucket", "name")}[cloud]
    planned = _plan(cloud, json.dumps(TRAINING))
    return store, *(store / planned.one(kind, what).inputs[key] for what in ("artifacts", "data"))


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def _points(data: Path) -> None:
    """A line of slope 2 and offset 1; beside it a folder whose name starts alike, which is none of the input."""
    for name, lines in (("points/a/1.csv", "0,1\n1,3\n"), ("points/2.csv", "2,5\n"), ("points-old/3.csv", "9,9\n")):
        _write(data / "data" / name, lines)


@every_cloud
@pytest.mark.parametrize("name", TRAININGS)
def test_every_training_of_the_page_is_one_that_each_cloud_takes(cloud, name):
    """
    What the page shows can be copied into a blueprint.
    """
    fields = TRAININGS[name]

    *_, last = _jobs(cloud, fields)

    assert last


@every_cloud
@pytest.mark.parametrize("folder", ["", "trainer-1.0/"], ids=["tar", "sdist"])
def test_the_example_trains_and_goes_on_after_a_reclaim(cloud, folder, tmp_path):
    """
    The page's program, packed as the page says, learns the line on each cloud; on demand it goes on where spot stopped.
    """
    store, artifacts, data = _store(cloud, tmp_path)
    _points(data)
    archive(artifacts / "code" / NAME / "trainer.tar.gz", PROGRAM, folder)

    spot, on_demand = _jobs(cloud, TRAINING, run="nightly", hyperparameters={"eta": 0.3})
    first = machine_of(cloud, spot, store, tmp_path / "spot")
    second = machine_of(cloud, on_demand, store, tmp_path / "on-demand")

    assert ("nightly: from step 0 on\n", 0) == (first.said, first.code)
    assert ("nightly: from step 2000 on\n", 0) == (second.said, second.code)
    for ran in (first, second):
        model = json.loads((ran.model / "line.json").read_text())
        assert pytest.approx({"step": 2000, "slope": 2, "offset": 1}) == model


@pytest.mark.parametrize("cloud", [Cloud.GCP, Cloud.AZURE])
def test_a_missing_archive_is_named(cloud, tmp_path):
    """
    Where no code was put into the store, the job fails at once, and its log says which file is not there.
    """
    store, _artifacts, data = _store(cloud, tmp_path)
    _points(data)

    ran = machine_of(cloud, _jobs(cloud, TRAINING)[0], store, tmp_path / "machine")

    assert ran.code
    assert f"code/{NAME}/trainer.tar.gz: Cannot open" in ran.said


def _told(cloud: Cloud, root: Path) -> tuple[list[str], dict[str, str], dict[str, Any]]:
    """Arguments, variables of the contract and hyper-parameters that an image of one's own finds on a machine."""
    _write(root / "tell.py", TELL)
    own = {
        "image": "own:1",
        "machine": {"cpu": 4},
        "command": ["python3", str(root / "tell.py"), "--fast", "a b", "$HOME"],
        "inputs": {"train": "data/points/", "hold-out": "data/held/"},
        "checkpoint": {"every": "10m"},
        "environment": {"MODE": "{% $x %} ${y} @{z}"},
        "hyperparameters": {"eta": 0.30000000000000004, "on": True, "words": "é" * 300, "none": ""},
    }
    store, _artifacts, data = _store(cloud, root)
    for name in ("points", "held", "late"):
        _write(data / "data" / name / "1.csv", name)
    start = {"run": "try-7", "inputs": {"extra": "data/late/"}, "hyperparameters": {"seed": 7, "eta": 0.1}}
    ran = machine_of(cloud, _jobs(cloud, own, **start)[0], store, root / "machine")
    assert not ran.code, ran.said
    arguments, variables, hyperparameters = json.loads(ran.said)
    for channel, name in (("TRAIN", "points"), ("HOLD_OUT", "held"), ("EXTRA", "late")):
        assert name == Path(variables[f"INPUT_{channel}"], "1.csv").read_text()
    kept = {n: v for n, v in variables.items() if n in (*OWN_VARIABLES, "MODE") or n.startswith(OWN_PREFIXES)}
    return arguments, kept, hyperparameters


def test_one_image_is_told_the_same_on_every_cloud(tmp_path):
    """
    Arguments, the names of variables, and every value but that of a folder are the same, wherever the image runs.
    """
    told = {cloud: _told(cloud, tmp_path / cloud) for cloud in Cloud}

    wanted = {"eta": 0.1, "on": True, "words": "é" * 300, "none": "", "seed": 7}
    folders = {"OUTPUT_DIR", "CHECKPOINT_DIR", "INPUT_TRAIN", "INPUT_HOLD_OUT", "INPUT_EXTRA"}
    same = {"RUN": "try-7", "CHECKPOINT_SECONDS": "600", "MODE": "{% $x %} ${y} @{z}"}
    for cloud, (arguments, variables, hyperparameters) in told.items():
        assert ["--fast", "a b", "$HOME"] == arguments, cloud
        assert wanted == hyperparameters, cloud
        assert same == {name: variables[name] for name in same}, cloud
        other = {n for n in variables if not n.startswith(("HYPERPARAMETERS", "SM_"))} - set(same)
        assert folders == other, cloud


@every_cloud
def test_a_start_with_too_many_hyperparameters_is_refused(cloud):
    """
    What a start adds counts too: beyond what can be told everywhere, no job is sent, on any cloud.
    """
    start = {f"h{n}": "v" * 1000 for n in range(15)}

    with pytest.raises((AssertionError, Raised), match="characters as JSON at most"):
        _jobs(cloud, TRAINING, hyperparameters=start)


def test_the_page_names_the_limits():
    """
    The limits that the page names are those that are held.
    """
    assert f"end at {LONGEST_VARIABLE} characters" in PAGE
    assert f"{LONGEST_HYPERPARAMETERS:,} characters on every cloud" in PAGE
