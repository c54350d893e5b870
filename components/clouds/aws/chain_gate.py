"""The part of a pipeline that holds the candidate against the version that serves, and lets it pass or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi

from components.clouds.aws.chain import Chain, broke, person
from components.clouds.aws.states import DESCRIBE_RETRY, State, caught, expr, literal, sdk

__all__ = ["ServedBy", "gate_states"]


@dataclass(frozen=True)
class ServedBy:
    """
    An inference component, whose model says which version serves.

    Attributes:
        component: Its name.
        models: ARN of a model of SageMaker, up to its name.
        stem: How the names of the models start that releases make.
    """

    component: pulumi.Output[str]
    models: str
    stem: str


def gate_states(
    chain: Chain,
    gate: dict[str, Any],
    endpoint: pulumi.Output[str] | None,
    packages: str,
    following: str,
    at: ServedBy | None = None,
    *,
    stops: bool = False,
) -> dict[str, State]:
    """
    From `Gate` to what follows, or to the end `rejected`.

    Args:
        chain: The pipeline.
        gate: Settings of the step.
        endpoint: Name of the endpoint whose version is the champion; None where there is no champion.
        packages: ARN up to a version's number.
        following: What comes next for a candidate that passes.
        at: What of the endpoint serves the model, where it hosts inference components.
        stops: Whether the endpoint may be gone, taken away at the budget's limit: then there is no champion.
    """
    champion = _champion(endpoint, packages, at) if endpoint else {}
    if stops and endpoint and not at:
        champion |= _gone(champion["Endpoint"])
    first = {"Type": "Pass", "Assign": {"champion": ""}, "Next": "Endpoint" if endpoint else "Ask"}
    paths = "$merge([{'candidate': $trained.model}, $champion = '' ? {} : {'champion': $champion}])"
    told = {"outcome": "rejected", "run": expr("$run"), "reason": expr("$report.reason"), "metrics": expr("$figures")}
    figures = "$merge([$figures, $report.metrics])" if chain.objective else "$report.metrics"
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
        "Verdict": {"Type": "Pass", "Assign": {"figures": expr(figures)}, "Next": "Passes"},
        "Passes": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$report.accepted"), "Next": following}],
            "Default": "TellRejected",
        },
        "TellRejected": person(chain, f"'{chain.label}: candidate rejected'", text, "Rejected"),
        "Rejected": {"Type": "Succeed", "Output": told},
    }


def _champion(endpoint: pulumi.Output[str], packages: str, at: ServedBy | None) -> dict[str, State]:
    """The files of the version that serves, as what a release made says; at first there is none."""

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
    serving = look("listTags", {"ResourceArn": expr("$configuration")}, {"serves": expr(tag)}, "HasChampion")
    which = f"$contains($serves, /^arn:/) ? $serves : '{packages}/' & $serves"
    if at:
        released = f"$substringBefore($model, '{at.stem}-') = ''"
        return {
            "Endpoint": look(
                "describeInferenceComponent",
                {"InferenceComponentName": at.component},
                {"model": expr("$states.result.Specification.ModelName"), "serves": ""},
                "IsReleased",
            ),
            "IsReleased": {
                "Type": "Choice",
                "Choices": [{"Condition": expr(released), "Next": "Model"}],
                "Default": "Ask",
            },
            "Model": {
                "Type": "Pass",
                "Assign": {"configuration": expr(f"'{at.models}' & $model")},
                "Next": "Tags",
            },
            "Tags": serving,
            **_held(which, files, look),
        }
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
        "Tags": serving,
        **_held(which, files, look),
    }


def _gone(look: State) -> dict[str, State]:
    """An endpoint that is not there serves nothing; any other reason why it can't be looked at fails the run."""
    gone = "$contains($failure, 'Could not find endpoint')"
    return {
        "Endpoint": {**look, "Catch": [caught("IsGone", error="PipelineFailed")]},
        "IsGone": {
            "Type": "Choice",
            "Choices": [{"Condition": expr(gone), "Next": "NoneServes"}],
            "Default": "Tell",
        },
        "NoneServes": {"Type": "Pass", "Assign": {"error": "", "failure": ""}, "Next": "Ask"},
    }


def _held(
    which: str, files: str, look: Callable[[str, dict[str, Any], dict[str, Any], str], State]
) -> dict[str, State]:
    return {
        "HasChampion": {
            "Type": "Choice",
            "Choices": [{"Condition": expr("$serves = ''"), "Next": "Ask"}],
            "Default": "Champion",
        },
        "Champion": look("describeModelPackage", {"ModelPackageName": expr(which)}, {"champion": expr(files)}, "Ask"),
    }
