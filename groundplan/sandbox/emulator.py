"""An emulated cloud: what it refuses, what it creates, what a change replaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.sandbox.check import Failure, check_inputs
from groundplan.sandbox.clouds import Cloud
from groundplan.sandbox.clouds.aws import Aws
from groundplan.sandbox.clouds.azure import Azure
from groundplan.sandbox.clouds.gcp import Gcp
from groundplan.sandbox.diff import Diff, compare
from groundplan.sandbox.rules import Rules, load
from groundplan.sandbox.schema import ResourceSchema, resource_schema
from groundplan.sandbox.sdk import UnknownType, package_of
from groundplan.sandbox.seed import Seed
from groundplan.sandbox.shape import output_shape
from groundplan.sandbox.values import plain

__all__ = ["Created", "Diff", "Emulator", "Failure"]


@dataclass(frozen=True)
class Created:
    """What a create gives back: the provider's id, outputs by camelCase name, which are secret."""

    id: str
    outputs: dict[str, Any]
    secrets: frozenset[str] = frozenset()


class Emulator:
    """
    One cloud's rules at one place: pure, so the same call always gives the same answer.

    Raises:
        ValueError: The place has no cloud the sandbox knows, or lacks what that cloud needs.
    """

    def __init__(self, place: Mapping[str, str]) -> None:
        self.place = dict(place)
        self.cloud = _cloud(self.place)

    def check(self, type_: str, inputs: Mapping[str, Any], name: str | None = None) -> list[Failure]:
        """
        Return why the cloud would refuse these inputs; unknowns and secrets are let through.

        With the logical `name`, the physical name Pulumi would make of it is checked as well.
        """
        try:
            schema = resource_schema(type_)
        except UnknownType as error:
            return [Failure("", str(error))]
        rules = load(type_)
        found = check_inputs(schema, rules, inputs, package=package_of(type_))
        return [*found, *self._auto_name(schema, rules, inputs, name)]

    def named(self, type_: str, name: str, urn: str, inputs: Mapping[str, Any], generation: str = "") -> dict[str, Any]:
        """
        Return inputs with what the provider fills in: physical name, location, project.

        A resource that is replaced gets another name: say which time it is in `generation`.
        """
        seed = self._seed(urn, generation)
        return self.cloud.named(resource_schema(type_), name, seed, inputs)

    def create(self, type_: str, name: str, urn: str, inputs: Mapping[str, Any], generation: str = "") -> Created:
        """Return id and outputs as the real provider would store them."""
        schema = resource_schema(type_)
        seed = self._seed(urn, generation)
        given = plain(self.cloud.named(schema, name, seed, inputs))
        identity = self.cloud.identify(schema, given, seed)
        outputs = output_shape(schema, given, identity, self.cloud, seed)
        return Created(identity.id, outputs, schema.secret_outputs & set(outputs))

    def diff(self, type_: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Diff:
        """Return which inputs changed, and which of them the cloud can't change in place."""
        schema = resource_schema(type_)
        cloud = self.cloud
        fixed, named = cloud.fixed(schema), cloud.name_property(schema)
        return compare(schema, load(type_), fixed, named, olds, news)

    def schema(self, type_: str) -> ResourceSchema:
        """Return what a type takes and gives."""
        return resource_schema(type_)

    def _auto_name(
        self, schema: ResourceSchema, rules: Rules, inputs: Mapping[str, Any], name: str | None
    ) -> Iterator[Failure]:
        """Refuse to leave a name out where the one Pulumi would make up is refused."""
        prop = self.cloud.name_property(schema)
        rule = rules.get(prop) if prop else None
        if prop is None or rule is None or inputs.get(prop) is not None:
            return
        made = self.cloud.named(schema, name or "sample", Seed("any"), inputs).get(prop)
        if made is not None and (reason := rule.refusal(made)):
            yield Failure(prop, f"must be given: Pulumi would make up {made!r}, and {reason}")

    def _seed(self, urn: str, generation: str) -> Seed:
        where = "/".join(f"{k}={v}" for k, v in sorted(self.place.items()))
        return Seed("|".join(part for part in (where, urn, generation) if part))


def _cloud(place: Mapping[str, str]) -> Cloud:
    try:
        match place.get("cloud"):
            case "aws":
                return Aws(place["account"], place["region"])
            case "gcp":
                number = place.get("project_number") or Seed(place["project"]).digits(12)
                return Gcp(place["project"], number, place["region"])
            case "azure":
                return Azure(place["subscription"], place["tenant"], place["region"])
    except KeyError as error:
        raise ValueError(f"place {dict(place)} lacks {error.args[0]!r}") from None
    raise ValueError(f"place {dict(place)} names no emulated cloud: aws, gcp or azure")
