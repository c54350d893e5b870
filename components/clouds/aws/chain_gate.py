"""The part of a pipeline that holds the candidate against the version that serves, and lets it pass or not."""

from __future__ import annotations

from typing import Any

import pulumi

from components.clouds.aws.chain import Chain, broke, person
from components.clouds.aws.states import DESCRIBE_RETRY, State, expr, literal, sdk

__all__ = ["gate_states"]


def gate_states(
    chain: Chain, gate: dict[str, Any], endpoint: pulumi.Output[str] | None, packages: str, following: str
) -> dict[str, State]:
    """
    From `Gate` to what follows, or to the end `rejected`.

    Args:
        chain: The pipeline.
        gate: Settings of the step.
        endpoint: Name of the endpoint whose version is the champion; None where there is no champion.
        packages: ARN up to a version's number.
        following: What comes next for a candidate that passes.
    """
    champion = _champion(endpoint, packages) if endpoint else {}
    first = {"Type": "Pass", "Assign": {"champion": ""}, "Next": "Endpoint" if endpoint else "Ask"}
    paths = "$merge([{'candidate': $trained.model}, $champion = '' ? {} : {'champion': $champion}])"
    told = {"outcome": "rejected", "run": expr("$run"), "reason": expr("$report.reason"), "metrics": expr("$figures")}
    text = "'The candidate of run ' & $run & ' is not good enough: ' & $report.reason & '. What serves stays.'"
    return {
        "Gate": first,
        **champion,
        "Ask": {
            "Type": "Pass",
            "Assign": {"told": expr(f"$string({literal({'step': 'evaluate', **gate})})"), "paths": expr(paths)},
            "Next": "Evaluate",
        },
        **chain.step.states("Evaluate", "Verdict", "NoVerdict", suffix="-gate"),
        "NoVerdict": {"Type": "Pass", "Assign": {"error": "GateFailed"}, "Next": "Tell"},
        "Verdict": {"Type": "Pass", "Assign": {"figures": expr("$report.metrics")}, "Next": "Passes"},
        "Passes": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$report.accepted"), "Next": following}],
            "Default": "TellRejected",
        },
        "TellRejected": person(chain, f"'{chain.label}: candidate rejected'", text, "Rejected"),
        "Rejected": {"Type": "Succeed", "Output": told},
    }


def _champion(endpoint: pulumi.Output[str], packages: str) -> dict[str, State]:
    """The files of the version that serves, as the endpoint's configuration says; at first there is none."""

    def look(action: str, arguments: dict[str, Any], assign: dict[str, Any], following: str) -> State:
        return {
            "Type": "Task",
            "Resource": sdk("sagemaker", action),
            "Arguments": arguments,
            "Assign": assign,
            "Retry": DESCRIBE_RETRY,
            "Catch": [broke()],
            "Next": following,
        }

    tag = "[$states.result.Tags[Key = 'version'].Value, ''][0]"
    held = "$states.result.InferenceSpecification.Containers[0]"
    files = f"[{held}.ModelDataUrl, {held}.ModelDataSource.S3DataSource.S3Uri, ''][0]"
    which = f"$contains($serves, /^arn:/) ? $serves : '{packages}/' & $serves"
    return {
        "Endpoint": look(
            "describeEndpoint",
            {"EndpointName": endpoint},
            {"configuration": expr("$states.result.EndpointConfigName")},
            "Configuration",
        ),
        "Configuration": look(
            "describeEndpointConfig",
            {"EndpointConfigName": expr("$configuration")},
            {"configuration": expr("$states.result.EndpointConfigArn")},
            "Tags",
        ),
        "Tags": look("listTags", {"ResourceArn": expr("$configuration")}, {"serves": expr(tag)}, "HasChampion"),
        "HasChampion": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$serves = ''"), "Next": "Ask"}],
            "Default": "Champion",
        },
        "Champion": look("describeModelPackage", {"ModelPackageName": expr(which)}, {"champion": expr(files)}, "Ask"),
    }
