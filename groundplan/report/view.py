"""What the page and the tables show of a plan: its resources by component, and who needs whom."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

__all__ = ["Component", "Resource", "View", "views"]

CLOUDS = {"aws": "AWS", "gcp": "Google Cloud", "azure": "Azure", "kubernetes": "Kubernetes"}
NO_COMPONENT = "stack"  # a resource that belongs to none, such as a provider

# The part a capability plays in a machine-learning system: a colour in the diagram, no more.
FAMILIES = {
    "serving": {"endpoints", "batch", "streaming", "llm", "vectors", "serving"},
    "training": {"training", "notebooks", "pipelines", "pipeline", "tuning"},
    "data": {"data", "storage", "features", "feature_store", "registry", "tracking"},
    "watching": {"monitoring", "alerts", "dashboards"},
    "governance": {"governance", "budget", "audit", "identity"},
}


@dataclass(frozen=True)
class Resource:
    """One thing the cloud would make."""

    urn: str
    type: str
    name: str
    component: str
    anchor: str
    protect: bool
    id: str
    inputs: Mapping[str, Any]
    needs: Mapping[str, tuple[str, ...]]  # urn of what it needs: the inputs that say so

    @property
    def kind(self) -> str:
        """The last word of the type, or of the type a generic resource carries in its inputs."""
        return _carried_type(self.type, self.inputs)[1]

    @property
    def service(self) -> str:
        """The cloud's service that owns the kind: `sagemaker`, `machinelearningservices`."""
        return _carried_type(self.type, self.inputs)[0]


@dataclass(frozen=True)
class Component:
    """The resources of one component, in the plan's order."""

    name: str
    anchor: str
    resources: tuple[Resource, ...]

    @property
    def family(self) -> str:
        """Which part of the system it is, `foundation` when nothing more is known."""
        capability = self.name.partition("/")[0]
        return next((f for f, names in FAMILIES.items() if capability in names), "foundation")

    @property
    def kinds(self) -> tuple[tuple[str, int], ...]:
        """Each kind of resource and how many, most frequent first."""
        counted = Counter(resource.kind for resource in self.resources)
        return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


@dataclass(frozen=True)
class View:
    """One plan, ready to be shown."""

    plan: Mapping[str, Any]
    key: str  # unique among the plans shown together, and fit for an HTML id
    label: str  # what tells it from the plans beside it
    hue: int  # which of the four colours it has in charts
    resources: tuple[Resource, ...] = field(default=())

    @property
    def cloud(self) -> str:
        return str(self.plan.get("cloud", ""))

    @property
    def title(self) -> str:
        """The cloud as its maker writes it."""
        return CLOUDS.get(self.cloud, self.cloud)

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """Components in the order the plan builds them."""
        grouped: dict[str, list[Resource]] = {}
        for resource in self.resources:
            grouped.setdefault(resource.component, []).append(resource)
        return tuple(Component(name, f"{self.key}-c-{_digest(name)}", tuple(found)) for name, found in grouped.items())

    def part(self, name: str) -> Component | None:
        """The component of that name, None where it has no resource."""
        return next((component for component in self.components if component.name == name), None)

    @cached_property
    def owners(self) -> Mapping[str, str]:
        """For each urn of the plan, component resources too, the name of its component."""
        return {entry["urn"]: str(entry.get("component") or NO_COMPONENT) for entry in self.plan.get("resources", ())}

    @cached_property
    def edges(self) -> tuple[tuple[Resource, Resource], ...]:
        """Every dependency between two resources of the plan: (what is needed, what needs it)."""
        return tuple(
            (self.by_urn[urn], resource)
            for resource in self.resources
            for urn in resource.needs
            if urn in self.by_urn and urn != resource.urn
        )

    @cached_property
    def users(self) -> Mapping[str, tuple[Resource, ...]]:
        """For each urn, the resources that need it."""
        found: dict[str, list[Resource]] = {}
        for needed, user in self.edges:
            found.setdefault(needed.urn, []).append(user)
        return {urn: tuple(users) for urn, users in found.items()}


