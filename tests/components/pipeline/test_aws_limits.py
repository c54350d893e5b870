"""Pipelines and monitors on AWS, whole stacks of them: what AWS would refuse, and what their roles may do."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from groundplan.testing import Planned, plan_blueprint
from tests.components.pipeline.test_aws import BLUEPRINT, MACHINE, PIPELINE, _planned
from tests.truth.aws_faults import faults
from tests.truth.aws_iam import as_list, policies_of, statement_problems, statements
from tests.truth.aws_shapes import operation
from tests.truth.aws_states import operation_of

LONG = "n" * 32


def test_the_pipeline_role_may_do_what_a_run_does():
    """
    Each call of the run is one that the role of its state machine may make.
    """
    allowed = {
        a
        for p in policies_of(_planned(), "pipeline")
        for s in statements(p.inputs["policy"])
        for a in as_list(s["Action"])
    }
    named = {"s3:CopyObject": "s3:PutObject", "s3:HeadObject": "s3:GetObject"}
    definition = json.loads(_planned().one(MACHINE, "nightly-pipeline").inputs["definition"])
    for state in definition["States"].values():
        if state["Type"] == "Task":
            service, name, _waits = operation_of(state["Resource"])
            action = f"{'states' if service == 'stepfunctions' else service}:{name}"
            part = "s3:PutObject" if action.startswith("s3:") and name.endswith(("Upload", "PartCopy")) else action
            assert named.get(part, part) in allowed, action


@pytest.mark.parametrize("long", [False, True])
def test_aws_takes_everything(long):
    """
    Requests, policies, definitions, names and limits are AWS's own, with the longest names and many columns too.
    """
    planned = _planned("manual", "review") if not long else _long()

    assert [] == faults(planned)
    for policy in (*planned.all("aws:iam/rolePolicy:RolePolicy"), *planned.all("aws:iam/policy:Policy")):
        for statement in statements(policy.inputs["policy"]):
            assert [] == statement_problems(statement), policy.name
    assert [] == planned.refusals
    for machine in planned.all(MACHINE):
        for state in json.loads(machine.inputs["definition"])["States"].values():
            if state["Type"] == "Task":
                service, name, _waits = operation_of(state["Resource"])
                assert operation(service, name)


def _long() -> Planned:
    """Names, columns and inputs at their limits."""
    columns = {f"c{n:03}_{'x' * 20}": {"min": 0, "max": 100.5, "missing": "5%"} for n in range(400)}
    training = {**BLUEPRINT["training"]["fraud"], "inputs": {f"i{n}": f"data/{'p' * 40}{n}/" for n in range(18)}}
    endpoint = {**BLUEPRINT["endpoints"]["scorer"], "model": LONG}
    monitor = {
        "baseline": "s3://else/baseline/",
        "drift": {"columns": [f"c{n:03}_{'x' * 50}" for n in range(200)]},
        "quality": {"labels": "s3://else/labels/", "metric": "auc", "below": 0.5},
        "bias": {"facet": "age", "metric": "recall_difference"},
        "data_quality": {"every": "8h"},
        "explain": {"sample": 100_000, "answers": "a" * 60, "windows": "7 of 7"},
        "on_breach": "review",
    }
    pipeline = {
        **PIPELINE,
        "train": LONG,
        "deploy": LONG,
        "expect": {"columns": columns},
        "on": ["data", *(f"{LONG}.{signal}" for signal in ("drift", "quality", "bias", "data_quality", "explain"))],
    }
    blueprint = {
        **BLUEPRINT,
        "name": "b" * 24,
        "training": {LONG: training},
        "endpoints": {LONG: endpoint},
        "monitoring": {LONG: monitor},
        "pipelines": {LONG: pipeline},
        "environments": {"e" * 32: {}},
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "long.yaml"
        path.write_text(json.dumps(blueprint))
        return plan_blueprint(path, "e" * 32, "aws")
