"""Serverless endpoints on Google Cloud: a Cloud Run service, what it runs before a release, and what a release does."""

import json
import os
import socket
import subprocess
import sys
import time
from functools import cache
from http.client import HTTPConnection
from typing import Any

import pytest

from components.clouds.gcp.run_template import BOOTSTRAP
from components.endpoint import EndpointSpec
from components.foundation import FoundationSpec
from groundplan.serving import gcp as serving
from groundplan.testing.component import plan_component
from tests.truth.gcp_run import FIRST, RunProject
from tests.truth.gcp_workflow_engine import Raised

SERVICE, WORKFLOW = "gcp:cloudrunv2/service:Service", "gcp:workflows/workflow:Workflow"
IMAGE = "us-docker.pkg.dev/vertex-ai/prediction/x:1"
APPROVED = {
    "labels": {"approval": "approved"},
    "artifactUri": "gs://b/models/fraud/1",
    "containerSpec": {"imageUri": IMAGE},
}


@cache
def _plan(fields: str):
    spec = EndpointSpec.model_validate({"model": "fraud", "form": "serverless", **json.loads(fields)})
    return plan_component("endpoint", "gcp", spec, name="scorer")


def _planned(**fields: Any):
    return _plan(json.dumps(fields))


def _source(**fields: Any) -> str:
    return _planned(**fields).one(WORKFLOW).inputs["sourceContents"]


def _given(**fields: Any) -> dict[str, Any]:
    return json.loads(_source(**fields))["main"]["steps"][0]["given"]["assign"][0]["given"]


def _project(*versions: dict[str, Any], **more: Any) -> RunProject:
    project, given = RunProject(**more), _given()
    project.holds(given["endpoint"], {**given["template"], "containers": [given["bootstrap"]]})
    for version in versions or (APPROVED, APPROVED):
        project.add_version(given["model"], **version)
    return project


def _env(container: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container["env"]}


def test_it_is_reached_from_the_network_alone_by_whom_iam_lets_in():
    """
    No public ingress, no caller without a role; only the stack's own accounts may ask, and nobody else.
    """
    service = _planned().one(SERVICE)
    grants = _planned().all("gcp:cloudrunv2/serviceIamMember:ServiceIamMember")

    assert "INGRESS_TRAFFIC_INTERNAL_ONLY" == service.at("ingress")
    assert service.at("invokerIamDisabled") is False
    invokers = {grant.at("member") for grant in grants if grant.at("role") == "roles/run.invoker"}
    assert 2 == len(invokers)
    assert all(member.startswith("serviceAccount:example-prod-s") for member in invokers)


def test_it_holds_nothing_while_nobody_asks_and_what_it_holds_is_the_customers():
    """
    No instance stands by; the image lies under the customer's key, and every byte out goes by the stack's network.
    """
    service = _planned().one(SERVICE)

    assert 0 == service.at("template.scaling.minInstanceCount")
    assert "/cryptoKeys/" in service.at("template.encryptionKey")
    assert "ALL_TRAFFIC" == service.at("template.vpcAccess.egress")
    assert "/subnetworks/" in service.at("template.vpcAccess.networkInterfaces.0.subnetwork")
    assert service.at("template.serviceAccount").startswith("example-prod-serve")


@pytest.mark.parametrize(
    ("memory", "concurrency", "cpus", "each", "most"),
    [("2GiB", 20, "1", 1, 20), ("6GiB", 20, "2", 2, 10), ("6GiB", 7, "2", 1, 7), ("32GiB", 200, "8", 8, 25)],
)
def test_memory_and_concurrency_are_what_is_asked(memory, concurrency, cpus, each, most):
    """
    As many CPUs as the memory wants; instances times what each answers at a time are the concurrency.
    """
    template = _planned(memory=memory, concurrency=concurrency).one(SERVICE).at("template")

    assert cpus == template["containers"][0]["resources"]["limits"]["cpu"]
    assert (each, most) == (template["maxInstanceRequestConcurrency"], template["scaling"]["maxInstanceCount"])
    assert concurrency == each * most


