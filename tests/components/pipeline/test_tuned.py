"""Pipelines over a training that is tuned: the search takes the training's place, and its best trial goes on."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from groundplan.program import Unfit
from groundplan.testing import Planned, plan_blueprint
from tests.components.pipeline.azure_runs import CHAIN, account, started
from tests.truth import aws_faults, azure_faults, azure_tuning, gcp_faults, gcp_stack
from tests.truth.aws_loop import Loop
from tests.truth.aws_tuning import FakeTuner, Search, Trial
from tests.truth.azure_loop import Loop as AzureLoop
from tests.truth.azure_loop import Nested
from tests.truth.azure_loop_plans import BLUEPRINT, plan
from tests.truth.gcp_loop import LoopProject
from tests.truth.gcp_tuning import Search as GcpSearch
from tests.truth.gcp_tuning import Tuner, trial

MACHINE, WORKFLOW = "aws:sfn/stateMachine:StateMachine", "gcp:workflows/workflow:Workflow"
SPACE = {"eta": {"float": [0.01, 0.3]}, "booster": {"choice": ["gbtree", 2]}}
TUNING = {"objective": "auc", "goal": "maximize", "trials": 6, "parallel": 2, "parameters": SPACE}
TRAINING: dict[str, Any] = {"runtime": "xgboost", "machine": {"cpu": 4}, "restartable": True, "max_run": "2h"}
TUNED = {**TRAINING, "inputs": {"train": "data/train/"}, "hyperparameters": {"seed": 7}, "tuning": TUNING}
LONG = {**TUNED, "max_run": "5d", "spot": {"max_wait": "6d"}, "tuning": {**TUNING, "parallel": 1}}
"""Sixty-six days: each of six trials on spot, and then on demand."""
VALUES = {"seed": 7, "eta": 0.2, "booster": 2}


# SageMaker


@dataclass(kw_only=True)
class AwsLoop(Loop, FakeTuner):
    """An account in which searches leave the models of their trials."""

    def _createHyperParameterTuningJob(self, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            return super()._createHyperParameterTuningJob(arguments)
        finally:
            for job in self._summaries(arguments["HyperParameterTuningJobName"]):
                uri = self.made[job["TrainingJobName"]]["ModelArtifacts"]["S3ModelArtifacts"]
                figure = job.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value")
                bucket, _slash, key = uri.removeprefix("s3://").partition("/")
                self.put(bucket, key, _packed({"auc": figure}))


def _packed(metrics: dict[str, Any]) -> bytes:
    text, packed = json.dumps(metrics).encode(), io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo("metrics.json")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
    return packed.getvalue()


@cache
def _aws_plan(gated: bool = True) -> Planned:
    gate = {"gate": {"metric": "auc", "better_than": "nothing", "at_least": 0.8}} if gated else {}
    blueprint = {
        "apiVersion": "groundplan/v1",
        "name": "fraud",
        "owner": "risk-ml",
        "training": {"fraud": TUNED},
        "endpoints": {"scorer": {"model": "fraud"}},
        "registry": {"approval": "automatic"},
        "pipelines": {"nightly": {"train": "fraud", "deploy": "scorer", **gate}},
        "environments": {"prod": {}},
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fraud.yaml"
        path.write_text(json.dumps(blueprint))
        return plan_blueprint(path, "prod", "aws")


def _aws(folder: Path, *trials: Trial, gated: bool = True, **search: Any) -> tuple[AwsLoop, Any]:
    """One run of the pipeline, in which the search's own state machine runs too."""
    planned = _aws_plan(gated)
    tune = planned.one(MACHINE, "fraud-tune").inputs
    machines = {
        tune["name"]: json.loads(tune["definition"]),
        planned.one(MACHINE, "scorer-release").inputs["name"]: {"version": "12"},
    }
    loop = AwsLoop(root=folder, machines=machines, searches=[Search(trials, **search)])
    return loop, loop.start(json.loads(planned.one(MACHINE, "nightly-pipeline").inputs["definition"]), {})


WORSE = Trial(0.7, {"eta": "0.1", "booster": "gbtree"})
BEST = Trial(0.9, {"eta": "0.2", "booster": "2"})


@pytest.mark.parametrize("gated", [True, False])
def test_on_aws_the_best_trial_is_registered_and_served(tmp_path, gated):
    """
    The search runs in the training's place; the best trial's files are judged, registered and released.
    """
    loop, ended = _aws(tmp_path, WORSE, BEST, gated=gated)

    assert not ended.error, ended.cause
    assert ("deployed", VALUES) == (ended.output["outcome"], ended.output["hyperparameters"])
    assert 0.9 == ended.output["metrics"]["auc"]
    assert ended.output["trial"].endswith("-002-1a2b3c4d")
    assert gated == ("candidate" in ended.output["metrics"])
    (package,) = loop.packages
    assert ended.output["trial"] == package["CustomerMetadataProperties"]["trial"]
    (container,) = package["InferenceSpecification"]["Containers"]
    kept = loop.path(*container["ModelDataUrl"].removeprefix("s3://").split("/", 1))
    assert _packed({"auc": 0.9})[10:] == kept.read_bytes()[10:]  # after the header of gzip, which has the time