def views(plans: Sequence[Mapping[str, Any]]) -> tuple[View, ...]:
    """
    Read plan documents.

    Raises:
        ValueError: No plan, or a document of another schema.
    """
    if not plans:
        raise ValueError("no plan to show: give at least one groundplan.plan/1 document")
    for plan in plans:
        if plan.get("schema") != "groundplan.plan/1":
            given = plan.get("schema")
            raise ValueError(f"cannot show schema {given!r}: expected groundplan.plan/1")
    keys = _unique([_slug(label) for label in _labels(plans)])
    return tuple(
        View(plan, key, label, hue, _resources(plan, key))
        for plan, key, label, hue in zip(plans, keys, _labels(plans), _hues(plans), strict=True)
    )


def _hues(plans: Sequence[Mapping[str, Any]]) -> list[int]:
    """A cloud's own colour, so that pages are alike; any four in turn where clouds repeat."""
    clouds = [str(plan.get("cloud")) for plan in plans]
    if len(set(clouds)) == len(clouds) and set(clouds) <= set(CLOUDS):
        return [list(CLOUDS).index(cloud) for cloud in clouds]
    return [index % 4 for index in range(len(plans))]


def _labels(plans: Sequence[Mapping[str, Any]]) -> list[str]:
    """The shortest words that differ: the cloud, else cloud and environment, cloud and region, the stack."""
    clouds = [CLOUDS.get(str(p.get("cloud")), str(p.get("cloud"))) for p in plans]
    if len(set(clouds)) == len(plans):
        return clouds
    both = [f"{c} {p.get('environment', '')}".strip() for c, p in zip(clouds, plans, strict=True)]
    if len(set(both)) == len(plans):
        return both
    there = [f"{c} {p.get('region', '')}".strip() for c, p in zip(clouds, plans, strict=True)]
    return there if len(set(there)) == len(plans) else _unique([str(p.get("stack", "")) for p in plans])


def _unique(names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        number = 2
        fresh = name
        while fresh in found:
            fresh = f"{name}-{number}"
            number += 1
        found.append(fresh)
    return found


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "plan"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def _is_leaf(kind: str) -> bool:
    return not kind.startswith("groundplan:") and kind != "pulumi:pulumi:Stack"


def _resources(plan: Mapping[str, Any], key: str) -> tuple[Resource, ...]:
    registered = list(plan.get("resources", ()))
    held = _held(registered)
    return tuple(
        Resource(
            urn=entry["urn"],
            type=entry["type"],
            name=str(entry.get("name", "")),
            component=str(entry.get("component") or NO_COMPONENT),
            anchor=f"{key}-r-{_digest(entry['urn'])}",
            protect=bool(entry.get("protect")),
            id=str(entry.get("id") or ""),
            inputs=entry.get("inputs") or {},
            needs=_needs(entry, held),
        )
        for entry in registered
        if _is_leaf(entry["type"])
    )


def _held(registered: Sequence[Mapping[str, Any]]) -> Mapping[str, tuple[str, ...]]:
    """For each component resource, the urns of all that stands below it."""
    below: dict[str, list[str]] = {}
    parents = {entry["urn"]: entry.get("parent") for entry in registered}
    for entry in registered:
        above = entry.get("parent")
        while _is_leaf(entry["type"]) and above:
            below.setdefault(above, []).append(entry["urn"])
            above = parents.get(above)
    composite = {e["urn"] for e in registered if not _is_leaf(e["type"])}
    return {urn: tuple(found) for urn, found in below.items() if urn in composite}


def _needs(entry: Mapping[str, Any], held: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """What a resource needs; to need a component is to need what it holds."""
    found: dict[str, list[str]] = {}
    for urn in entry.get("dependencies") or ():
        for single in held.get(urn, (urn,)):
            found.setdefault(single, [])
    for name, urns in sorted((entry.get("propertyDependencies") or {}).items()):
        for urn in urns:
            for single in held.get(urn, (urn,)):
                found.setdefault(single, []).append(name)
    return {urn: tuple(names) for urn, names in sorted(found.items())}


def _carried_type(token: str, inputs: Mapping[str, Any]) -> tuple[str, str]:
    carried = inputs.get("typeName")
    if "cloudcontrol" in token and isinstance(carried, str) and carried.count("::") == 2:
        _, service, kind = carried.split("::")
        return service.lower(), kind
    parts = token.split(":")
    service = parts[1].partition("/")[0] if len(parts) > 2 else parts[0]
    return service, parts[-1]
