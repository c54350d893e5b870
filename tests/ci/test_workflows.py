"""The pipelines that `groundplan init --ci` writes."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from groundplan import __version__
from groundplan.ci.workflows import SERVICES, pipeline, write
from groundplan.cli import app

SCHEMAS = {"github": "vendor.github-workflows", "gitlab": "vendor.gitlab-ci", "azure": "vendor.azure-pipelines"}
MARKED = "<!-- groundplan -->\n## ok\n"


@pytest.fixture(name="init")
def _init(tmp_path, monkeypatch, capsys):
    """`init("--ci", "github")` in an empty folder: exit code and what was said."""

    def run(*words):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["groundplan", "init", *words])
        with pytest.raises(SystemExit) as left:
            app.main()
        said = capsys.readouterr()
        return int(str(left.value.code)), said.out + said.err

    return run


def _read(text):
    return YAML(typ="safe").load(text)


@pytest.mark.parametrize("service", SERVICES)
def test_the_pipeline_is_valid(service, tmp_path):
    """
    The CI's own schema takes the file.
    """
    file = tmp_path / "pipeline.yml"
    file.write_text(pipeline(service), encoding="utf-8")
    # the schema of Azure has patterns that are good in ECMAScript without its `u` flag alone
    words = ["--builtin-schema", SCHEMAS[service], "--regex-variant", "nonunicode", str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *words], capture_output=True, text=True, check=False
    )

    assert 0 == done.returncode, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.parametrize("service", SERVICES)
def test_the_pipeline_installs_this_version(service):
    """
    groundplan is pinned to the version that wrote the file, and nothing is left to fill in.
    """
    text = pipeline(service)

    assert f"groundplan[aws,gcp,azure]=={__version__}" in text
    assert "<<" not in text.replace("<<<", "")


def test_no_secret_meets_a_pull_request_s_files():
    """
    On GitHub the job that reads the files has a token that may read alone; the one that writes checks nothing out;
    every action is pinned to a commit.
    """
    workflow = _read(pipeline("github"))
    plan, report = workflow["jobs"]["plan"], workflow["jobs"]["report"]

    assert ["pull_request"] == list(workflow["on"])
    assert {} == workflow["permissions"]
    assert {"contents": "read"} == plan["permissions"]
    assert "secrets." not in pipeline("github")
    assert not any("checkout" in step.get("uses", "") for step in report["steps"])
    uses = [step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", use) for use in uses)


@pytest.mark.parametrize("service", SERVICES)
def test_init_writes_the_file_once(init, tmp_path, service):
    """
    The file is where the CI looks for it, and is overwritten with --force alone.
    """
    file = tmp_path / SERVICES[service][0]
    assert 0 == init("--ci", service)[0]
    assert pipeline(service) == file.read_text("utf-8")

    file.write_text("mine", encoding="utf-8")
    code, said = init("--ci", service)
    assert (2, True, "mine") == (code, "Add --force" in said, file.read_text("utf-8"))
    assert 0 == init("--ci", service, "--force")[0]
    assert pipeline(service) == file.read_text("utf-8")


def test_a_pipeline_of_gitlab_s_is_never_overwritten(init, tmp_path):
    """
    The main file includes ours; one that is there is left as it is, and the lines to add are said.
    """
    write("gitlab", tmp_path, force=False)
    assert {"include": [{"local": "groundplan.gitlab-ci.yml"}]} == _read(
        (tmp_path / ".gitlab-ci.yml").read_text("utf-8")
    )

    (tmp_path / ".gitlab-ci.yml").write_text("stages: [mine]\n", encoding="utf-8")
    code, said = init("--ci", "gitlab", "--force")
    assert (0, True) == (code, "  - local: groundplan.gitlab-ci.yml" in said)
    assert "stages: [mine]\n" == (tmp_path / ".gitlab-ci.yml").read_text("utf-8")


def test_another_ci_is_bad_input(init):
    """
    A CI that nobody knows is told, with those that are.
    """
    code, said = init("--ci", "travis")

    assert (2, True) == (code, "Write one of github, gitlab, azure." in said)


@pytest.fixture(name="scripted")
def _scripted(tmp_path):
    """
    Runs a step's script with `gh` and `curl` that answer with `there` and write down what they are asked.

    Gives the calls that write: method, address and body.
    """

    def run(script, there, **environment):
        bin_folder, log = tmp_path / "bin", tmp_path / "calls"
        bin_folder.mkdir()
        for name in ("gh", "curl"):
            (bin_folder / name).write_text(f"#!{sys.executable}\n{_STUB}", encoding="utf-8")
            (bin_folder / name).chmod(0o755)
        for folder in ("report", "groundplan-report", "groundplan"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "comment.md").write_text(MARKED, encoding="utf-8")
        (tmp_path / "there").write_text(there, encoding="utf-8")
        path = f"{bin_folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        given = {"PATH": path, "STUB": str(tmp_path), "AGENT_TEMPDIRECTORY": str(tmp_path), **environment}
        subprocess.run([shutil.which("bash") or "bash", "-e", "-c", script], cwd=tmp_path, env=given, check=True)
        return [json.loads(line) for line in log.read_text("utf-8").splitlines()]

    return run


_STUB = """
import json, os, pathlib, sys
words, here = sys.argv[1:], pathlib.Path(os.environ["STUB"])
method = next((words[i + 1] for i, w in enumerate(words) if w in ("--method", "--request")), "GET")
address = next(w for w in words if w.startswith(("repos/", "https://")))
if method == "GET":
    sys.stdout.write((here / "there").read_text())
