"""GP-REL-001: production endpoints survive the loss of a machine."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from policies.checks import any_of, at_least, sample, value
from policies.definitions import DOCUMENTS, document, holders
from policies.endpoints import AWS_CONFIG, AZURE_DEPLOYMENT
from policies.resource import Resource, Stack
from policies.rule import Absent, Breach, Check, Level, Rule, Severity, StackCheck
from policies.serving import DEPLOYMENT, SCALERS, scalers, serves
from policies.settings import Settings
from policies.values import ABSENT, is_known, look, word

LEAST = 2
_COUNT = "productionVariants.*.initialInstanceCount"
_CALLS = {"InitialInstanceCount": "InstanceType", "minReplicaCount": "machineSpec", "sku.capacity": "kind"}
"""How many a call asks for, by what it has beside it: SageMaker's, Vertex AI's, Azure ML's."""
_DEDICATED = "dedicatedResources.minReplicaCount"
_SCALE = "properties.scaleSettings"
_URN = "urn:pulumi:prod::ml::kubernetes:apps/v1:Deployment::scorer"
_INFERENCE_SERVICE = "kubernetes:serving.kserve.io/v1beta1:InferenceService"


def _production(_: Resource, settings: Settings) -> bool:
    return settings.production


def _variants(resource: Resource, settings: Settings) -> Iterator[Breach]:
    if not settings.production or resource.has("asyncInferenceConfig"):  # a queue waits for its machine
        return
    for path, variant in resource.all("productionVariants.*"):
        if not isinstance(variant, Mapping) or "serverlessConfig" in variant:
            continue
        paths = ("managedInstanceScaling.minInstanceCount", "initialInstanceCount")
        at = next((p for p in paths if look(variant, p) is not ABSENT), paths[1])
        yield from _few(look(variant, at), f"{path}.{at}")


def _few(found: Any, path: str) -> Iterator[Breach]:
    if found is ABSENT:
        yield Breach(f"{path} is not set, which is 1 instance at most", path)
    elif is_known(found) and isinstance(found, int | float) and found < LEAST:
        yield Breach(f"{path} is {word(found)}; it must be {LEAST} or more", path)


def _released(resource: Resource, settings: Settings) -> Iterator[Breach]:
    """What a release puts into service later, where its definition says a number."""
    path = DOCUMENTS[resource.type]
    for holder in holders(document(resource)) if settings.production else ():
        for key, beside in _CALLS.items():
            found = look(holder, key)
            if look(holder, beside) is not ABSENT and isinstance(found, int | float) and found < LEAST:
                yield Breach(f"{path} serves with {key} {word(found)}; it must be {LEAST} or more", path)


def _servers(stack: Stack, settings: Settings) -> Iterable[Breach]:
    for server in filter(serves, stack.of(DEPLOYMENT)) if settings.production else ():
        least = [s.at("spec.minReplicas") if s.at("spec.minReplicas") is not ABSENT else s.at("spec.minReplicaCount")
                 for s in scalers(stack, server)]  # fmt: skip
        for found in _few(least[0] if least else server.at("spec.replicas"), "spec.replicas"):
            yield Breach(found.message, found.path, server.urn)


def _release(kind: str, key: str) -> Check:
    def text(count: int) -> dict[str, Any]:
        return {DOCUMENTS[kind]: json.dumps({"call": sample({_CALLS[key]: "…", key: count})})}

    return Check(run=_released, reads=(DOCUMENTS[kind],), passes=text(2), fails=(text(1),), absent=Absent.PASSES)


def _server(count: int) -> Resource:
    spec = {"replicas": count, "template": {"spec": {"containers": [{"name": "m", "ports": [{"containerPort": 80}]}]}}}
    return Resource(f"{_URN}{count}", DEPLOYMENT, {"metadata": {"name": f"scorer{count}"}, "spec": spec})


def _scaler(kind: str, least: str) -> Resource:
    inputs = {"spec": {"scaleTargetRef": {"name": "scorer1"}, least: 2}}
    return Resource(f"{_URN}-{kind}", kind, inputs, property_dependencies={"spec": (f"{_URN}1",)})


RULE = Rule(
    id="GP-REL-001",
    demand="A production endpoint has two instances or more.",
    why="One machine fails, or is patched, and nothing answers until another has started and loaded the model.",
    fix="Write scale: {min: 2} at the endpoint in environments.prod, or set the instance count to 2.",
    fields=("scale.min", "scale"),
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-best-practices.html",
    severity=Severity.HIGH,
    levels={"dev": Level.DISABLED},
    external=(
        "SageMaker.4",
        "SAGEMAKER_ENDPOINT_CONFIG_PROD_INSTANCE_COUNT",
        "prowler:sagemaker_endpoint_config_prod_variant_instances",
    ),
    checks={
        AWS_CONFIG: Check(
            run=_variants,
            reads=(_COUNT,),
            passes=sample({_COUNT: 2, "productionVariants.*.instanceType": "ml.m5.large"}),
            fails=(sample({_COUNT: 1, "productionVariants.*.instanceType": "ml.m5.large"}),),
            absent=Absent.FAILS,
            because="SageMaker starts what the count says, one at least",
        ),
        "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool": at_least(
            _DEDICATED, LEAST, absent=Absent.FAILS, because="Vertex AI keeps one replica", when=_production
        ),
        "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment": at_least(
            f"deployConfig.{_DEDICATED}",
            LEAST,
            absent=Absent.FAILS,
            because="Vertex AI keeps one replica",
            when=_production,
        ),
        # without dedicated resources Vertex AI keeps two by itself
        "gcp:vertex/aiIndexEndpointDeployedIndex:AiIndexEndpointDeployedIndex": at_least(
            _DEDICATED, LEAST, absent=Absent.PASSES, when=_production
        ),
        AZURE_DEPLOYMENT: any_of(
            at_least(
                "sku.capacity", LEAST, absent=Absent.FAILS, because="Azure ML starts one instance", when=_production
            ),
            value(
                f"{_SCALE}.minInstances",
                lambda found, _: None if not isinstance(found, int | float) or found >= LEAST else "it must be 2",
                passes=2,
                fails=[1],
                absent=Absent.FAILS,
                when=_production,
            ),
        ),
        _INFERENCE_SERVICE: at_least(
            "spec.predictor.minReplicas", LEAST, absent=Absent.FAILS, because="KServe keeps one", when=_production
        ),
        "aws:sfn/stateMachine:StateMachine": _release("aws:sfn/stateMachine:StateMachine", "InitialInstanceCount"),
        "gcp:workflows/workflow:Workflow": _release("gcp:workflows/workflow:Workflow", "minReplicaCount"),
        "azure-native:logic:Workflow": _release("azure-native:logic:Workflow", "sku.capacity"),
    },
    across=(
        StackCheck(
            run=_servers,
            types=(DEPLOYMENT, *SCALERS),
            passes=(
                _server(2),
                *(
                    r
                    for kind in SCALERS
                    for r in (_server(1), _scaler(kind, "minReplicaCount" if "keda" in kind else "minReplicas"))
                ),
            ),
            fails=(_server(1),),
        ),
    ),
)
