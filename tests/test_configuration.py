"""A stack's configuration file and the target it means are one thing written twice."""

import json
from pathlib import Path

import pulumi
import pytest
from ruamel.yaml import YAML

from blueprints import load
from components.base import Cloud
from groundplan.configuration import from_config, stack_file
from groundplan.target import Target, offline_place

ROOT = Path(__file__).parents[1]
STACKS = [
    (path, environment, cloud)
    for path in sorted((ROOT / "blueprints").glob("*.yaml"))
    for environment in load(path).environments
    for cloud in Cloud
]


class _Config:
    """Reads a stack file as `pulumi.Config` would."""

    def __init__(self, values, namespace):
        self.values, self.namespace = values, namespace

    def get(self, key):
        value = self.get_object(key)
        return value if value is None or isinstance(value, str) else json.dumps(value)

    def get_object(self, key):
        return self.values.get(f"{self.namespace}:{key}")


def _target(path, environment, cloud):
    blueprint = load(path).resolve(environment, cloud)
    place = offline_place(cloud, list(blueprint.data.residency))
    return Target(load(path), blueprint, environment, cloud, place)


@pytest.mark.parametrize(("path", "environment", "cloud"), STACKS, ids=lambda v: getattr(v, "stem", str(v)))
def test_every_shipped_stack_has_its_file(path, environment, cloud):
    """
    `stacks/` holds one file a blueprint, environment and cloud, and reading it gives that very target.
    """
    target = _target(path, environment, cloud)
    file = ROOT / "stacks" / f"Pulumi.{target.stack}.yaml"

    assert file.read_text("utf-8") == stack_file(target, path.relative_to(ROOT))
    values = YAML(typ="safe", pure=True).load(file)["config"]
    read = from_config(lambda namespace: _Config(values, namespace), ROOT)
    assert target.identity() == read.identity()
    assert target.place == read.place


def test_a_stack_outside_the_residency_is_refused():
    """
    Who configures a region where the blueprint's data may not lie is told so, and nothing is made.
    """
    file = ROOT / "stacks" / "Pulumi.fraud-detection-prod-aws.yaml"
    values = YAML(typ="safe", pure=True).load(file)["config"] | {"aws:region": "us-east-1"}

    with pytest.raises(pulumi.RunError, match=r"us-east-1 is in us, and data\.residency is \[eu\]\. Write eu-west-1"):
        from_config(lambda namespace: _Config(values, namespace), ROOT)


def test_no_file_is_left_of_a_stack_that_is_gone():
    """
    Each file in `stacks/` belongs to a blueprint that we ship.
    """
    known = {f"Pulumi.{path.stem}-{environment}-{cloud}.yaml" for path, environment, cloud in STACKS}

    assert known == {f.name for f in (ROOT / "stacks").glob("Pulumi.*.yaml")}
