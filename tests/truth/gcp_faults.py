"""All that Google Cloud would find wrong with a whole plan: bodies, names, definitions, and the jobs they start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from components.clouds.gcp.workflow import LONGEST_SOURCE
from groundplan.testing import Planned, Resource
from tests.truth.gcp_bodies import NO_BODY, body_of
from tests.truth.gcp_discovery import faults as body_faults
from tests.truth.gcp_project import Job, Project
from tests.truth.gcp_promql import evaluate
from tests.truth.gcp_releases import given, released
from tests.truth.gcp_tuning import Search, Tuner, trial
from tests.truth.gcp_workflow_engine import check_source

__all__ = ["faults", "limits", "training_runs"]

WORKFLOW = "gcp:workflows/workflow:Workflow"
LABELS = 64
PRINCIPALS = 1500  # in the policy of a project, each role counted. Source: https://cloud.google.com/iam/quotas
PROJECT = {  # type to how many a project has, or at first has. Source: https://cloud.google.com/iam/quotas,
    # https://cloud.google.com/dns/quotas, https://cloud.google.com/pubsub/quotas
    "gcp:projects/iAMCustomRole:IAMCustomRole": 300,
    "gcp:serviceaccount/account:Account": 100,
    "gcp:dns/managedZone:ManagedZone": 10_000,
    "gcp:pubsub/topic:Topic": 10_000,
}
CONDITIONS = 20  # of one role for one member on one resource
UNIQUE = {  # types whose names share a name space, and the input that is the name
    "gcp:artifactregistry/repository:Repository": "repositoryId",
    "gcp:bigquery/dataset:Dataset": "datasetId",
    "gcp:billing/budget:Budget": "displayName",
    "gcp:dns/managedZone:ManagedZone": "name",
    "gcp:projects/iAMCustomRole:IAMCustomRole": "roleId",
    "gcp:pubsub/topic:Topic": "name",
    "gcp:serviceaccount/account:Account": "accountId",
    "gcp:storage/bucket:Bucket": "name",
    "gcp:vertex/aiEndpoint:AiEndpoint": "name",
    WORKFLOW: "name",
}


def faults(planned: Planned) -> list[str]:
    """What Google Cloud would refuse of the plan, a line each."""
    found = [f"{resource.name}: {problem}" for resource in planned for problem in _of_body(resource)]
    found += [f"{resource.name}: {problem}" for resource in planned for problem in _of_labels(resource)]
    return [*found, *limits(planned), *_of_definitions(planned), *_of_alarms(planned), *_of_searches(planned)]


def limits(planned: Planned) -> list[str]:
    """What is too many for Google Cloud, or has the name of another, a line each."""
    return [*_of_names(planned), *_of_conditions(planned), *_of_project(planned)]


def _of_body(resource: Resource) -> Iterator[str]:
    if resource.type not in NO_BODY:
        document, schema, body = body_of(resource.type, resource.inputs)
        yield from (f for f in body_faults(document, schema, body) if not f.endswith("name is required"))


def _of_labels(resource: Resource) -> Iterator[str]:
    for key in ("labels", "userLabels"):
        if len(resource.inputs.get(key) or {}) > LABELS:
            yield f"{len(resource.inputs[key])} {key}"


def _of_names(planned: Planned) -> Iterator[str]:
    names = Counter((kind, r.inputs[key]) for kind, key in UNIQUE.items() for r in planned.all(kind))
    yield from (f"{kind}: two are called {name}" for (kind, name), count in names.items() if count > 1)


def _of_project(planned: Planned) -> Iterator[str]:
    counts = Counter(resource.type for resource in planned)
    too_many = [(kind, most) for kind, most in PROJECT.items() if counts[kind] > most]
    yield from (f"{counts[kind]} of {kind}, and a project has {most}" for kind, most in too_many)
    members = {
        m for r in planned.all("gcp:projects/iAMMember:IAMMember") for m in [(r.inputs["role"], r.inputs["member"])]
    }
    if len(members) > PRINCIPALS:
        yield f"{len(members)} members in the project's policy"


def _of_conditions(planned: Planned) -> Iterator[str]:
    grants = [r.inputs for r in planned.all("gcp:storage/bucketIAMMember:BucketIAMMember") if r.has("condition")]
    different = {(g["bucket"], g["role"], g["member"], g["condition"]["expression"]) for g in grants}
    counts = Counter(grant[:3] for grant in different)
    yield from (f"{count} conditions on {grant}" for grant, count in counts.items() if count > CONDITIONS)


def _of_definitions(planned: Planned) -> Iterator[str]:
    registered = _registered(planned)
    for workflow in planned.all(WORKFLOW):
        source = workflow.inputs["sourceContents"]
        check_source(source)
        if len(source.encode()) > LONGEST_SOURCE:
            yield f"{workflow.name}: {len(source.encode())} bytes"
        if workflow.name.endswith("-release"):
            known = given(source)
            yield from (f"{workflow.name}: {v} serves, not 2" for v in released(source).values() if v != "2")
            for one in known.get("models", {"": known}).values():
                if one.get("servable") in registered:
                    yield f"{workflow.name}: what it serves is called as a model of the registry"


def _of_alarms(planned: Planned) -> Iterator[str]:
    """An alarm that goes off without a request; one of a measure that there is not is an error."""
    for policy in planned.all("gcp:monitoring/alertPolicy:AlertPolicy"):
        for condition in policy.inputs["conditions"]:
            asked = condition.get("conditionPrometheusQueryLanguage")
            # one of a threshold or an absence, as of features, is to go off when nothing happens
            if asked and evaluate(asked["query"], [], 0)[0]:
                yield f"{policy.name}: goes off when nothing happens"


def _registered(planned: Planned) -> set[str]:
    """Vertex AI's names of the registry's models."""
    return set(planned.document["outputs"].get("registry", {}).get("models", {}).values())


def _of_searches(planned: Planned) -> Iterator[str]:
    """A search of each tuned training, whose request is held against its description; it has to end well."""
    for workflow in planned.all(WORKFLOW):
        if "Training$" in workflow.urn and workflow.name.endswith("-tune"):
            tuner, source = Tuner(searches=[Search((trial(1, 0.5),))]), workflow.inputs["sourceContents"]
            start = {"image": "own:1"} if "image" in given(source)["words"] else {}
            if tuner.run(source, start)["trial"] != "1":
                yield f"{workflow.name}: a search finds no best trial"


def training_runs(planned: Planned) -> dict[str, dict[str, Any]]:
    """Training to the custom job that a run started with an image sends, held against its description."""
    found = {}
    for workflow in planned.all(WORKFLOW):
        if "Training$" in workflow.urn and workflow.name.endswith("-run"):
            project = Project([Job()])
            project.run(workflow.inputs["sourceContents"], {"image": "own:1"})
            (found[workflow.name.removesuffix("-run")],) = project.sent
    return found