def test_before_a_release_it_answers_that_none_is_there():
    """
    The bootstrap is healthy, and refuses what it is asked with 503 and the reason: run as Cloud Run runs it.
    """
    container = _planned().one(SERVICE).at("template.containers.0")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert ["python3", "-c"] == container["commands"]
    program = [sys.executable, "-c", *container["args"]]
    with subprocess.Popen(program, env={**os.environ, "PORT": str(port)}, stderr=subprocess.DEVNULL) as server:
        try:
            _listens(port)
            answers = [_ask(port, *asked) for asked in (("GET", "/ping"), ("POST", "/invocations"))]
        finally:
            server.terminate()

    assert [200, 503] == [code for code, _ in answers]
    assert {"error": "no version released yet", "status": 503} == json.loads(answers[1][1])
    assert container["args"] == [BOOTSTRAP.read_text("utf-8")]


def _listens(port: int) -> None:
    """
    Raises:
        ConnectionRefusedError: It does not within five seconds.
    """
    for left in range(100, 0, -1):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except ConnectionRefusedError:
            if left == 1:
                raise
            time.sleep(0.05)


def _ask(port: int, verb: str, path: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(verb, path, b'{"instances": [[1]]}' if verb == "POST" else None)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_a_first_release_serves_by_the_routes_that_callers_know():
    """
    The version's image is told as on Vertex AI where its files are, and where callers ask and probes look.
    """
    project = _project()

    answer = project.run(_source(), {"version": "1"})

    container = project.container()
    assert IMAGE == container["image"]
    assert "gs://b/models/fraud/1" == _env(container)["AIP_STORAGE_URI"]
    assert ("PREDICTION", "/invocations", "/ping", "8080") == tuple(
        _env(container)[key] for key in ("AIP_MODE", "AIP_PREDICT_ROUTE", "AIP_HEALTH_ROUTE", "AIP_HTTP_PORT")
    )
    assert ("1", None) == (answer["serves"], answer["previous"])
    assert answer["url"].endswith(".a.run.app/invocations")
    assert "args" not in container


def test_the_version_before_serves_until_the_new_one_is_up():
    """
    The new revision comes up without traffic, then has all of it; a release tells which version served before.
    """
    project, release = _project(), _source()
    project.run(release, {"version": "1"})
    stable = project.serves

    _other(project)
    answer = project.run(release, {"version": "2"})

    first, second = project.bodies("/services/")[-2:]
    assert stable == first["traffic"][0]["revision"]
    assert answer["revision"] == second["traffic"][0]["revision"] == project.serves
    assert ("2", "1") == (answer["serves"], answer["previous"])


def _other(project: RunProject) -> None:
    """Another execution has another id, of which revisions have a part."""
    project.engine.execution = "0a1b2c3d-13db-46a0-8a4a-ee39c144cb96"


def test_a_version_that_does_not_come_up_changes_nothing():
    """
    The release fails with Cloud Run's reason, and the version before serves; the next release is as any other.
    """
    broken = {**APPROVED, "containerSpec": {"imageUri": "us-docker.pkg.dev/x/broken:1"}}
    project, release = _project(APPROVED, broken, APPROVED), _source()
    project.broken_images = {"us-docker.pkg.dev/x/broken:1": "The container failed to start and listen on port 8080."}
    project.run(release, {"version": "1"})
    _other(project)

    with pytest.raises(Raised, match="failed to start and listen"):
        project.run(release, {"version": "2"})
    assert IMAGE == project.container()["image"]
    assert "-v1-" in project.serves

    project.engine.execution = "77777777-13db-46a0-8a4a-ee39c144cb96"
    answer = project.run(release, {"version": "3"})
    assert ("3", "1") == (answer["serves"], answer["previous"])


def test_what_never_settles_is_given_up():
    """
    After half an hour the release fails and says so.
    """
    project = _project(seconds=float("inf"))

    with pytest.raises(Raised, match=r"not brought up .* in half an hour"):
        project.run(_source(), {"version": "1"})


def test_somebody_elses_change_is_not_written_over():
    """
    A service that was changed since the release looked at it refuses the release's own change.
    """
    project = _project()

    def changed(method: str) -> None:
        if method == "run.projects.locations.services.patch":
            project.etag += 1

    project.before = changed
    with pytest.raises(Raised, match="changed meanwhile"):
        project.run(_source(), {"version": "1"})


@pytest.mark.parametrize(
    ("start", "says"),
    [
        ({}, "names no version"),
        ({"version": "1", "force": True}, "it has force"),
        ({"version": "9"}, "has no version 9"),
        ({"version": "2"}, "is not approved"),
        ({"version": "3"}, "names an image"),
    ],
)
def test_a_start_that_can_not_be_meant_is_refused(start, says):
    """
    Before anything is changed, with what is wrong.
    """
    pending = {**APPROVED, "labels": {"approval": "pending"}}
    project = _project(APPROVED, pending, {**APPROVED, "containerSpec": None})

    with pytest.raises(Raised, match=says):
        project.run(_source(), start)

    assert project.serves.endswith(FIRST)


def test_two_releases_at_once_are_refused():
    """
    A second release does not start while one runs.
    """
    with pytest.raises(Raised, match="another release"):
        _project(running=2).run(_source(), {"version": "1"})


def test_images_come_first_from_the_start_then_from_the_endpoint():
    """
    One of a start, with the stack's repository before it where it names none; else the endpoint's own, on its port.
    """
    project = _project()
    project.run(_source(image="serve:2", port=9000), {"version": "1"})
    assert project.container()["image"].endswith("-images/serve:2")
    assert 9000 == project.container()["ports"][0]["containerPort"]
    assert "9000" == _env(project.container())["AIP_HTTP_PORT"]

    _other(project)
    project.run(_source(image="serve:2", port=9000), {"version": "1", "image": "serve:3"})
    assert project.container()["image"].endswith("-images/serve:3")


def test_withdrawing_brings_back_what_says_that_none_is_released():
    """
    No version serves then, and callers are told so.
    """
    project, release = _project(), _source()
    project.run(release, {"version": "1"})
    _other(project)

    project.run(release, {"withdraw": True})

    assert [BOOTSTRAP.read_text("utf-8")] == project.container()["args"]
    assert "" == _read(project).version


def _read(project: RunProject) -> Any:
    return serving.serving(lambda url: project.answer("GET", url, {}, None).body, project.service)


def test_which_version_serves_is_told():
    """
    `groundplan serving` reads it off the service; during a release it is not settled.
    """
    project = _project()
    assert ("", True) == (_read(project).version, _read(project).settled)
    project.run(_source(), {"version": "2"})

    assert ("2", {"2": 100.0}, True) == (_read(project).version, _read(project).shares, _read(project).settled)
    project.busy_until = project.engine.now + 60
    assert not _read(project).settled


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"capture": {}}, "capture is of Vertex AI.*form: realtime"),
        ({"slo": {"errors": "1%"}, "rollout": {}}, "rollout is of Vertex AI.*form: realtime"),
        ({"runtime": "vllm"}, "vllm needs a GPU.*form: realtime"),
        ({"memory": "64GiB"}, "from 512MiB to 32GiB"),
        ({"memory": "256MiB"}, "from 512MiB to 32GiB"),
    ],
)
def test_what_cloud_run_does_not_have_is_refused_at_plan_time(fields, says):
    """
    With the limit, its source and what to write instead.
    """
    with pytest.raises(ValueError, match=says):
        _planned(**fields)


