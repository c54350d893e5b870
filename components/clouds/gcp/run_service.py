"""
Serverless endpoints on Google Cloud: a Cloud Run service that scales to zero, and a workflow that releases to it.

The stack makes the service and takes it away; what it runs is a release's. The provider writes a whole service anew at
each change, with the revision that it knows of, so nothing of it is changed by an `up`: a release brings what changed.
"""

from __future__ import annotations

from pathlib import Path

import pulumi
from pulumi_gcp import cloudrunv2

from components.base import Component
from components.clouds.gcp.alarms import alarms
from components.clouds.gcp.ground import GcpGround, labels, place
from components.clouds.gcp.registry import PORT, ROUTES, model_id
from components.clouds.gcp.release import container
from components.clouds.gcp.run_measures import RunOf
from components.clouds.gcp.run_template import LEAST, MOST, bootstrap, held, planned, template, told
from components.clouds.gcp.slo import burn_alarms
from components.clouds.gcp.workflow import TRAFFIC, controller, workflow_name
from components.endpoint import EndpointResult, EndpointSpec

__all__ = ["RUN_TRAFFIC", "serverless"]

RELEASE, RUN_TRAFFIC = (Path(__file__).with_name(f"run_{name}.yaml") for name in ("release", "traffic"))
WORDS = ("version", "image", "withdraw")
LONGEST = 49 - 9  # of a service's name; a revision's has 63 characters, and the version with them
SERVERLESS_NOT = (
    ("capture", "https://cloud.google.com/vertex-ai/docs/predictions/online-prediction-logging", "records requests"),
    ("rollout", "https://cloud.google.com/vertex-ai/docs/predictions/deploy-model-api", "moves traffic in steps"),
)
OF_GPUS = ("vllm",)  # runtimes that Google has images of for GPUs alone
MEMBERS = ("submit", "serve")  # whose callers may ask


def serverless(component: Component, spec: EndpointSpec, release: Path) -> EndpointResult:
    """
    A service that is reached from the stack's network alone, by whom IAM lets in.

    Args:
        component: Whose endpoint it is.
        spec: What is asked.
        release: YAML file of a release on Vertex AI, some of whose routines are called.

    Raises:
        ValueError: What Cloud Run does not have, a runtime that needs a GPU, or more memory than there is.
    """
    _refuse(spec)
    if component.need(GcpGround).run_role is None:
        raise ValueError(f"{component.label} needs Cloud Run. Give FoundationSpec serving=['serverless'].")
    ground, where = component.need(GcpGround), place(component)
    name = component.context.name("endpoint", component.name, limit=LONGEST)
    made = _service(component, spec, name)
    model, url = spec.model or component.name, pulumi.Output.concat(made.uri, ROUTES["predictRoute"])
    workflow = controller(
        component,
        "release",
        RELEASE,
        {
            "words": list(WORDS),
            "service": name,
            "endpoint": made.id,
            "url": f"{where.vertex_url}/v1",
            "model": f"{where.vertex_parent}/models/{model_id(component.context, model)}",
            "executions": f"https://workflowexecutions.googleapis.com/v1/{where.vertex_parent}"
            f"/workflows/{workflow_name(component, 'release')}/executions",
            "repository": ground.image_repository,
            "image": (container(component, spec, None, spec.runtime) or {}).get("imageUri"),
            "env": told(spec.port),
            "labels": labels(component, endpoint=component.name),
            "template": template(component, spec),
            "container": held(spec, spec.port),
            "bootstrap": {**held(spec, PORT), **bootstrap(component)},
            "predict_url": url,
        },
        f"Releases a version to {component.name} on Cloud Run",
        "Write less.",
        (RUN_TRAFFIC, release, TRAFFIC),
    )
    return EndpointResult(
        endpoint_id=made.id,
        endpoint_name=made.name,
        url=url,
        capture_uri=None,
        release_id=workflow.id,
        alarm_ids=alarms(component, spec, made.name, of=RunOf),
        machine="",
        burn_alarm_ids=burn_alarms(component, spec, made.name, of=RunOf),
    )


def _refuse(spec: EndpointSpec) -> None:
    unfit = next((each for each in SERVERLESS_NOT if getattr(spec, each[0])), None)
    if unfit:
        raise ValueError(
            f"{unfit[0]} is of Vertex AI, which {unfit[2]} ({unfit[1]}); a serverless endpoint is a service of Cloud"
            f" Run. Leave {unfit[0]} out, or write form: realtime."
        )
    if spec.runtime in OF_GPUS:
        raise ValueError(
            f"runtime {spec.runtime} needs a GPU, and a serverless endpoint has none. Write form: realtime and"
            " machine: {gpu_memory: 24GiB}."
        )
    memory = spec.memory or LEAST
    if not LEAST <= memory <= MOST:
        raise ValueError(
            f"memory is {memory}; a service of Cloud Run has from {LEAST} to {MOST}"
            " (https://cloud.google.com/run/docs/configuring/services/memory-limits). Write memory: 4GiB or so, or"
            " form: realtime."
        )


def _service(component: Component, spec: EndpointSpec, name: str) -> cloudrunv2.Service:
    where, ground = place(component), component.need(GcpGround)
    service = cloudrunv2.Service(
        component.name,
        name=name,
        project=where.project,
        location=where.region,
        description=f"Serves {spec.model}",
        ingress="INGRESS_TRAFFIC_INTERNAL_ONLY",
        invoker_iam_disabled=False,
        deletion_protection=False,  # it holds no data
        template=planned(component, spec),
        labels=labels(component, endpoint=component.name),
        opts=component.child(ignore_changes=["description", "labels", "template", "traffics"]),
    )
    members: dict[str, tuple[pulumi.Input[str], pulumi.Input[str]]]
    members = {duty: (ground.accounts[duty].member, "roles/run.invoker") for duty in MEMBERS}
    if ground.run_role:
        members["pipeline"] = (ground.accounts["pipeline"].member, ground.run_role)
    for duty, (member, role) in members.items():
        cloudrunv2.ServiceIamMember(
            f"{component.name}-{duty}",
            project=where.project,
            location=where.region,
            name=service.name,
            role=role,
            member=member,
            opts=component.child(),
        )
    return service
