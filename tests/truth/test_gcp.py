"""What we plan on Google Cloud, held against Google's own description of its APIs."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from components.base import Spec
from components.budget import BudgetSpec
from components.catalog import regions
from components.clouds.gcp_workflow import LONGEST_SOURCE, literal
from components.endpoint import EndpointSpec
from components.foundation import FoundationSpec
from components.registry import RegistrySpec
from components.training import TrainingSpec
from groundplan.testing.component import plan_component
from tests.truth.gcp_bodies import NO_BODY, body_of
from tests.truth.gcp_discovery import api, faults
from tests.truth.gcp_project import Job, Project
from tests.truth.gcp_workflow_engine import check_source

LONG = "a" * 24  # longest name of a blueprint
LONG_NAME = "-".join(["abcdefghij"] * 2 + ["klmnopqrs"])[:32].rstrip("-")
KEY = "projects/other/locations/us-central1/keyRings/r/cryptoKeys/k"
NETWORK = {
    "network": "projects/host/global/networks/shared",
    "subnetwork": "projects/host/regions/us-central1/subnetworks/ml",
}
TRAIN = {"machine": {"cpu": 4}, "checkpoint": {"every": "10m"}}
CASES: dict[str, tuple[str, Spec, dict[str, Any]]] = {
    "foundation": ("foundation", FoundationSpec(), {}),
    "foundation-full": (
        "foundation",
        FoundationSpec.model_validate(
            {
                "classification": "restricted",
                "secrets": ["hub-token", "a-" + "b" * 60],
                "alert_emails": ["a@example.com", "b@example.com"],
                "network": {"cidr": "10.255.0.0/16"},
            }
        ),
        {},
    ),
    "foundation-existing": (
        "foundation",
        FoundationSpec.model_validate(
            {
                "network": {"existing": NETWORK},
                "key": {"existing": KEY},
                "storage": {"existing": {"artifacts": "my-artifacts", "data": "my-data"}},
            }
        ),
        {},
    ),
    "foundation-long": ("foundation", FoundationSpec(secrets=["s"]), {"blueprint": LONG, "salt": "7"}),
    "foundation-google": ("foundation", FoundationSpec(), {"blueprint": "google-ads"}),
    "train-cpu-spot": ("training", TrainingSpec.model_validate({**TRAIN, "image": "t:1"}), {}),
    "train-on-demand": (
        "training",
        TrainingSpec.model_validate({"machine": {"cpu": 8}, "spot": False, "image": "t:1"}),
        {},
    ),
    "train-no-fallback": (
        "training",
        TrainingSpec.model_validate({**TRAIN, "image": "t:1", "spot": {"fallback": "none"}}),
        {},
    ),
    "train-gpu-nodes": (
        "training",
        TrainingSpec.model_validate(
            {**TRAIN, "image": "t:1", "machine": {"accelerator": "A100-80GB", "count": 8}, "nodes": 8}
        ),
        {},
    ),
    "train-runtime": (
        "training",
        TrainingSpec.model_validate({**TRAIN, "runtime": "pytorch", "machine": {"gpu_memory": "24GiB"}}),
        {},
    ),
    "train-command": (
        "training",
        TrainingSpec.model_validate(
            {**TRAIN, "runtime": "sklearn", "command": ["python3", "/gcs/b/train.py"], "disk": "2TiB"}
        ),
        {},
    ),
    "train-nothing": ("training", TrainingSpec.model_validate({"machine": {"cpu": 4}, "restartable": True}), {}),
    "train-everything": (
        "training",
        TrainingSpec.model_validate(
            {
                **TRAIN,
                "image": "t@sha256:" + "0" * 64,
                "environment": {f"V{n}": "x" * 100 for n in range(48)},
                "hyperparameters": {f"h{n}": n for n in range(100)},
                "inputs": {f"c-{n}": f"data/{n}/" for n in range(20)},
            }
        ),
        {"blueprint": LONG, "environment": "staging"},
    ),
    "serve-cpu": ("endpoint", EndpointSpec(model="fraud"), {}),
    "serve-zero": ("endpoint", EndpointSpec.model_validate({"model": "fraud", "scale": {"min": 0, "max": 1}}), {}),
    "serve-gpu-capture": (
        "endpoint",
        EndpointSpec.model_validate(
            {
                "model": "fraud",
                "image": "s:1",
                "machine": {"accelerator": "L4"},
                "capture": {"sample": "1%", "retain": "5y"},
            }
        ),
        {},
    ),
    "serve-requests": (
        "endpoint",
        EndpointSpec.model_validate(
            {
                "model": LONG_NAME,
                "runtime": "tensorflow",
                "scale": {"min": 2, "max": 9, "target": {"requests_per_replica": "3/s"}},
            }
        ),
        {"blueprint": LONG},
    ),
    "registry": ("registry", RegistrySpec(models=[LONG_NAME, "fraud"], share_with=["staging"]), {"blueprint": LONG}),
    "registry-automatic": ("registry", RegistrySpec(models=["fraud"], approval="automatic"), {}),
    "budget": ("budget", BudgetSpec.model_validate({"monthly_usd": 0.01}), {"blueprint": LONG}),
    "budget-large": ("budget", BudgetSpec.model_validate({"monthly_usd": 99_999_999.99, "alert_at": ["12.5%"]}), {}),
}
NAMES = {"training": LONG_NAME, "endpoint": LONG_NAME, "budget": "budget"}
every_case = pytest.mark.parametrize("case", CASES)


@cache
def _planned(case: str, environment: str = "prod"):
    capability, spec, context = CASES[case]
    name = NAMES.get(capability, capability)
    return plan_component(capability, "gcp", spec, name=name, environment=environment, context=context)


def _sources(case: str) -> Iterator[str]:
    for resource in _planned(case):
        if resource.type.endswith(":Workflow"):
            yield resource.inputs["sourceContents"]


@every_case
def test_every_body_is_one_that_its_api_takes(case):
    """
    Each resource becomes a request whose fields, types, enums and formats its API knows.
    """
    for resource in _planned(case):
        if resource.type in NO_BODY:
            continue
        document, schema, body = body_of(resource.type, resource.inputs)
        assert [] == [f for f in faults(document, schema, body) if not f.endswith("name is required")], resource.name


@every_case
def test_every_name_is_one_that_its_service_takes(case):
    """
    Names, ids and formats are within their service's limits, also at the longest names a blueprint has.
    """
    assert [] == _planned(case).refusals


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_what_is_switched_on_is_an_api_of_google(environment):
    """
    Each service we enable is one whose description Google publishes.
    """
    unpublished = {"containerscanning.googleapis.com", "cloudkms.googleapis.com"}
    for resource in _planned("foundation", environment):
        if resource.type == "gcp:projects/service:Service" and resource.at("service") not in unpublished:
            name = resource.at("service").removesuffix(".googleapis.com")
            version = {"bigquery": "v2", "logging": "v2", "monitoring": "v3"}.get(name, "v1")
            assert resource.at("service") in api(f"{name}.{version}")["rootUrl"]


VERBS = {  # permission verb to the method that it allows, where the two have other names
    "aiplatform.endpoints.deploy": "deployModel",
    "aiplatform.endpoints.undeploy": "undeployModel",
    "aiplatform.models.update": "patch",
    "bigquery.jobs.create": "insert",
    "compute.networkAttachments.update": "patch",
    "dns.resourceRecordSets.update": "patch",
    "logging.logEntries.create": "write",
}
PLACES = {
    "logging.logEntries": "logging.v2 entries",
    "bigquery": "bigquery.v2",
    "workflows.executions": "workflowexecutions.v1",
}


def _methods(document: str) -> set[str]:
    return set(re.findall(r'"id": "([\w.]+)"', json.dumps(api(document))))


@every_case
def test_every_permission_is_of_a_method(case):
    """
    A permission we grant is one to call a method that the API has: a misspelt one is refused by IAM.
    """
    for role in (r for r in _planned(case) if r.type.endswith(":IAMCustomRole")):
        for permission in role.inputs["permissions"]:
            service, resource, verb = permission.split(".")
            place = PLACES.get(f"{service}.{resource}") or PLACES.get(service) or f"{service}.v1"
            document, _, collection = place.partition(" ")
            wanted = f".{collection or resource}.{VERBS.get(permission, verb)}"
            assert any(method.endswith(wanted) for method in _methods(document)), permission


@every_case
def test_every_definition_is_in_the_language_of_workflows(case):
    """
    Steps, expressions and jumps of a definition are those of the language, and it is not too large.
    """
    for source in _sources(case):
        check_source(source)
        assert len(source.encode()) <= LONGEST_SOURCE


@pytest.mark.parametrize("case", [c for c in CASES if c.startswith("train-")])
def test_every_training_submits_a_job_that_vertex_ai_takes(case):
    """
    Run to its end, a definition sends custom jobs that fit Vertex AI's description, field by field.
    """
    (source,) = _sources(case)
    start = {"image": "own:1"} if case == "train-nothing" else None

    answer = Project([Job()]).run(source, start)

    assert answer["model"].startswith("gs://")


@pytest.mark.parametrize("case", [c for c in CASES if c.startswith("serve-")])
def test_every_endpoint_deploys_as_vertex_ai_takes_it(case):
    """
    Run to its end, a release sends uploads and deployments that fit Vertex AI's description.
    """
    (source,) = _sources(case)
    given = json.loads(source)["main"]["steps"][0]["given"]["assign"][0]["given"]
    project = Project()
    project.add_version(
        given["model"],
        labels={"approval": "approved"},
        artifactUri="gs://b/m",
        containerSpec={"imageUri": "us-docker.pkg.dev/p/r/i:1"},
    )

    project.run(source, {"version": "1"})

    assert 1 == len(project.deployed)


@pytest.mark.parametrize("region", [r.name for r in regions("gcp")][::8])
def test_every_region_plans(region):
    """
    A stack can be planned in any region: names, hosts and key rings follow it.
    """
    spec = EndpointSpec(model="fraud", machine={"cpu": 2, "memory": "8GiB"})  # pyright: ignore[reportArgumentType]

    planned = plan_component("endpoint", "gcp", spec, region=region)

    assert [] == planned.refusals
    host = next(r for r in planned if r.name == "endpoint-zone").at("dnsName").split(".")[0]
    assert len(host) <= 63


@pytest.mark.parametrize(
    ("text", "reads"),
    [("plain", "plain"), ("a ${b}", '${"a $" + "{b}"}'), ({"k": ["${x}"]}, {"k": ['${"$" + "{x}"}']})],
)
def test_literals_are_escaped(text, reads):
    """
    Text with an expression in it is written so that Workflows gives the text back.
    """
    assert reads == literal(text)
