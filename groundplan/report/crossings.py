"""Second step of a drawing: the order of boxes within each row, so that few lines cross."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from itertools import pairwise

from groundplan.report.layers import Rows, Spot

__all__ = ["count_crossings", "reduce_crossings"]

SWEEPS = 16


def reduce_crossings(rows: Rows) -> None:
    """Order each row by the barycentre of its neighbours, then swap while that helps."""
    best = [list(row) for row in rows.spots]
    fewest = count_crossings(rows, best)
    current = [list(row) for row in best]
    for sweep in range(SWEEPS):
        _sweep(rows, current, down=sweep % 2 == 0)
        _swap(rows, current)
        crossings = count_crossings(rows, current)
        if crossings < fewest:
            fewest, best = crossings, [list(row) for row in current]
        if not fewest:
            break
    rows.spots = best


def count_crossings(rows: Rows, order: list[list[Spot]] | None = None) -> int:
    """How many pairs of lines cross between neighbouring rows."""
    spots = rows.spots if order is None else order
    return sum(_between(rows, upper, lower) for upper, lower in pairwise(spots))


def _between(rows: Rows, upper: list[Spot], lower: list[Spot]) -> int:
    place = {spot: index for index, spot in enumerate(lower)}
    seen: list[int] = []
    crossings = 0
    for spot in upper:
        ends = sorted(place[end] for end in rows.links.successors(spot))
        crossings += sum(len(seen) - bisect_right(seen, end) for end in ends)
        for end in ends:
            insort(seen, end)
    return crossings


def _sweep(rows: Rows, order: list[list[Spot]], *, down: bool) -> None:
    numbers = range(1, len(order)) if down else range(len(order) - 2, -1, -1)
    for number in numbers:
        beside = order[number - 1] if down else order[number + 1]
        place = {spot: index for index, spot in enumerate(beside)}
        near = rows.links.predecessors if down else rows.links.successors
        centre: dict[Spot, float] = {}
        for index, spot in enumerate(order[number]):
            places = [place[n] for n in near(spot)]
            scale = len(beside) / max(len(order[number]), 1)
            centre[spot] = sum(places) / len(places) if places else index * scale
        order[number].sort(key=centre.__getitem__)


def _swap(rows: Rows, order: list[list[Spot]]) -> None:
    """Swap neighbours in a row wherever their own lines then cross less."""
    place = {spot: index for row in order for index, spot in enumerate(row)}
    for row in order:
        for left in range(len(row) - 1):
            one, other = row[left], row[left + 1]
            if _crossed(rows, other, one, place) < _crossed(rows, one, other, place):
                row[left], row[left + 1] = other, one
                place[one], place[other] = left + 1, left


def _crossed(rows: Rows, left: Spot, right: Spot, place: dict[Spot, int]) -> int:
    """How often the lines of two spots cross when they stand in this order."""
    crossings = 0
    for near in (rows.links.pred, rows.links.succ):
        ends = sorted(place[spot] for spot in near[right])
        crossings += sum(bisect_left(ends, place[spot]) for spot in near[left])
    return crossings
