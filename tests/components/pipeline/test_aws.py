"""Pipelines on AWS: the whole loop, with its steps as processes, and every way in which it ends."""

from __future__ import annotations

import io
import json
import tarfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from groundplan.testing import Planned, plan_blueprint
from tests.truth.aws_loop import STATES, Loop
from tests.truth.aws_states import Ended

MACHINE = "aws:sfn/stateMachine:StateMachine"
PIPELINE: dict[str, Any] = {
    "train": "fraud",
    "deploy": "scorer",
    "gate": {"metric": "auc", "by": 0.01},
    "expect": {"rows": {"at_least": 3}, "columns": {"amount": {"min": 0, "missing": "10%"}}},
    "on": ["scorer.drift", "data"],
    "schedule": "daily 02:00 Europe/Paris",
}
BLUEPRINT: dict[str, Any] = {
    "apiVersion": "groundplan/v1",
    "name": "fraud",
    "owner": "risk-ml",
    "training": {
        "fraud": {"runtime": "xgboost", "machine": {"cpu": 4}, "spot": False, "inputs": {"train": "data/train/"}}
    },
    "endpoints": {"scorer": {"model": "fraud", "capture": {"sample": "100%"}}},
    "monitoring": {"scorer": {"drift": {}, "on_breach": "retrain"}},
    "environments": {"prod": {}},
}
AT = "2026-11-21T{:02}:00:00.000Z"