def test_on_aws_a_search_without_a_figure_is_the_pipelines_failure(tmp_path):
    """
    Where every trial fails, the pipeline fails as TrainingFailed in the trials' own words, and nothing is registered.
    """
    crash = Trial(status="Failed", reason="AlgorithmError: exit code 1")

    loop, ended = _aws(tmp_path, crash, status="Failed", reason="All training jobs failed")

    assert "TrainingFailed" == ended.error
    assert "AlgorithmError: exit code 1" in ended.cause
    assert [] == loop.packages
    assert 1 == len(loop.told)


# Vertex AI


@dataclass
class GcpLoop(LoopProject, Tuner):
    """A project in which searches leave the models of their trials."""

    def _hyperparameterTuningJobs_create(self, path: str, query: Any, body: dict[str, Any]) -> Any:
        made = super()._hyperparameterTuningJobs_create(path, query, body)
        uri = body["trialJobSpec"]["baseOutputDirectory"]["outputUriPrefix"]
        for one in next(iter(self.begun.values()))["fate"].trials:
            for metric in one.get("finalMeasurement", {}).get("metrics", []):
                self.put(f"{uri}/{one['id']}/model/metrics.json", json.dumps({"auc": metric["value"]}))
        return made


def _gcp_plan(**pipeline: Any) -> Planned:
    line = {"train": "fraud-xgb", "deploy": "scorer", "gate": {"metric": "auc", "by": 0.005}, **pipeline}
    return gcp_stack.planned(
        monitor=None,
        pipeline={key: value for key, value in line.items() if value is not None},
        registry={"approval": "automatic"},
        training={"fraud-xgb": {**TUNED, "inputs": {"train": "data/payments/train/"}}},
    )


def _gcp(folder: Path, *searches: GcpSearch, **pipeline: Any) -> tuple[GcpLoop, Any]:
    stack = _gcp_plan(**pipeline)
    loop = GcpLoop(planned=stack, store=folder / "store", root=folder / "machines", searches=searches)
    gcp_stack.baseline(loop)
    loop.traffic.requests = 0
    return loop, loop.begin("nightly-pipeline")


@pytest.mark.parametrize("gate", [{"metric": "auc"}, None])
def test_on_gcp_the_best_trial_is_registered_and_served(tmp_path, gate):
    """
    The search runs in the training's place; the best trial's files are judged, registered and released.
    """
    trials = (trial(1, 0.7, eta=0.1, booster="gbtree"), trial(2, 0.9, eta=0.2, booster="2"))

    loop, ended = _gcp(tmp_path, GcpSearch(trials), gate=gate)

    assert not ended.failed, ended.error
    assert ("deployed", "2", VALUES) == tuple(ended.result[k] for k in ("outcome", "trial", "hyperparameters"))
    assert 0.9 == ended.result["metrics"]["auc"]
    assert (0.9 if gate else None) == ended.result["metrics"].get("candidate")
    registered = next(v[0] for name, v in loop.models.items() if not name.endswith("_servable"))
    assert registered["artifactUri"].endswith("/2/model")


def test_on_gcp_a_search_without_a_figure_is_the_pipelines_failure(tmp_path):
    """
    Where every trial fails, the pipeline fails as TrainingFailed in the trials' own words, and nothing is registered.
    """
    failed = GcpSearch((trial(1, None),), "JOB_STATE_FAILED", error={"code": 9, "message": "too many failed"})

    loop, ended = _gcp(tmp_path, failed)

    assert ("TrainingFailed", "the replica exited with 1") == (ended.error["error"], ended.error["message"])
    assert {} == loop.models


def test_on_gcp_a_search_and_an_approval_longer_than_a_workflow_lives_are_refused():
    """
    The pipeline waits for both, so their times together are within what an execution may last.
    """
    line = {"train": "fraud-xgb", "deploy": "scorer", "approval_wait": "300d"}

    with pytest.raises(Unfit, match="Write a shorter approval_wait"):
        gcp_stack.planned(monitor=None, pipeline=line, training={"fraud-xgb": LONG})


# Azure ML

FOUND = azure_tuning.Trial(0.93, {"eta": 0.2, "booster": 2})


