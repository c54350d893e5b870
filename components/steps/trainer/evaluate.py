"""Whether a candidate is good enough: its own figures, held against a bound and against the champion's."""

from __future__ import annotations

import json
import math
import tarfile
from pathlib import Path
from typing import Any, Mapping

from .problem import Problem

__all__ = ["run"]

FILE = "metrics.json"


def run(given: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, Any]:
    """
    The report: `accepted`, with the reason.

    Args:
        given: `metric`, `goal` (maximize, minimize), `better_than` (champion, nothing), `by`, `at_least`.
        inputs: Folders of the trained models: `candidate`, and `champion` where a version serves.

    Raises:
        Problem: The candidate tells no such figure.
    """
    metric, sign = given["metric"], 1 if given.get("goal", "maximize") == "maximize" else -1
    candidate = _figures(inputs["candidate"], "the candidate")
    if metric not in candidate:
        told = ", ".join(sorted(candidate)) or "nothing"
        raise Problem(f"the candidate's {FILE} has no {metric}; it has {told}. Write it there when training ends.")
    value = _number(candidate[metric], metric)
    report: dict[str, Any] = {"metric": metric, "candidate": value, "champion": None}
    reasons = []
    bound = given.get("at_least")
    if bound is not None and sign * value < sign * bound:
        reasons.append(f"{metric} is {value:g}, and {bound:g} is the bound")
    if given.get("better_than", "champion") == "champion" and "champion" in inputs:
        held = _figures(inputs["champion"], "the champion").get(metric)
        if held is None:
            report["note"] = f"the champion tells no {metric}: any candidate is better"
        else:
            report["champion"] = champion = _number(held, metric)
            if sign * (value - champion) < max(given.get("by", 0), 0) or value == champion:
                reasons.append(
                    f"{metric} is {value:g}, the champion's {champion:g}, and {given.get('by', 0):g} more is asked"
                )
    report["accepted"], report["reason"] = not reasons, "; ".join(reasons)
    report["metrics"] = {"accepted": float(not reasons), "candidate": value, "champion": report["champion"]}
    return report


def _number(value: Any, metric: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Problem(f"{metric} is {value!r} in {FILE}. Write a number.")
    return float(value)


def _figures(folder: str, whose: str) -> dict[str, Any]:
    """`metrics.json` of a trained model, which may be in the archive that SageMaker makes of it."""
    text = next((p.read_text("utf-8") for p in sorted(Path(folder).rglob(FILE))), None)
    for archive in sorted(Path(folder).rglob("*.tar.gz")) if text is None else ():
        with tarfile.open(archive) as tar:
            member = next((m for m in tar.getmembers() if Path(m.name).name == FILE and m.isfile()), None)
            opened = tar.extractfile(member) if member else None
            text = opened.read().decode("utf-8") if opened else None
        if text is not None:
            break
    if text is None:
        raise Problem(f'{whose} has no {FILE}. Write one beside the model: {{"auc": 0.93}}.')
    try:
        found = json.loads(text)
    except ValueError as wrong:
        raise Problem(f"{whose}'s {FILE} is not JSON: {wrong}.") from wrong
    if not isinstance(found, dict):
        raise Problem(f"{whose}'s {FILE} is no object of name to number.")
    return found
