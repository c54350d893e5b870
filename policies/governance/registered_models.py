"""GP-GOV-005: models are served from a registry."""

import re
from collections.abc import Iterator
from typing import Any

from policies.checks import value
from policies.endpoints import AWS_CONFIG, AWS_ENDPOINT, AZURE_DEPLOYMENT, about, configurations
from policies.resource import Resource, Stack
from policies.rule import Absent, Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, is_known

MODEL, MACHINE = "aws:sagemaker/model:Model", "aws:sfn/stateMachine:StateMachine"
CONTROL, COMPONENT = "aws:cloudcontrol/resource:Resource", "AWS::SageMaker::InferenceComponent"
_PACKAGES = ("primaryContainer.modelPackageName", "containers.*.modelPackageName")


def _unregistered(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    for model in stack.of(MODEL):
        named = [found for path in _PACKAGES for _, found in model.all(path) if found is not ABSENT]
        if named or model.at("primaryContainer.mode") == "MultiModel" or _released(stack, model):
            continue
        yield Breach(f"{_PACKAGES[0]} is not set: the model is of no registry", _PACKAGES[0], model.urn)


def _released(stack: Stack, model: Resource) -> bool:
    """Whether a state machine puts registered versions into service in its place: it serves until the first one."""
    return any(
        _serves(stack, endpoint, model) and any(_releases(stack, endpoint, machine) for machine in stack.of(MACHINE))
        for endpoint in stack.of(AWS_ENDPOINT)
    )


def _serves(stack: Stack, endpoint: Resource, model: Resource) -> bool:
    """Whether its configuration names the model, or an inference component on it does."""
    configured = configurations(stack, endpoint)
    if any(about(stack, model, config, ["productionVariants.*.modelName"]) for config in configured):
        return True
    components = [c for c in stack.of(CONTROL) if c.at("typeName") == COMPONENT]
    spoken = ["desiredState"]
    return any(about(stack, model, c, spoken) and about(stack, endpoint, c, spoken) for c in components)


def _releases(stack: Stack, endpoint: Resource, machine: Resource) -> bool:
    found = machine.at("definition")
    registered = not is_known(found) or "ModelPackageName" in str(found)
    return registered and about(stack, endpoint, machine, ["definition"])


def _of_registry(found: Any, _settings: Settings) -> str | None:
    named = isinstance(found, str) and re.search(r"/models/|^azureml:(?!//)", found, re.IGNORECASE)
    return None if named else "it must be the id of a registered model and its version"


def _at(kind: str, name: str, inputs: dict[str, Any], **on: str) -> Resource:
    urn = f"urn:pulumi:prod::ml::{kind}::{name}"
    return Resource(urn, kind, inputs, name, property_dependencies={key: (of,) for key, of in on.items()})


_FIRST = _at(MODEL, "first", {"name": "first", "primaryContainer": {"modelDataUrl": "s3://ml/model.tar.gz"}})
_CONFIG = _at(AWS_CONFIG, "scorer", {"productionVariants": [{"modelName": "first"}]}, productionVariants=_FIRST.urn)
_ENDPOINT = _at(AWS_ENDPOINT, "scorer", {"name": "scorer"}, endpointConfigName=_CONFIG.urn)
_HOME = '{"EndpointName": "scorer", "Specification": {"ModelName": "second"}}'

RULE = Rule(
    id="GP-GOV-005",
    demand="Models that are served come from a model registry.",
    why="A file in a bucket has no version, no approval and no history: nobody can say what is in service.",
    fix="Register the model, and release its version to the endpoint; or set modelPackageName.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=(
        "prowler:sagemaker_models_registry_in_use",
        "azpol:19539b54-c61e-4196-9a38-67598701be90",
        "azpol:12e5dd16-d201-47ff-849b-8454061c293d",
        "OWASP:LLM03",
    ),
    checks={
        AZURE_DEPLOYMENT: value(
            "properties.model",
            _of_registry,
            passes="azureml://registries/acme/models/fraud/versions/3",
            fails=["azureml://datastores/data/paths/fraud.pkl"],
            absent=Absent.FAILS,
            because="the model is in the image, or in no registry",
        ),
    },
    across=(
        StackCheck(
            run=_unregistered,
            types=(MODEL, AWS_CONFIG, AWS_ENDPOINT, CONTROL, MACHINE),
            passes=(
                _at(MODEL, "fraud", {"primaryContainer": {"modelPackageName": "arn:aws:sagemaker:…"}}),
                _FIRST,
                _CONFIG,
                _ENDPOINT,
                _at(MACHINE, "release", {"definition": '{"ModelPackageName": "…"}'}, definition=_ENDPOINT.urn),
                _at(MODEL, "second", {"name": "second", "primaryContainer": {"modelDataUrl": "s3://ml/m.tar.gz"}}),
                _at(CONTROL, "home", {"typeName": COMPONENT, "desiredState": _HOME}),
            ),
            fails=(_FIRST, _CONFIG, _ENDPOINT, _at(MACHINE, "train", {"definition": "{}"})),
        ),
    ),
)
