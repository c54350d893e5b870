"""What holds for every plan from the first: private, encrypted with your key, least privilege, no secret shown."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from blueprints import load
from components.base import Cloud
from groundplan.testing import Planned, plan_blueprint

ROOT = Path(__file__).parents[1]
STACKS = [
    (path, environment, cloud)
    for path in sorted((ROOT / "blueprints").glob("*.yaml"))
    for environment in load(path).environments
    for cloud in Cloud
]
BROAD_ROLES = re.compile(
    r"FullAccess|AdministratorAccess|PowerUser|roles/(?:owner|editor|viewer)\b"
    r"|8e3af657-a8ff-443c-a75c-2fe8c4bcb635|b24988ac-6180-42a0-ab88-20f7382dd24c"  # Azure Owner, Contributor
)
every_stack = pytest.mark.parametrize(
    ("path", "environment", "cloud"), STACKS, ids=[f"{p.stem}-{e}-{c}" for p, e, c in STACKS]
)


@cache
def _plan(path: Path, environment: str, cloud: str) -> Planned:
    return plan_blueprint(path, environment, cloud)


def _walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a resource's inputs, and of the JSON documents that stand in them as text."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{path}.{index}")
    elif isinstance(value, str) and value[:1] in "{[":
        try:
            document = json.loads(value)
        except json.JSONDecodeError:
            return
        yield from _walk(document, path)


def _statements(planned: Planned) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every AWS policy in the plan."""
    for resource in planned:
        for path, value in _walk(resource.inputs):
            if isinstance(value, dict) and "Effect" in value and ("Action" in value or "NotAction" in value):
                yield f"{resource.name} {path}", value


@every_stack
def test_the_cloud_would_refuse_nothing(path, environment, cloud):
    """
    The emulated cloud accepts every input of the plan.
    """
    assert [] == _plan(path, environment, cloud).refusals


@every_stack
def test_no_action_is_a_wildcard(path, environment, cloud):
    """
    Nothing is allowed by `*`, by `service:*`, or by a role of everything.
    """
    planned = _plan(path, environment, cloud)
    wide = [
        (where, action)
        for where, statement in _statements(planned)
        if statement["Effect"] == "Allow"
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        if (action == "*" or action.endswith(":*"))
        # a key's policy must leave the account its administrator, or nobody can ever change it
        and not (action == "kms:*" and ":root" in json.dumps(statement.get("Principal")))
    ]
    roles = [
        (resource.name, match.group())
        for resource in planned
        if (match := BROAD_ROLES.search(json.dumps(resource.inputs)))
    ]

    assert [] == wide
    assert [] == roles


@every_stack
def test_pass_role_names_the_service(path, environment, cloud):
    """
    A role that may pass roles may pass them to a named service only, and only named roles.
    """
    for where, statement in _statements(_plan(path, environment, cloud)):
        if "iam:PassRole" in json.dumps(statement["Action"]) and statement["Effect"] == "Allow":
            assert "iam:PassedToService" in json.dumps(statement.get("Condition")), where
            assert "*" != statement["Resource"], where


@every_stack
def test_nothing_is_public(path, environment, cloud):
    """
    No resource is reachable from, or readable by, everybody.
    """
    for resource in _plan(path, environment, cloud):
        for where, value in _walk(resource.inputs):
            key = where.rpartition(".")[2]
            if key == "publicNetworkAccess":
                assert str(value).lower() == "disabled", (resource.name, where)
            if key in ("allowBlobPublicAccess", "mapPublicIpOnLaunch", "enableNodePublicIp", "publicEndpointEnabled"):
                assert value is False, (resource.name, where)
            assert value not in ("allUsers", "allAuthenticatedUsers"), (resource.name, where)
        text = json.dumps(resource.inputs)
        opens = "ingress" in resource.type.lower() or resource.inputs.get("direction") == "INGRESS"
        assert not (opens and ("0.0.0.0/0" in text or "::/0" in text)), resource.name


@every_stack
def test_data_is_protected_outside_dev(path, environment, cloud):
    """
    Stores, keys, images and registries refuse to be deleted in every environment but dev.
    """
    kinds = re.compile(r":(?:Bucket|Key|CryptoKey|StorageAccount|Vault|ModelPackageGroup|ModelContainer|Dataset)$")
    holders = [r for r in _plan(path, environment, cloud) if kinds.search(r.type)]

    assert holders
    assert {environment != "dev"} == {r.protect for r in holders}


@every_stack
def test_everything_says_whose_it_is(path, environment, cloud):
    """
    Whatever can carry tags or labels carries blueprint, environment, owner and managed-by.
    """
    from groundplan.sandbox.schema import resource_schema  # noqa: PLC0415

    wanted = {"blueprint", "environment", "owner", "managed-by"}
    for resource in _plan(path, environment, cloud):
        keys = {"labels", "userLabels"} if cloud == "gcp" else {"tags"}  # tags of Google Cloud are a thing apart
        takes = keys & set(resource_schema(resource.type).inputs.properties)
        if "userLabels" in takes:
            takes.discard("labels")  # there they say how the resource works, not whose it is
        for key in sorted(takes):
            assert wanted <= set(resource.inputs.get(key) or {}), (resource.type, resource.name, key)


@pytest.mark.parametrize("path", sorted({p for p, _, _ in STACKS}), ids=lambda p: p.stem)
def test_results_are_equal_on_every_cloud(path):
    """
    A script reads the same outputs, whichever cloud it is on.
    """
    environment = load(path).environments[0]
    shapes = [
        {label: sorted(result) for label, result in _plan(path, environment, cloud).document["outputs"].items()}
        for cloud in Cloud
    ]

    assert shapes[0] == shapes[1] == shapes[2]
