"""Plans made at the same time are those made one after the other."""

import pytest

from blueprints import BlueprintError, Problem
from groundplan.plan.parallel import side_by_side


def test_results_come_in_the_order_of_the_items():
    """
    Whoever is done first, the first item's result is the first.
    """
    assert [n * n for n in range(5)] == side_by_side(lambda n: n * n, range(5))


def test_a_blueprint_s_problems_come_through_whole():
    """
    What is wrong for one cloud is told as if it had been planned alone.
    """
    problem = Problem("fraud.yaml", 3, 7, "training.x.machine", "gcp has none. Write another.")

    def refuse(item):
        if item:
            raise BlueprintError([problem])

    with pytest.raises(BlueprintError) as told:
        side_by_side(refuse, [0, 1, 0])
    assert (problem,) == told.value.problems


def test_a_fault_of_ours_is_not_hidden():
    """
    Any other error is raised as it is.
    """
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda n: 1 / n, [1, 0])
