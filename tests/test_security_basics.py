"""What holds for every plan from the first: private, encrypted with your key, least privilege, no secret shown."""

import pytest

from blueprints import load
from components.base import Cloud
from tests.shipped import EXAMPLES, shipped_plan
from tests.truth import security

STACKS = [(path, environment, cloud) for path in EXAMPLES for environment in load(path).environments for cloud in Cloud]
every_stack = pytest.mark.parametrize(
    ("path", "environment", "cloud"), STACKS, ids=[f"{p.stem}-{e}-{c}" for p, e, c in STACKS]
)


@every_stack
def test_the_cloud_would_refuse_nothing(path, environment, cloud):
    """
    The emulated cloud accepts every input of the plan.
    """
    assert [] == shipped_plan(path, environment, cloud).refusals


@every_stack
def test_no_action_is_a_wildcard(path, environment, cloud):
    """
    Nothing is allowed by `*`, by `service:*`, or by a role of everything.
    """
    assert [] == security.too_wide(shipped_plan(path, environment, cloud))


@every_stack
def test_pass_role_names_the_service(path, environment, cloud):
    """
    A role that may pass roles may pass them to a named service only, and only named roles.
    """
    assert [] == security.unnamed_passes(shipped_plan(path, environment, cloud))


@every_stack
def test_nothing_is_public(path, environment, cloud):
    """
    No resource is reachable from, or readable by, everybody.
    """
    assert [] == security.open_doors(shipped_plan(path, environment, cloud))


@every_stack
def test_data_is_protected_outside_dev(path, environment, cloud):
    """
    Stores, keys, images and registries refuse to be deleted in every environment but dev.
    """
    planned = shipped_plan(path, environment, cloud)

    assert any(security.DATA.search(kind) for kind in planned.types)
    assert [] == security.unprotected(planned, environment)


@every_stack
def test_everything_says_whose_it_is(path, environment, cloud):
    """
    Whatever can carry tags or labels carries blueprint, environment, owner and managed-by.
    """
    assert [] == security.unmarked(shipped_plan(path, environment, cloud), cloud)


@pytest.mark.parametrize("path", sorted({p for p, _, _ in STACKS}), ids=lambda p: p.stem)
def test_results_are_equal_on_every_cloud(path):
    """
    A script reads the same outputs, whichever cloud it is on.
    """
    environment = load(path).environments[0]
    shapes = [
        {label: sorted(result) for label, result in shipped_plan(path, environment, cloud).document["outputs"].items()}
        for cloud in Cloud
    ]

    assert shapes[0] == shapes[1] == shapes[2]
