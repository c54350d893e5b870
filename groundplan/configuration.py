"""A stack's configuration: from a target to the values Pulumi keeps, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import pulumi

from blueprints import BlueprintError, load
from components.base import Cloud
from components.catalog import NoRegion
from groundplan.policy.ceiling import within_budget
from groundplan.program import Unfit, program
from groundplan.settling import settled, uncollected
from groundplan.target import Target, place, reside, this_month

__all__ = ["Configuration", "from_config", "run", "stack_file", "to_config"]


class Configuration(Protocol):
    """What is read of `pulumi.Config`."""

    def get(self, key: str) -> str | None: ...
    def get_object(self, key: str) -> Any: ...


def to_config(target: Target, blueprint: Path) -> dict[str, str]:
    """
    The values that make a stack this target, by full key; objects as JSON.

    Args:
        target: What the stack is to be.
        blueprint: The file's path as the stack will read it.
    """
    where = vars(target.place)
    own = {
        "groundplan:blueprint": blueprint.as_posix(),
        "groundplan:environment": target.environment,
        "groundplan:cloud": str(target.cloud),
        "groundplan:month": target.month,
        "groundplan:salt": target.salt,
        "groundplan:peers": json.dumps(dict(target.place.peers)),
    }
    match target.cloud:
        case Cloud.AWS:
            theirs = {"aws:region": where["region"], "aws:allowedAccountIds": json.dumps([where["account_id"]])}
        case Cloud.GCP:
            theirs = {
                "gcp:project": where["project"],
                "gcp:region": where["region"],
                "groundplan:projectNumber": where["project_number"],
                "groundplan:billingAccount": where["billing_account"],
            }
        case Cloud.AZURE:
            theirs = {
                "azure-native:location": where["region"],
                "azure-native:subscriptionId": where["subscription"],
                "azure-native:tenantId": where["tenant"],
            }
    return own | theirs


def stack_file(target: Target, blueprint: Path) -> str:
    """Text of the stack's configuration file, `stacks/Pulumi.<stack>.yaml`; the ids in it are to be yours."""
    config = to_config(target, blueprint)
    lines = [f"# {target.stack}: set the ids of your own account; `pulumi up -s {target.stack}` reads this.", "config:"]
    for key, value in config.items():
        if value in ("", "{}") or key == "groundplan:month":
            continue  # as the project's defaults have it
        lines.append(f"  {key}: {value if value.startswith('[') else json.dumps(value)}")
    return "\n".join(lines) + "\n"


def _account(cloud: Cloud, get: Callable[[str, str], str]) -> dict[str, str]:
    match cloud:
        case Cloud.AWS:
            ids = json.loads(get("aws", "allowedAccountIds"))
            if len(ids) != 1:
                raise pulumi.RunError("aws:allowedAccountIds must name exactly one account, the stack's own")
            return {"account_id": str(ids[0])}
        case Cloud.GCP:
            return {
                "project": get("gcp", "project"),
                "project_number": get("groundplan", "projectNumber"),
                "billing_account": get("groundplan", "billingAccount"),
            }
        case Cloud.AZURE:
            return {
                "subscription": get("azure-native", "subscriptionId"),
                "tenant": get("azure-native", "tenantId"),
            }


_REGION = {Cloud.AWS: ("aws", "region"), Cloud.GCP: ("gcp", "region"), Cloud.AZURE: ("azure-native", "location")}


def from_config(config: Callable[[str], Configuration], root: Path) -> Target:
    """
    The target that the stack's configuration means.

    Args:
        config: `pulumi.Config`, or what reads like it.
        root: The project's folder, which the blueprint's path starts from.

    Raises:
        pulumi.RunError: A value is missing or wrong; the message is the command that sets it. Pulumi shows it
            as one line.
    """

    def get(namespace: str, key: str) -> str:
        value = config(namespace).get(key)
        if not value:
            raise pulumi.RunError(f"{namespace}:{key} is not set. Run: pulumi config set {namespace}:{key} <value>")
        return value

    name = get("groundplan", "cloud")
    if name not in list(Cloud):
        raise pulumi.RunError(f"groundplan:cloud is {name!r}. Run: pulumi config set groundplan:cloud aws|gcp|azure")
    cloud, environment = Cloud(name), get("groundplan", "environment")
    own = config("groundplan")
    peers: Mapping[str, str] = own.get_object("peers") or {}
    try:
        where = place(cloud, get(*_REGION[cloud]), _account(cloud, get), peers)
        source = load(root / get("groundplan", "blueprint"))
        blueprint = source.resolve(environment, cloud)
        reside(cloud, where.region, blueprint.data.residency)
    except BlueprintError as error:
        raise pulumi.RunError("\n".join(str(p) for p in error.problems)) from error
    except (NoRegion, json.JSONDecodeError) as error:
        raise pulumi.RunError(str(error)) from error
    return Target(source, blueprint, environment, cloud, where, own.get("month") or this_month(), own.get("salt") or "")


def run(config: Callable[[str], Configuration]) -> None:
    """
    Build the stack that the configuration means.

    Raises:
        pulumi.RunError: As `from_config`; or the cloud can't grant a wish of the blueprint; or a month is expected to
            cost more than a budget that is enforced.
    """
    target = from_config(config, Path(pulumi.runtime.get_root_directory()))  # the program runs in `stacks`
    within_budget(target, to_config(target, Path(target.source.file)))

    async def build() -> None:
        with uncollected():
            try:
                program(target)
            except Unfit as wish:
                problem = target.source.problem(target.environment, target.cloud, wish.path, str(wish))
                raise pulumi.RunError(str(problem)) from wish
            await settled()

    pulumi.run(build)
