"""Pipelines on AWS after a hard stop at the budget's limit, while the endpoint that they deploy to is gone."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from groundplan.testing import Planned, plan_blueprint
from tests.components.pipeline.test_aws import BLUEPRINT, MACHINE, PIPELINE
from tests.truth.aws_loop import Loop
from tests.truth.aws_states import Ended, StateError

MODEL = "training/fraud/new/output/model.tar.gz"


@cache
def _planned() -> Planned:
    asked = {
        **BLUEPRINT,
        "registry": {"approval": "automatic"},
        "pipelines": {"nightly": PIPELINE},
        "alerts": {"email": ["asha@example.com"]},
        "budget": {"monthly_usd": 300, "hard_stop": True},
        "environments": {"dev": {}},
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fraud.yaml"
        path.write_text(json.dumps(asked))
        return plan_blueprint(path, "dev", "aws")


def _gated(loop: Loop) -> Ended:
    """The run from where it looks for what serves, with a training that made a model."""
    definition = json.loads(_planned().one(MACHINE, "nightly-pipeline").inputs["definition"])
    bucket = _planned().one("aws:s3/bucket:Bucket", "artifacts").inputs["bucket"]
    trained = {"run": "r", "job": "j", "model": f"s3://{bucket}/{MODEL}"}
    before = {"Type": "Pass", "Assign": {"trained": trained, "run": "r-1", "figures": {}, "error": "", "failure": ""}}
    states = {**definition["States"], "Before": {**before, "Next": "Gate"}}
    return loop.start({**definition, "StartAt": "Before", "States": states}, {})


def test_without_an_endpoint_there_is_no_champion(tmp_path):
    """
    A candidate is held against nothing while the endpoint is gone, as before the first release.
    """
    ended = _gated(Loop(root=tmp_path, there=False))

    assert "NoneServes" in ended.states
    assert "Evaluate" in ended.states
    assert "Could not find endpoint" not in ended.cause


def test_an_endpoint_that_can_not_be_looked_at_fails_the_run(tmp_path):
    """
    What may be there and can't be seen is no reason to let a candidate pass.
    """
    loop = Loop(root=tmp_path)
    loop._describeEndpoint = _denied

    ended = _gated(loop)

    assert "PipelineFailed" == ended.error
    assert "Evaluate" not in ended.states


def _denied(arguments: dict[str, Any]) -> dict[str, Any]:
    assert arguments["EndpointName"]
    raise StateError("SageMaker.AccessDeniedException", "not authorized to perform: sagemaker:DescribeEndpoint")
