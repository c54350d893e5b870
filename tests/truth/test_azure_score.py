"""The script that a batch job runs on Azure ML, run as Azure ML runs it: with a served model and with its own code."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from components.batch import BatchSpec
from components.clouds.azure.batch_run import BatchPlan, job

SERVE = """#!{python}
import http.server, json

class Model(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ping" else 404); self.end_headers()
    def do_POST(self):
        records = self.rfile.read(int(self.headers["Content-Length"])).decode().split("\\n")
        bad = self.path != "/invocations" or any("bad" in record for record in records)
        self.send_response(500 if bad else 200); self.end_headers()
        self.wfile.write(b"no" if bad else "\\n".join(json.dumps({{"of": r}}) for r in records).encode())
    def log_message(self, *_):
        pass

http.server.HTTPServer(("127.0.0.1", {port}), Model).serve_forever()
"""
SCORE = """
import json
def init():
    global model
    model = 10
def run(raw):
    return [model * json.loads(line) for line in raw.split("\\n")]
"""


def _run(folder: Path, *, runtime: bool, port: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the job's command with its folders filled in, an image's tools being those in `folder/bin`."""
    asked = {"runtime": "sklearn"} if runtime else {"image": "score:1"}
    spec = BatchSpec.model_validate({"model": "m", "input": "in/", "output": "out/", "machine": {"cpu": 1}, **asked})
    command = job(BatchPlan("b", spec, True, {}))["properties"]["command"]
    for name, path in (("records", "in"), ("model", "model"), ("code", "code")):
        command = command.replace(f"${{{{inputs.{name}}}}}", str(folder / path))
    command = command.replace("${{outputs.answers}}", str(folder / "out")).replace(" 8080", f" {port}")
    command = command.replace("/opt/ml", str(folder / "opt"))
    path = f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["/bin/sh", "-c", command],
        env={"PATH": path, "HOME": str(folder), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def folder(tmp_path: Path, unused_port: int) -> Path:
    """Two files of records, a model, its code, and an image whose program `serve` answers."""
    for name in ("in/a", "out", "model", "code", "bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "in" / "a" / "one.jsonl").write_text("1\n2\n\n3\n")
    (tmp_path / "in" / "two.jsonl").write_text("4")
    (tmp_path / "code" / "score.py").write_text(SCORE)
    serve = tmp_path / "bin" / "serve"
    serve.write_text(SERVE.format(python=sys.executable, port=unused_port))
    serve.chmod(serve.stat().st_mode | stat.S_IXUSR)
    return tmp_path


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_an_image_is_asked_for_every_record(folder, unused_port):
    """
    The image's server gets every record that is no blank line, and its answers lie beside each other, a line a record.
    """
    done = _run(folder, runtime=False, port=unused_port)

    assert 0 == done.returncode, done.stderr
    answers = (folder / "out" / "a" / "one.jsonl.out").read_text().splitlines()
    assert [{"of": "1"}, {"of": "2"}, {"of": "3"}] == [json.loads(line) for line in answers]
    assert '{"of": "4"}\n' == (folder / "out" / "two.jsonl.out").read_text()
    assert (folder / "opt" / "model").resolve() == (folder / "model").resolve()


def test_a_framework_runs_the_versions_own_code(folder):
    """
    With a runtime the version's `score.py` answers, and a list of answers is a line each.
    """
    done = _run(folder, runtime=True)

    assert 0 == done.returncode, done.stderr
    assert "10\n20\n30\n" == (folder / "out" / "a" / "one.jsonl.out").read_text()


def test_machines_share_the_files(folder):
    """
    Each of two machines answers other files, and together all of them.
    """
    first = _run(folder, runtime=True, RANK="0", WORLD_SIZE="2")
    alone = sorted(p.name for p in (folder / "out").rglob("*.out"))
    second = _run(folder, runtime=True, RANK="1", WORLD_SIZE="2")

    assert (0, 0) == (first.returncode, second.returncode)
    assert ["one.jsonl.out"] == alone
    assert ["one.jsonl.out", "two.jsonl.out"] == sorted(p.name for p in (folder / "out").rglob("*.out"))


def test_a_job_that_starts_over_goes_on(folder):
    """
    What was answered before a machine was reclaimed is not answered again, and what was half done is done anew.
    """
    (folder / "out" / "a").mkdir()
    (folder / "out" / "a" / "one.jsonl.out").write_text("as before\n")
    (folder / "out" / "two.jsonl.out.part").write_text("half")

    assert 0 == _run(folder, runtime=True).returncode

    assert "as before\n" == (folder / "out" / "a" / "one.jsonl.out").read_text()
    assert "40\n" == (folder / "out" / "two.jsonl.out").read_text()
    assert [] == list((folder / "out").rglob("*.part"))


def test_a_record_without_an_answer_fails_the_job(folder, unused_port):
    """
    A model that refuses a record fails the job, which says what the model said.
    """
    (folder / "in" / "two.jsonl").write_text("bad")

    done = _run(folder, runtime=False, port=unused_port)

    assert 0 != done.returncode
    assert "the model did not answer: 500" in done.stderr
    assert not (folder / "out" / "two.jsonl.out").exists()


def test_no_file_at_all_fails_the_job(folder):
    """
    An input without a file is a mistake, not a success.
    """
    for path in [p for p in (folder / "in").rglob("*") if p.is_file()]:
        path.unlink()

    done = _run(folder, runtime=True)

    assert "there is no file in the input" in done.stderr
    assert 0 != done.returncode
