"""What we plan on Google Cloud, held against Google's own description of its APIs."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from components.base import Spec
from components.budget import BudgetSpec
from components.catalog import regions
from components.clouds.gcp.workflow import LONGEST_SOURCE, literal
from components.endpoint import EndpointSpec
from components.endpoint.burn import burns
from components.features import FeaturesSpec
from components.foundation import FoundationSpec
from components.registry import RegistrySpec
from components.tracking import TrackingSpec
from components.training import TrainingSpec
from groundplan.testing.component import plan_component
from tests.truth.feature_views import KINDS, MANY, VIEW
from tests.truth.gcp_bodies import NO_BODY, body_of
from tests.truth.gcp_cases import BATCH_AND_NOTEBOOKS, LONG, LONG_NAME, SERVED, WATCHED
from tests.truth.gcp_discovery import api, faults
from tests.truth.gcp_models import ModelsProject
from tests.truth.gcp_project import Job, Project
from tests.truth.gcp_promql import Point, evaluate
from tests.truth.gcp_releases import released
from tests.truth.gcp_workflow_engine import check_source

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
    **WATCHED,
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
    "train-torchrun": (
        "training",
        TrainingSpec.model_validate(
            {
                **TRAIN,
                "runtime": "pytorch",
                "machine": {"accelerator": "A100-40GB", "count": 8},
                "nodes": 4,
                "distributed": "torchrun",
            }
        ),
        {"blueprint": LONG, "environment": "staging"},
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
    **SERVED,
    "registry": ("registry", RegistrySpec(models=[LONG_NAME, "fraud"], share_with=["staging"]), {"blueprint": LONG}),
    "registry-automatic": ("registry", RegistrySpec(models=["fraud"], approval="automatic"), {}),
    "features": ("features", FeaturesSpec.model_validate({"entities": {"c": {"key": "id"}}, "views": {"v": VIEW}}), {}),
    "features-kinds": (
        "features",
        FeaturesSpec.model_validate(
            {
                "entities": {LONG_NAME: {"key": "K" * 63, "type": "int"}},
                "views": {
                    LONG_NAME: {**VIEW, "entity": LONG_NAME, "schema": KINDS, "freshness": "2d", "source": "gs://x/y/"},
                    "offline": {**VIEW, "entity": LONG_NAME, "online": None},
                    "by-others": {**VIEW, "entity": LONG_NAME, "materialize": None, "freshness": None},
                },
            }
        ),
        {"blueprint": LONG, "environment": "staging"},
    ),
    "features-many": (
        "features",
        FeaturesSpec.model_validate({"entities": {"c": {"key": "id"}}, "views": {"v": {**VIEW, "schema": MANY}}}),
        {},
    ),
    "features-none": ("features", FeaturesSpec.model_validate({"entities": {"c": {"key": "id"}}}), {}),
    "tracking": ("tracking", TrackingSpec(experiments=["fraud", LONG_NAME]), {"blueprint": LONG}),
    **BATCH_AND_NOTEBOOKS,
    "budget": ("budget", BudgetSpec.model_validate({"monthly_usd": 0.01}), {"blueprint": LONG}),
    "budget-large": ("budget", BudgetSpec.model_validate({"monthly_usd": 99_999_999.99, "alert_at": ["12.5%"]}), {}),
    "budget-stop": (
        "budget",
        BudgetSpec.model_validate({"monthly_usd": 300, "hard_stop": True}),
        {"blueprint": LONG, "environment": "dev"},
    ),
}
NAMES = {"batch": LONG_NAME, "notebooks": LONG_NAME, "training": LONG_NAME, "endpoint": LONG_NAME}
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
    "aiplatform.deploymentResourcePools.update": "patch",
    **{
        f"aiplatform.{kind}.update": "patch"
        for kind in (
            *("artifacts", "contexts", "executions"),
            *("tensorboardExperiments", "tensorboardRuns", "tensorboardTimeSeries"),
        )
    },
    "bigquery.jobs.create": "insert",
    "cloudscheduler.jobs.enable": "resume",
    "compute.networkAttachments.update": "patch",
    "dns.resourceRecordSets.update": "patch",
    "logging.logEntries.create": "write",
    "run.services.update": "patch",
    "notebooks.instances.use": "get",  # to open it by its proxy, which no method does
}
PLACES = {
    "aiplatform.tensorboardExperiments": "aiplatform.v1 experiments",
    "aiplatform.tensorboardRuns": "aiplatform.v1 runs",
    "aiplatform.tensorboardTimeSeries": "aiplatform.v1 timeSeries",
    "logging.logEntries": "logging.v2 entries",
    "monitoring": "monitoring.v3",
    "bigquery": "bigquery.v2",
    "run": "run.v2",
    "workflows.executions": "workflowexecutions.v1",
}


@cache
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


@pytest.mark.parametrize("case", [c for c, (capability, *_) in CASES.items() if capability == "endpoint"])
def test_every_endpoint_releases_as_the_apis_take_it(case):
    """
    Run to its end, a release sends uploads and deployments, pools or revisions, that fit the APIs' description.
    """
    source = _planned(case).one("gcp:workflows/workflow:Workflow", f"{LONG_NAME}-release").inputs["sourceContents"]

    assert {"2"} == set(released(source).values())


def test_hours_change_what_vertex_ai_lets_be_changed():
    """
    Run to their end within any of them, hours send changes that fit Vertex AI's description.
    """
    workflow, kept = "gcp:workflows/workflow:Workflow", {"minReplicaCount": 40, "maxReplicaCount": 50}
    one = Project(running=0, deployed=[{"id": "7", "dedicatedResources": dict(kept)}])
    many = ModelsProject(running=0)
    source = _planned("many-shared").one(workflow, f"{LONG_NAME}-hours").inputs["sourceContents"]
    pool = json.loads(source)["main"]["steps"][0]["given"]["assign"][0]["given"]["pool"]["name"]
    many.pools[pool] = {"name": pool, "dedicatedResources": dict(kept)}
    changed = {"serve-hours": one.deployed[0], "many-shared": many.pools[pool]}
    for project, case in ((one, "serve-hours"), (many, "many-shared")):
        source = _planned(case).one(workflow, f"{LONG_NAME}-hours").inputs["sourceContents"]
        for hour in range(24):
            project.engine.now = max(project.engine.now, hour * 3600)
            bounds = project.run(source, {})
            project.engine.now += 60
            project._pass_time()
            assert bounds.items() <= changed[case]["dedicatedResources"].items()


@pytest.mark.parametrize("case", ["serve-promised", "serve-canary", "serve-blue-green", "many-shared", "serverless"])
def test_every_alarm_asks_for_measures_that_there_are(case):
    """
    Each query is of measures that Google documents, with labels that they have, and an idle endpoint breaks none.
    """
    policies = [r for r in _planned(case) if r.type.endswith(":AlertPolicy")]
    spec = CASES[case][1]
    assert isinstance(spec, EndpointSpec)
    own = spec.rollout.metrics if spec.rollout else {}
    assert len(policies) == max(1, len(spec.models)) * (len(spec.promised) + len(own) + len(burns(spec)))
    for policy in policies:
        answer, measures = evaluate(policy.at("conditions.0.conditionPrometheusQueryLanguage.query"), [], 0)
        assert {} == answer
        assert measures


def test_a_number_that_the_docs_publish_is_one_that_the_alarm_sees():
    """
    The request shown in docs/metrics.md is one that the API takes, and its labels are those that are asked for.
    """
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text("utf-8").split("## Google Cloud")[1]
    body = json.loads(re.findall(r"```json\n(.*?)```", page, re.S)[0])
    (series,) = body["timeSeries"]
    spec = EndpointSpec.model_validate({"model": "fraud", "rollout": {"metrics": {"refunds": {"above": 1}}}})
    planned = plan_component("endpoint", "gcp", spec, name="scorer", context={"blueprint": "fraud-detection"})
    query = planned.one("gcp:monitoring/alertPolicy:AlertPolicy").at(
        "conditions.0.conditionPrometheusQueryLanguage.query"
    )
    metric = planned.one("gcp:monitoring/metricDescriptor:MetricDescriptor")
    name = "custom_googleapis_com:groundplan_refunds"
    point = Point(name, {**series["metric"]["labels"], **series["resource"]["labels"]}, 60, 1.5)

    assert [] == [f for f in faults("monitoring.v3", "CreateTimeSeriesRequest", body) if not f.endswith("is required")]
    assert metric.at("type") == series["metric"]["type"]
    assert {label["key"] for label in metric.at("labels")} == set(series["metric"]["labels"])
    assert "generic_task" == series["resource"]["type"]
    assert evaluate(query, [point], 60)[0]


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
