"""What a revision of a serverless endpoint on Cloud Run is: its size, its identity, its network, its container."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pulumi_gcp import cloudrunv2

from components.base import Component
from components.catalog import image
from components.clouds.gcp.ground import GcpGround, labels, place
from components.clouds.gcp.registry import PORT, ROUTES
from components.endpoint import EndpointSpec
from components.units import Size

__all__ = ["LEAST", "MOST", "bootstrap", "held", "planned", "shape", "template", "told"]

BOOTSTRAP = Path(__file__).with_name("bootstrap") / "serve.py"
# Source: https://cloud.google.com/run/docs/configuring/services/memory-limits: most memory that so many CPUs have
CPUS = {1: Size.parse("4GiB"), 2: Size.parse("8GiB"), 4: Size.parse("16GiB"), 8: Size.parse("32GiB")}
LEAST, MOST = Size.parse("0.5GiB"), CPUS[8]  # of the second generation, the one with all of Linux
TIMEOUT = "60s"  # of an answer
# Source: https://cloud.google.com/run/docs/configuring/healthchecks: probes of a start last 240 seconds at the most
PERIOD, FAILURES = 10, 24


def shape(spec: EndpointSpec) -> tuple[int, int, int]:
    """CPUs, requests that an instance answers at the same time, and most instances: as many as concurrency together."""
    memory, concurrency = spec.memory or LEAST, spec.concurrency or 1
    cpus = next(cpus for cpus, most in CPUS.items() if memory <= most)
    each = next(n for n in range(cpus, 0, -1) if concurrency % n == 0)
    return cpus, each, concurrency // each


def told(port: int) -> list[dict[str, str]]:
    """What Vertex AI tells a serving image; where the version's files are, a release adds."""
    told = {
        "AIP_MODE": "PREDICTION",
        "AIP_HTTP_PORT": str(port),
        "AIP_PREDICT_ROUTE": ROUTES["predictRoute"],
        "AIP_HEALTH_ROUTE": ROUTES["healthRoute"],
    }
    return [{"name": name, "value": value} for name, value in told.items()]


def template(component: Component, spec: EndpointSpec) -> dict[str, Any]:
    """What every revision has, but for its container, as the API writes it."""
    ground = component.need(GcpGround)
    _cpus, each, most = shape(spec)
    return {
        "serviceAccount": ground.accounts["serve"].email,
        "encryptionKey": ground.key.of["run"],
        "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2",
        "timeout": TIMEOUT,
        "maxInstanceRequestConcurrency": each,
        "scaling": {"minInstanceCount": 0, "maxInstanceCount": most},
        "vpcAccess": {
            "egress": "ALL_TRAFFIC",
            "networkInterfaces": [{"network": ground.network, "subnetwork": ground.subnet_ids[0]}],
        },
        "labels": labels(component, endpoint=component.name),
    }


def held(spec: EndpointSpec, port: int) -> dict[str, Any]:
    """Of every revision, but for its image, as the API writes it."""
    cpus, _each, _most = shape(spec)
    return {
        "ports": [{"containerPort": port}],
        "resources": {
            "limits": {"cpu": str(cpus), "memory": _memory(spec)},
            "cpuIdle": True,  # paid for while a request is answered
            "startupCpuBoost": True,
        },
        "startupProbe": {
            "httpGet": {"path": ROUTES["healthRoute"], "port": port},
            "periodSeconds": PERIOD,
            "timeoutSeconds": PERIOD - 1,
            "failureThreshold": FAILURES,
        },
    }


def _memory(spec: EndpointSpec) -> str:
    """In mebibytes, as Kubernetes writes them."""
    return f"{int((spec.memory or LEAST).gib * 1024)}Mi"


def bootstrap(component: Component) -> dict[str, Any]:
    """
    What answers that no version is released yet: a few lines in an image of Google's own, which has a Python.

    It is the image that the stack's own steps run in; Cloud Run reads of it no more than it needs.
    """
    where = place(component)
    return {
        "image": image(component.cloud, where.region, "sklearn", "training").uri,
        "command": ["python3", "-c"],
        "args": [BOOTSTRAP.read_text("utf-8")],
    }


def planned(component: Component, spec: EndpointSpec) -> cloudrunv2.ServiceTemplateArgs:
    """The revision that the service is made with, which answers that no version is released yet."""
    ground, wanted = component.need(GcpGround), template(component, spec)
    container, first = held(spec, PORT), bootstrap(component)
    probe = container["startupProbe"]
    return cloudrunv2.ServiceTemplateArgs(
        service_account=wanted["serviceAccount"],
        encryption_key=wanted["encryptionKey"],
        execution_environment=wanted["executionEnvironment"],
        timeout=wanted["timeout"],
        max_instance_request_concurrency=wanted["maxInstanceRequestConcurrency"],
        scaling=cloudrunv2.ServiceTemplateScalingArgs(
            min_instance_count=0, max_instance_count=wanted["scaling"]["maxInstanceCount"]
        ),
        vpc_access=cloudrunv2.ServiceTemplateVpcAccessArgs(
            egress=wanted["vpcAccess"]["egress"],
            network_interfaces=[
                cloudrunv2.ServiceTemplateVpcAccessNetworkInterfaceArgs(
                    network=ground.network, subnetwork=ground.subnet_ids[0]
                )
            ],
        ),
        labels=wanted["labels"],
        containers=[
            cloudrunv2.ServiceTemplateContainerArgs(
                image=first["image"],
                commands=first["command"],
                args=first["args"],
                ports=cloudrunv2.ServiceTemplateContainerPortsArgs(container_port=PORT),
                resources=cloudrunv2.ServiceTemplateContainerResourcesArgs(
                    limits=container["resources"]["limits"], cpu_idle=True, startup_cpu_boost=True
                ),
                startup_probe=cloudrunv2.ServiceTemplateContainerStartupProbeArgs(
                    http_get=cloudrunv2.ServiceTemplateContainerStartupProbeHttpGetArgs(
                        path=probe["httpGet"]["path"], port=PORT
                    ),
                    period_seconds=probe["periodSeconds"],
                    timeout_seconds=probe["timeoutSeconds"],
                    failure_threshold=probe["failureThreshold"],
                ),
            )
        ],
    )
