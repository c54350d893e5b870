"""Where a step begins: settings from HYPERPARAMETERS, folders from INPUT_…, the report to OUTPUT_DIR."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Mapping

from . import evaluate, expect, monitor
from .problem import Problem
from .report import tell

STEPS = {"evaluate": evaluate.run, "expect": expect.run, "monitor": monitor.run}


def settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings, whose text may go on in further variables where a cloud's are short."""
    text, piece = environment["HYPERPARAMETERS"], 2
    while more := environment.get(f"HYPERPARAMETERS_{piece}"):
        text, piece = text + more, piece + 1
    return json.loads(text)


def inputs(environment: Mapping[str, str]) -> dict[str, str]:
    """Channel, in lower case, to its folder."""
    return {key[len("INPUT_") :].lower(): folder for key, folder in environment.items() if key.startswith("INPUT_")}


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Run the step; 1 where its own demands are not met, with the reasons on the last lines of the log."""
    given = settings(environment)
    try:
        report = STEPS[given["step"]](given, inputs(environment))
    except Problem as problem:
        report = {"failed": [str(problem)], "metrics": {}}
    tell(report, environment)
    failed = report.get("failed") or []
    for reason in failed:
        print(f"groundplan {given['step']}: {reason}", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
