"""Starts one trial of a search: tells the training its values, and the service what came of it. Needs Python alone."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

# Source: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
SAGEMAKER = Path("/opt/ml/input/config")
# Source: https://github.com/GoogleCloudPlatform/cloudml-hypertune
HYPERTUNE = "/var/hypertune/output.metrics"
RENEWAL = 300  # seconds between two tokens of Azure ML
LOOK = 10  # seconds between two looks at the figure, where trials may be stopped early
LINES = 100  # most that cloudml-hypertune keeps
PIECE = 900  # characters of a tag of Azure ML
TRIAL = "{trial}"
NAMES = {"aws": "TRAINING_JOB_NAME", "gcp": "CLOUD_ML_TRIAL_ID", "azure": "AZUREML_RUN_ID"}


def stop(words: str) -> NoReturn:
    print(f"groundplan: {words}", file=sys.stderr, flush=True)
    sys.exit(1)


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def told(words: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings, and name to text of what the service chose."""
    if words and words[0].startswith("{"):
        return json.loads(words[0]), dict(arguments(words[1:]))
    given = read(SAGEMAKER / "hyperparameters.json")
    pieces = [given["groundplan_1"]]
    while more := given.get(f"groundplan_{len(pieces) + 1}"):
        pieces.append(more)
    return json.loads("".join(pieces)), given


def arguments(words: list[str]) -> Iterator[tuple[str, str]]:
    """`--name=value` or `--name value`."""
    rest = iter(words)
    for word in rest:
        name, equals, value = word[2:].partition("=")
        yield name, value if equals else next(rest, "")


def chosen(searched: dict[str, dict[str, list[Any]]], values: dict[str, str]) -> dict[str, Any]:
    """The values with their types."""
    found: dict[str, Any] = {}
    for name, kinds in searched.items():
        if name not in values:
            stop(f"the service chose no value of {name}; it chose {', '.join(sorted(values))}")
        ((kind, of),) = kinds.items()
        text = str(values[name])
        known = {value if isinstance(value, str) else json.dumps(value): value for value in of}
        if kind != "choice":
            found[name] = round(float(text)) if kind == "int" else float(text)
        elif text in known:
            found[name] = known[text]
        else:
            stop(f"{name} is {text}, which is none of {', '.join(known)}")
    return found


def variables(settings: dict[str, Any], tuned: dict[str, Any]) -> dict[str, str]:
    """What the training is told, as any run is."""
    environment = {**os.environ, **settings.get("environment", {})}
    base = settings.get("hyperparameters")
    if base is None:
        base = json.loads(environment.get("HYPERPARAMETERS", "{}"))
    environment["HYPERPARAMETERS"] = json.dumps({**base, **tuned})
    if "SM_HPS" in environment:
        environment["SM_HPS"] = environment["HYPERPARAMETERS"]
    trial = os.environ[NAMES[settings["cloud"]]]
    for name in ("OUTPUT_DIR", "SM_MODEL_DIR", "CHECKPOINT_DIR", "RUN"):
        if name in environment:
            environment[name] = environment[name].replace(TRIAL, trial)
    return environment


def leads(cloud: str) -> bool:
    """Whether this is the first machine of the trial, which tells the figure."""
    if cloud == "aws":
        cluster = read(SAGEMAKER / "resourceconfig.json")
        return cluster["current_host"] == cluster["hosts"][0]
    if cloud == "gcp":
        spec = json.loads(os.environ.get("CLUSTER_SPEC") or "{}")
        task = spec.get("task") or {}
        return not task or (task.get("type") == min(spec["cluster"]) and int(task.get("index", 0)) == 0)
    return os.environ.get("OMPI_COMM_WORLD_RANK", os.environ.get("RANK", "0")) == "0"


def run(command: list[str], environment: dict[str, str], look: Callable[[], None], every: float) -> int:
    """Exit code of the training; a signal to us, as of a machine that is reclaimed, is one to it."""
    child = subprocess.Popen(command, env=environment)  # noqa: S603 the training's own command
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _frame: child.send_signal(got))
    while True:
        try:
            code = child.wait(timeout=every)
        except subprocess.TimeoutExpired:
            look()
        else:
            return code if code >= 0 else 128 - code


def number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(repr(value))
    return float(value)


def figure(path: Path, name: str) -> float:
    try:
        found = read(path)
    except (OSError, ValueError) as wrong:
        stop(f"{path} can not be read: {wrong}. Write it when training ends: {json.dumps({name: 0.93})}.")
    if not isinstance(found, dict) or name not in found:
        has = ", ".join(sorted(found)) if isinstance(found, dict) and found else "nothing"
        stop(f"{path} has no {name}; it has {has}. Write it there when training ends.")
    try:
        return number(found[name])
    except ValueError as wrong:
        stop(f"{name} is {wrong} in {path}. Write a number.")


