"""What a release on Azure sends: the deployment, its image, its autoscaling, and the endpoint with its traffic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.clouds.azure.workflow import Actions, choose, fail, literal
from components.endpoint import EndpointSpec

__all__ = [
    "BY_MODEL",
    "COLLECTIONS",
    "DEPLOYMENT",
    "DEPLOY_SECONDS",
    "IMAGE",
    "MODEL",
    "MODEL_PATH",
    "RUN",
    "VERSION",
    "ReleasePlan",
    "deployment",
    "image_version",
    "of_triton",
    "properties",
    "routes",
]

DEPLOYMENT = "parameters('endpoint'), '/deployments/', outputs('deployment')"
"""The new deployment's ARM id, as arguments of `concat`."""

COLLECTIONS = ("request", "response")
"""
What is captured; Azure ML records these two without a word in the serving code.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-collect-production-data#perform-payload-logging
"""

DEPLOY_SECONDS = 3 * 3600  # a large model is copied to every machine
VERSION = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,29}$"
IMAGE = r"^[a-z0-9][A-Za-z0-9._:/@-]+$"
RUN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
"""What a start of a release may name, and how long a deployment may take to come up."""

MODEL = "outputs('asked')['model']"
"""Where an endpoint has several models: expression of the registry's name of the one that a release is of."""

BY_MODEL = frozenset({"onnx", "triton"})
"""
Runtimes whose image Azure ML chooses by itself, for a version that was registered as a model of Triton.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-deploy-with-triton
"""

MODEL_PATH = "/opt/ml/model"
"""Where an image of your own finds the version's files, as on SageMaker."""


@dataclass(frozen=True)
class ReleasePlan:
    """
    What a release makes.

    Attributes:
        name: Of the endpoint within the stack.
        spec: What is asked.
        machine: VM size.
        vcpus: Of the machine; None where it is not known.
        region: Azure's name.
        must_be_approved: Whether only a version with the stage `Approved` may serve.
        tags: Of deployment and endpoint.
    """

    name: str
    spec: EndpointSpec
    machine: str
    vcpus: float | None
    region: str
    must_be_approved: bool
    tags: Mapping[str, str]

    @property
    def by_model(self) -> bool:
        """Whether neither image nor code is said: the version's type is enough."""
        return self.spec.runtime in BY_MODEL

    @property
    def environment(self) -> str:
        """Environment that the images are versions of, and code asset that the serving code is a version of."""
        return f"serve-{self.name}"

    @property
    def least(self) -> int:
        """Fewest replicas: a managed endpoint has at least one."""
        return max(1, self.spec.scale.min)

    @property
    def most(self) -> int:
        """Most replicas: of a serverless endpoint, as many as answer all of its concurrent requests."""
        return -(-self.spec.concurrency // self._capable) if self.spec.concurrency else self.spec.scale.max

    @property
    def concurrency(self) -> int:
        """Requests that a replica answers at the same time; as many again wait, and what comes then is refused."""
        return -(-self.spec.concurrency // self.most) if self.spec.concurrency else self._capable

    @property
    def _capable(self) -> int:
        return max(4, int(2 * (self.vcpus or 2)))

    @property
    def scales(self) -> bool:
        """Whether the number of replicas ever changes."""
        return self.most > self.least or bool(self.spec.scale.schedule)


def of_triton() -> Actions:
    """A first action that refuses a version of another type: nothing would serve it."""
    kind = "toLower(string(coalesce(body('Look_up')?['properties']?['modelType'], '')))"
    said = (
        "@concat('version ', outputs('version'), ' is registered as ', "
        f"{kind}, '; Triton serves versions of the type triton_model')"
    )
    return {
        "Of_Triton": choose({"equals": [f"@{kind}", "triton_model"]}, {}, {"Not_of_Triton": fail("NotOfTriton", said)})
    }


def routes(port: int) -> dict[str, Any]:
    """How Azure ML talks to an image of your own: as SageMaker does, `/ping` and `/invocations`."""
    return {
        "livenessRoute": {"path": "/ping", "port": port},
        "readinessRoute": {"path": "/ping", "port": port},
        "scoringRoute": {"path": "/invocations", "port": port},
    }


def image_version(plan: ReleasePlan, image: str) -> dict[str, Any]:
    """Properties of an environment version: an image, and how Azure ML talks to it."""
    return {
        "image": image,
        "osType": "Linux",
        "isAnonymous": True,
        "inferenceConfig": routes(plan.spec.port),
    }


def properties(plan: ReleasePlan) -> dict[str, Any]:
    """
    Body of the deployment but for what runs in it: the ARM model `ManagedOnlineDeployment`.

    It says nothing of `egressPublicNetworkAccess`: the workspace's managed network rules what goes out.
    """
    probe = {"period": "PT10S", "timeout": "PT5S", "successThreshold": 1}
    body: dict[str, Any] = {
        "endpointComputeType": "Managed",
        "description": f"{plan.spec.model or f'@{{{MODEL}}}'}, released by the workflow",
        "model": "@outputs('model')",
        "instanceType": plan.machine,
        "appInsightsEnabled": True,
        "scaleSettings": {"scaleType": "Default"},
        "requestSettings": {
            "requestTimeout": "PT1M",
            "maxConcurrentRequestsPerInstance": plan.concurrency,
        },
        "livenessProbe": {**probe, "initialDelay": "PT10M", "failureThreshold": 30},
        "readinessProbe": {**probe, "initialDelay": "PT10S", "failureThreshold": 120},
    }
    if plan.spec.capture:
        body["dataCollector"] = {
            "rollingRate": "Hour",
            "collections": {name: _collection(plan.spec.capture.sample.fraction, name) for name in COLLECTIONS},
        }
    return body


def _collection(share: float, name: str) -> dict[str, Any]:
    return {
        "dataCollectionMode": "Enabled",
        "dataId": f"@parameters('capture-{name}')",
        "clientId": "@parameters('serve-client')",
        "samplingRate": share,
    }


def deployment(plan: ReleasePlan, replicas: str | int) -> dict[str, Any]:
    """Body of the deployment, of `properties` and of what serves, with so many replicas to begin with."""
    own = {"model": plan.spec.model or f"@{MODEL}", "version": "@outputs('version')"}
    if plan.spec.models:
        own["called"] = "@outputs('deployment')"  # what tells it from one that has traffic, or will have some
    return {
        "location": plan.region,
        "kind": "Managed",
        "sku": {"name": "Default", "tier": "Standard", "capacity": replicas},
        "tags": {**literal(dict(plan.tags)), **own},
        "properties": "@union(outputs('properties'), outputs('serving'))",
    }
