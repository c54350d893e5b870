"""
How much each column weighs in the answers of a window, and how far that is from how it weighs in the training data.

Nobody asks the model anything: a surrogate, gradient-boosted trees, learns the recorded answers from the recorded
inputs, and a column's weight is how far the surrogate's answers move when the column's values change places. The
baseline is weighed by another surrogate, of what is to be answered there. So also does Azure ML, with LightGBM; the
rankings are held against each other by NDCG, as SageMaker Clarify and Azure ML do.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-feature-attribution-drift.html,
https://github.com/Azure/azureml-assets (assets/model_monitoring/components/src/feature_importance_metrics)
"""

from __future__ import annotations

from typing import Any, NamedTuple, Sequence

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.inspection import permutation_importance
from sklearn.metrics import ndcg_score
from sklearn.model_selection import KFold
from sklearn.multioutput import MultiOutputRegressor
from threadpoolctl import threadpool_limits

from .distances import MOST_VALUES, is_numeric
from .problem import Problem
from .scores import score

__all__ = ["EXPLAINS", "LEAST_ROWS", "Weights", "moved", "weigh"]

LEAST_ROWS = 100  # a surrogate of fewer says nothing
LEAST_OF_KIND = 10  # rows of the rarer of two answers, likewise
MOST_KINDS = 10  # of answers; rarer ones count as none of them
TREES, LEAVES = 50, 4  # more of them learn the noise of the truth, and weigh columns that say nothing
FOLDS, REPEATS, SEED = 3, 5, 7
GROWN: dict[str, Any] = {
    "max_iter": TREES,
    "max_leaf_nodes": LEAVES,
    "early_stopping": False,
    "random_state": SEED,
}
EXPLAINS = {"window": {"auc": 0.8, "r2": 0.5}, "baseline": {"auc": 0.6, "r2": 0.1}}
"""
Least fidelity of a surrogate whose weights count.

An answer follows from its inputs, so a surrogate that can't tell it says nothing about it; what is true also has noise
that no column explains.
"""


class Weights(NamedTuple):
    """
    Of one table.

    Attributes:
        of: Column to its share of all weights.
        fidelity: How well the surrogate tells the answers of rows that it did not learn from.
        measure: Of the fidelity: `auc` where there are two answers, else `r2`, of the answers' ranks.
        rows: How many there were.
    """

    of: dict[str, float]
    fidelity: float
    measure: str
    rows: int


def weigh(
    table: pd.DataFrame, columns: Sequence[str], answers: pd.Series, baseline: pd.DataFrame, sample: int
) -> Weights:
    """
    How much each column weighs in the answers.

    Weights are on rows that the surrogate did not learn from, and in absolute changes of its answer, as a mean absolute
    SHAP value is: scikit-learn has no Shapley values, and what they are approximated by here asks for the least model
    calls. Of columns that say the same, the surrogate may take one. Two looks at the same rows find the same, in
    whichever order they come.

    Source: https://scikit-learn.org/stable/modules/permutation_importance.html,
    https://jmlr.org/papers/v20/18-760.html (model reliance)

    Args:
        table: Rows with the columns; one that is not there weighs nothing.
        columns: Which are weighed.
        answers: Of the rows; those without one are left out.
        baseline: Says which columns are numbers, and which kinds there are of the others.
        sample: Rows that are taken at most, drawn with a fixed seed; of two answers the rarer one up to half of them.

    Raises:
        Problem: Too few rows with an answer, or answers that are all the same.
    """
    answers = answers.replace([np.inf, -np.inf], np.nan)
    held = answers.notna().to_numpy()
    rows, told = table.reindex(columns=list(columns))[held], answers[held]
    order = pd.util.hash_pandas_object(rows.astype(str).assign(**{"": told.astype(str)}), index=False).to_numpy()
    order = np.argsort(order, kind="stable")
    rows, told = rows.iloc[order].reset_index(drop=True), told.iloc[order].reset_index(drop=True)
    if len(rows) < LEAST_ROWS:
        raise Problem(f"{len(rows)} rows have an answer, and {LEAST_ROWS} are needed")
    if told.nunique() < 2:
        raise Problem(f"every answer is {told.iloc[0]}")
    drawn = _drawn(told, sample)
    rows, told = rows.iloc[drawn], told.iloc[drawn]
    coded = {column: _coded(rows[column], baseline[column]) for column in columns}
    varied = [column for column, values in coded.items() if len(np.unique(values[~np.isnan(values)])) > 1]
    if not varied:
        raise Problem("every column has one value alone")
    kinds = [not is_numeric(baseline[column]) for column in varied]
    inputs, targets = np.column_stack([coded[column] for column in varied]), _targets(told)
    with threadpool_limits(1):  # threads that wait for each other take longer than so few rows
        found, fidelity, measure = _weighed(inputs, kinds, targets)
    known = dict(zip(varied, found))
    return Weights({column: float(known.get(column, 0.0)) for column in columns}, fidelity, measure, len(rows))


