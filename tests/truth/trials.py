"""Plays the machines of a search's trials: each service's own way to start one, tell its values, and hear of it."""

from __future__ import annotations

import io
import json
import re
import signal
import threading
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from components.base import Cloud
from components.training import trial as trial_program
from components.training.tuning import METRIC_LINE
from groundplan.testing import Planned
from tests.truth.aws_states import run as run_states
from tests.truth.aws_tuning import FakeTuner
from tests.truth.aws_tuning import Search as AwsSearch
from tests.truth.aws_tuning import Trial as AwsTrial
from tests.truth.azure_tuning import Sweeps
from tests.truth.azure_tuning import Trial as AzureTrial
from tests.truth.azure_workflows import run as run_workflow
from tests.truth.containers import Ran, machine_of
from tests.truth.gcp_tuning import Search, Tuner, trial

__all__ = ["Heard", "job_of", "played", "start_trial"]

OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"


@dataclass
class Heard:
    """
    What came of a trial.

    Attributes:
        ran: What its machine did.
        figures: What the service heard of its objective.
        tags: Likewise of its values, on Azure ML.
    """

    ran: Ran
    figures: list[float] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)


def job_of(cloud: Cloud, planned: Planned, start: Mapping[str, Any]) -> dict[str, Any]:
    """What the service is sent for a search that goes well."""
    if cloud is Cloud.AWS:
        definition = json.loads(planned.one("aws:sfn/stateMachine:StateMachine", "fit-tune").inputs["definition"])
        named = dict.fromkeys(_searched(definition), "1")
        ended = run_states(definition, start, FakeTuner(searches=[AwsSearch((AwsTrial(0.5, named),))]))
        assert not ended.error, ended.cause
        (sent,) = ended.called("CreateHyperParameterTuningJob")
        return sent
    if cloud is Cloud.GCP:
        tuner = Tuner(searches=[Search((trial(1, 0.5),))])
        tuner.run(planned.one("gcp:workflows/workflow:Workflow", "fit-tune").inputs["sourceContents"], start)
        return tuner.asked[0]
    sweeps = Sweeps(spot=((0, "Queued"), (60, "Completed")), trials=[AzureTrial(0.5, {}, after=0)])
    made = planned.one("azure-native:logic:Workflow", "fit-tune").inputs
    done = run_workflow(made["definition"], made["parameters"], dict(start), sweeps)
    assert "Succeeded" == done.status, done.error
    return next(iter(sweeps.bodies.values()))


def _searched(definition: Mapping[str, Any]) -> list[str]:
    """What a search is over."""
    ranges = definition["States"]["OnSpot"]["Arguments"]["HyperParameterTuningJobConfig"]["ParameterRanges"]
    return [one["Name"] for several in ranges.values() for one in several]


def start_trial(
    cloud: Cloud, planned: Planned, job: dict[str, Any], values: Mapping[str, str], store: Path, root: Path, **more: Any
) -> Heard:
    """
    Start a trial of a search as its service does.

    Args:
        cloud: Whose it is.
        planned: The plan, which brings what the store has of its own.
        job: What the service was sent.
        values: What the service chose, as text.
        store: Folder with a folder for each bucket, or datastore of Azure ML.
        root: Where the machine's files are; its name is the trial's.
        more: `rank` of the machine.
    """
    return {Cloud.AWS: _aws, Cloud.GCP: _gcp, Cloud.AZURE: _azure}[cloud](planned, job, values, store, root, **more)