@dataclass
class AzureTuned(AzureLoop):
    """An account in which a search has found a trial, on spot or on demand."""

    on_demand: bool = False

    def __call__(self, request: Any, clock: Any) -> Any:
        job = request.path.rpartition("/jobs/")[2]
        if request.method != "GET" or "/jobs/" not in request.path or job in self.jobs:
            return super().__call__(request, clock)
        ((_, begun),) = self.workflows["tune"].started
        sweep = f"{begun['run']}-od" if self.on_demand else begun["run"]
        if job == f"{sweep}_3":
            return 200, {"properties": {"status": "Completed", "tags": azure_tuning.tags_of(FOUND, "auc")}}
        assert job in (sweep, begun["run"]), job
        found = {"best_child_run_id": f"{sweep}_3"} if job == sweep else {}
        return 200, {"properties": {"status": "Completed", "properties": found}}


def _azure_plan(tuned: dict[str, Any] | None = None, **chain: Any) -> Planned:
    asked = {key: value for key, value in {**CHAIN, **chain}.items() if value is not None}
    training = {"fraud-xgb": {**(tuned or TUNED), "inputs": BLUEPRINT["training"]["fraud-xgb"]["inputs"]}}
    return plan(registry={"approval": "automatic"}, pipelines={"retrain": asked}, monitoring={}, training=training)


def _azure(tune: Nested, **more: Any) -> AzureTuned:
    good = account()
    apps = {**good.workflows, "tune": tune}
    return AzureTuned(steps=good.steps, serves="7", versions=good.versions, workflows=apps, **more)


@pytest.mark.parametrize("on_demand", [False, True])
@pytest.mark.parametrize("gate", [CHAIN["gate"], None])
def test_on_azure_the_best_trial_is_registered_and_served(on_demand, gate):
    """
    The search runs in the training's place; the best trial's files are judged, registered and released.
    """
    azure = _azure(Nested(), on_demand=on_demand)

    done = started(azure, planned=_azure_plan(gate=gate))

    assert "Succeeded" == done.status, done.error
    result, version = done.outputs["result"], done.outputs["result"]["version"]
    best = f"retrain-{version}{'-od' if on_demand else ''}_3"
    assert ("deployed", best, VALUES, {"auc": 0.93}) == tuple(
        result[key] for key in ("outcome", "trial", "hyperparameters", "metrics")
    )
    assert [] == azure.workflows["runs"].started
    assert best == azure.versions[version]["tags"]["trial"]
    keep = next(job for name, job in azure.jobs.items() if name.endswith("-keep"))
    assert keep["inputs"]["candidate"]["uri"].endswith(f"/runs/fraud-xgb/retrain-{version}/{best}")


def test_on_azure_a_search_without_a_figure_is_the_pipelines_failure():
    """
    Where no trial tells a figure, the pipeline fails as TrainingFailed in the search's own words.
    """
    error = {"code": "TuningFailed", "message": "no trial of x told auc"}
    azure = _azure(Nested("Failed", error))

    done = started(azure, planned=_azure_plan())

    assert ("TrainingFailed", "no trial of x told auc") == (done.error["code"], done.error["message"])
    assert ["7"] == list(azure.versions)


def test_on_azure_a_run_that_is_left_out_tells_no_trial():
    """
    A start too soon after another ends as skipped, without a search and without anything of one.
    """
    azure = _azure(Nested())
    planned = _azure_plan()
    started(azure, planned=planned)

    again = started(azure, planned=planned)

    assert ("Succeeded", "skipped", None) == (
        again.status,
        again.outputs["result"]["outcome"],
        again.outputs["result"]["trial"],
    )


def test_on_azure_a_search_and_an_approval_longer_than_a_workflow_lasts_are_refused():
    """
    The pipeline waits for both, so their times together are within ninety days.
    """
    with pytest.raises(ValueError, match="Write a shorter approval_wait or max_run"):
        _azure_plan(LONG, approval_wait="20d")


def test_what_is_tuned_is_followed_as_long_as_it_lasts():
    """
    On Azure the pipeline waits for all rounds of trials, not for the time of one run.
    """
    once = Nested(seconds=2 * 3600 * 3 + 6 * 3600)  # three rounds of two hours, and some waiting

    assert "Succeeded" == started(_azure(once), planned=_azure_plan(gate=None)).status


@pytest.mark.parametrize(
    ("faults", "planned"),
    [(aws_faults.faults, _aws_plan), (gcp_faults.faults, _gcp_plan), (azure_faults.faults, _azure_plan)],
    ids=["aws", "gcp", "azure"],
)
def test_the_clouds_own_definitions_find_no_fault(faults, planned):
    """
    All that a stack with a tuned pipeline sends, definitions included, is what each cloud's API describes.
    """
    assert [] == faults(planned())