def moved(before: Weights, after: Weights) -> float:
    """
    1 less the NDCG of the ranking after, the weights before being what a place in it is worth; 0 where none changed.

    A column that weighed much counts for more than one that weighed little. Source:
    https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-feature-attribution-drift.html

    Raises:
        Problem: There is one column, or none.
    """
    columns = list(before.of)
    if len(columns) < 2:
        raise Problem("there is one column, and so no ranking of columns")
    worth, place = ([[each.of[column] for column in columns]] for each in (before, after))
    return max(0.0, 1.0 - float(ndcg_score(worth, place)))


def _drawn(told: pd.Series, sample: int) -> np.ndarray:
    """Places of the rows that are taken; a rare answer would hardly be among them by chance."""
    draw = np.random.RandomState(SEED)
    shares = told.value_counts()
    if len(shares) == 2:
        if shares.iloc[1] < LEAST_OF_KIND:
            raise Problem(f"{shares.iloc[1]} rows have the answer {shares.index[1]}, all others {shares.index[0]}")
        rare = draw.permutation(np.flatnonzero((told == shares.index[1]).to_numpy()))
        often = draw.permutation(np.flatnonzero((told == shares.index[0]).to_numpy()))
        rare = rare[: max(sample // 2, sample - len(often))]
        return np.sort(np.concatenate([rare, often[: sample - len(rare)]]))
    return np.sort(draw.permutation(len(told))[:sample])


def _coded(column: pd.Series, baseline: pd.Series) -> np.ndarray:
    """As numbers: kinds by their place among the baseline's most frequent, then all others, then what is missing."""
    if is_numeric(baseline):
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
        return np.where(np.isinf(numbers), np.nan, numbers)
    kinds = baseline.dropna().astype(str).value_counts().index[:MOST_VALUES]
    places = {kind: place for place, kind in enumerate(sorted(kinds))}
    codes = column.astype(str).map(lambda value: float(places.get(value, len(places))))
    return codes.where(column.notna(), len(places) + 1.0).to_numpy(dtype=float)


def _targets(told: pd.Series) -> np.ndarray:
    """What is learnt, a column each: the ranks of numbers, so that a few large ones are not all there is; or kinds."""
    numbers = pd.to_numeric(told, errors="coerce")
    if numbers.isna().any():
        kinds = told.astype(str)
        chosen = sorted(kinds.value_counts().index[:MOST_KINDS])
        chosen = chosen[1:] if len(chosen) == 2 else chosen
        return np.column_stack([(kinds == kind).to_numpy(dtype=float) for kind in chosen])
    return numbers.astype(float).rank(pct=True).to_numpy()[:, None]


def _weighed(inputs: np.ndarray, kinds: Sequence[bool], targets: np.ndarray) -> tuple[np.ndarray, float, str]:
    """Share of each column, and the fidelity: each fold is held against a surrogate of the others."""
    told: dict[str, Any] = {"categorical_features": np.array(kinds)}
    weights, said = np.zeros(inputs.shape[1]), np.empty_like(targets)
    for learnt, held in KFold(FOLDS, shuffle=True, random_state=SEED).split(inputs):
        trees = HistGradientBoostingRegressor(**GROWN, **told)
        surrogate = MultiOutputRegressor(trees).fit(inputs[learnt], targets[learnt])
        said[held] = np.reshape(surrogate.predict(inputs[held]), (len(held), -1))
        # against its own answers, so the error is how far they move
        change = permutation_importance(
            surrogate,
            inputs[held],
            said[held],
            scoring="neg_mean_absolute_error",
            n_repeats=REPEATS,
            random_state=SEED,
        )
        weights += np.maximum(np.asarray(change["importances_mean"]), 0)
    fidelity, measure = _fidelity(targets, said)
    return weights / (weights.sum() or 1.0), fidelity, measure


def _fidelity(targets: np.ndarray, said: np.ndarray) -> tuple[float, str]:
    if targets.shape[1] == 1 and len(np.unique(targets)) == 2:
        return score("auc", (targets[:, 0] == targets.max()).astype(float), said[:, 0]), "auc"
    spread = ((targets - targets.mean(axis=0)) ** 2).sum()
    return float(1 - ((targets - said) ** 2).sum() / spread), "r2"
