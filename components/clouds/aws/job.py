"""What a run fills into a SageMaker training job, as JSONata: how the container learns what docs/containers.md says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi

from components.clouds.aws.launch import Launch
from components.clouds.aws.states import expr, literal
from components.training.contract import (
    ARCHIVE,
    CODE_CHANNEL,
    HYPERPARAMETERS,
    LONGEST_VARIABLE,
    SHELL,
    run_archive,
)

__all__ = ["CHECKPOINT_DIR", "INPUTS", "OUTPUT_DIR", "algorithm", "channels", "environment", "hyperparameters_text"]

# Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-train-storage.html
CHECKPOINT_DIR = "/opt/ml/checkpoints"
OUTPUT_DIR = "/opt/ml/model"
INPUTS = "/opt/ml/input/data"


def hyperparameters_text(defaults: dict[str, str | float | bool], asked: str) -> str:
    """
    JSONata of all hyper-parameters as one JSON text.

    The blueprint's are JSON already, for JSONata's numbers have fewer digits; what a start asks becomes JSON here.

    Args:
        defaults: The blueprint's.
        asked: JSONata of an object, what the start says.
    """
    own = literal({key: json.dumps(value) for key, value in sorted(defaults.items())})
    # the JSON of a list without its brackets: `$string` of a text alone is the text, not its JSON
    text = "$text := function($v) { ($list := $string([$v]); $substring($list, 1, $length($list) - 2)) }"
    each = f"$each({asked}, function($v, $k) {{{{$k: $text($v)}}}})"
    members = "$each($all, function($v, $k) { $text($k) & ':' & $v })"
    return f"({text}; $all := $merge([{own}, {each}]); '{{' & $join([{members}], ',') & '}}')"


def environment(variables: dict[str, str]) -> str:
    """JSONata of the job's variables: those given, and what `$run`, `$paths` and `$told` say."""
    own = f"{{'OUTPUT_DIR': '{OUTPUT_DIR}', 'RUN': $run}}"
    variable = "'INPUT_' & $replace($uppercase($k), /[^A-Z0-9_]/, '_')"
    inputs = f"$each($paths, function($v, $k) {{{{{variable}: '{INPUTS}/' & $k}}}})"
    name = f"($ = 0 ? '{HYPERPARAMETERS}' : '{HYPERPARAMETERS}_' & ($ + 1))"
    piece = f"$substring($told, $ * {LONGEST_VARIABLE}, {LONGEST_VARIABLE})"
    pieces = f"[0..$floor(($length($told) - 1) / {LONGEST_VARIABLE})].({{{name}: {piece}}})"
    return expr(f"$merge([{literal(variables)}, {own}, {inputs}, {pieces}])")


def algorithm(fixed: dict[str, Any], *, runs_archive: bool, launch: Launch | None = None) -> str:
    """
    JSONata of what runs: `$image`, and the code archive where the image is the framework's own.

    Args:
        fixed: What every job of the definition has.
        runs_archive: Whether there is an archive.
        launch: How the processes start, where there are many; then an image of a start has a program `train`.
    """
    brought = f"{INPUTS}/{CODE_CHANNEL}/{ARCHIVE}"
    code = launch.archive(brought) if launch else {"ContainerEntrypoint": [*SHELL, run_archive(brought)]}
    own = launch.program(["train"]) if launch else {}
    starts = [f"$own ? {literal(own)} : {literal(code)}"] if runs_archive else []
    whole = [literal(fixed), "{'TrainingImage': $image}", *starts]
    return expr(f"$merge([{', '.join(whole)}])")


def channels(
    data_uri: pulumi.Input[str],
    code: pulumi.Output[str] | None,
    always: Mapping[str, pulumi.Output[str]] | None = None,
) -> pulumi.Output[str]:
    """
    JSONata of the job's channels, from `$paths`.

    Args:
        data_uri: Where a path that is no URI lies.
        code: URI of the code archive, which comes as a channel unless the start names an image.
        always: Further channels, by name.
    """
    one = (
        "{'ChannelName': $name, 'DataSource': {'S3DataSource': {'S3DataType': 'S3Prefix', 'S3Uri': $uri,"
        " 'S3DataDistributionType': 'FullyReplicated'}}}"
    )
    brought = pulumi.Output.concat(f", $own ? [] : $channel('{CODE_CHANNEL}', '", code, "')") if code else ""
    more = [part for name, uri in (always or {}).items() for part in (f", $channel('{name}', '", uri, "')")]
    return pulumi.Output.concat(
        f"{{% ($channel := function($name, $uri) {{ {one} }}; $at := function($path) ",
        "{ $contains($path, '://') ? $path : '",
        data_uri,
        "/' & $path }; [$each($paths, function($path, $name) { $channel($name, $at($path)) })",
        brought,
        *more,
        "]) %}",
    )
