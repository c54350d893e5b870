"""Step Functions state machines: their pieces as data, their expressions as JSONata, and the resource itself."""

from __future__ import annotations

import json
from typing import Any, Literal

import pulumi
from pulumi_aws import sfn

from components.base import Component
from components.clouds.aws.ground import AwsGround, tags
from components.outputs import as_json

__all__ = [
    "DESCRIBE_RETRY",
    "State",
    "caught",
    "expr",
    "fail",
    "literal",
    "machine",
    "read_again",
    "sdk",
    "state_machine",
]

State = dict[str, Any]


def read_again(service: str) -> list[dict[str, Any]]:
    """
    `Retry` of a read that the service was too busy for; a write is not asked again, as it may have happened.

    Args:
        service: As Step Functions spells it in the names of errors: `SageMaker`.
    """
    errors = [f"{service}.{service}Exception", f"{service}.SdkClientException"]
    return [{"ErrorEquals": errors, "IntervalSeconds": 5, "MaxAttempts": 3, "BackoffRate": 2}]


DESCRIBE_RETRY = read_again("SageMaker")
KEY_REUSE_SECONDS = 300  # how long one data key serves; 60 to 900


def expr(jsonata: str) -> str:
    """A JSONata expression where a state takes a value."""
    return f"{{% {jsonata} %}}"


def literal(value: Any) -> str:
    """A value as it stands in a JSONata expression."""
    return json.dumps(value)


def sdk(service: str, action: str) -> str:
    """Resource of a task that calls an AWS API: `sdk("sagemaker", "describeEndpoint")`."""
    return f"arn:aws:states:::aws-sdk:{service}:{action}"


def caught(following: str, **more: Any) -> dict[str, Any]:
    """A catcher that keeps what went wrong in `$failure`, and assigns what more is given."""
    why = "$states.errorOutput.Error & ': ' & $states.errorOutput.Cause"
    return {"ErrorEquals": ["States.ALL"], "Assign": {"failure": expr(why), **more}, "Next": following}


def fail(error: str, cause: str) -> State:
    """A state that ends the run as failed; `cause` is text, or an expression."""
    return {"Type": "Fail", "Error": error, "Cause": cause}


def machine(comment: str, start: str, states: dict[str, Any]) -> dict[str, Any]:
    """A whole definition."""
    return {"Comment": comment, "QueryLanguage": "JSONata", "StartAt": start, "States": states}


def state_machine(
    owner: Component,
    ground: AwsGround,
    logical: str,
    name: str,
    definition: dict[str, Any],
    *,
    kind: Literal["STANDARD", "EXPRESS"] = "STANDARD",
    role_arn: pulumi.Input[str] | None = None,
) -> sfn.StateMachine:
    """
    Register a state machine that logs, and is encrypted with the stack's key.

    Args:
        owner: Component it belongs to.
        ground: What it stands on.
        logical: Name within the component.
        name: Physical name, at most 80 characters.
        definition: In the Amazon States Language; Outputs in it are waited for.
        kind: `EXPRESS` for what is started very often and done at once.
        role_arn: What it runs with; by default the pipeline role.
    """
    return sfn.StateMachine(
        logical,
        name=name,
        role_arn=role_arn or ground.roles["pipeline"].arn,
        definition=as_json(definition),
        type=kind,
        encryption_configuration=sfn.StateMachineEncryptionConfigurationArgs(
            type="CUSTOMER_MANAGED_KMS_KEY",
            kms_key_id=ground.key_arn,
            kms_data_key_reuse_period_seconds=KEY_REUSE_SECONDS,
        ),
        logging_configuration=sfn.StateMachineLoggingConfigurationArgs(
            level="ERROR",
            include_execution_data=False,
            log_destination=pulumi.Output.concat(ground.log_group_arn, ":*"),
        ),
        tags=tags(owner.context),
        opts=owner.child(),
    )
