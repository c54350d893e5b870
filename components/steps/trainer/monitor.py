"""A window of what an endpoint was asked, held against the data it was trained on, and against what turned out true."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Mapping

import numpy as np
import pandas as pd

from .captures import ID, PREDICTION, TIME, read_captures
from .distances import distance, is_numeric
from .groups import NEEDS_TRUTH, bias
from .problem import Problem
from .scores import score
from .tables import read

__all__ = ["run"]

LABEL = "label"


def run(given: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, Any]:
    """
    The report of one window; a figure that could not be had is left out, with its reason under `notes`.

    Args:
        given: `target`, the column that is learnt, and what is watched: `drift`, `data_quality`, `quality`, `bias`,
            `explain`, each as the blueprint has it. `least_rows`: a window of fewer says nothing. `since`, `until`:
            times within which a request counts, where the folders hold more than the window.
        inputs: Folders: `capture`, or `capture_0` and on; `baseline`; `labels` where answers are held against the
            truth.

    Raises:
        Problem: What was recorded, or the baseline, can't be read.
    """
    baseline = read(inputs["baseline"], "the baseline")
    target = given.get("target") or LABEL
    weights = given.get("explain") or {}
    own = (target, weights.get("answers"))  # what a request does not have
    columns = [column for column in baseline.columns if column not in own]
    now = _window(given, inputs, columns)
    report: dict[str, Any] = {"rows": len(now), "metrics": {"rows": len(now)}, "notes": []}
    if len(now) < given.get("least_rows", 1):
        report["notes"].append(f"{len(now)} rows are too few to say anything")
        return report
    watched = given.get("drift")
    if watched:
        _drift(report, watched, baseline, now, columns, target)
    if given.get("data_quality"):
        _data_quality(report, baseline, now, columns)
    truth = _joined(report, now, inputs, given["quality"]) if given.get("quality") else None
    if truth is not None and len(truth):
        _figure(
            report,
            "quality",
            lambda: score(given["quality"]["metric"], _numbers(truth[LABEL]), _numbers(truth[PREDICTION])),
        )
    if given.get("bias"):
        _bias(report, given["bias"], now, truth)
    if weights:
        _figure(report, "explain", lambda: _explain(report, weights, baseline, now, columns, target))
    return report


def _window(given: Mapping[str, Any], inputs: Mapping[str, str], columns: list[str]) -> pd.DataFrame:
    folders = [folder for name, folder in sorted(inputs.items()) if name.partition("_")[0] == "capture"]
    found = [read_captures(folder, columns) for folder in folders]
    now = pd.concat(found, ignore_index=True) if len(found) > 1 else found[0]
    if given.get("since") and len(now):
        times = pd.to_datetime(now[TIME], utc=True)
        within = (times >= pd.Timestamp(given["since"])) & (times < pd.Timestamp(given["until"]))
        now = now[within].reset_index(drop=True)
    return now


def _figure(report: dict[str, Any], name: str, made: Any) -> None:
    try:
        report["metrics"][name] = made()
    except Problem as problem:
        report["notes"].append(f"{name}: {problem}")


def _numbers(column: pd.Series) -> np.ndarray:
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)


def _drift(
    report: dict[str, Any],
    watched: Mapping[str, Any],
    baseline: pd.DataFrame,
    now: pd.DataFrame,
    columns: list[str],
    target: str,
) -> None:
    """The largest distance of a column; that of the answers apart, where the baseline has what was to be answered."""
    chosen = watched.get("columns") or columns
    missing = [column for column in chosen if column not in baseline]
    if missing:
        raise Problem(
            f"the baseline has no column {', '.join(missing)}. It has {', '.join(map(str, baseline.columns[:12]))}."
        )
    far = {
        c: distance(watched["metric"], baseline[c], now[c] if c in now else pd.Series([None] * len(now)))
        for c in chosen
    }
    report["drift"] = dict(sorted(far.items(), key=lambda item: -item[1]))
    report["metrics"]["drift"] = max(far.values())
    answers = now[PREDICTION].dropna()
    if target in baseline and len(answers):
        report["metrics"]["prediction_drift"] = distance(
            watched["metric"], baseline[target], _meant(answers, baseline[target])
        )


def _meant(answers: pd.Series, truth: pd.Series) -> pd.Series:
    """Answers as they would be true: of two classes, 0 and 1, a probability of 0.5 and more means 1."""
    if set(truth.dropna().unique()) <= {0, 1}:
        return (pd.to_numeric(answers, errors="coerce").dropna() >= 0.5).astype(truth.dtype)
    return answers


def _data_quality(report: dict[str, Any], baseline: pd.DataFrame, now: pd.DataFrame, columns: list[str]) -> None:
    """Share of rows with a value that the baseline would not have: missing, of another type, of an unknown kind."""
    wrong = {c: _unlike(baseline[c], now[c]) if c in now else np.ones(len(now), bool) for c in columns}
    report["data_quality"] = {c: float(rows.mean()) for c, rows in wrong.items() if rows.any()}
    report["metrics"]["data_quality"] = float(np.any(list(wrong.values()), axis=0).mean())


def _unlike(baseline: pd.Series, now: pd.Series) -> np.ndarray:
    empty = now.isna()
    bad = empty if not baseline.isna().any() else pd.Series(False, index=now.index)
    if is_numeric(baseline):
        return (bad | (pd.to_numeric(now, errors="coerce").isna() & ~empty)).to_numpy()
    kinds = set(baseline.dropna().astype(str))
    few = len(kinds) <= max(20, len(baseline) // 20)  # of a column of names or texts, a new one is no surprise
    return (bad | (~now.astype(str).isin(kinds) & ~empty if few else False)).to_numpy()


def _joined(
    report: dict[str, Any], now: pd.DataFrame, inputs: Mapping[str, str], quality: Mapping[str, Any]
) -> pd.DataFrame:
    """Answers with their truth: rows that share the key."""
    key, labels = quality.get("key") or ID, read(inputs["labels"], "labels")
    for name, frame in (("the requests", now), ("labels", labels)):
        if key not in frame:
            raise Problem(f"{name} have no column {key}. They have {', '.join(map(str, frame.columns[:12]))}.")
    label = quality.get("label") or LABEL
    if label not in labels:
        raise Problem(f"labels have no column {label}. They have {', '.join(map(str, labels.columns[:12]))}.")
    known = labels[[key, label]].dropna().drop_duplicates(key, keep="last").rename(columns={label: LABEL})
    asked = now.drop(columns=[LABEL], errors="ignore").sort_values(TIME)
    asked[key], known[key] = asked[key].astype(str), known[key].astype(str)
    both = asked.merge(known, on=key)
    both = both[
        pd.to_numeric(both[PREDICTION], errors="coerce").notna() & pd.to_numeric(both[LABEL], errors="coerce").notna()
    ]
    report["metrics"]["labelled"] = len(both)
    if not len(both):
        report["notes"].append(f"quality: no answer of this window has a label with its {key} yet")
    return both


def _bias(report: dict[str, Any], watched: Mapping[str, Any], now: pd.DataFrame, truth: pd.DataFrame | None) -> None:
    rows = truth if watched["metric"] in NEEDS_TRUTH and truth is not None else now[now[PREDICTION].notna()]
    if watched["facet"] not in rows:
        raise Problem(f"requests have no column {watched['facet']}. They have {', '.join(map(str, now.columns[:12]))}.")
    labels = _numbers(rows[LABEL]) if truth is not None and rows is truth else None
    _figure(report, "bias", lambda: bias(watched["metric"], rows[watched["facet"]], _numbers(rows[PREDICTION]), labels))


def _explain(
    report: dict[str, Any],
    watched: Mapping[str, Any],
    baseline: pd.DataFrame,
    now: pd.DataFrame,
    columns: list[str],
    target: str,
) -> float:
    """
    How far the ranking of the columns in the answers is from that in the baseline.

    Raises:
        Problem: One of them can't be had; what the report says of the other stays.
    """
    answers = watched.get("answers") or target
    if answers not in baseline:
        raise Problem(f"the baseline has no column {answers} to weigh the others by")
    explain = import_module(f"{__package__}.explain")  # scikit-learn takes long to load, and the others need none
    sides = {"baseline": (baseline, baseline[answers]), "window": (now, now[PREDICTION])}
    found: dict[str, Any] = {}
    for side, (table, told) in sides.items():
        try:
            found[side] = each = explain.weigh(table, columns, told, baseline, int(watched["sample"]))
        except Problem as problem:
            raise Problem(f"of the {side}, {problem}") from problem
        ranked = dict(sorted(each.of.items(), key=lambda item: -item[1]))
        report.setdefault("explain", {})[side] = ranked
        report.setdefault("fidelity", {})[side] = {"measure": each.measure, "value": each.fidelity, "rows": each.rows}
    for side, each in found.items():
        least = explain.EXPLAINS[side][each.measure]
        if each.fidelity < least:
            raise Problem(
                f"of the {side}, a surrogate has a fidelity of {each.fidelity:.2f} ({each.measure}), and {least:g} is"
                " the least whose weights say anything"
            )
    return float(explain.moved(found["baseline"], found["window"]))