def _aws(
    planned: Planned, job: dict[str, Any], values: Mapping[str, str], store: Path, root: Path, **more: Any
) -> Heard:
    """
    As the program `train` of AWS's package sagemaker-training does: it runs the script that two hyper-parameters name.

    Source: https://github.com/aws/sagemaker-training-toolkit
    """
    home = f"{root}/opt/ml"
    made = planned.one(OBJECT, "fit-trial").inputs
    path = store / made["bucket"] / made["key"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(b64decode(made["contentBase64"]).decode().replace("/opt/ml", home))
    of_trial = job["TrainingJobDefinition"]
    objective = job["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"]
    told = {**of_trial["StaticHyperParameters"], **values, "_tuning_objective_metric": objective}
    assert len(told) <= 100
    assert max(map(len, told.values())) <= 2500
    script = f"{told['sagemaker_submit_directory']}/{told['sagemaker_program']}"
    arguments = [
        word for name, value in told.items() if not name.startswith("sagemaker") for word in (f"--{name}", value)
    ]
    write = 'printf %s "$TOLD" >/opt/ml/input/config/hyperparameters.json && exec "$@"'
    like_a_run = {
        **of_trial,
        "AlgorithmSpecification": {"ContainerEntrypoint": ["sh", "-c", write, "sh", "python3", script, *arguments]},
        "Environment": {"TOLD": json.dumps(told), "TRAINING_JOB_NAME": root.name},
    }
    ran = machine_of(Cloud.AWS, like_a_run, store, root, **more)
    (metric,) = of_trial["AlgorithmSpecification"]["MetricDefinitions"]
    assert objective == metric["Name"]
    return Heard(ran, [float(figure) for figure in re.findall(metric["Regex"], ran.said)])


def _gcp(
    _planned: Planned, job: dict[str, Any], values: Mapping[str, str], store: Path, root: Path, **more: Any
) -> Heard:
    """As Vertex AI does: the values as arguments, and a file for the figure."""
    told = root.with_name(f"{root.name}-hypertune") / "output.metrics"
    own = {"CLOUD_ML_TRIAL_ID": root.name, "CLOUD_ML_HP_METRIC_FILE": str(told)}
    spec = json.loads(json.dumps(job["trialJobSpec"]))
    for pool in spec["workerPoolSpecs"]:
        container = pool["containerSpec"]
        container["command"] += [f"--{name}={value}" for name, value in values.items()]
        container["env"] += [{"name": name, "value": value} for name, value in own.items()]
    ran = machine_of(Cloud.GCP, {"jobSpec": spec}, store, root, **more)
    (metric,) = job["studySpec"]["metrics"]
    lines = [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []
    assert all(line["trial"] == root.name and isinstance(line["timestamp"], float) for line in lines)
    model = Path(str(ran.model).replace("{trial}", root.name))
    return Heard(Ran(ran.said, ran.code, model), [float(line[metric["metricId"]]) for line in lines])


def _azure(
    _planned: Planned, job: dict[str, Any], values: Mapping[str, str], store: Path, root: Path, **more: Any
) -> Heard:
    """As Azure ML does: the values filled into the command, and an MLflow server."""
    of_trial = {**job, **job["trial"], "environmentVariables": dict(job["trial"]["environmentVariables"])}
    of_trial["outputs"] = {"model": job["outputs"]["model"], **job["outputs"]}  # the first is the model's
    names = re.findall(r"'--([^=']+)=\$\{\{search_space\.(\w+)\}\}'", of_trial["command"])
    assert {plain for _name, plain in names} == set(job["searchSpace"])
    for name, plain in names:
        of_trial["command"] = of_trial["command"].replace(f"${{{{search_space.{plain}}}}}", values[name])
    with _tracking() as (address, heard):
        of_trial["environmentVariables"] |= {
            "AZUREML_RUN_ID": root.name,
            "MLFLOW_EXPERIMENT_ID": "e",
            "MLFLOW_RUN_ID": root.name,
            "MLFLOW_TRACKING_TOKEN": "t",
            "MLFLOW_TRACKING_URI": f"{address}/mlflow/v1.0/subscriptions/s?",
        }
        ran = machine_of(Cloud.AZURE, of_trial, store, root, **more)
    figures = [one["value"] for body in heard for one in body["metrics"]]
    assert all(body["run_id"] == root.name for body in heard)
    assert {one["key"] for body in heard for one in body["metrics"]} <= {job["objective"]["primaryMetric"]}
    tags = {tag["key"]: tag["value"] for body in heard for tag in body["tags"]}
    return Heard(Ran(ran.said, ran.code, ran.model / root.name), figures, tags)


def played(
    cloud: Cloud, told: Mapping[str, Any], values: Mapping[str, str], root: Path, patch: pytest.MonkeyPatch
) -> list[tuple[float, int]]:
    """The program of a trial, in this process: each figure that its service heard, and which one it was."""
    words = [json.dumps(dict(told)), *(f"--{name}={value}" for name, value in values.items())]
    looks, look = root / "looks", trial_program.Figures.look
    looks.touch()

    def counted(figures: trial_program.Figures) -> None:
        look(figures)
        with looks.open("a") as file:
            file.write(".")

    patch.setattr(trial_program.Figures, "look", counted)
    patch.setattr(trial_program, "LOOK", 0.02)
    patch.setenv("LOOKS", str(looks))
    patch.setenv("OUTPUT_DIR", str(root / "out"))
    patch.setenv(trial_program.NAMES[cloud.value], "t1")
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        return {Cloud.AWS: _played_aws, Cloud.GCP: _played_gcp, Cloud.AZURE: _played_azure}[cloud](words, root, patch)
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, handler)


def _played_aws(words: list[str], root: Path, patch: pytest.MonkeyPatch) -> list[tuple[float, int]]:
    said = io.StringIO()
    (root / "resourceconfig.json").write_text(json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}))
    patch.setattr(trial_program, "SAGEMAKER", root)
    with redirect_stdout(said):
        trial_program.main(words)
    pattern = METRIC_LINE.format(name="auc")
    return [(float(figure), number) for number, figure in enumerate(re.findall(pattern, said.getvalue()))]


def _played_gcp(words: list[str], root: Path, patch: pytest.MonkeyPatch) -> list[tuple[float, int]]:
    path = root / "hypertune" / "output.metrics"
    patch.setenv("CLOUD_ML_HP_METRIC_FILE", str(path))
    trial_program.main(words)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [(float(line["auc"]), int(line["global_step"])) for line in lines]


def _played_azure(words: list[str], _root: Path, patch: pytest.MonkeyPatch) -> list[tuple[float, int]]:
    with _tracking() as (address, heard):
        told = {"EXPERIMENT_ID": "e", "RUN_ID": "t1", "TRACKING_TOKEN": "t"}
        for name, value in {**told, "TRACKING_URI": f"{address}/mlflow/v1.0/subscriptions/s?"}.items():
            patch.setenv(f"MLFLOW_{name}", value)
        trial_program.main(words)
    assert ["groundplan.auc"] == [tag["key"] for tag in heard[-1]["tags"] if tag["value"] == "0.9"]
    return [(one["value"], one["step"]) for body in heard for one in body["metrics"]]


@contextmanager
def _tracking() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """
    An MLflow server that takes one token.

    Source: https://mlflow.org/docs/latest/api_reference/rest-api.html#log-batch
    """
    heard: list[dict[str, Any]] = []

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/mlflow/v1.0/subscriptions/s/api/2.0/mlflow/runs/log-batch", self.path
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.headers["Authorization"] == "Bearer t":
                heard.append(body)
            self._answer(200 if self.headers["Authorization"] == "Bearer t" else 401, {})

        def _answer(self, code: int, body: dict[str, Any]) -> None:
            self.send_response(code)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the base class names it
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        server.server_close()
