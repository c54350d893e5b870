"""GP-REL-003: an update of an endpoint that goes wrong is taken back."""

import json
from collections.abc import Iterator
from typing import Any

from policies.definitions import document, holders
from policies.endpoints import AWS_ENDPOINT, about
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings

MACHINE = "aws:sfn/stateMachine:StateMachine"
_ALARMS = "deploymentConfig.autoRollbackConfiguration.alarms"
_ENDPOINT, _URN = f"urn:pulumi:prod::ml::{AWS_ENDPOINT}::scorer", f"urn:pulumi:prod::ml::{MACHINE}::release"


def _unguarded(stack: Stack, settings: Settings) -> Iterator[Breach]:
    for endpoint in stack.of(AWS_ENDPOINT) if settings.production else ():
        if endpoint.has(_ALARMS) or any(_released(stack, endpoint, m) for m in stack.of(MACHINE)):
            continue
        yield Breach("no alarm takes a bad update of this endpoint back", _ALARMS, endpoint.urn)


def _released(stack: Stack, endpoint: Resource, machine: Resource) -> bool:
    """Whether a state machine updates the endpoint, and names alarms to roll back by."""
    if not about(stack, endpoint, machine, ["definition"]):
        return False
    found = document(machine)
    return found is None or any(_guards(holder) for holder in holders(found))


def _guards(holder: Any) -> bool:
    return bool((holder.get("AutoRollbackConfiguration") or {}).get("Alarms"))


def _release(**more: Any) -> Resource:
    call = {"EndpointName": "scorer", "DeploymentConfig": more}
    return Resource(_URN, MACHINE, {"definition": json.dumps({"States": {"Update": {"Arguments": call}}})})


RULE = Rule(
    id="GP-REL-003",
    demand="An update of a production endpoint is rolled back by an alarm.",
    why="A model that errs or is slow stays in service until somebody sees it.",
    fix="Name alarms in deploymentConfig.autoRollbackConfiguration, with traffic moved in steps (CANARY or LINEAR).",
    fields=("rollout", "slo"),
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    across=(
        StackCheck(
            run=_unguarded,
            types=(AWS_ENDPOINT, MACHINE),
            passes=(
                Resource(_ENDPOINT, AWS_ENDPOINT, {"name": "scorer"}),
                Resource(
                    _release().urn,
                    MACHINE,
                    _release(AutoRollbackConfiguration={"Alarms": [{"AlarmName": "errors"}]}).inputs,
                    property_dependencies={"definition": (_ENDPOINT,)},
                ),
                Resource(
                    f"{_ENDPOINT}-2",
                    AWS_ENDPOINT,
                    {"name": "b", "deploymentConfig": {"autoRollbackConfiguration": {"alarms": [{"alarmName": "e"}]}}},
                ),
            ),
            fails=(Resource(_ENDPOINT, AWS_ENDPOINT, {"name": "scorer"}), _release()),
        ),
    ),
)
