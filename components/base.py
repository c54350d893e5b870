"""What every component shares: its cloud, its spec, its context, its place in the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pulumi
from pydantic import BaseModel, ConfigDict

from components.naming import digest, fit, stack_name, start

__all__ = [
    "Capability",
    "Cloud",
    "Component",
    "Context",
    "Place",
    "Result",
    "Spec",
    "capabilities",
    "clouds",
    "implementation",
]


class Cloud(StrEnum):
    """The clouds a stack can be built on."""

    AWS = "aws"
    GCP = "gcp"
    AZURE = "azure"


class Spec(BaseModel):
    """A cloud-neutral request. An unknown key is an error, so a typo never deploys."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


@dataclass(frozen=True)
class Place:
    """
    Where a stack lives on its cloud; `clouds/<cloud>/ground.py` says what its cloud needs besides.

    Attributes:
        region: The cloud's own name of the region.
        peers: Environment to the account, project or subscription it lives in, where that is another one.
    """

    region: str
    peers: Mapping[str, str] = field(default_factory=dict, kw_only=True)

    @property
    def account(self) -> str:
        """What owns the resources: account id, project id or subscription id."""
        raise NotImplementedError


@dataclass(frozen=True)
class Context:
    """
    Who pays and where it runs: names, tags and protection of every resource come from here.

    Attributes:
        blueprint: Name of the blueprint.
        environment: Name of the environment.
        owner: Team that answers for the stack.
        place: Where on the cloud.
        labels: Further labels of the blueprint, such as `cost-centre`.
        protect: Whether resources that hold data refuse to be deleted.
        month: First budget month, `YYYY-MM`.
        salt: Changes every unique name; set it when a deleted stack's names are still held by the cloud.
        classification: How sensitive the stack's data are, as every tag says.
    """

    blueprint: str
    environment: str
    owner: str
    place: Place
    labels: Mapping[str, str] = field(default_factory=dict)
    protect: bool = True
    month: str = "2026-01"
    salt: str = ""
    classification: str = "internal"

    @property
    def tags(self) -> dict[str, str]:
        """Tags of every resource, in lower case with `-`, which all clouds accept as a key."""
        own = {
            "blueprint": self.blueprint,
            "classification": self.classification,
            "environment": self.environment,
            "owner": self.owner,
            "managed-by": "groundplan",
        }
        return dict(sorted({**self.labels, **own}.items()))

    @property
    def stack(self) -> str:
        """`<blueprint>-<environment>`, with a digest where other names could read the same."""
        return stack_name(self.blueprint, self.environment)

    def name(self, *parts: str, limit: int = 63, separator: str = "-", unique: bool = False) -> str:
        """
        Physical name `<blueprint>-<environment>-<parts>` that fits a service, and that nothing else of the cloud has.

        Args:
            parts: What the resource is within the stack.
            limit: Longest name the service accepts, in characters.
            separator: Between words; empty where the service wants letters and digits only.
            unique: End in six digits that differ by account, region and salt: for a name space that the whole
                world, or everybody in a region, shares.
        """
        suffix = self.suffix if unique else ""
        return fit(*parts, stack=self.stack, limit=limit, separator=separator, suffix=suffix)

    def start(self, limit: int = 63, *, unique: bool = False) -> str:
        """
        How every `name` of this limit starts that has parts, and none of another stack: for patterns in permissions.

        Args:
            limit: The same that the names are made with.
            unique: Likewise.
        """
        return start(self.stack, limit, suffix=self.suffix if unique else "")

    @property
    def suffix(self) -> str:
        """What unique names end in: six digits of account, region, stack and salt."""
        place = self.place
        return digest(place.account, place.region, self.blueprint, self.environment, self.salt)


@dataclass(frozen=True)
class Result:
    """
    What other components, the stack's outputs and the scripts may rely on, equal on every cloud.

    Attributes:
        internal: Set by a cloud's subclass, whose own fields stay inside the program.
    """

    internal: ClassVar[bool] = False

    def outputs(self) -> dict[str, Any]:
        """The promised fields by name."""
        promised = next(c for c in type(self).__mro__ if not getattr(c, "internal", False))
        return {f.name: getattr(self, f.name) for f in fields(promised)}


