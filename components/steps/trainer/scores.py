"""How good answers were, once the truth is known."""

from __future__ import annotations

import numpy as np

from .problem import Problem

__all__ = ["SCORES", "score"]

CLASSES = ("accuracy", "auc", "f1", "precision", "recall")
ERRORS = ("mae", "mape", "rmse", "r2")
SCORES = CLASSES + ERRORS


def score(metric: str, truth: np.ndarray, answer: np.ndarray) -> float:
    """
    One figure over all rows.

    Of two classes, 1 is the positive one, and an answer of 0.5 and more means it. `mape` leaves out rows whose truth
    is 0. Each is as scikit-learn defines it.

    Raises:
        Problem: No rows, or, for `auc`, rows of one class alone.
    """
    truth, answer = truth.astype(float), answer.astype(float)
    if not len(truth):
        raise Problem(f"{metric} needs rows with an answer and its truth, and there is none.")
    if metric == "auc":
        return _auc(truth, answer)
    if metric in CLASSES:
        return _of_classes(metric, truth >= 0.5, answer >= 0.5)
    off = answer - truth
    if metric == "mae":
        return float(np.abs(off).mean())
    if metric == "rmse":
        return float(np.sqrt((off**2).mean()))
    if metric == "mape":
        held = truth != 0
        if not held.any():
            raise Problem("mape is a share of the truth, and every truth is 0. Take mae.")
        return float(np.abs(off[held] / truth[held]).mean())
    spread = ((truth - truth.mean()) ** 2).sum()
    if not spread:
        raise Problem("r2 compares with the spread of the truth, and every truth is the same. Take mae.")
    return float(1 - (off**2).sum() / spread)


def _auc(truth: np.ndarray, answer: np.ndarray) -> float:
    positive = truth >= 0.5
    count, others = int(positive.sum()), int((~positive).sum())
    if not count or not others:
        raise Problem("auc needs rows of both classes, and the truth of this window has one alone.")
    _, places, counts = np.unique(answer, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]  # ties share the mean of their ranks
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * others))


def _of_classes(metric: str, truth: np.ndarray, answer: np.ndarray) -> float:
    right, said, are = int((truth & answer).sum()), int(answer.sum()), int(truth.sum())
    if metric == "accuracy":
        return float((truth == answer).mean())
    if metric == "precision":
        return right / said if said else 0.0
    if metric == "recall":
        return right / are if are else 0.0
    return 2 * right / (said + are) if said + are else 0.0
