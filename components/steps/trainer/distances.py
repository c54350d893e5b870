"""How far a column has moved from its baseline."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["METRICS", "distance", "is_numeric"]

BINS, MOST_VALUES, LEAST_SHARE = 10, 50, 1e-4
METRICS = ("psi", "js", "ks", "wasserstein")


def is_numeric(baseline: pd.Series) -> bool:
    """Whether a column is one of numbers, and not of few values that stand for kinds."""
    return bool(pd.api.types.is_numeric_dtype(baseline) and not pd.api.types.is_bool_dtype(baseline))


def distance(metric: str, baseline: pd.Series, now: pd.Series) -> float:
    """
    Distance of a window from the baseline; 0 where nothing moved.

    `psi`: population stability index over the baseline's tenths (or kinds). `js`: Jensen-Shannon distance, 0 to 1,
    over the same. `ks`: largest gap between the two distributions, 0 to 1. `wasserstein`: earth mover's distance in
    standard deviations of the baseline. Of a column of kinds, `ks` and `wasserstein` are the largest change of a share.

    Source: https://doi.org/10.1016/j.csda.2005.11.014 and scipy.stats, scipy.spatial.distance.jensenshannon (base 2).
    """
    if metric in ("psi", "js"):
        before, after = _shares(baseline, now)
        return _psi(before, after) if metric == "psi" else _js(before, after)
    if not is_numeric(baseline):
        before, after = _shares(baseline, now)
        return float(np.abs(before - after).max())
    x, y = (pd.to_numeric(each, errors="coerce").dropna().to_numpy(dtype=float) for each in (baseline, now))
    if not len(x) or not len(y):
        return float(bool(len(x)) != bool(len(y)))
    return _ks(x, y) if metric == "ks" else _wasserstein(x, y)


def _shares(baseline: pd.Series, now: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the same bins, or kinds, in both; what is missing is a kind of its own."""
    if is_numeric(baseline):
        numbers = pd.to_numeric(now, errors="coerce")
        edges = np.unique(np.nanquantile(baseline.to_numpy(dtype=float), np.linspace(0, 1, BINS + 1)[1:-1]))
        counted = [
            _counted(np.searchsorted(edges, s.dropna().to_numpy(dtype=float), "right"), len(edges) + 1, s)
            for s in (baseline, numbers)
        ]
    else:
        kinds = list(baseline.dropna().astype(str).value_counts().index[:MOST_VALUES])
        places = {kind: index for index, kind in enumerate(kinds)}
        counted = [
            _counted(s.dropna().astype(str).map(lambda v: places.get(v, len(kinds))).to_numpy(int), len(kinds) + 1, s)
            for s in (baseline, now)
        ]
    return counted[0], counted[1]


def _counted(places: np.ndarray, size: int, column: pd.Series) -> np.ndarray:
    counts = np.append(np.bincount(places, minlength=size), column.isna().sum()).astype(float)
    return counts / max(counts.sum(), 1)


def _psi(before: np.ndarray, after: np.ndarray) -> float:
    b, a = np.maximum(before, LEAST_SHARE), np.maximum(after, LEAST_SHARE)
    return float(((a - b) * np.log(a / b)).sum())


def _js(before: np.ndarray, after: np.ndarray) -> float:
    middle = (before + after) / 2

    def divergence(share: np.ndarray) -> float:
        held = share > 0
        return float((share[held] * np.log2(share[held] / middle[held])).sum())

    return float(np.sqrt(max(0.0, (divergence(before) + divergence(after)) / 2)))


def _ks(x: np.ndarray, y: np.ndarray) -> float:
    x, y = np.sort(x), np.sort(y)
    at = np.concatenate([x, y])
    gaps = np.searchsorted(x, at, "right") / len(x) - np.searchsorted(y, at, "right") / len(y)
    return float(np.abs(gaps).max())


def _wasserstein(x: np.ndarray, y: np.ndarray) -> float:
    at = np.sort(np.concatenate([x, y]))
    widths = np.diff(at)
    gap = np.searchsorted(np.sort(x), at[:-1], "right") / len(x) - np.searchsorted(np.sort(y), at[:-1], "right") / len(
        y
    )
    spread = float(x.std())
    return float((np.abs(gap) * widths).sum() / spread) if spread else float(np.abs(gap).max(initial=0.0))