def test_promises_are_watched_under_the_names_of_cloud_run():
    """
    Each part of `slo` has an alarm, and so have the budgets, on the service's own measures.
    """
    alarms = _planned(slo={"errors": "1%", "latency_p99": "1s", "availability": "99%"}).all(
        "gcp:monitoring/alertPolicy:AlertPolicy"
    )

    assert 3 + 4 == len(alarms)
    for alarm in alarms:
        query = alarm.at("conditions.0.conditionPrometheusQueryLanguage.query")
        assert 'service_name="example-prod-endpoint-scorer"' in query
        assert "aiplatform" not in query


def test_the_ground_knows_cloud_run_only_where_it_is_needed():
    """
    API, key, name in the network and rights come with the first serverless endpoint.
    """
    for spec, there in ((FoundationSpec(), False), (FoundationSpec(serving=["serverless"]), True)):
        ground = plan_component("foundation", "gcp", spec)
        names = {resource.name for resource in ground}
        for name in ("api-run", "key-run", "zone-run", "role-run-release", "images-pipeline", "agent-run-role"):
            assert there == (name in names), name


def test_an_up_changes_nothing_of_what_a_release_brought():
    """
    The provider writes a service whole: so nothing of it that can change is compared, and releases bring what changed.
    """
    assert {"description", "labels", "template", "traffics"} <= set(_planned().one(SERVICE).ignored)
