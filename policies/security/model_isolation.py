"""GP-SEC-012: a model's container calls nobody."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from policies.calls import called
from policies.checks import must_equal
from policies.definitions import document, holders
from policies.endpoints import AWS_CONFIG, about
from policies.resource import Resource, Stack
from policies.rule import Breach, Check, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import is_known

MODEL, PATH = "aws:sagemaker/model:Model", "enableNetworkIsolation"
# no remedy: a container that fetches its weights when it starts no longer would
_ISOLATED = must_equal(PATH, True, wrong=False, because="SageMaker lets the container open connections")


def _open(stack: Stack, settings: Settings) -> Iterator[Breach]:
    for model in stack.of(MODEL):
        for breach in _ISOLATED.run(model, settings):
            if not _is_serverless(stack, model):
                yield replace(breach, urn=model.urn)


def _is_serverless(stack: Stack, model: Resource) -> bool:
    """Whether serverless endpoints alone have it, for which SageMaker has no isolation."""
    mine = [c for c in stack.of(AWS_CONFIG) if about(stack, model, c, ["productionVariants.*.modelName"])]
    variants = [v for config in mine for _, v in config.all("productionVariants.*")]
    return bool(variants) and all(map(_may_be_serverless, variants))


def _may_be_serverless(variant: Any) -> bool:
    return not is_known(variant) or (isinstance(variant, Mapping) and "serverlessConfig" in variant)


def _of_machines(check: Check) -> Check:
    """The same check but for definitions whose models serverless endpoints alone have."""

    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        found = [set(holder) for holder in holders(document(resource))]
        serverless = any("ServerlessConfig" in keys for keys in found)
        if not serverless or any({"InstanceType", "ResourceConfig"} & keys for keys in found):
            yield from check.run(resource, settings)

    return replace(check, run=run)


def _at(kind: str, name: str, inputs: dict[str, Any], **on: str) -> Resource:
    urn = f"urn:pulumi:prod::ml::{kind}::{name}"
    return Resource(urn, kind, inputs, name, property_dependencies={key: (of,) for key, of in on.items()})


_FIRST = _at(MODEL, "first", {"name": "first"})
_SERVERLESS = {"modelName": "first", "serverlessConfig": {"memorySizeInMb": 2048}}

RULE = Rule(
    id="GP-SEC-012",
    demand="A SageMaker model runs isolated from the network, unless it is a serverless endpoint's, which can't.",
    why="A model's file can hold code, and with a network that code can send requests and credentials away.",
    fix="Turn network isolation on, and pack what the container fetches at its start into the model's files.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html",
    severity=Severity.HIGH,
    external=(
        "CKV_AWS_370",
        "SageMaker.5",
        "SAGEMAKER_MODEL_ISOLATION_ENABLED",
        "prowler:sagemaker_models_network_isolation_enabled",
    ),
    checks={kind: _of_machines(check) for kind, check in called({"CreateModel": _ISOLATED}).items()},
    across=(
        StackCheck(
            run=_open,
            types=(MODEL, AWS_CONFIG),
            passes=(
                _at(MODEL, "isolated", {PATH: True}),
                _FIRST,
                _at(AWS_CONFIG, "serverless", {"productionVariants": [_SERVERLESS]}, productionVariants=_FIRST.urn),
            ),
            fails=(
                _FIRST,
                _at(AWS_CONFIG, "own", {"productionVariants": [{"modelName": "first"}]}, productionVariants=_FIRST.urn),
            ),
        ),
    ),
)