R = TypeVar("R", bound=Result)


class Component(pulumi.ComponentResource):
    """
    A capability on one cloud.

    A subclass in `components/<capability>/<cloud>.py` writes `build`; naming, parenting and outputs are
    done here.

    Attributes:
        capability: Folder of the promise, such as `training`.
        section: Where the blueprint asks for it, such as `training` or `endpoints`.
        singleton: Whether a stack has exactly one.
    """

    capability: ClassVar[str]
    section: ClassVar[str]
    singleton: ClassVar[bool] = False

    def __init__(
        self,
        name: str,
        spec: Spec,
        context: Context,
        needs: Mapping[str, Result] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        self.cloud = Cloud(type(self).__module__.rpartition(".")[2])
        super().__init__(f"groundplan:{self.cloud}:{self.kind()}", name, {}, opts)
        self.name, self.spec, self.context, self.needs = name, spec, context, dict(needs or {})
        self.result = self.build()
        self.register_outputs(self.result.outputs())

    @classmethod
    def kind(cls) -> str:
        """Last part of the type token: `Endpoint` in `groundplan:aws:Endpoint`."""
        return "".join(word.capitalize() for word in cls.capability.split("_"))

    @classmethod
    def labelled(cls, name: str) -> str:
        """Label of the component of that name: `endpoints/scorer`, or `foundation` where there is just one."""
        return cls.section if cls.singleton else f"{cls.section}/{name}"

    @property
    def label(self) -> str:
        """Name in the plan and in the stack's outputs."""
        return self.labelled(self.name)

    def build(self) -> Result:
        """Register the cloud's resources and say what came of it."""
        raise NotImplementedError

    def need(self, kind: type[R], label: str | None = None) -> R:
        """
        The result of another component, by its type (and label, where there may be several).

        Raises:
            TypeError: It was not given.
        """
        for name, result in self.needs.items():
            if isinstance(result, kind) and label in (None, name):
                return result
        wanted = f"{kind.__name__} of {label}" if label else kind.__name__
        raise TypeError(f"{self.label} needs the {wanted}; got {sorted(self.needs) or 'nothing'}")

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Options of a resource that this component owns."""
        return pulumi.ResourceOptions(parent=self, **options)

    def keeps_data(self, **options: Any) -> pulumi.ResourceOptions:
        """Options of a resource whose deletion loses data: protected where the environment says so."""
        return self.child(protect=self.context.protect or None, **options)


@dataclass(frozen=True)
class Capability:
    """A promise and the clouds that keep it, as found in its folder."""

    name: str
    clouds: tuple[Cloud, ...]


def clouds(capability: str) -> list[Cloud]:
    """The clouds a capability runs on, read from its folder."""
    return [c for c in Cloud if find_spec(f"components.{capability}.{c}")]


@cache
def capabilities() -> tuple[Capability, ...]:
    """Every capability, by name; one whose folder has no cloud yet is a promise that is not built."""
    here = Path(__file__).parent
    names = sorted(p.parent.name for p in here.glob("*/__init__.py"))
    return tuple(Capability(n, tuple(clouds(n))) for n in names if n not in ("clouds", "catalog", "steps"))


@cache
def implementation(capability: str, cloud: Cloud) -> type[Component]:
    """
    Find a capability on a cloud: the one `Component` defined in `<capability>/<cloud>.py`.

    Raises:
        LookupError: The file does not exist. The message names the clouds that do.
    """
    module_name = f"components.{capability}.{cloud}"
    if find_spec(module_name) is None:
        has = ", ".join(clouds(capability)) or "no cloud yet"
        raise LookupError(f"{capability} is not built on {cloud}; it is on: {has}")
    module = import_module(module_name)  # an ImportError inside the file is not hidden
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Component) and value.__module__ == module_name
    ]
    if len(found) != 1:
        raise LookupError(f"{module_name} defines {len(found)} components, not one")
    return found[0]