class Tracking:
    """
    Azure ML's MLflow, which wants a new token every now and then.

    Source: https://learn.microsoft.com/azure/machine-learning/how-to-r-modify-script-for-production
    """

    def __init__(self, environment: dict[str, str]) -> None:
        uri = environment["MLFLOW_TRACKING_URI"].partition("?")[0]
        self.uri = f"https://{uri[len('azureml://') :]}" if uri.startswith("azureml://") else uri
        self.run, self.experiment = environment["MLFLOW_RUN_ID"], environment.get("MLFLOW_EXPERIMENT_ID", "")
        self.token, self.renewed = environment["MLFLOW_TRACKING_TOKEN"], time.monotonic()

    def ask(self, url: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        asked = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)  # noqa: S310
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 the address is Azure ML's own
            return json.loads(answer.read() or b"{}")

    def renew(self) -> None:
        home = self.uri.replace("mlflow/v1.0", "history/v1.0")
        try:
            self.token = self.ask(f"{home}/experimentids/{self.experiment}/runs/{self.run}/token")["token"]
        except (OSError, ValueError, KeyError) as wrong:
            print(f"groundplan: no new token, tried again soon: {wrong}", file=sys.stderr, flush=True)

    def renew_in_time(self) -> None:
        if time.monotonic() - self.renewed >= RENEWAL:
            self.renewed = time.monotonic()
            self.renew()

    def tell(self, metrics: list[dict[str, Any]], tags: dict[str, str]) -> str:
        """What went wrong; nothing where all went well."""
        told = [{"key": key, "value": tag} for key, tag in sorted(tags.items())]
        body = {"run_id": self.run, "metrics": metrics, "tags": told}
        error = ""
        for wait in (5, 10, 20, 40, 0):
            try:
                self.ask(f"{self.uri}/api/2.0/mlflow/runs/log-batch", body)
            except (OSError, ValueError) as wrong:
                error = str(wrong)
                if not wait or (isinstance(wrong, urllib.error.HTTPError) and wrong.code in (400, 404)):
                    break
                time.sleep(wait)
                self.renew()
            else:
                return ""
        return error


def tagged(name: str, value: float, tuned: dict[str, Any]) -> dict[str, str]:
    """Tags of a trial that has ended: its figure, and its values in pieces."""
    text = json.dumps(tuned)
    pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    tags = {f"groundplan.tuned.{number}": piece for number, piece in enumerate(pieces, 1)}
    return {**tags, f"groundplan.{name}": repr(value)}


class Figures:
    """What the service is told of the objective: when training has ended, and before where it may stop a trial."""

    def __init__(self, cloud: str, objective: str, path: Path, tracking: Tracking | None) -> None:
        self.cloud, self.objective, self.path, self.tracking = cloud, objective, path, tracking
        self.seen: tuple[int, int] | None = None
        self.lines: list[str] = []
        self.steps = 0

    def changed(self) -> bool:
        """Whether the file is another one than before."""
        try:
            found = self.path.stat()
        except OSError:
            return False
        before, self.seen = self.seen, (found.st_mtime_ns, found.st_size)
        return before != self.seen

    def look(self) -> None:
        """Tell a figure of training that goes on; what is half written is read at the next look."""
        if self.tracking:
            self.tracking.renew_in_time()
        before = self.seen
        if not self.changed():
            return
        try:
            value = number(read(self.path)[self.objective])
        except (OSError, ValueError, KeyError, TypeError):
            self.seen = before
            return
        wrong = self.tell(value, {})
        if wrong:
            print(f"groundplan: not told: {wrong}", file=sys.stderr, flush=True)

    def end(self, tuned: dict[str, Any]) -> None:
        """Tell the last figure, or say why there is none."""
        value = figure(self.path, self.objective)
        tags, wrong = tagged(self.objective, value, tuned), ""
        if self.changed():
            wrong = self.tell(value, tags)
        elif self.tracking:
            wrong = self.tracking.tell([], tags)
        if wrong:
            stop(f"Azure ML was not told {self.objective}: {wrong}")

    def tell(self, value: float, tags: dict[str, str]) -> str:
        name, step = self.objective, self.steps
        self.steps += 1
        print(f"groundplan: {name}={value!r};", flush=True)
        if self.cloud == "gcp":
            self.to_vertex(value, step)
        if self.tracking is None:
            return ""
        told = {"key": name, "value": value, "timestamp": int(time.time() * 1000), "step": step}
        return self.tracking.tell([told], tags)

    def to_vertex(self, value: float, step: int) -> None:
        """Lines as cloudml-hypertune writes them."""
        path = Path(os.environ.get("CLOUD_ML_HP_METRIC_FILE") or HYPERTUNE)
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {"timestamp": time.time(), "trial": os.environ[NAMES["gcp"]], self.objective: str(value)}
        line = json.dumps({**told, "global_step": str(step), "checkpoint_path": ""}, sort_keys=True)
        self.lines = [*self.lines, line][-LINES:]
        path.write_text("\n".join(self.lines) + "\n", "utf-8")


def main(words: list[str]) -> None:
    settings, values = told(words)
    cloud, objective = settings["cloud"], settings["objective"]
    tuned = chosen(settings["parameters"], values)
    environment = variables(settings, tuned)
    tracking = Tracking(environment) if cloud == "azure" else None
    figures = Figures(cloud, objective, Path(environment["OUTPUT_DIR"], "metrics.json"), tracking)
    if settings.get("early_stopping") and leads(cloud):
        code = run(settings["command"], environment, figures.look, LOOK)
    else:
        code = run(settings["command"], environment, tracking.renew if tracking else lambda: None, RENEWAL)
    if code or not leads(cloud):
        sys.exit(code)
    figures.end(tuned)


if __name__ == "__main__":
    main(sys.argv[1:])