@cache
def _plan(fields: str, approval: str = "automatic", breach: str = "retrain") -> Planned:
    given = {key: value for key, value in {**PIPELINE, **json.loads(fields)}.items() if value is not None}
    monitoring = {"scorer": {"drift": {}, "on_breach": breach}}
    blueprint = {
        **BLUEPRINT,
        "registry": {"approval": approval},
        "monitoring": monitoring,
        "pipelines": {"nightly": given},
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fraud.yaml"
        path.write_text(json.dumps(blueprint))
        return plan_blueprint(path, "prod", "aws")


def _planned(approval: str = "automatic", breach: str = "retrain", **fields: Any) -> Planned:
    return _plan(json.dumps(fields), approval, breach)


def _bucket(logical: str) -> str:
    return _planned().one("aws:s3/bucket:Bucket", logical).inputs["bucket"]


def _model(loop: Loop, key: str, auc: float) -> str:
    """A trained model's archive, and its URI."""
    text, packed = json.dumps({"auc": auc}).encode(), io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo("metrics.json")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
    loop.put(_bucket("artifacts"), key, packed.getvalue())
    return f"s3://{_bucket('artifacts')}/{key}"


def _name(logical: str) -> str:
    return _planned().one(MACHINE, logical).inputs["name"]


@pytest.fixture(name="loop")
def _loop(tmp_path) -> Loop:
    """An account where version 11 serves, with 0.80, and a training makes 0.90."""
    loop = Loop(root=tmp_path, versions=frozenset({"11", "12", "13"}))
    loop.container = {"Image": "i", "ModelDataUrl": _model(loop, "training/fraud/old/output/model.tar.gz", 0.8)}
    _data(loop, "amount,label\n1,0\n2,1\n3,0\n")
    trained = {"run": "r", "job": "j", "model": _model(loop, "training/fraud/new/output/model.tar.gz", 0.9)}
    loop.machines = {_name("fraud-train"): trained, _name("scorer-release"): {"version": "12"}}
    return loop


def _data(loop: Loop, text: str) -> None:
    loop.put(_bucket("data"), "data/train/a.csv", text)


def _run(loop: Loop, given: Any = None, hour: int = 1, approval: str = "automatic", **fields: Any) -> Ended:
    definition = json.loads(_planned(approval, **fields).one(MACHINE, "nightly-pipeline").inputs["definition"])
    return loop.start(definition, given or {}, AT.format(hour))


def _started(loop: Loop) -> list[str]:
    return [name for name, _given in loop.nested]


def test_a_better_model_is_served(loop):
    """
    Data as expected, a training, a gate that passes, a version with its own files, a release: all in one run.
    """
    ended = _run(loop)

    assert not ended.error, ended.cause
    assert ("deployed", "12") == (ended.output["outcome"], ended.output["version"])
    assert 0.9 == ended.output["metrics"]["candidate"]
    assert 0.8 == ended.output["metrics"]["champion"]
    assert [_name("fraud-train"), _name("scorer-release")] == _started(loop)
    assert {"version": "12"} == loop.nested[1][1]
    (package,) = loop.packages
    assert "Approved" == package["ModelApprovalStatus"]
    (container,) = package["InferenceSpecification"]["Containers"]
    assert "xgboost" in container["Image"]
    bucket, _slash, key = container["ModelDataUrl"].removeprefix("s3://").partition("/")
    assert bucket == _bucket("models")
    assert loop.path(bucket, key).is_file()
    assert [] == loop.told


def test_data_that_is_not_as_expected_costs_no_training(loop):
    """
    The run fails with each reason of the step, tells people once, and nothing is trained.
    """
    _data(loop, "amount,label\n-1,0\n")

    ended = _run(loop)

    assert "ExpectationsNotMet" == ended.error
    assert "1 rows, and at least 3 are expected" in ended.cause
    assert "amount: 1 values beyond min 0" in ended.cause
    assert [] == _started(loop)
    ((subject, text),) = loop.told
    assert "ExpectationsNotMet" in subject
    assert "at least 3" in text


def test_a_step_that_can_not_run_is_not_blamed_on_the_data(loop):
    """
    A quota of no machines fails the run as StepFailed, with SageMaker's words.
    """
    loop.steps.append(("SageMaker.ResourceLimitExceededException", "The limit is 0"))

    ended = _run(loop)

    assert "StepFailed" == ended.error
    assert "The limit is 0" in ended.cause


def test_a_training_that_fails_is_the_runs_failure(loop):
    """
    TrainingFailed, with the job's own reason; nothing is registered, and people are told.
    """
    loop.machines[_name("fraud-train")] = ("TrainingFailed", "fraud-1: AlgorithmError: no column label")

    ended = _run(loop)

    assert "TrainingFailed" == ended.error
    assert "no column label" in ended.cause
    assert [] == loop.packages
    assert 1 == len(loop.told)


def test_a_candidate_that_is_not_better_is_rejected(loop):
    """
    The run ends well as rejected, with both figures; what serves stays, and people hear why.
    """
    loop.machines[_name("fraud-train")] = {"model": _model(loop, "training/fraud/new/output/model.tar.gz", 0.805)}

    ended = _run(loop)

    assert not ended.error, ended.cause
    assert "rejected" == ended.output["outcome"]
    assert "0.805" in ended.output["reason"]
    assert [_name("fraud-train")] == _started(loop)
    assert [] == loop.packages
    assert 1 == len(loop.told)


def test_the_first_candidate_has_no_champion(loop):
    """
    Where nothing serves yet, any candidate passes that reaches the bound.
    """
    loop.configurations[loop.configuration]["Tags"] = []

    assert "deployed" == _run(loop).output["outcome"]


def test_a_candidate_without_figures_fails_the_run(loop):
    """
    A model that tells no metric is nothing to compare: the run fails and says what to write.
    """
    loop.put(_bucket("artifacts"), "training/fraud/new/output/model.tar.gz", b"")
    _model(loop, "training/fraud/bare/x", 1)
    loop.machines[_name("fraud-train")] = {"model": _model(loop, "training/fraud/n2/output/model.tar.gz", 0.9)}

    ended = _run(loop, gate={"metric": "f1"})

    assert "GateFailed" == ended.error
    assert "has no f1" in ended.cause


@pytest.mark.parametrize(
    ("looks", "result"),
    [
        (["PendingManualApproval", "PendingManualApproval", "Approved"], "deployed"),
        (["PendingManualApproval", "Rejected"], "NotApproved"),
        (["PendingManualApproval"], "NotApproved"),
    ],
)
def test_a_person_approves(loop, looks, result):
    """
    With manual approval the version waits, people are told, and it is released once approved; else the run fails.
    """
    loop.approvals = ["Approved", *looks]  # the first look is at the champion

    ended = _run(loop, approval="manual", approval_wait="2h")

    assert result == (ended.error or ended.output["outcome"])
    assert "PendingManualApproval" == loop.packages[0]["ModelApprovalStatus"]
    assert "waits for its approval" in loop.told[0][1]
    assert (1 if result == "deployed" else 2) == len(loop.told)
    if looks == ["PendingManualApproval"]:
        assert "nobody approved it within 120 minutes" in ended.cause


def test_a_review_asks_a_person_whatever_the_registry_says(loop):
    """
    A start by a monitor whose breach asks for review waits for approval; one by hand does not.
    """
    definition = json.loads(_planned(breach="review").one(MACHINE, "nightly-pipeline").inputs["definition"])
    loop.approvals = ["Approved", "PendingManualApproval", "Approved"]

    ended = loop.start(definition, {"event": "scorer.drift"}, AT.format(1))

    assert "deployed" == ended.output["outcome"]
    assert "PendingManualApproval" == loop.packages[0]["ModelApprovalStatus"]
    assert not _run(loop, hour=9).error
    assert "Approved" == loop.packages[1]["ModelApprovalStatus"]


def test_a_release_that_is_rolled_back_is_the_runs_failure(loop):
    """
    RolledBack, with what serves as the release says it.
    """
    loop.machines[_name("scorer-release")] = ("RolledBack", "fraud-prod-scorer serves at-first (version 11)")

    ended = _run(loop)

    assert "RolledBack" == ended.error
    assert "version 11" in ended.cause
    assert "RolledBack" in loop.told[0][0]


def test_another_release_under_way_is_waited_for(loop):
    """
    Busy is no failure: the run waits, and releases then.
    """
    loop.machines[_name("scorer-release")] = [("Busy", "another release"), {"version": "12"}]

    assert "deployed" == _run(loop).output["outcome"]


def test_starts_too_close_to_each_other_are_left_out(loop):
    """
    A start within at_most_every ends well as skipped; force, or a later one, runs.
    """
    assert "deployed" == _run(loop, hour=1).output["outcome"]
    assert "skipped" == _run(loop, hour=6).output["outcome"]
    assert "deployed" == _run(loop, {"force": True, "reason": "new features"}, hour=6).output["outcome"]
    assert "skipped" == _run(loop, hour=8).output["outcome"]
    assert "deployed" == _run(loop, hour=13).output["outcome"]


def test_a_run_in_progress_is_left_alone(loop):
    """
    While one run goes on, however long it takes, another start is skipped; once it died, the next one runs anew.
    """
    loop.dies_at = 9
    died = _run(loop, hour=1)
    assert "Aborted" == died.error
    first = next(iter(loop.executions))
    loop.executions[first] = "RUNNING"

    assert "skipped" == _run(loop, hour=20).output["outcome"]

    loop.executions[first] = "ABORTED"
    assert "deployed" == _run(loop, hour=21).output["outcome"]


def test_of_two_at_once_one_goes_on(loop):
    """
    A start that finds another's claim after its own has been overtaken, and is left out.
    """
    claim = loop._s3_putObject

    def overtaken(arguments: dict[str, Any]) -> dict[str, Any]:
        other = {**json.loads(arguments["Body"]), "execution": f"{STATES}execution:m:other"}
        return claim({**arguments, "Body": json.dumps(other)})

    loop._s3_putObject = overtaken

    assert "skipped" == _run(loop).output["outcome"]
    assert [] == _started(loop)


def test_a_model_too_large_for_one_copy_is_copied_in_parts(loop):
    """
    12 GiB go into the store of versions in three parts.
    """
    loop.sizes["model.tar.gz"] = 12 * 2**30

    ended = _run(loop)

    assert not ended.error, ended.cause
    assert 3 == len(ended.called("UploadPartCopy"))
    assert f"bytes={10 * 2**30}-{12 * 2**30 - 1}" == ended.called("UploadPartCopy")[-1]["CopySourceRange"]


def test_without_an_endpoint_a_version_ends_in_the_registry(loop):
    """
    No deploy: the run ends as registered.
    """
    ended = _run(loop, deploy=None, gate={"metric": "auc", "better_than": "nothing", "at_least": 0.5})

    assert not ended.error, ended.cause
    assert "registered" == ended.output["outcome"]
    assert [_name("fraud-train")] == _started(loop)


def test_what_should_not_happen_is_told_too(loop):
    """
    A version whose files AWS does not hand out fails the run by that name, and people hear of it.
    """
    loop.path(_bucket("artifacts"), "training/fraud/new/output/model.tar.gz").unlink()

    ended = _run(loop, gate=None)

    assert "RegistrationFailed" == ended.error
    assert 1 == len(loop.told)


def test_what_starts_it(loop):
    """
    The schedule in its time zone, the alarm of the monitor, and files of the training's inputs; a storm is one start.
    """
    planned = _planned()
    schedule = planned.one("aws:scheduler/schedule:Schedule", "nightly-schedule").inputs
    assert ("cron(0 2 * * ? *)", "Europe/Paris") == (
        schedule["scheduleExpression"],
        schedule["scheduleExpressionTimezone"],
    )
    rule = planned.one("aws:cloudwatch/eventRule:EventRule", "nightly-on-scorer.drift").inputs
    alarm = planned.one("aws:cloudwatch/metricAlarm:MetricAlarm", "scorer-drift")
    assert [alarm.outputs["arn"]] == json.loads(rule["eventPattern"])["resources"]
    target = planned.one("aws:cloudwatch/eventTarget:EventTarget", "nightly-on-scorer.drift").inputs
    assert {"event": "scorer.drift"} == json.loads(target["input"])
    arrivals = planned.one("aws:cloudwatch/eventRule:EventRule", "nightly-arrivals").inputs
    assert [{"prefix": "data/train/"}] == json.loads(arrivals["eventPattern"])["detail"]["object"]["key"]
    assert "deployed" == _run(loop, {"run": "data-x", "not_before": AT.format(3)}, hour=2).output["outcome"]
    assert "BadStart" == _run(loop, {"version": "12"}).error
    assert [] == planned.refusals
