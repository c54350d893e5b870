"""Azure: ARM resource ids, built from the path parameters a type takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from groundplan.sandbox.clouds import Identity, Template
from groundplan.sandbox.clouds.azure_ids import (
    NAMESPACES,
    OUTPUTS,
    PATHS,
    RANDOM_CHILDREN,
    UUID_NAMES,
)
from groundplan.sandbox.schema import ResourceSchema
from groundplan.sandbox.seed import CREATED, Seed

__all__ = ["Azure", "path_parameters"]


@dataclass(frozen=True)
class Azure:
    """One subscription, tenant and region."""

    subscription: str
    tenant: str
    region: str

    def name_property(self, schema: ResourceSchema) -> str | None:
        """Return the path parameter that names the resource itself."""
        return next(reversed(path_parameters(schema)), None)

    def fixed(self, schema: ResourceSchema) -> frozenset[str]:
        return frozenset({*path_parameters(schema), "location", "extendedLocation"})

    def named(self, schema: ResourceSchema, name: str, seed: Seed, inputs: Mapping[str, Any]) -> dict[str, Any]:
        out = dict(inputs)
        prop = self.name_property(schema)
        known = schema.inputs.properties
        if prop in known and out.get(prop) is None and not known[prop].required:
            out[prop] = _auto_name(schema, prop, name, seed)
        if "location" in known and schema.token not in _NOWHERE:
            out.setdefault("location", self.region)
        return out

    def identify(self, schema: ResourceSchema, inputs: Mapping[str, Any], seed: Seed) -> Identity:
        prop = self.name_property(schema)
        name = str(inputs.get(prop or "") or seed.uuid())
        texts = {k: str(v) for k, v in inputs.items() if isinstance(v, str | int)}
        facts = Template(self._facts(seed) | {"name": name} | texts)
        path = _path(schema)
        facts["id"] = path.format_map(facts)
        arm_type = _arm_type(path)
        outputs: dict[str, Any] = {"name": name, "type": arm_type, "azureApiVersion": _API_VERSION}
        for key, value in OUTPUTS.get(schema.token.removeprefix("azure-native:"), {}).items():
            _put(outputs, key, value.format_map(facts) if isinstance(value, str) else value)
        known = schema.outputs.properties
        kept = {k: v for k, v in outputs.items() if k.split(".")[0] in known}
        return Identity(facts["id"], kept)

    def computed(self, name: str, seed: Seed) -> Any:
        if name == "provisioningState":
            return "Succeeded"
        if name == "tenantId":
            return self.tenant
        if name in ("principalId", "clientId", "resourceGuid", "customerId", "uniqueId"):
            return seed.uuid(name)
        if name == "location":
            return self.region
        if name == "etag":
            return f'W/"{seed.uuid("etag")}"'
        return CREATED if name.endswith(("At", "Time", "Date", "Timestamp")) else None

    def _facts(self, seed: Seed) -> dict[str, str]:
        return {
            "subscription": self.subscription,
            "tenant": self.tenant,
            "region": self.region,
            "uuid": seed.uuid(),
            "principal": seed.uuid("principalId"),
            "client": seed.uuid("clientId"),
            "hex32": seed.hex(32, "version"),
            "hash": seed.base36(8, "hash"),
        }


_NOWHERE = ("azure-native:resources:Deployment",)
"""Types that take a location, but are not given one."""

_API_VERSION = "2025-12-01"
_ROOT = "/subscriptions/{subscription}/resourceGroups/{resourceGroupName}"


@lru_cache(maxsize=512)
def path_parameters(schema: ResourceSchema) -> tuple[str, ...]:
    """Return the inputs that are parts of the resource's ARM path, outermost first."""
    names = re.findall(r"\{(\w+)\}", _path(schema))
    return tuple(name for name in names if name != "subscription")


@lru_cache(maxsize=512)
def _path(schema: ResourceSchema) -> str:
    """Return the ARM path as a template over inputs."""
    table = PATHS.get(schema.token.removeprefix("azure-native:"))
    if table:
        return table if table.startswith(("/", "{")) else f"{_ROOT}/providers/{table}"
    return _guessed_path(schema)


def _guessed_path(schema: ResourceSchema) -> str:
    """
    Build the path of a type no table knows, as most of ARM spells it.

    Path parameters are the required text inputs ending in `Name` that do not come back as
    outputs, then the optional one: the resource's own name, which may be made up.
    """
    outputs = schema.outputs.properties
    inputs = schema.inputs.properties.values()
    named = [p for p in inputs if p.type.kind == "str" and p.name.endswith("Name")]
    named = [p for p in named if p.name not in outputs and p.name != "resourceGroupName"]
    own = next((p.name for p in named if not p.required), None)
    parents = [p.name for p in named if p.required and p.name != own]
    module, kind = schema.token.split(":")[1], schema.source.class_name
    namespace = NAMESPACES.get(module, f"Microsoft.{module.capitalize()}")
    parts = [f"{_plural(p.removesuffix('Name'))}/{{{p}}}" for p in parents]
    tail = f"{_plural(kind[0].lower() + kind[1:])}/{{{own or 'name'}}}"
    return f"{_ROOT}/providers/{namespace}/{'/'.join([*parts, tail])}"


def _plural(word: str) -> str:
    if word.endswith("y"):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x")) else f"{word}s"


def _arm_type(path: str) -> str:
    """Return `Microsoft.X/a/b` of `…/providers/Microsoft.X/a/{n}/b/{m}`."""
    if "/providers/" not in path:
        return "Microsoft.Resources/resourceGroups"
    namespace, *segments = path.rsplit("/providers/", 1)[1].split("/")
    return "/".join([namespace, *segments[::2]])


def _auto_name(schema: ResourceSchema, prop: str, name: str, seed: Seed) -> str:
    """
    Name a resource as the provider does: a child keeps its logical name, a root gets 8 digits.

    Source: pulumi-azure-native provider/pkg/resources/resources.go, AutoName.
    """
    if prop in UUID_NAMES:
        return seed.uuid("name")
    below = _path(schema).rsplit("/providers/", 1)[-1].count("{")
    if below > 1 and prop not in RANDOM_CHILDREN:
        return name
    return f"{name}{seed.hex(8, 'name')}"


def _put(outputs: dict[str, Any], path: str, value: Any) -> None:
    """Set a nested output by its dotted path."""
    *parents, last = path.split(".")
    for parent in parents:
        outputs = outputs.setdefault(parent, {})
    outputs[last] = value
