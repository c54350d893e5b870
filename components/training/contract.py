"""What a training container is told, the same on every cloud: its variables, folders and code (docs/containers.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

__all__ = [
    "ARCHIVE",
    "CHANNELS",
    "CODE_CHANNEL",
    "HYPERPARAMETERS",
    "LONGEST_HYPERPARAMETERS",
    "LONGEST_VARIABLE",
    "OWN_PREFIXES",
    "OWN_VARIABLES",
    "SHELL",
    "VARIABLES",
    "archive_of",
    "as_json_text",
    "input_variable",
    "run_archive",
]

HYPERPARAMETERS = "HYPERPARAMETERS"
"""JSON object of name to value; where a cloud's variables are too short, it goes on in HYPERPARAMETERS_2, _3 and on."""

OWN_VARIABLES = ("CHECKPOINT_DIR", "CHECKPOINT_SECONDS", "OUTPUT_DIR", "RUN")
OWN_PREFIXES = (HYPERPARAMETERS, "INPUT_", "SM_")

# SageMaker's limits are the tightest, and so are every cloud's: what trains on one trains on the others. Source:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
CHANNELS = 20  # of a job, the one that brings the code included
VARIABLES = 48  # of a blueprint
LONGEST_VARIABLE = 512  # characters of a value
MOST_VARIABLES = 100  # of a job, whoever set them

LONGEST_HYPERPARAMETERS = (MOST_VARIABLES - VARIABLES - CHANNELS - len(OWN_VARIABLES)) * LONGEST_VARIABLE
"""Characters of all hyper-parameters together as JSON: what the variables that are left can hold."""

ARCHIVE = "trainer.tar.gz"
CODE_CHANNEL = "trainer_package"
"""Input that the code comes by; no channel of a blueprint can have the name."""

SHELL = ("sh", "-c")


def input_variable(channel: str) -> str:
    """Variable that holds the folder of a channel: `hold-out` is INPUT_HOLD_OUT."""
    return "INPUT_" + re.sub(r"[^A-Z0-9_]", "_", channel.upper())


def as_json_text(hyperparameters: Mapping[str, str | float | bool]) -> str:
    """The hyper-parameters of a blueprint as JSON, in ASCII."""
    return json.dumps(dict(hyperparameters), separators=(",", ":"))


def archive_of(training: str) -> str:
    """Path of a training's code in the artifact store."""
    return f"code/{training}/{ARCHIVE}"


def run_archive(path: str) -> str:
    """
    Command of a shell that runs the code in an archive: module `trainer.task`, wherever a lone folder holds it.

    The folder `trainer` may be at the root of the archive, or in the one folder that a source distribution has.
    """
    unpack = f'cd "$(mktemp -d)" && tar -xzf {path}'
    return f"{unpack} && {{ [ -d trainer ] || cd */; }} && exec python3 -m trainer.task"
