"""What a test asks of a plan: which resources, with which inputs, needing which others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blueprints import load
from components.base import Cloud
from groundplan.plan import document
from groundplan.plan.recorder import Recorded, record
from groundplan.sandbox.emulator import Emulator
from groundplan.target import PROJECT, Target, offline_place

__all__ = ["MONTH", "Planned", "Resource", "plan_blueprint", "plan_program", "planned_from"]


MONTH = "2026-11"  # tests say the month, so that a plan of today equals a plan of next year


def look(value: Any, path: str) -> Any:
    """
    The value at a dotted path; `0` steps into a list.

    Raises:
        KeyError: Nothing is there; the message says what is.
    """
    for index, key in enumerate(path.split(".")):
        try:
            value = value[int(key)] if isinstance(value, list) else value[key]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            has = sorted(value) if isinstance(value, Mapping) else value
            raise KeyError(f"{path}: nothing at {'.'.join(path.split('.')[: index + 1])}; there is {has}") from error
    return value


@dataclass(frozen=True)
class Resource:
    """
    One planned resource.

    Attributes:
        inputs: As the engine gets them, in camelCase.
        needs: URNs of the resources it depends on.
        ignored: Inputs whose change the engine leaves alone, as `ignore_changes` says.
    """

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    id: str
    outputs: Mapping[str, Any]
    needs: tuple[str, ...]
    protect: bool
    ignored: tuple[str, ...] = ()

    def at(self, path: str) -> Any:
        """The input at a dotted path; KeyError where there is none."""
        return look(self.inputs, path)

    def has(self, path: str) -> bool:
        """Whether there is an input at a dotted path."""
        try:
            return self.at(path) is not None
        except KeyError:
            return False


class Planned:
    """The resources of a plan, in the plan's order, without the components that group them."""

    def __init__(self, resources: list[Resource], document: Mapping[str, Any]) -> None:
        self.resources, self.document = resources, document

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def __len__(self) -> int:
        return len(self.resources)

    def all(self, kind: str, name: str | None = None) -> list[Resource]:
        """Resources of a type (and name)."""
        return [r for r in self if r.type == kind and name in (None, r.name)]

    def one(self, kind: str, name: str | None = None) -> Resource:
        """
        The only resource of a type (and name).

        Raises:
            AssertionError: There is none, or more than one; the message lists what there is.
        """
        found = self.all(kind, name)
        if len(found) != 1:
            there = sorted(f"{r.type} {r.name}" for r in (found or self))
            raise AssertionError(f"{len(found)} resources are {kind} {name or ''}; there are: {there}")
        return found[0]

    @property
    def types(self) -> set[str]:
        """Types that occur."""
        return {r.type for r in self}

    @property
    def refusals(self) -> list[str]:
        """What the emulated cloud would refuse, a line each."""
        return [
            f"{f['urn'].rpartition('::')[2]}.{f['property']}: {f['message']}"
            for f in self.document["findings"]
            if f.get("rule", document.REFUSED) == document.REFUSED
        ]


def planned_from(document: Mapping[str, Any]) -> Planned:
    """The resources of a plan's document."""
    resources = [
        Resource(
            urn=r["urn"],
            type=r["type"],
            name=r["name"],
            inputs=r["inputs"],
            id=r["id"],
            outputs=r["outputs"],
            needs=tuple(r["dependencies"]),
            protect=r["protect"],
            ignored=tuple(r["ignoreChanges"]),
        )
        for r in document["resources"]
        if not r["type"].startswith("groundplan:")
    ]
    return Planned(resources, document)


def plan_blueprint(
    path: Path | str, environment: str = "dev", cloud: str = "aws", region: str | None = None
) -> Planned:
    """
    Plan a blueprint offline.

    Raises:
        BlueprintError: It has errors, or wants what the cloud can't do.
    """
    source = load(Path(path))
    chosen = Cloud(cloud)
    blueprint = source.resolve(environment, chosen)
    where = offline_place(chosen, list(blueprint.data.residency), region)
    return planned_from(document.plan(Target(source, blueprint, environment, chosen, where, MONTH)))


def _as_resource(r: Recorded) -> dict[str, Any]:
    return {
        "urn": r.urn,
        "type": r.type,
        "name": r.name,
        "inputs": r.inputs,
        "id": r.id,
        "outputs": r.outputs,
        "dependencies": r.dependencies,
        "protect": r.protect,
        "ignoreChanges": list(r.ignore_changes),
    }


def plan_program(program: Callable[[], Any], place: Mapping[str, str], stack: str = "test") -> Planned:
    """
    Run any Pulumi program offline, such as one component of ours or a stack of yours.

    Args:
        program: Registers resources when called.
        place: Where the emulated cloud is: `cloud` and what it needs, such as `region` and `account`.
        stack: Name of the Pulumi stack.
    """
    recording = record(program, project=PROJECT, stack=stack, emulator=Emulator(place))
    resources = [_as_resource(r) for r in sorted(recording.resources.values(), key=lambda r: r.urn)]
    findings = [
        {"urn": r.urn, "property": f.property, "message": f.reason}
        for r in recording.resources.values()
        for f in r.failures
    ]
    return planned_from({"resources": resources, "findings": findings, "outputs": recording.outputs})