else:
    body = next(w for w in words if "@" in w).split("@")[1]
    with (here / "calls").open("a") as log:
        log.write(json.dumps([method, address, pathlib.Path(body).read_text()]) + "\\n")
"""


@pytest.mark.parametrize(
    ("there", "method", "address"), [("", "POST", "comments"), ("71\n72\n", "PATCH", "comment/71")]
)
def test_github_has_one_comment(scripted, there, method, address):
    """
    The first run writes the comment, later ones change it.
    """
    (step,) = [
        s for s in _read(pipeline("github"))["jobs"]["report"]["steps"] if s.get("name") == "Write the one comment"
    ]
    calls = scripted(step["run"], there, COMMENTS="repos/comments", COMMENT="repos/comment")

    assert [[method, f"repos/{address}", MARKED]] == calls


@pytest.mark.parametrize(
    ("there", "method", "end"),
    [([{"id": 5, "body": "hello"}], "POST", "/notes"), ([{"id": 7, "body": MARKED}], "PUT", "/notes/7")],
)
def test_gitlab_has_one_note(scripted, there, method, end):
    """
    The first pipeline writes the note, later ones change it, and nobody else's.
    """
    (script,) = _read(pipeline("gitlab"))["groundplan-note"]["script"]
    names = {
        "CI_API_V4_URL": "https://x/api/v4",
        "CI_PROJECT_ID": "1",
        "CI_MERGE_REQUEST_IID": "2",
        "GROUNDPLAN_TOKEN": "t",
    }
    calls = scripted(script, json.dumps(there), **names)

    assert [[method, f"https://x/api/v4/projects/1/merge_requests/2{end}", MARKED]] == calls


@pytest.mark.parametrize(
    ("there", "method", "end", "body"),
    [
        (
            [{"id": 1, "isDeleted": False, "comments": [{"id": 1, "content": "hello"}, {"id": 2}]}],
            "POST",
            "?api-version=7.1",
            {"comments": [{"parentCommentId": 0, "content": MARKED, "commentType": 1}], "status": "closed"},
        ),
        (
            [{"id": 4, "comments": [{"id": 1, "content": MARKED}]}],
            "PATCH",
            "/4/comments/1?api-version=7.1",
            {"content": MARKED},
        ),
    ],
)
def test_azure_has_one_comment(scripted, there, method, end, body):
    """
    The first run opens the thread, later ones change its comment.
    """
    step = _read(pipeline("azure"))["steps"][-1]
    names = {
        "SYSTEM_COLLECTIONURI": "https://x/",
        "SYSTEM_TEAMPROJECTID": "p",
        "BUILD_REPOSITORY_ID": "r",
        "TOKEN": "t",
    }
    calls = scripted(step["bash"], json.dumps({"value": there}), SYSTEM_PULLREQUEST_PULLREQUESTID="9", **names)

    ((asked, address, sent),) = calls
    assert (method, f"https://x/p/_apis/git/repositories/r/pullRequests/9/threads{end}") == (asked, address)
    assert body == json.loads(sent)
