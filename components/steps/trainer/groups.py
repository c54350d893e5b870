"""How differently groups of people are answered."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .problem import Problem

__all__ = ["BIAS", "NEEDS_TRUTH", "bias"]

BIAS = ("dpl", "di", "ddpl", "accuracy_difference", "recall_difference")
NEEDS_TRUTH = ("accuracy_difference", "recall_difference")
LEAST_GROUP = 30  # rows; a smaller group says nothing


def bias(metric: str, facet: pd.Series, answer: np.ndarray, truth: np.ndarray | None = None) -> float:
    """
    Largest difference between any group and the rest; 0 where all are answered alike.

    `dpl`: difference of the shares of positive answers. `di`: how far the ratio of these shares is from 1, 0 to 1.
    `ddpl`: each group's share of all rejections less its share of all acceptances. `accuracy_difference` and
    `recall_difference` compare with the truth.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-post-training-bias.html

    Raises:
        Problem: Fewer than two groups of 30 rows, or no truth where it is needed.
    """
    if metric in NEEDS_TRUTH and truth is None:
        raise Problem(f"{metric} compares answers with the truth. Add quality.labels to the monitor.")
    positive = answer.astype(float) >= 0.5
    counts = facet.value_counts()
    groups = [group for group, count in counts.items() if count >= LEAST_GROUP]
    if len(groups) < 2:
        raise Problem(f"{facet.name} has fewer than two groups of {LEAST_GROUP} rows: {dict(counts.head())}.")
    return max(_of_group(metric, (facet == group).to_numpy(), positive, truth) for group in groups)


def _of_group(metric: str, inside: np.ndarray, positive: np.ndarray, truth: np.ndarray | None) -> float:
    own, rest = positive[inside], positive[~inside]
    if metric == "dpl":
        return float(abs(own.mean() - rest.mean()))
    if metric == "di":
        low, high = sorted((float(own.mean()), float(rest.mean())))
        return 1 - low / high if high else 0.0
    if metric == "ddpl":
        accepted, rejected = int(positive.sum()), int((~positive).sum())
        taken = own.sum() / accepted if accepted else 0.0
        turned = (~own).sum() / rejected if rejected else 0.0
        return float(abs(turned - taken))
    true = np.asarray(truth, dtype=float) >= 0.5
    if metric == "accuracy_difference":
        return float(abs((own == true[inside]).mean() - (rest == true[~inside]).mean()))
    return abs(_recall(own, true[inside]) - _recall(rest, true[~inside]))


def _recall(said: np.ndarray, are: np.ndarray) -> float:
    return float((said & are).sum() / are.sum()) if are.any() else 0.0
